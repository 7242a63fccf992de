/* audit.entries.byId */ select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e where "e"."tenant" = $1 and "e"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* audit.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at" from "audit"."tracked_table" where ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $1) order by "audit"."tracked_table"."table_name"
-- ["demo"]

/* audit.tables.versions */ select v.table_key, v.schema_version, v.incarnation, v.columns, to_jsonb(v.key_columns) as key_columns
    from unnest($1::text::int[], $2::text::int[]) as wanted(table_key, schema_version)
    join audit.table_version v using (table_key, schema_version)
    join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = v.table_key and ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $3)
-- ["{...}","{...}","demo"]

/* commerce.payments.byId */ select "commerce"."payments"."id", "commerce"."payments"."key", "commerce"."payments"."order_id", "commerce"."payments"."method", "commerce"."payments"."status", "commerce"."payments"."amount", "commerce"."payments"."currency", "commerce"."payments"."reference", "commerce"."payments"."settled_at", "commerce"."payments"."created_at" from "commerce"."payments" where "commerce"."payments"."tenant" = $1 and "commerce"."payments"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]

/* lineage.edges */
    with node as materialized (select n.*, concat_ws(' ', n.kind, n.id, n.name) as key from unnest($1::text::text[], $2::text::bigint[],
    $3::text::text[]) with ordinality as n(kind, id, name, place)),
    found as materialized (
      select w.place, n.relation, n.entry, n.at, concat_ws(' ', n.kind, n.id, n.name) as key from node w cross join lateral (select 'WAS_GENERATED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $4::text and e.id = w.id) e cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < e.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $5::text and (t.xid, t.id) > (e.xid, b.low) and (t.xid, t.id) <= (e.xid, e.id)
         order by t.xid, t.id limit 1) t) f where true) n (kind, id, name, entry, at)
      union all select 'WAS_ATTRIBUTED_TO'::text as relation, n.* from (select 'agent', null::bigint, case when e.actor is null then 'DatabaseActor:' || e.db_user else 'Actor:' || e.actor end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $6::text and e.id = w.id) e where true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when p.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when p.operation in ('INSERT', 'UPDATE') then p.id else e.table_key::bigint end, case when p.operation in ('INSERT', 'UPDATE') then null else e.record_key end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $7::text and e.id = w.id) e left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $8::text and x.table_key = e.table_key and (x.record_key, x.id) >= (e.record_key, 0)
        and (x.record_key, x.id) < (e.record_key, e.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          where e.operation = 'UPDATE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when s.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when s.operation in ('INSERT', 'UPDATE') then s.id else c.table_key::bigint end, case when s.operation in ('INSERT', 'UPDATE') then null else c.record_key end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $9::text and e.id = w.id) e cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $10::text and c.id = e.cause_id and c.id < e.id limit 1) c
          left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $11::text and x.table_key = c.table_key and (x.record_key, x.id) >= (c.record_key, 0)
        and (x.record_key, x.id) < (c.record_key, c.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on c.operation = 'DELETE'
          cross join lateral (select case when c.operation = 'DELETE' then p.id else c.id end as id, case when c.operation = 'DELETE' then p.operation else c.operation end as operation) s
          where e.operation in ('INSERT', 'UPDATE') and e.record_key is not null and c.operation in ('INSERT', 'UPDATE', 'DELETE') and c.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when p.id is null then 'base' else 'version' end, coalesce(p.id, r.parent), case when p.id is null then k.key end, e.id, e.occurred_at
          from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $12::text and e.id = w.id) e join unnest($13::text::int[], $14::text::text[],
      $15::text::int[]) as r(child, column_name, parent) on r.child = e.table_key and e.after ? r.column_name
          cross join lateral (select e.after ->> r.column_name as key offset 0) k -- kept apart: ->> is not leakproof, and would get no index
          left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $16::text and x.table_key = r.parent and (x.record_key, x.id) >= (k.key, 0)
        and (x.record_key, x.id) < (k.key, e.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $17::text and x.table_key = r.parent
        and (x.record_key, x.id) > (k.key, 0) and (x.record_key, x.id) <= (k.key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) o on p.id is null
          where e.operation in ('INSERT', 'UPDATE') and e.record_key is not null and k.key is not null and (p.operation in ('INSERT', 'UPDATE') or (p.id is null and o.operation is distinct from 'INSERT'))
            and true) n (kind, id, name, entry, at)
      union all select 'WAS_ASSOCIATED_WITH'::text as relation, n.* from (select 'agent', null::bigint, case when m.actor is null then 'DatabaseActor:' || m.db_user else 'Actor:' || m.actor end, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $18::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 1000) m
      where w.kind = 'transaction' and t.tenant = $19::text and t.id = w.id) m where true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'run', null::bigint, m.run_id::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $20::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 1000) m
      where w.kind = 'transaction' and t.tenant = $21::text and t.id = w.id) m where m.run_id is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $22::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $23::text and t.id = w.id) m cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $24::text and c.id = m.cause_id and c.id < m.id limit 1) c
          cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < c.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $25::text and (t.xid, t.id) > (c.xid, b.low) and (t.xid, t.id) <= (c.xid, c.id)
         order by t.xid, t.id limit 1) t) f where case when m.operation in ('INSERT', 'UPDATE') and m.record_key is not null then not (c.operation in ('INSERT', 'UPDATE', 'DELETE') and c.record_key is not null) else not (c.operation in ('INSERT', 'UPDATE') and c.record_key is not null) end and f.id <> w.id and true) n (kind, id, name, entry, at)
      union all select 'WAS_INVALIDATED_BY'::text as relation, n.* from (select case when p.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when p.operation in ('INSERT', 'UPDATE') then p.id else m.table_key::bigint end, case when p.operation in ('INSERT', 'UPDATE') then null else m.record_key end, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $26::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $27::text and t.id = w.id) m left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $28::text and x.table_key = m.table_key and (x.record_key, x.id) >= (m.record_key, 0)
        and (x.record_key, x.id) < (m.record_key, m.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          where m.operation = 'DELETE' and m.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'USED'::text as relation, n.* from (select 'version', c.id, null::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $29::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $30::text and t.id = w.id) m cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $31::text and c.id = m.cause_id and c.id < m.id limit 1) c
          where not (m.operation in ('INSERT', 'UPDATE') and m.record_key is not null) and c.operation in ('INSERT', 'UPDATE') and c.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'execution', null::bigint, encode(s.script_execution_hk, 'hex'), t.id, t.occurred_at from (select t.id, t.xid, t.run_id::text as run_id, t.recorded_at, t.occurred_at,
        coalesce((select max(b.started_at) from audit.epoch b where b.last_entry_id_before > 0 and b.last_entry_id_before < t.id), '-infinity') as since,
        coalesce((select min(b.started_at) from audit.epoch b where b.last_entry_id_before >= t.id), 'infinity') as until
      from audit.entry t where w.kind = 'transaction' and t.tenant = $32::text and t.id = w.id limit 1) t cross join lateral (
            select distinct s.script_execution_hk from script_tracking.script_execution_s s where s.xid = t.xid and s.tenant_hk = script_tracking.tenant_key($33::text) and s.load_date >= t.since and s.load_date < t.until limit 10000) s
          where true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'execution', null::bigint, encode(s.script_execution_hk, 'hex'), t.id, t.occurred_at from (select t.id, t.xid, t.run_id::text as run_id, t.recorded_at, t.occurred_at,
        coalesce((select max(b.started_at) from audit.epoch b where b.last_entry_id_before > 0 and b.last_entry_id_before < t.id), '-infinity') as since,
        coalesce((select min(b.started_at) from audit.epoch b where b.last_entry_id_before >= t.id), 'infinity') as until
      from audit.entry t where w.kind = 'transaction' and t.tenant = $34::text and t.id = w.id limit 1) t cross join lateral (
            select s.script_execution_hk from script_tracking.script_execution_s s where s.run_id = t.run_id and s.load_end_date is null and s.tenant_hk = script_tracking.tenant_key($35::text)
               and s.execution_timestamp <= t.recorded_at and (s.completed_at is null or s.completed_at >= t.recorded_at)
             order by s.execution_timestamp, s.script_execution_hk limit 10000) s
          where true) n (kind, id, name, entry, at)) n)
    select source.place::int as source, f.place::int as target, f.relation, min(f.at) as first_seen_at, max(f.at) as last_seen_at,
           coalesce(to_jsonb((array_agg(distinct f.entry order by f.entry) filter (where f.entry is not null))[1:20]::text[]), '[]') as entries
      from found f join node source using (key) group by 1, 2, 3 order by 1, 2, 3
