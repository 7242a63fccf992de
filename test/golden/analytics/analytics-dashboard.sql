/* analytics.activityHeatMap */
    select ranked.* from (
      select totalled.*, dense_rank() over (order by totalled.total desc, totalled.name collate "C", totalled.is_named) as place from (
        select cell.name, cell.is_named, cell.weekday, cell.hour, cell.count, max(cell.kind) over whole as kind, sum(cell.count) over whole as total from (
          select case when "e"."actor" is null then "e"."db_user" else "e"."actor" end as name, "e"."actor" is not null as is_named, extract(isodow from ("e"."occurred_at" at time zone $1::text))::int as weekday, extract(hour from ("e"."occurred_at" at time zone $2::text))::int as hour,
                 max(case when "e"."actor_kind" is null then 'USER' else "e"."actor_kind"::text end) as kind, count(*) as count
            from "audit"."entry" e left join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key" where "e"."tenant" = $3 and true and "e"."occurred_at" >= $4::text::timestamptz and "e"."occurred_at" < $5::text::timestamptz and true group by 1, 2, 3, 4) cell
         window whole as (partition by cell.name, cell.is_named)) totalled) ranked
     where ranked.place <= $6::int order by ranked.place, ranked.weekday, ranked.hour
-- ["UTC","UTC","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",100]

/* analytics.changeSummary */
    select "key1", "key2", sum(g.n) as count, count(g.record_key) as entity_count, min(g.first_at) as first_at, max(g.last_at) as last_at
      from (select "audit"."tracked_table"."table_name" as "key1", "e"."operation"::text as "key2", "e"."table_key", "e"."record_key", count(*) as n, min("e"."occurred_at") as first_at, max("e"."occurred_at") as last_at
              from "audit"."entry" e left join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key" where "e"."tenant" = $1 and true and "e"."occurred_at" >= $2::text::timestamptz and "e"."occurred_at" < $3::text::timestamptz group by 1, 2, 3, 4) g
     group by "key1", "key2" having sum(g.n) >= $4::int
     order by sum(g.n) desc, "key1"::text collate "C", "key2"::text collate "C" limit $5::int
-- ["demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",1,1000]

/* analytics.changeTrend */
    select coalesce(("audit"."tracked_table"."table_name")::text, '') as series, width_bucket("e"."occurred_at", (select $1::text::timestamptz[])) as bucket, count(*) as count
      from "audit"."entry" e left join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key" where "e"."tenant" = $2 and true and "e"."occurred_at" >= $3::text::timestamptz and "e"."occurred_at" < $4::text::timestamptz group by 1, 2 limit $5::int
-- ["{...}","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",10001]

/* analytics.priceChanges */
    select (div(p.change, p.width) - case when mod(p.change, p.width) <> 0 and sign(p.change) <> sign(p.width) then 1 else 0 end)::text as bar, count(*) as count
      from (select (c.new - c.old) * 100 as change, c.old * $1::int as width
              from (select case when "e"."before" ->> 'price' ~ '^-?[0-9]+([.][0-9]+)?$' then ("e"."before" ->> 'price')::numeric end as old, case when "e"."after" ->> 'price' ~ '^-?[0-9]+([.][0-9]+)?$' then ("e"."after" ->> 'price')::numeric end as new from "audit"."entry" e
                     where "e"."tenant" = $2 and "e"."occurred_at" >= $3::text::timestamptz and "e"."occurred_at" < $4::text::timestamptz and "e"."operation" = 'UPDATE'
                       and "e"."table_key" = any($5::text::int[])
                       and "e"."before" ->> 'currency' is not distinct from "e"."after" ->> 'currency') c
             where c.old <> 0 and c.new <> c.old) p
     group by 1 limit $6::int
-- [5,"demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","{...}",10001]

/* analytics.statusTransitions */
    with step as (
      select "e"."id", "e"."table_key", "e"."record_key", "e"."occurred_at", ("e"."before" ->> "audit"."tracked_table"."status_column") as status_before, ("e"."after" ->> "audit"."tracked_table"."status_column") as status_after
        from "audit"."entry" e join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
     where "e"."tenant" = $1 and "e"."operation" in ('INSERT', 'UPDATE') and ("e"."after" ->> "audit"."tracked_table"."status_column") is not null and ("e"."after" ->> "audit"."tracked_table"."status_column") is distinct from ("e"."before" ->> "audit"."tracked_table"."status_column") and "e"."table_key" = any($2::text::int[]) and "e"."record_key" is not null and "e"."occurred_at" >= $3::text::timestamptz and "e"."occurred_at" < $4::text::timestamptz),
    told as (
      select step.*, lag(step.occurred_at) over earlier as last_at, lag(step.status_after) over earlier as last_status
        from step window earlier as (partition by step.table_key, step.record_key order by step.id)),
    timed as (
      select told.*, case when told.status_before is null then null when told.last_status = told.status_before then told.last_at else (
          select "e"."occurred_at" from "audit"."entry" e join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
     where "e"."tenant" = $5 and "e"."operation" in ('INSERT', 'UPDATE') and ("e"."after" ->> "audit"."tracked_table"."status_column") is not null and ("e"."after" ->> "audit"."tracked_table"."status_column") is distinct from ("e"."before" ->> "audit"."tracked_table"."status_column") and "e"."table_key" = told.table_key and "e"."record_key" = told.record_key
            and "e"."id" < told.id and ("e"."after" ->> "audit"."tracked_table"."status_column") = told.status_before order by "e"."id" desc limit 1) end as since
        from told),
    lasted as (
      select timed.*, case when timed.since <= timed.occurred_at then (extract(epoch from timed.occurred_at - timed.since) * 1000)::float8 end as ms from timed)
    select lasted.status_before, lasted.status_after, to_jsonb(array_agg(distinct lasted.table_key)) as table_keys, count(*) as count,
           round((percentile_cont($6::float8) within group (order by lasted.ms))::numeric, 3)::float8 as median_ms, round((percentile_cont($7::float8) within group (order by lasted.ms))::numeric, 3)::float8 as p95_ms
      from lasted group by 1, 2
     order by count(*) desc, lasted.status_before collate "C" nulls first, lasted.status_after collate "C" limit $8::int
-- ["demo","{...}","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","demo",0.5,0.95,1000]

/* analytics.unexplainedChanges */ select 1 as parent_place, "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", "e"."client_ip", "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after", pg_current_snapshot()::text as pin_snapshot, (select max(epoch) from audit.epoch) as pin_epoch from "audit"."entry" e where "e"."tenant" = $1 and "e"."id" = any(array(
      select "e"."id" from "audit"."entry" e join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
       where "e"."tenant" = $2 and "e"."occurred_at" >= $3::text::timestamptz and "e"."occurred_at" < $4::text::timestamptz and "e"."operation" = 'UPDATE'
         and "e"."table_key" = any($5::text::int[]) and exists (select 1 from unnest("audit"."tracked_table"."reason_required_columns") as required(name)
      where (coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) ? required.name and ((coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) -> required.name is distinct from (coalesce("e"."after", '{}') || coalesce("e"."personal_after", '{}')) -> required.name or (coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) -> required.name = '"***"')) and not (("e"."reason" is not null or "e"."reason_code" is not null) or exists (select 1 from "audit"."entry" where "audit"."entry"."tenant" = $6 and "audit"."entry"."reason_for" = "e"."id"
    and "audit"."entry"."reason_for" is not null and true) or exists (select 1 from "audit"."run" where "audit"."run"."tenant" = $7 and "audit"."run"."run_id" = "e"."run_id" and ("audit"."run"."reason" is not null or "audit"."run"."reason_code" is not null))))) order by "e"."id" desc limit $8
-- ["demo","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","{...}","demo","demo",11]

/* analytics.unexplainedChanges.count */ select 1 as parent_place, count(*) as count from "audit"."entry" e where "e"."tenant" = $1 and "e"."id" = any(array(
      select "e"."id" from "audit"."entry" e join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
       where "e"."tenant" = $2 and "e"."occurred_at" >= $3::text::timestamptz and "e"."occurred_at" < $4::text::timestamptz and "e"."operation" = 'UPDATE'
         and "e"."table_key" = any($5::text::int[]) and exists (select 1 from unnest("audit"."tracked_table"."reason_required_columns") as required(name)
      where (coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) ? required.name and ((coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) -> required.name is distinct from (coalesce("e"."after", '{}') || coalesce("e"."personal_after", '{}')) -> required.name or (coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) -> required.name = '"***"')) and not (("e"."reason" is not null or "e"."reason_code" is not null) or exists (select 1 from "audit"."entry" where "audit"."entry"."tenant" = $6 and "audit"."entry"."reason_for" = "e"."id"
    and "audit"."entry"."reason_for" is not null and true) or exists (select 1 from "audit"."run" where "audit"."run"."tenant" = $7 and "audit"."run"."run_id" = "e"."run_id" and ("audit"."run"."reason" is not null or "audit"."run"."reason_code" is not null))))) and ("e"."id" <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot("e"."xid", $8::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $9::text::int))
-- ["demo","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","{...}","demo","demo","<snapshot>","1"]

/* analytics.userActivity */
    select g.name, g.is_named, max(g.kind) as kind, sum(g.n) as count, sum(g.reasoned) as reasoned, count(g.record_key) as entity_count,
           min(g.first_at) as first_at, max(g.last_at) as last_at
      from (select case when "e"."actor" is null then "e"."db_user" else "e"."actor" end as name, "e"."actor" is not null as is_named, "e"."table_key", "e"."record_key", max(case when "e"."actor_kind" is null then 'USER' else "e"."actor_kind"::text end) as kind, count(*) as n,
                   count(*) filter (where (("e"."reason" is not null or "e"."reason_code" is not null) or exists (select 1 from "audit"."entry" where "audit"."entry"."tenant" = $1 and "audit"."entry"."reason_for" = "e"."id"
    and "audit"."entry"."reason_for" is not null and true) or exists (select 1 from "audit"."run" where "audit"."run"."tenant" = $2 and "audit"."run"."run_id" = "e"."run_id" and ("audit"."run"."reason" is not null or "audit"."run"."reason_code" is not null)))) as reasoned, min("e"."occurred_at") as first_at, max("e"."occurred_at") as last_at
              from "audit"."entry" e left join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key" where "e"."tenant" = $3 and true and "e"."occurred_at" >= $4::text::timestamptz and "e"."occurred_at" < $5::text::timestamptz group by 1, 2, 3, 4) g
     group by 1, 2 order by sum(g.n) desc, g.name collate "C", g.is_named limit $6::int
-- ["demo","demo","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",20]

/* audit.entries.reasonsAdded */
    select added.* from unnest($1::text::bigint[]) as wanted(id)
     cross join lateral (
       select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", "e"."client_ip", "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."entry" e where "e"."tenant" = $2 and "e"."reason_for" = wanted.id order by "e"."id" limit $3) added
     order by added.reason_for, added.id
-- ["{...}","demo",20]

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

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", "commerce"."users"."email", "commerce"."users"."display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $1 and "commerce"."users"."key" = any($2::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["demo","{...}"]
