/* analytics.activityHeatMap */
    select ranked.* from (
      select totalled.*, dense_rank() over (order by totalled.total desc, totalled.name collate "C", totalled.is_named) as place from (
        select cell.name, cell.is_named, cell.weekday, cell.hour, cell.count, max(cell.kind) over whole as kind, sum(cell.count) over whole as total from (
          select case when "e"."actor" is null then "e"."db_user" else "e"."actor" end as name, "e"."actor" is not null as is_named, extract(isodow from ("e"."occurred_at" at time zone $1::text))::int as weekday, extract(hour from ("e"."occurred_at" at time zone $2::text))::int as hour,
                 max(case when "e"."actor_kind" is null then 'USER' else "e"."actor_kind"::text end) as kind, count(*) as count
            from "audit"."shown_entry" e left join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key" where "e"."tenant" = $3 and true and "e"."occurred_at" >= $4::text::timestamptz and "e"."occurred_at" < $5::text::timestamptz and true group by 1, 2, 3, 4) cell
         window whole as (partition by cell.name, cell.is_named)) totalled) ranked
     where ranked.place <= $6::int order by ranked.place, ranked.weekday, ranked.hour
-- ["UTC","UTC","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",100]

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

/* analytics.changeSummary */
    select "key1", "key2", sum(g.n) as count, count(g.record_key) as entity_count, min(g.first_at) as first_at, max(g.last_at) as last_at
      from (select "audit"."tracked_table"."table_name" as "key1", "e"."operation"::text as "key2", "e"."table_key", "e"."record_key", count(*) as n, min("e"."occurred_at") as first_at, max("e"."occurred_at") as last_at
              from "audit"."shown_entry" e left join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key" where "e"."tenant" = $1 and true and "e"."occurred_at" >= $2::text::timestamptz and "e"."occurred_at" < $3::text::timestamptz group by 1, 2, 3, 4) g
     group by "key1", "key2" having sum(g.n) >= $4::int
     order by sum(g.n) desc, "key1"::text collate "C", "key2"::text collate "C" limit $5::int
-- ["demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",1,1000]

/* analytics.changeTrend.byDay */ with late as materialized (select id from audit.uncounted($1, $2::int) id)
    select g.*, (select count(*) from late) as uncounted from (
      select coalesce(("audit"."tracked_table"."table_name")::text, '') as series, width_bucket("e"."occurred_at", (select $3::text::timestamptz[])) as bucket, sum(e.n) as count
        from (
        select "audit"."rollup"."tenant", nullif("audit"."rollup"."table_key", 0) as table_key, "audit"."rollup"."operation",
               case when "audit"."rollup"."is_named" then "audit"."rollup"."actor" end as actor, "audit"."rollup"."actor" as db_user,
               "audit"."rollup"."first_at" as occurred_at, "audit"."rollup"."last_at" as last_at, "audit"."rollup"."entries" as n
          from "audit"."rollup" where "audit"."rollup"."tenant" = $4 and "audit"."rollup"."day" >= $5::text::date and "audit"."rollup"."day" < $6::text::date
        
        union all select "e"."tenant", "e"."table_key", "e"."operation"::text, "e"."actor", "e"."db_user", "e"."occurred_at", "e"."occurred_at" as last_at, 1::bigint as n from late join "audit"."shown_entry" e on "e"."tenant" = $7 and "e"."id" = late.id where "e"."occurred_at" >= $8::text::timestamptz and "e"."occurred_at" < $9::text::timestamptz) e
      left join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
     where "e"."tenant" = $10 and true group by 1, 2 limit $11::int) g
-- ["demo",10001,"{...}","demo","2025-12-01","2026-03-01","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","demo",10001]

/* analytics.priceChanges */
    select (div(p.change, p.width) - case when mod(p.change, p.width) <> 0 and sign(p.change) <> sign(p.width) then 1 else 0 end)::text as bar, count(*) as count
      from (select (c.new - c.old) * 100 as change, c.old * $1::int as width
              from (select case when "e"."before" ->> 'price' ~ '^-?[0-9]+([.][0-9]+)?$' then ("e"."before" ->> 'price')::numeric end as old, case when "e"."after" ->> 'price' ~ '^-?[0-9]+([.][0-9]+)?$' then ("e"."after" ->> 'price')::numeric end as new from "audit"."shown_entry" e
                     where "e"."tenant" = $2 and "e"."occurred_at" >= $3::text::timestamptz and "e"."occurred_at" < $4::text::timestamptz and "e"."operation" = 'UPDATE'
                       and "e"."table_key" = any($5::text::int[])
                       and "e"."before" ->> 'currency' is not distinct from "e"."after" ->> 'currency') c
             where c.old <> 0 and c.new <> c.old) p
     group by 1 limit $6::int
-- [5,"demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","{...}",10001]

/* analytics.statusTransitions */
    with step as (
      select "e"."id", "e"."table_key", "e"."record_key", "e"."occurred_at", ("e"."before" ->> "audit"."tracked_table"."status_column") as status_before, ("e"."after" ->> "audit"."tracked_table"."status_column") as status_after
        from "audit"."shown_entry" e join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
     where "e"."tenant" = $1 and "e"."operation" in ('INSERT', 'UPDATE') and ("e"."after" ->> "audit"."tracked_table"."status_column") is not null and ("e"."after" ->> "audit"."tracked_table"."status_column") is distinct from ("e"."before" ->> "audit"."tracked_table"."status_column") and "e"."table_key" = any($2::text::int[]) and "e"."record_key" is not null and "e"."occurred_at" >= $3::text::timestamptz and "e"."occurred_at" < $4::text::timestamptz),
    told as (
      select step.*, lag(step.occurred_at) over earlier as last_at, lag(step.status_after) over earlier as last_status
        from step window earlier as (partition by step.table_key, step.record_key order by step.id)),
    timed as (
      select told.*, case when told.status_before is null then null when told.last_status = told.status_before then told.last_at else (
          select "e"."occurred_at" from "audit"."shown_entry" e join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
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

/* analytics.unexplainedChanges */ select 1 as parent_place, "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after", to_json(array[pg_current_snapshot()::text, (select max(epoch)::text from audit.epoch),
    coalesce((select "audit"."feed_head"."sequence"::text from "audit"."feed_head" where "audit"."feed_head"."tenant" = $1), '0'),
    coalesce((select "audit"."feed_tick"."tick"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0'), coalesce((select "audit"."feed_tick"."mark"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0')]) as pin from "audit"."shown_entry" e where "e"."tenant" = $2 and "e"."id" = any(array(
      select "e"."id" from "audit"."shown_entry" e join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
       where "e"."tenant" = $3 and "e"."occurred_at" >= $4::text::timestamptz and "e"."occurred_at" < $5::text::timestamptz and "e"."operation" = 'UPDATE'
         and "e"."table_key" = any($6::text::int[]) and exists (select 1 from unnest("audit"."tracked_table"."reason_required_columns") as required(name)
      where (coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) ? required.name and ((coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) -> required.name is distinct from (coalesce("e"."after", '{}') || coalesce("e"."personal_after", '{}')) -> required.name or (coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) -> required.name = '"***"')) and not (("e"."reason" is not null or "e"."reason_code" is not null) or exists (select 1 from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $7 and "audit"."shown_entry"."reason_for" = "e"."id"
    and "audit"."shown_entry"."reason_for" is not null and true) or exists (select 1 from "audit"."run" where "audit"."run"."tenant" = $8 and "audit"."run"."run_id" = "e"."run_id" and ("audit"."run"."reason" is not null or "audit"."run"."reason_code" is not null))))) order by "e"."id" desc limit $9
-- ["demo","demo","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","{...}","demo","demo",11]

/* analytics.unexplainedChanges.count */ select 1 as parent_place, count(*) as count from "audit"."shown_entry" e where "e"."tenant" = $1 and "e"."id" = any(array(
      select "e"."id" from "audit"."shown_entry" e join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
       where "e"."tenant" = $2 and "e"."occurred_at" >= $3::text::timestamptz and "e"."occurred_at" < $4::text::timestamptz and "e"."operation" = 'UPDATE'
         and "e"."table_key" = any($5::text::int[]) and exists (select 1 from unnest("audit"."tracked_table"."reason_required_columns") as required(name)
      where (coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) ? required.name and ((coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) -> required.name is distinct from (coalesce("e"."after", '{}') || coalesce("e"."personal_after", '{}')) -> required.name or (coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}')) -> required.name = '"***"')) and not (("e"."reason" is not null or "e"."reason_code" is not null) or exists (select 1 from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $6 and "audit"."shown_entry"."reason_for" = "e"."id"
    and "audit"."shown_entry"."reason_for" is not null and true) or exists (select 1 from "audit"."run" where "audit"."run"."tenant" = $7 and "audit"."run"."run_id" = "e"."run_id" and ("audit"."run"."reason" is not null or "audit"."run"."reason_code" is not null))))) and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $8::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $9::text::int))
-- ["demo","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","{...}","demo","demo","<snapshot>","1"]

/* analytics.userActivity */
    select g.name, g.is_named, max(g.kind) as kind, sum(g.n) as count, sum(g.reasoned) as reasoned, count(g.record_key) as entity_count,
           min(g.first_at) as first_at, max(g.last_at) as last_at
      from (select case when "e"."actor" is null then "e"."db_user" else "e"."actor" end as name, "e"."actor" is not null as is_named, "e"."table_key", "e"."record_key", max(case when "e"."actor_kind" is null then 'USER' else "e"."actor_kind"::text end) as kind, count(*) as n,
                   count(*) filter (where (("e"."reason" is not null or "e"."reason_code" is not null) or exists (select 1 from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $1 and "audit"."shown_entry"."reason_for" = "e"."id"
    and "audit"."shown_entry"."reason_for" is not null and true) or exists (select 1 from "audit"."run" where "audit"."run"."tenant" = $2 and "audit"."run"."run_id" = "e"."run_id" and ("audit"."run"."reason" is not null or "audit"."run"."reason_code" is not null)))) as reasoned, min("e"."occurred_at") as first_at, max("e"."occurred_at") as last_at
              from "audit"."shown_entry" e left join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key" where "e"."tenant" = $3 and true and "e"."occurred_at" >= $4::text::timestamptz and "e"."occurred_at" < $5::text::timestamptz group by 1, 2, 3, 4) g
     group by 1, 2 order by sum(g.n) desc, g.name collate "C", g.is_named limit $6::int
-- ["demo","demo","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",20]

/* audit.entries.reasonsAdded */
    select added.* from unnest($1::text::bigint[]) as wanted(id)
     cross join lateral (
       select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e where "e"."tenant" = $2 and "e"."reason_for" = wanted.id order by "e"."id" limit $3) added
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

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]