-- ["{...}","{...}","{...}","demo","demo","demo","demo","demo","demo","demo","demo","demo","{...}","{...}","{...}","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo"]

/* lineage.level */
    with wanted as materialized (
      select * from unnest($1::text::text[], $2::text::bigint[],
    $3::text::text[]) with ordinality as a(kind, id, name, place) join unnest($4::text::text[]) with ordinality as b(way, place) using (place)),
    found as materialized (select distinct w.place, w.way, n.kind, n.id, n.name from wanted w cross join lateral (select 'WAS_GENERATED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $5::text and e.id = w.id) e cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < e.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $6::text and (t.xid, t.id) > (e.xid, b.low) and (t.xid, t.id) <= (e.xid, e.id)
         order by t.xid, t.id limit 1) t) f where true) n (kind, id, name, entry, at)
      union all select 'WAS_ATTRIBUTED_TO'::text as relation, n.* from (select 'agent', null::bigint, case when e.actor is null then 'DatabaseActor:' || e.db_user else 'Actor:' || e.actor end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $7::text and e.id = w.id) e where true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when p.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when p.operation in ('INSERT', 'UPDATE') then p.id else e.table_key::bigint end, case when p.operation in ('INSERT', 'UPDATE') then null else e.record_key end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $8::text and e.id = w.id) e left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $9::text and x.table_key = e.table_key and (x.record_key, x.id) >= (e.record_key, 0)
        and (x.record_key, x.id) < (e.record_key, e.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          where e.operation = 'UPDATE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when s.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when s.operation in ('INSERT', 'UPDATE') then s.id else c.table_key::bigint end, case when s.operation in ('INSERT', 'UPDATE') then null else c.record_key end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $10::text and e.id = w.id) e cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $11::text and c.id = e.cause_id and c.id < e.id limit 1) c
          left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $12::text and x.table_key = c.table_key and (x.record_key, x.id) >= (c.record_key, 0)
        and (x.record_key, x.id) < (c.record_key, c.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on c.operation = 'DELETE'
          cross join lateral (select case when c.operation = 'DELETE' then p.id else c.id end as id, case when c.operation = 'DELETE' then p.operation else c.operation end as operation) s
          where e.operation in ('INSERT', 'UPDATE') and e.record_key is not null and c.operation in ('INSERT', 'UPDATE', 'DELETE') and c.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when p.id is null then 'base' else 'version' end, coalesce(p.id, r.parent), case when p.id is null then k.key end, e.id, e.occurred_at
          from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $13::text and e.id = w.id) e join unnest($14::text::int[], $15::text::text[],
      $16::text::int[]) as r(child, column_name, parent) on r.child = e.table_key and e.after ? r.column_name
          cross join lateral (select e.after ->> r.column_name as key offset 0) k -- kept apart: ->> is not leakproof, and would get no index
          left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $17::text and x.table_key = r.parent and (x.record_key, x.id) >= (k.key, 0)
        and (x.record_key, x.id) < (k.key, e.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $18::text and x.table_key = r.parent
        and (x.record_key, x.id) > (k.key, 0) and (x.record_key, x.id) <= (k.key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) o on p.id is null
          where e.operation in ('INSERT', 'UPDATE') and e.record_key is not null and k.key is not null and (p.operation in ('INSERT', 'UPDATE') or (p.id is null and o.operation is distinct from 'INSERT'))
            and true) n (kind, id, name, entry, at)
      union all select 'WAS_ASSOCIATED_WITH'::text as relation, n.* from (select 'agent', null::bigint, case when m.actor is null then 'DatabaseActor:' || m.db_user else 'Actor:' || m.actor end, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $19::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 1000) m
      where w.kind = 'transaction' and t.tenant = $20::text and t.id = w.id) m where true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'run', null::bigint, m.run_id::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $21::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 1000) m
      where w.kind = 'transaction' and t.tenant = $22::text and t.id = w.id) m where m.run_id is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $23::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $24::text and t.id = w.id) m cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $25::text and c.id = m.cause_id and c.id < m.id limit 1) c
          cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < c.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $26::text and (t.xid, t.id) > (c.xid, b.low) and (t.xid, t.id) <= (c.xid, c.id)
         order by t.xid, t.id limit 1) t) f where case when m.operation in ('INSERT', 'UPDATE') and m.record_key is not null then not (c.operation in ('INSERT', 'UPDATE', 'DELETE') and c.record_key is not null) else not (c.operation in ('INSERT', 'UPDATE') and c.record_key is not null) end and f.id <> w.id and true) n (kind, id, name, entry, at)
      union all select 'WAS_INVALIDATED_BY'::text as relation, n.* from (select case when p.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when p.operation in ('INSERT', 'UPDATE') then p.id else m.table_key::bigint end, case when p.operation in ('INSERT', 'UPDATE') then null else m.record_key end, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $27::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $28::text and t.id = w.id) m left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $29::text and x.table_key = m.table_key and (x.record_key, x.id) >= (m.record_key, 0)
        and (x.record_key, x.id) < (m.record_key, m.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          where m.operation = 'DELETE' and m.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'USED'::text as relation, n.* from (select 'version', c.id, null::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $30::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $31::text and t.id = w.id) m cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $32::text and c.id = m.cause_id and c.id < m.id limit 1) c
          where not (m.operation in ('INSERT', 'UPDATE') and m.record_key is not null) and c.operation in ('INSERT', 'UPDATE') and c.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'execution', null::bigint, encode(s.script_execution_hk, 'hex'), t.id, t.occurred_at from (select t.id, t.xid, t.run_id::text as run_id, t.recorded_at, t.occurred_at,
        coalesce((select max(b.started_at) from audit.epoch b where b.last_entry_id_before > 0 and b.last_entry_id_before < t.id), '-infinity') as since,
        coalesce((select min(b.started_at) from audit.epoch b where b.last_entry_id_before >= t.id), 'infinity') as until
      from audit.entry t where w.kind = 'transaction' and t.tenant = $33::text and t.id = w.id limit 1) t cross join lateral (
            select distinct s.script_execution_hk from script_tracking.script_execution_s s where s.xid = t.xid and s.tenant_hk = script_tracking.tenant_key($34::text) and s.load_date >= t.since and s.load_date < t.until limit 10000) s
          where true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'execution', null::bigint, encode(s.script_execution_hk, 'hex'), t.id, t.occurred_at from (select t.id, t.xid, t.run_id::text as run_id, t.recorded_at, t.occurred_at,
        coalesce((select max(b.started_at) from audit.epoch b where b.last_entry_id_before > 0 and b.last_entry_id_before < t.id), '-infinity') as since,
        coalesce((select min(b.started_at) from audit.epoch b where b.last_entry_id_before >= t.id), 'infinity') as until
      from audit.entry t where w.kind = 'transaction' and t.tenant = $35::text and t.id = w.id limit 1) t cross join lateral (
            select s.script_execution_hk from script_tracking.script_execution_s s where s.run_id = t.run_id and s.load_end_date is null and s.tenant_hk = script_tracking.tenant_key($36::text)
               and s.execution_timestamp <= t.recorded_at and (s.completed_at is null or s.completed_at >= t.recorded_at)
             order by s.execution_timestamp, s.script_execution_hk limit 10000) s
          where true) n (kind, id, name, entry, at)) n where w.way = $37 union all select distinct w.place, w.way, n.kind, n.id, n.name from wanted w cross join lateral (select 'WAS_DERIVED_FROM'::text as relation, n.* from (select 'version', n.id, null::text, n.id, n.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $38::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $39::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true where n.operation = 'UPDATE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_INVALIDATED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, n.id, n.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $40::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $41::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < n.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $42::text and (t.xid, t.id) > (n.xid, b.low) and (t.xid, t.id) <= (n.xid, n.id)
         order by t.xid, t.id limit 1) t) f where n.operation = 'DELETE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select 'version', x.id, null::text, x.id, x.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $43::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $44::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true cross join lateral (
            select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $45::text and x.cause_id = k.entry and x.id > k.entry
            union all select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where n.operation = 'DELETE' and x.tenant = $46::text and x.cause_id = n.id and x.id > n.id) x
          where x.operation in ('INSERT', 'UPDATE') and x.record_key is not null and true limit 10000) n (kind, id, name, entry, at)
      union all select 'USED'::text as relation, n.* from (select 'transaction', f.id, null::text, x.id, x.occurred_at from audit.entry x cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < x.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $47::text and (t.xid, t.id) > (x.xid, b.low) and (t.xid, t.id) <= (x.xid, x.id)
         order by t.xid, t.id limit 1) t) f
          where w.kind = 'version' and x.tenant = $48::text and x.cause_id = w.id and x.id > w.id and not (x.operation in ('INSERT', 'UPDATE') and x.record_key is not null) and true limit 10000) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select 'version', x.id, null::text, x.id, x.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $49::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $50::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true join unnest($51::text::int[], $52::text::text[],
      $53::text::int[]) as r(child, column_name, parent) on r.parent = k.table_key
          cross join lateral (
            select s.id from audit.stated_reference s where s.tenant = $54::text and s.column_name = r.column_name and s.refers_to = k.record_key and s.table_key = r.child
               and s.id > k.entry and s.id <= coalesce(n.id, 9223372036854775807) order by s.id limit 10000) s
          cross join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $55::text and x.id = s.id limit 1) x
          where (w.kind = 'version' or n.operation is distinct from 'INSERT') and true limit 10000) n (kind, id, name, entry, at)) n where w.way = $56)
    select 'total' as what, place::int, count(*)::int as count, null as way, null as kind, null::text as id, null as name from found group by place
    union all
    (select 'node', null, null, way, kind, id::text, name from (
        select way, kind, id, name, row_number() over (partition by way order by array_position(array['version', 'base', 'transaction', 'execution', 'run', 'agent'], kind), case way when 'UPSTREAM' then -id else id end, name) as nth from (select distinct way, kind, id, name from found) f) f
      where nth <= $57 order by way desc, nth)
