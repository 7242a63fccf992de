/* analytics.anomalies.evidence */
    select w.place::int, found.id
      from unnest($1::text::text[], $2::text::bigint[],
                  $3::text::bigint[],
                  $4::text::timestamptz[],
                  $5::text::timestamptz[],
                  $6::text::boolean[],
                  $7::text::text[],
                  $8::text::text[],
                  $9::text::inet[])
             with ordinality as w(actor, first_id, last_id, first_at, last_at, rows_only, transaction_id, application, address, place)
     cross join lateral (
       select e.id from audit.shown_entry e
        where e.tenant = $10 and (case when e.actor is null then e.db_user else e.actor end) = w.actor and e.id >= w.first_id and e.id <= w.last_id
          and e.occurred_at >= w.first_at and e.occurred_at <= w.last_at and (not w.rows_only or e.operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'))
          and (w.transaction_id is null or e.xid::text = w.transaction_id) and (w.application is null or e.application = w.application)
          and (w.address is null or host(e.client_ip) = host(w.address))
        order by e.id limit $11) found
     order by w.place, found.id
-- ["{...}","{...}","{...}","{...}","{...}","{...}","{...}","{...}","{...}","demo",20]

/* analytics.anomalies.hours */
    with cell as materialized (
      select (case when e.actor is null then e.db_user else e.actor end) as actor, date_trunc('hour', e.occurred_at, 'UTC') as hour, e.occurred_at >= (select $1::text::timestamptz) as in_period, e.application, e.client_ip,
             bool_or(e.actor_kind is not distinct from 'SERVICE') as is_service, count(*)::int as entries,
             min(e.id) as first_id, max(e.id) as last_id, min(e.occurred_at) as first_at, max(e.occurred_at) as last_at,
             count(*) filter (where e.operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'))::int as changes, min(e.id) filter (where e.operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')) as first_change,
             min(e.occurred_at) filter (where e.operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')) as first_change_at
        from audit.shown_entry e where e.tenant = $2 and e.occurred_at >= (select least($3::text::timestamptz, $4::text::timestamptz - interval '90 days'))
         and e.occurred_at < (select $5::text::timestamptz) group by 1, 2, 3, 4, 5
    ), origin as (
      select c.actor, c.application, null::inet as client_ip, count(distinct c.hour) as occasions, min(c.first_change) filter (where c.in_period) as first_id, max(c.last_id) filter (where c.in_period) as last_id,
             min(c.first_change_at) filter (where c.in_period) as first_at, max(c.last_at) filter (where c.in_period) as last_at
        from cell c where c.changes > 0 and c.application is not null group by 1, 2
      union all
      select c.actor, c.application, c.client_ip, count(distinct c.hour), min(c.first_change) filter (where c.in_period) as first_id, max(c.last_id) filter (where c.in_period) as last_id,
             min(c.first_change_at) filter (where c.in_period) as first_at, max(c.last_at) filter (where c.in_period) as last_at
        from cell c where c.changes > 0 and c.client_ip is not null group by 1, 2, 3
    ), rarity as (
      select o.*, sum(o.occasions) over (partition by o.actor, (o.client_ip is null), (case when o.client_ip is not null then o.application end) order by o.occasions)::int as tail, sum(o.occasions) over (partition by o.actor, (o.client_ip is null), (case when o.client_ip is not null then o.application end))::int as total from origin o)
    (select 'hour' as part, c.actor, c.hour, c.in_period, bool_or(c.is_service) as is_service, sum(c.entries)::int as entries, sum(c.changes)::int as changes,
            min(c.first_id) as first_id, max(c.last_id) as last_id, min(c.first_at) as first_at, max(c.last_at) as last_at,
            min(c.first_change) as first_change, min(c.first_change_at) as first_change_at,
            null::text as application, null::text as address, null::int as tail, null::int as total
       from cell c group by c.actor, c.hour, c.in_period order by c.hour desc, c.actor collate "C" limit $6)
    union all
    (select 'origin', r.actor, null, true, null, null, null, r.first_id, r.last_id, r.first_at, r.last_at, null, null, r.application, host(r.client_ip), r.tail, r.total
       from rarity r where r.first_id is not null and r.occasions <= $7 and r.tail * $8::int <= r.total
      order by r.tail::float8 / r.total, r.first_id limit $9)
-- ["2025-12-01T00:00:00.000000Z","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",20000,3,4,1000]

/* analytics.anomalies.prices */
    with price as materialized (
      select e.id, e.occurred_at, (case when e.actor is null then e.db_user else e.actor end) as actor, e.entity_key, c.before, c.after, e.after ->> 'currency' as currency, e.occurred_at >= (select $1::text::timestamptz) as in_period,
             abs(ln(c.after::float8 / c.before::float8)) as size
        from audit.shown_entry e join audit.tracked_table t on t.table_key = e.table_key and t.entity_type = 'PRODUCT'
       cross join lateral (select case when e.before ->> 'price' ~ '^[0-9]{0,15}[.]?[0-9]{0,15}$' and e.before ->> 'price' ~ '[1-9]' then e.before ->> 'price' end as before, case when e.after ->> 'price' ~ '^[0-9]{0,15}[.]?[0-9]{0,15}$' and e.after ->> 'price' ~ '[1-9]' then e.after ->> 'price' end as after offset 0) c
       where e.tenant = $2 and e.occurred_at >= (select least($3::text::timestamptz, $4::text::timestamptz - interval '90 days'))
         and e.occurred_at < (select $5::text::timestamptz) and e.operation = 'UPDATE' and c.before <> c.after)
    (select 'size' as part, round(p.size::numeric, 3)::float8 as size, count(*)::int as count,
            null::bigint as first_id, null::timestamptz as first_at, null::text as actor, null::text as sku, null::text as before, null::text as after, null::text as currency
       from price p group by 2)
    union all
    (select 'change', p.size, null, p.id, p.occurred_at, p.actor, p.entity_key, p.before, p.after, p.currency
       from price p where p.in_period order by p.size desc, p.id limit $6)
-- ["2025-12-01T00:00:00.000000Z","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",1000]

/* analytics.anomalies.steps */
    with step as materialized (
      select e.id, e.table_key, e.before ->> t.status_column as before, e.after ->> t.status_column as after, e.occurred_at >= (select $1::text::timestamptz) as in_period
        from audit.shown_entry e join audit.tracked_table t on t.table_key = e.table_key and t.status_column is not null
       where e.tenant = $2 and e.occurred_at >= (select least($3::text::timestamptz, $4::text::timestamptz - interval '90 days'))
         and e.occurred_at < (select $5::text::timestamptz) and e.operation = 'UPDATE' and e.before ->> t.status_column <> e.after ->> t.status_column
    ), sort as (
      select s.table_key, s.before, s.after, count(*) as occasions from step s group by 1, 2, 3
    ), judged as (
      select s.table_key, t.table_name, t.entity_type, s.before, s.after,
             sum(s.occasions) over (partition by s.table_key, s.before order by s.occasions)::int as tail,
             sum(s.occasions) over (partition by s.table_key, s.before)::int as total,
             coalesce(not t.transitions @> jsonb_build_array(jsonb_build_object('from', s.before, 'to', s.after)), false) as is_forbidden
        from sort s join audit.tracked_table t on t.table_key = s.table_key
    ), found as (
      select s.id, j.*, row_number() over (partition by j.table_key, j.before, j.after order by s.id desc) as place
        from judged j join step s on s.table_key = j.table_key and s.before = j.before and s.after = j.after and s.in_period
       where j.is_forbidden or j.tail * $6::int <= j.total)
    select e.id as first_id, e.occurred_at as first_at, (case when e.actor is null then e.db_user else e.actor end) as actor, f.table_name, f.entity_type,
           (case when e.entity_key is null then e.record_key else e.entity_key end) as row_key, f.before, f.after, f.tail, f.total, f.is_forbidden
      from (select * from found f where f.place <= $7 order by f.is_forbidden desc, f.tail::float8 / f.total, f.id limit $8) f
      join audit.shown_entry e on e.tenant = $9 and e.id = f.id
-- ["2025-12-01T00:00:00.000000Z","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",4,100,1000,"demo"]

/* analytics.anomalies.transactions */
    with work as materialized (
      select e.xid, count(*)::int as rows, min(e.id) as first_id, max(e.id) as last_id, min(e.occurred_at) as first_at, max(e.occurred_at) as last_at
        from audit.shown_entry e where e.tenant = $1 and e.occurred_at >= (select least($2::text::timestamptz, $3::text::timestamptz - interval '90 days'))
         and e.occurred_at < (select $4::text::timestamptz) and e.operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') group by 1)
    (select 'size' as part, w.rows as size, count(*)::int as count, null::text as transaction_id, null::bigint as first_id, null::bigint as last_id,
            null::timestamptz as first_at, null::timestamptz as last_at, null::text as actor
       from work w group by w.rows)
    union all
    (select 'change', w.rows, null, w.xid::text, w.first_id, w.last_id, w.first_at, w.last_at, (case when e.actor is null then e.db_user else e.actor end)
       from (select * from work w where w.rows > 1 and w.first_at >= (select $5::text::timestamptz) order by w.rows desc, w.first_id limit $6) w
       join audit.shown_entry e on e.tenant = $7 and e.id = w.first_id)
-- ["demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","2025-12-01T00:00:00.000000Z",1000,"demo"]

/* audit.entries.byId */ select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e where "e"."tenant" = $1 and "e"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* audit.entries.reasonsAdded */
    select added.* from unnest($1::text::bigint[]) as wanted(id)
     cross join lateral (
       select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e where "e"."tenant" = $2 and "e"."reason_for" = wanted.id order by "e"."id" limit $3) added
     order by added.reason_for, added.id
-- ["{...}","demo",20]

/* audit.runs.byId */ select "r"."run_id", "r"."name", "r"."status", "r"."started_at", "r"."finished_at", "r"."actor", "r"."actor_kind", "r"."reason", "r"."reason_code", "r"."reference" from "audit"."run" r where "r"."tenant" = $1 and "r"."run_id" = any($2::text::text[])
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

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]