-- ["{...}","{...}","{...}","{...}","demo","demo","demo","demo","demo","demo","demo","demo","demo","{...}","{...}","{...}","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","UPSTREAM","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","{...}","{...}","{...}","demo","demo","DOWNSTREAM",151]

/* lineage.level */
    with wanted as materialized (
      select * from unnest($1::text::text[], $2::text::bigint[],
    $3::text::text[]) with ordinality as a(kind, id, name, place) join unnest($4::text::text[]) with ordinality as b(way, place) using (place)),
    found as materialized (select distinct w.place, w.way, n.kind, n.id, n.name from wanted w cross join lateral (select 'WAS_GENERATED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $5::text and e.id = w.id) e cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < e.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $6::text and (t.xid, t.id) > (e.xid, b.low) and (t.xid, t.id) <= (e.xid, e.id)
         order by t.xid, t.id limit 1) t) f where true) n (kind, id, name, entry, at)
      union all select 'WAS_ATTRIBUTED_TO'::text as relation, n.* from (select 'agent', null::bigint, case when e.actor is null then 'DatabaseActor:' || e.db_user else 'Actor:' || e.actor end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $7::text and e.id = w.id) e where true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when p.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when p.operation in ('INSERT', 'UPDATE') then p.id else e.table_key::bigint end, case when p.operation in ('INSERT', 'UPDATE') then null else e.record_key end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $8::text and e.id = w.id) e left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $9::text and x.table_key = e.table_key and (x.record_key, x.id) >= (e.record_key, 0)
        and (x.record_key, x.id) < (e.record_key, e.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          where e.operation = 'UPDATE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when s.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when s.operation in ('INSERT', 'UPDATE') then s.id else c.table_key::bigint end, case when s.operation in ('INSERT', 'UPDATE') then null else c.record_key end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $10::text and e.id = w.id) e cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $11::text and c.id = e.cause_id and c.id < e.id limit 1) c
          left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $12::text and x.table_key = c.table_key and (x.record_key, x.id) >= (c.record_key, 0)
        and (x.record_key, x.id) < (c.record_key, c.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on c.operation = 'DELETE'
          cross join lateral (select case when c.operation = 'DELETE' then p.id else c.id end as id, case when c.operation = 'DELETE' then p.operation else c.operation end as operation) s
          where e.operation in ('INSERT', 'UPDATE') and e.record_key is not null and c.operation in ('INSERT', 'UPDATE', 'DELETE') and c.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when p.id is null then 'base' else 'version' end, coalesce(p.id, r.parent), case when p.id is null then k.key end, e.id, e.occurred_at
          from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $13::text and e.id = w.id) e join unnest($14::text::int[], $15::text::text[],
      $16::text::int[]) as r(child, column_name, parent) on r.child = e.table_key and e.after ? r.column_name
          cross join lateral (select e.after ->> r.column_name as key offset 0) k -- kept apart: ->> is not leakproof, and would get no index
          left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $17::text and x.table_key = r.parent and (x.record_key, x.id) >= (k.key, 0)
        and (x.record_key, x.id) < (k.key, e.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $18::text and x.table_key = r.parent
        and (x.record_key, x.id) > (k.key, 0) and (x.record_key, x.id) <= (k.key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) o on p.id is null
          where e.operation in ('INSERT', 'UPDATE') and e.record_key is not null and k.key is not null and (p.operation in ('INSERT', 'UPDATE') or (p.id is null and o.operation is distinct from 'INSERT'))
            and true) n (kind, id, name, entry, at)) n where w.way = $19 union all select distinct w.place, w.way, n.kind, n.id, n.name from wanted w cross join lateral (select 'WAS_DERIVED_FROM'::text as relation, n.* from (select 'version', n.id, null::text, n.id, n.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $20::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $21::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true where n.operation = 'UPDATE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_INVALIDATED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, n.id, n.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $22::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $23::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < n.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $24::text and (t.xid, t.id) > (n.xid, b.low) and (t.xid, t.id) <= (n.xid, n.id)
         order by t.xid, t.id limit 1) t) f where n.operation = 'DELETE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select 'version', x.id, null::text, x.id, x.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $25::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $26::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true cross join lateral (
            select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $27::text and x.cause_id = k.entry and x.id > k.entry
            union all select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where n.operation = 'DELETE' and x.tenant = $28::text and x.cause_id = n.id and x.id > n.id) x
          where x.operation in ('INSERT', 'UPDATE') and x.record_key is not null and true limit 10000) n (kind, id, name, entry, at)
      union all select 'USED'::text as relation, n.* from (select 'transaction', f.id, null::text, x.id, x.occurred_at from audit.entry x cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < x.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $29::text and (t.xid, t.id) > (x.xid, b.low) and (t.xid, t.id) <= (x.xid, x.id)
         order by t.xid, t.id limit 1) t) f
          where w.kind = 'version' and x.tenant = $30::text and x.cause_id = w.id and x.id > w.id and not (x.operation in ('INSERT', 'UPDATE') and x.record_key is not null) and true limit 10000) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select 'version', x.id, null::text, x.id, x.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $31::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $32::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true join unnest($33::text::int[], $34::text::text[],
      $35::text::int[]) as r(child, column_name, parent) on r.parent = k.table_key
          cross join lateral (
            select s.id from audit.stated_reference s where s.tenant = $36::text and s.column_name = r.column_name and s.refers_to = k.record_key and s.table_key = r.child
               and s.id > k.entry and s.id <= coalesce(n.id, 9223372036854775807) order by s.id limit 10000) s
          cross join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $37::text and x.id = s.id limit 1) x
          where (w.kind = 'version' or n.operation is distinct from 'INSERT') and true limit 10000) n (kind, id, name, entry, at)) n where w.way = $38)
    select 'total' as what, place::int, count(*)::int as count, null as way, null as kind, null::text as id, null as name from found group by place
    union all
    (select 'node', null, null, way, kind, id::text, name from (
        select way, kind, id, name, row_number() over (partition by way order by array_position(array['version', 'base', 'transaction', 'execution', 'run', 'agent'], kind), case way when 'UPSTREAM' then -id else id end, name) as nth from (select distinct way, kind, id, name from found) f) f
      where nth <= $39 order by way desc, nth)
-- ["{...}","{...}","{...}","{...}","demo","demo","demo","demo","demo","demo","demo","demo","demo","{...}","{...}","{...}","demo","demo","UPSTREAM","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","{...}","{...}","{...}","demo","demo","DOWNSTREAM",151]

/* lineage.references */
    select distinct child.table_key as child, parent.table_key as parent, pair.child_column as column_name
      from pg_constraint f join pg_class child_class on child_class.oid = f.conrelid
      join pg_namespace child_schema on child_schema.oid = child_class.relnamespace
      join audit.tracked_table child on child.schema_name = child_schema.nspname and child.relation_name = child_class.relname
       and (child.tenant is null or child.tenant = $1) join pg_class parent_class on parent_class.oid = f.confrelid
      join pg_namespace parent_schema on parent_schema.oid = parent_class.relnamespace
      join audit.tracked_table parent on parent.schema_name = parent_schema.nspname and parent.relation_name = parent_class.relname
       and (parent.tenant is null or parent.tenant = $2)
     cross join lateral (
       select min(c.attname::text) as child_column, min(p.attname::text) as parent_column, count(*) as columns
         from unnest(f.conkey, f.confkey) as k(child_number, parent_number)
         join pg_attribute c on c.attrelid = f.conrelid and c.attnum = k.child_number
         join pg_attribute p on p.attrelid = f.confrelid and p.attnum = k.parent_number
        where c.attname is distinct from child.tenant_column and p.attname is distinct from parent.tenant_column) pair
     where f.contype = 'f' and pair.columns = 1 and parent.key_columns = array[pair.parent_column] order by 1, 3
-- ["demo","demo"]

/* lineage.totals */
    with recursive seed as materialized (select kind, id, name from unnest($1::text::text[], $2::text::bigint[],
    $3::text::text[]) with ordinality as s(kind, id, name, place)),
    reached(kind, id, name) as (
      select * from seed union select n.kind, n.id, n.name from reached w cross join lateral (select 'WAS_DERIVED_FROM'::text as relation, n.* from (select 'version', n.id, null::text, n.id, n.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $4::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $5::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true where n.operation = 'UPDATE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_INVALIDATED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, n.id, n.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $6::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $7::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < n.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $8::text and (t.xid, t.id) > (n.xid, b.low) and (t.xid, t.id) <= (n.xid, n.id)
         order by t.xid, t.id limit 1) t) f where n.operation = 'DELETE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select 'version', x.id, null::text, x.id, x.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $9::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $10::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true cross join lateral (
            select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $11::text and x.cause_id = k.entry and x.id > k.entry
            union all select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where n.operation = 'DELETE' and x.tenant = $12::text and x.cause_id = n.id and x.id > n.id) x
          where x.operation in ('INSERT', 'UPDATE') and x.record_key is not null and true limit 10000) n (kind, id, name, entry, at)
      union all select 'USED'::text as relation, n.* from (select 'transaction', f.id, null::text, x.id, x.occurred_at from audit.entry x cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < x.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $13::text and (t.xid, t.id) > (x.xid, b.low) and (t.xid, t.id) <= (x.xid, x.id)
         order by t.xid, t.id limit 1) t) f
          where w.kind = 'version' and x.tenant = $14::text and x.cause_id = w.id and x.id > w.id and not (x.operation in ('INSERT', 'UPDATE') and x.record_key is not null) and true limit 10000) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select 'version', x.id, null::text, x.id, x.occurred_at from (select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = $15::text and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $16::text and x.table_key = k.table_key
        and (x.record_key, x.id) > (k.record_key, k.entry) and (x.record_key, x.id) <= (k.record_key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) n on true join unnest($17::text::int[], $18::text::text[],
      $19::text::int[]) as r(child, column_name, parent) on r.parent = k.table_key
          cross join lateral (
            select s.id from audit.stated_reference s where s.tenant = $20::text and s.column_name = r.column_name and s.refers_to = k.record_key and s.table_key = r.child
               and s.id > k.entry and s.id <= coalesce(n.id, 9223372036854775807) order by s.id limit 10000) s
          cross join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $21::text and x.id = s.id limit 1) x
          where (w.kind = 'version' or n.operation is distinct from 'INSERT') and true limit 10000) n (kind, id, name, entry, at)
      union all select 'WAS_GENERATED_BY'::text as relation, n.* from (select 'version', m.id, null::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $22::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $23::text and t.id = w.id) m where m.operation in ('INSERT', 'UPDATE') and m.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, x.id, x.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $24::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $25::text and t.id = w.id) m cross join lateral (
            select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where not (m.operation in ('INSERT', 'UPDATE') and m.record_key is not null) and x.tenant = $26::text and x.cause_id = m.id and x.id > m.id order by x.id limit 10000) x
          cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < x.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $27::text and (t.xid, t.id) > (x.xid, b.low) and (t.xid, t.id) <= (x.xid, x.id)
         order by t.xid, t.id limit 1) t) f where case when x.operation in ('INSERT', 'UPDATE') and x.record_key is not null then not (m.operation in ('INSERT', 'UPDATE', 'DELETE') and m.record_key is not null) else not (m.operation in ('INSERT', 'UPDATE') and m.record_key is not null) end and f.id <> w.id and true limit 10000) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, x.id, x.occurred_at from (
            select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where w.kind = 'run' and x.tenant = $28::text and x.run_id = w.name order by x.id limit 10000) x
          cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < x.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $29::text and (t.xid, t.id) > (x.xid, b.low) and (t.xid, t.id) <= (x.xid, x.id)
         order by t.xid, t.id limit 1) t) f where true) n (kind, id, name, entry, at)
      union all select 'WAS_ATTRIBUTED_TO'::text as relation, n.* from (select 'version', x.id, null::text, x.id, x.occurred_at from (select x.* from (select substr(w.name, strpos(w.name, ':') + 1) as key, w.name like 'DatabaseActor:%' as is_account where w.kind = 'agent' offset 0) k cross join lateral (
        select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $30::text and (case when x.actor is null then x.db_user else x.actor end) = k.key and (x.actor is null) = k.is_account
         order by x.id limit 10000) x) x where x.operation in ('INSERT', 'UPDATE') and x.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_ASSOCIATED_WITH'::text as relation, n.* from (select 'transaction', f.id, null::text, x.id, x.occurred_at from (select x.* from (select substr(w.name, strpos(w.name, ':') + 1) as key, w.name like 'DatabaseActor:%' as is_account where w.kind = 'agent' offset 0) k cross join lateral (
        select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $31::text and (case when x.actor is null then x.db_user else x.actor end) = k.key and (x.actor is null) = k.is_account
         order by x.id limit 10000) x) x cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < x.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $32::text and (t.xid, t.id) > (x.xid, b.low) and (t.xid, t.id) <= (x.xid, x.id)
         order by t.xid, t.id limit 1) t) f where true) n (kind, id, name, entry, at)
      union all select 'WAS_ASSOCIATED_WITH'::text as relation, n.* from (select 'run', null::bigint, x.run_id::text, x.id, x.occurred_at from (select x.* from (select substr(w.name, strpos(w.name, ':') + 1) as key, w.name like 'DatabaseActor:%' as is_account where w.kind = 'agent' offset 0) k cross join lateral (
        select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $33::text and (case when x.actor is null then x.db_user else x.actor end) = k.key and (x.actor is null) = k.is_account
         order by x.id limit 10000) x) x
          cross join lateral (select o.id from audit.entry o where o.tenant = $34::text and o.run_id = x.run_id order by o.id limit 1) o
          where o.id = x.id and true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, f.id, f.occurred_at from (
            select s.xid, s.load_date from (select decode(case when w.kind = 'execution' then w.name end, 'hex') as key offset 0) k cross join lateral (
              select s.xid, s.load_date from script_tracking.script_execution_s s where s.script_execution_hk = k.key and s.tenant_hk = script_tracking.tenant_key($35::text) order by s.load_date desc limit 10000) s) s
          cross join lateral (select coalesce(max(b.last_entry_id_before) filter (where b.started_at <= s.load_date), 0) as low,
              coalesce(min(b.last_entry_id_before) filter (where b.started_at > s.load_date), 9223372036854775807) as high
            from audit.epoch b where b.last_entry_id_before > 0) b
          cross join lateral (select t.id, t.xid, t.occurred_at, t.recorded_at from audit.entry t where t.tenant = $36::text and (t.xid, t.id) > (s.xid, b.low) and (t.xid, t.id) <= (s.xid, b.high)
             order by t.xid, t.id limit 1) f
          where true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'transaction', e.id, null::text, e.id, e.occurred_at from (select s.* from (select decode(case when w.kind = 'execution' then w.name end, 'hex') as key offset 0) k cross join lateral (
        select s.run_id::text as run_id, s.actor, s.db_session_user as db_user, s.execution_timestamp as occurred_at, s.completed_at from script_tracking.script_execution_s s
         where s.script_execution_hk = k.key and s.load_end_date is null and s.tenant_hk = script_tracking.tenant_key($37::text) limit 1) s) x cross join lateral (
            select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where e.tenant = $38::text and e.run_id = x.run_id and e.recorded_at >= x.occurred_at
               and (x.completed_at is null or e.recorded_at <= x.completed_at) order by e.id limit 10000) e
          cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < e.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $39::text and (t.xid, t.id) > (e.xid, b.low) and (t.xid, t.id) <= (e.xid, e.id)
         order by t.xid, t.id limit 1) t) f where f.id = e.id and true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'execution', null::bigint, encode(s.script_execution_hk, 'hex'), null::bigint, s.occurred_at from (
            select s.script_execution_hk, s.execution_timestamp as occurred_at from script_tracking.script_execution_s s where s.run_id = case when w.kind = 'run' then w.name end and s.load_end_date is null and s.tenant_hk = script_tracking.tenant_key($40::text)
             order by s.execution_timestamp, s.script_execution_hk limit 10000) s where (exists (select from audit.run r where r.tenant = $41::text and r.run_id = w.name)
      or exists (select from audit.entry e where e.tenant = $42::text and e.run_id = w.name))) n (kind, id, name, entry, at)
      union all select 'WAS_ASSOCIATED_WITH'::text as relation, n.* from (select 'execution', null::bigint, encode(s.script_execution_hk, 'hex'), null::bigint, s.occurred_at from (
            select s.* from (select substr(w.name, strpos(w.name, ':') + 1) as key, w.name like 'DatabaseActor:%' as is_account where w.kind = 'agent' offset 0) k cross join lateral (
              select s.script_execution_hk, s.execution_timestamp as occurred_at from script_tracking.script_execution_s s where s.load_end_date is null and s.tenant_hk = script_tracking.tenant_key($43::text) and (case when s.actor is null then s.db_session_user else s.actor end) = k.key and (s.actor is null) = k.is_account
               order by s.execution_timestamp limit 10000) s) s where true) n (kind, id, name, entry, at)) n)
    select greatest(count(*) - (select count(*) from seed), 0)::int as count from (select from reached limit $44 + (select count(*) from seed)) r
-- ["{...}","{...}","{...}","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","{...}","{...}","{...}","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo",10000]

/* lineage.totals */
    with recursive seed as materialized (select kind, id, name from unnest($1::text::text[], $2::text::bigint[],
    $3::text::text[]) with ordinality as s(kind, id, name, place)),
    reached(kind, id, name) as (
      select * from seed union select n.kind, n.id, n.name from reached w cross join lateral (select 'WAS_GENERATED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $4::text and e.id = w.id) e cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < e.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $5::text and (t.xid, t.id) > (e.xid, b.low) and (t.xid, t.id) <= (e.xid, e.id)
         order by t.xid, t.id limit 1) t) f where true) n (kind, id, name, entry, at)
      union all select 'WAS_ATTRIBUTED_TO'::text as relation, n.* from (select 'agent', null::bigint, case when e.actor is null then 'DatabaseActor:' || e.db_user else 'Actor:' || e.actor end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $6::text and e.id = w.id) e where true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when p.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when p.operation in ('INSERT', 'UPDATE') then p.id else e.table_key::bigint end, case when p.operation in ('INSERT', 'UPDATE') then null else e.record_key end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $7::text and e.id = w.id) e left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $8::text and x.table_key = e.table_key and (x.record_key, x.id) >= (e.record_key, 0)
        and (x.record_key, x.id) < (e.record_key, e.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          where e.operation = 'UPDATE' and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when s.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when s.operation in ('INSERT', 'UPDATE') then s.id else c.table_key::bigint end, case when s.operation in ('INSERT', 'UPDATE') then null else c.record_key end, e.id, e.occurred_at from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $9::text and e.id = w.id) e cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $10::text and c.id = e.cause_id and c.id < e.id limit 1) c
          left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $11::text and x.table_key = c.table_key and (x.record_key, x.id) >= (c.record_key, 0)
        and (x.record_key, x.id) < (c.record_key, c.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on c.operation = 'DELETE'
          cross join lateral (select case when c.operation = 'DELETE' then p.id else c.id end as id, case when c.operation = 'DELETE' then p.operation else c.operation end as operation) s
          where e.operation in ('INSERT', 'UPDATE') and e.record_key is not null and c.operation in ('INSERT', 'UPDATE', 'DELETE') and c.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_DERIVED_FROM'::text as relation, n.* from (select case when p.id is null then 'base' else 'version' end, coalesce(p.id, r.parent), case when p.id is null then k.key end, e.id, e.occurred_at
          from (select e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.operation, e.actor, e.db_user, e.run_id, e.cause_id, e.after from audit.entry e where w.kind = 'version' and e.tenant = $12::text and e.id = w.id) e join unnest($13::text::int[], $14::text::text[],
      $15::text::int[]) as r(child, column_name, parent) on r.child = e.table_key and e.after ? r.column_name
          cross join lateral (select e.after ->> r.column_name as key offset 0) k -- kept apart: ->> is not leakproof, and would get no index
          left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $16::text and x.table_key = r.parent and (x.record_key, x.id) >= (k.key, 0)
        and (x.record_key, x.id) < (k.key, e.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          left join lateral (select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where x.tenant = $17::text and x.table_key = r.parent
        and (x.record_key, x.id) > (k.key, 0) and (x.record_key, x.id) <= (k.key, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1) o on p.id is null
          where e.operation in ('INSERT', 'UPDATE') and e.record_key is not null and k.key is not null and (p.operation in ('INSERT', 'UPDATE') or (p.id is null and o.operation is distinct from 'INSERT'))
            and true) n (kind, id, name, entry, at)
      union all select 'WAS_ASSOCIATED_WITH'::text as relation, n.* from (select 'agent', null::bigint, case when m.actor is null then 'DatabaseActor:' || m.db_user else 'Actor:' || m.actor end, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $18::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 1000) m
      where w.kind = 'transaction' and t.tenant = $19::text and t.id = w.id) m where true) n (kind, id, name, entry, at)
      union all select 'WAS_ASSOCIATED_WITH'::text as relation, n.* from (select 'agent', null::bigint, case when x.actor is null then 'DatabaseActor:' || x.db_user else 'Actor:' || x.actor end, x.id, x.occurred_at from (
            select x.id, x.xid, x.occurred_at, x.recorded_at, x.table_key, x.record_key, x.operation, x.actor, x.db_user, x.run_id, x.cause_id, x.after from audit.entry x where w.kind = 'run' and x.tenant = $20::text and x.run_id = w.name order by x.id limit 1) x where true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'run', null::bigint, m.run_id::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $21::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 1000) m
      where w.kind = 'transaction' and t.tenant = $22::text and t.id = w.id) m where m.run_id is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'transaction', f.id, null::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $23::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $24::text and t.id = w.id) m cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $25::text and c.id = m.cause_id and c.id < m.id limit 1) c
          cross join lateral (select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < c.id) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = $26::text and (t.xid, t.id) > (c.xid, b.low) and (t.xid, t.id) <= (c.xid, c.id)
         order by t.xid, t.id limit 1) t) f where case when m.operation in ('INSERT', 'UPDATE') and m.record_key is not null then not (c.operation in ('INSERT', 'UPDATE', 'DELETE') and c.record_key is not null) else not (c.operation in ('INSERT', 'UPDATE') and c.record_key is not null) end and f.id <> w.id and true) n (kind, id, name, entry, at)
      union all select 'WAS_INVALIDATED_BY'::text as relation, n.* from (select case when p.operation in ('INSERT', 'UPDATE') then 'version' else 'base' end, case when p.operation in ('INSERT', 'UPDATE') then p.id else m.table_key::bigint end, case when p.operation in ('INSERT', 'UPDATE') then null else m.record_key end, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $27::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $28::text and t.id = w.id) m left join lateral (select x.id, x.operation from audit.entry x where x.tenant = $29::text and x.table_key = m.table_key and (x.record_key, x.id) >= (m.record_key, 0)
        and (x.record_key, x.id) < (m.record_key, m.id) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1) p on true
          where m.operation = 'DELETE' and m.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'USED'::text as relation, n.* from (select 'version', c.id, null::text, m.id, m.occurred_at from (select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select m.id, m.xid, m.occurred_at, m.recorded_at, m.table_key, m.record_key, m.operation, m.actor, m.db_user, m.run_id, m.cause_id, m.after from audit.entry m where m.tenant = $30::text and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit 10000) m
      where w.kind = 'transaction' and t.tenant = $31::text and t.id = w.id) m cross join lateral (select c.id, c.xid, c.occurred_at, c.recorded_at, c.table_key, c.record_key, c.operation, c.actor, c.db_user, c.run_id, c.cause_id, c.after from audit.entry c where c.tenant = $32::text and c.id = m.cause_id and c.id < m.id limit 1) c
          where not (m.operation in ('INSERT', 'UPDATE') and m.record_key is not null) and c.operation in ('INSERT', 'UPDATE') and c.record_key is not null and true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'execution', null::bigint, encode(s.script_execution_hk, 'hex'), t.id, t.occurred_at from (select t.id, t.xid, t.run_id::text as run_id, t.recorded_at, t.occurred_at,
        coalesce((select max(b.started_at) from audit.epoch b where b.last_entry_id_before > 0 and b.last_entry_id_before < t.id), '-infinity') as since,
        coalesce((select min(b.started_at) from audit.epoch b where b.last_entry_id_before >= t.id), 'infinity') as until
      from audit.entry t where w.kind = 'transaction' and t.tenant = $33::text and t.id = w.id limit 1) t cross join lateral (
            select distinct s.script_execution_hk from script_tracking.script_execution_s s where s.xid = t.xid and s.tenant_hk = script_tracking.tenant_key($34::text) and s.load_date >= t.since and s.load_date < t.until limit 10000) s
          where true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'execution', null::bigint, encode(s.script_execution_hk, 'hex'), t.id, t.occurred_at from (select t.id, t.xid, t.run_id::text as run_id, t.recorded_at, t.occurred_at,
        coalesce((select max(b.started_at) from audit.epoch b where b.last_entry_id_before > 0 and b.last_entry_id_before < t.id), '-infinity') as since,
        coalesce((select min(b.started_at) from audit.epoch b where b.last_entry_id_before >= t.id), 'infinity') as until
      from audit.entry t where w.kind = 'transaction' and t.tenant = $35::text and t.id = w.id limit 1) t cross join lateral (
            select s.script_execution_hk from script_tracking.script_execution_s s where s.run_id = t.run_id and s.load_end_date is null and s.tenant_hk = script_tracking.tenant_key($36::text)
               and s.execution_timestamp <= t.recorded_at and (s.completed_at is null or s.completed_at >= t.recorded_at)
             order by s.execution_timestamp, s.script_execution_hk limit 10000) s
          where true) n (kind, id, name, entry, at)
      union all select 'WAS_INFORMED_BY'::text as relation, n.* from (select 'run', null::bigint, x.run_id::text, null::bigint, x.occurred_at from (select s.* from (select decode(case when w.kind = 'execution' then w.name end, 'hex') as key offset 0) k cross join lateral (
        select s.run_id::text as run_id, s.actor, s.db_session_user as db_user, s.execution_timestamp as occurred_at, s.completed_at from script_tracking.script_execution_s s
         where s.script_execution_hk = k.key and s.load_end_date is null and s.tenant_hk = script_tracking.tenant_key($37::text) limit 1) s) x where (exists (select from audit.run r where r.tenant = $38::text and r.run_id = x.run_id)
      or exists (select from audit.entry e where e.tenant = $39::text and e.run_id = x.run_id))) n (kind, id, name, entry, at)
      union all select 'WAS_ASSOCIATED_WITH'::text as relation, n.* from (select 'agent', null::bigint, case when x.actor is null then 'DatabaseActor:' || x.db_user else 'Actor:' || x.actor end, null::bigint, x.occurred_at from (select s.* from (select decode(case when w.kind = 'execution' then w.name end, 'hex') as key offset 0) k cross join lateral (
        select s.run_id::text as run_id, s.actor, s.db_session_user as db_user, s.execution_timestamp as occurred_at, s.completed_at from script_tracking.script_execution_s s
         where s.script_execution_hk = k.key and s.load_end_date is null and s.tenant_hk = script_tracking.tenant_key($40::text) limit 1) s) x where true) n (kind, id, name, entry, at)) n)
    select greatest(count(*) - (select count(*) from seed), 0)::int as count from (select from reached limit $41 + (select count(*) from seed)) r
-- ["{...}","{...}","{...}","demo","demo","demo","demo","demo","demo","demo","demo","demo","{...}","{...}","{...}","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo","demo",10000]

/* lineage.versions */
    select v.id, origin.operation as first_operation from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
      left join lateral (select e.operation from audit.entry e where e.tenant = $3 and e.table_key = $4::int and e.record_key = r.record_key and e.schema_version >= $5::int and e.id <= r.up_to and e.operation in ('INSERT', 'UPDATE', 'DELETE') order by e.id limit 1) origin on true
      left join lateral (select e.id from audit.entry e where e.tenant = $6 and e.table_key = $7::int and e.record_key = r.record_key and e.schema_version >= $8::int and e.id <= r.up_to and e.operation in ('INSERT', 'UPDATE') order by e.id desc limit $9) v on true
     order by v.id desc
-- ["{...}","{...}","demo",6,1,"demo",6,1,150]

/* provenance.sources */
    select r.place::int as record_place, item.* from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
     cross join lateral (
       select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e
        where e.tenant = $3 and e.table_key = $4::int and e.record_key = r.record_key and e.schema_version >= $5::int and e.id <= r.up_to
          and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and (e.after ?| $6::text::text[] or e.personal_after ?| $7::text::text[]) is true))
        order by "e"."id" desc limit 1) item
-- ["{...}","{...}","demo",2,1,"{...}","{...}"]

/* provenance.sources */
    select r.place::int as record_place, item.* from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
     cross join lateral (
       select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e
        where e.tenant = $3 and e.table_key = $4::int and e.record_key = r.record_key and e.schema_version >= $5::int and e.id <= r.up_to
          and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and (e.after ?| $6::text::text[] or e.personal_after ?| $7::text::text[]) is true))
        order by "e"."id" desc limit 1) item
-- ["{...}","{...}","demo",4,1,"{...}","{...}"]

/* provenance.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at", (
        select jsonb_agg(jsonb_build_object('tableKey', v.table_key, 'schemaVersion', v.schema_version, 'incarnation', v.incarnation,
            'columns', v.columns, 'keyColumns', v.key_columns) order by v.schema_version)
          from audit.table_version v where v.table_key = "audit"."tracked_table"."table_key") as versions
    from "audit"."tracked_table" where "audit"."tracked_table"."table_name" = any($1::text::text[]) and ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $2)
-- ["{...}","demo"]
