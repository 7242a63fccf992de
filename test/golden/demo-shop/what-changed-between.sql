/* audit.point.now */ select to_json(array[pg_current_snapshot()::text, (select max(epoch)::text from audit.epoch),
    coalesce((select "audit"."feed_head"."sequence"::text from "audit"."feed_head" where "audit"."feed_head"."tenant" = $1), '0'),
    coalesce((select "audit"."feed_tick"."tick"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0'), coalesce((select "audit"."feed_tick"."mark"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0')]) as pin
-- ["demo"]

/* audit.point.position */ select coalesce((
      select p.sequence from "audit"."shown_entry" e join "audit"."position" p on p.tenant = $1 and p.entry_id = "e"."id"
       where "e"."tenant" = $2 and "e"."id" <= (select audit.highest_id_at($3, $4::text, $5::text::timestamptz)) and (e.occurred_at <= $6::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $7::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $8::text::int))) order by "e"."id" desc limit 1), 0) as sequence
-- ["demo","demo","demo","OCCURRED","2026-02-16T00:00:00.000000Z","2026-02-16T00:00:00.000000Z","<snapshot>","1"]

/* audit.point.position */ select coalesce((
      select p.sequence from "audit"."shown_entry" e join "audit"."position" p on p.tenant = $1 and p.entry_id = "e"."id"
       where "e"."tenant" = $2 and "e"."id" <= (select audit.highest_id_at($3, $4::text, $5::text::timestamptz)) and (e.occurred_at <= $6::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $7::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $8::text::int))) order by "e"."id" desc limit 1), 0) as sequence
-- ["demo","demo","demo","OCCURRED","2026-02-18T00:00:00.000000Z","2026-02-18T00:00:00.000000Z","<snapshot>","1"]

/* audit.point.tables */
    select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."untracked_at", "audit"."tracked_table"."tracked_since" as recorded_at, least("audit"."tracked_table"."tracked_since", counted.first_at, uncounted.first_at) as occurred_at,
        (select jsonb_agg(jsonb_build_object('schemaVersion', v.schema_version, 'incarnation', v.incarnation, 'columns', v.columns) order by v.schema_version)
           from audit.table_version v where v.table_key = "audit"."tracked_table"."table_key" having count(*) > 1) as versions
      from "audit"."tracked_table"
      left join (select table_key, min(first_at) as first_at from audit.rollup where tenant = $1 group by 1) counted
        on counted.table_key = "audit"."tracked_table"."table_key"
      left join (select "e"."table_key", min("e"."occurred_at") as first_at from audit.uncounted($2, $3::int) u
                   join "audit"."shown_entry" e on "e"."tenant" = $4 and "e"."id" = u group by 1) uncounted
        on uncounted.table_key = "audit"."tracked_table"."table_key"
     where "audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $5
-- ["demo","demo",10000,"demo","demo"]

/* audit.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at" from "audit"."tracked_table" where ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $1) order by "audit"."tracked_table"."table_name"
-- ["demo"]

/* provenance.diff.columns */
    select c.place::int, n.*, n.before is not null as has_before, n.after is not null as has_after
      from unnest($1::text::int[], $2::text::text[], $3::text::bigint[],
      $4::text::bigint[]) with ordinality as c(table_key, record_key, from_id, to_id, place) cross join lateral (select least(c.from_id, c.to_id) as low, greatest(c.from_id, c.to_id) as high) w
     cross join lateral (select (array_agg(m.key order by x.id desc))[1] as name, max(x.schema_version) as schema_version,
            (array_agg(m.value order by x.id) filter (where m.side = 'before'))[1] as before,
            (array_agg(m.value order by x.id desc) filter (where m.side = 'after'))[1] as after,
            coalesce(bool_or(m.value = to_jsonb($5::text) and x.operation = 'UPDATE' and not x.after ?| (
              select v.key_columns from audit.table_version v where v.table_key = c.table_key and v.schema_version = x.schema_version)), false) as is_masked_change
       from (
         select "e"."id", "e"."operation", "e"."schema_version", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after",
                min("e"."id") filter (where "e"."operation" = 'DELETE') over () as deletion, max("e"."id") filter (where "e"."operation" = 'INSERT') over () as creation,
                min("e"."schema_version") over () <> max("e"."schema_version") over () as is_altered
           from "audit"."shown_entry" e where "e"."tenant" = $6 and "e"."table_key" = c.table_key and ("e"."record_key", "e"."id") > (c.record_key, w.low)
       and ("e"."record_key", "e"."id") <= (c.record_key, w.high) and e.operation in ('INSERT', 'UPDATE', 'DELETE')) x
      cross join lateral (
         select 'before' as side, m.key, m.value from jsonb_each(coalesce(x.before, '{}') || coalesce(x.personal_before, '{}')) m where x.id <= coalesce(x.deletion, x.id)
         union all select 'after' as side, m.key, m.value from jsonb_each(coalesce(x.after, '{}') || coalesce(x.personal_after, '{}')) m where x.id >= coalesce(x.creation, 0)) m
      group by case when x.is_altered then coalesce((select v.incarnation || ':' || (k ->> 'position') from audit.table_version v cross join lateral jsonb_array_elements(v.columns) k
              where v.table_key = c.table_key and v.schema_version = x.schema_version and k ->> 'name' = m.key), m.key) else m.key end) n
-- ["{...}","{...}","{...}","{...}","***","demo"]

/* provenance.differences */ select d.first_id, d.table_key, d.record_key, d.from_id, d.to_id, d.kind from (select c.*, s.from_id, s.to_id, s.kind from (
        select x.table_key, x.record_key, min(x.id) as first_id from (select "e"."table_key", "e"."record_key", "e"."id", "e"."operation" from "audit"."shown_entry" e where "e"."tenant" = $1 and "e"."id" >= (select audit.lowest_id_after($2, $3::text, $4::text::timestamptz)) and "e"."id" <= (select audit.highest_id_at($5, $6::text, $7::text::timestamptz))
      and e.occurred_at > $8::text::timestamptz and e.occurred_at <= $9::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $10::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $11::text::int))) x
         where x.operation in ('INSERT', 'UPDATE', 'DELETE') and x.record_key is not null and x.table_key in (select "audit"."tracked_table"."table_key" from "audit"."tracked_table" where "audit"."tracked_table"."entity_type" = any($12::text::text[])) group by 1, 2 order by 3 ASC offset 0) c
     cross join lateral (select w.from_id, w.to_id, case
        when w.low = w.high then null
        when k.was_there and k.is_there then case when first.id = w.high or exists (select from (select (array_agg(m.key order by x.id desc))[1] as name, max(x.schema_version) as schema_version,
            (array_agg(m.value order by x.id) filter (where m.side = 'before'))[1] as before,
            (array_agg(m.value order by x.id desc) filter (where m.side = 'after'))[1] as after,
            coalesce(bool_or(m.value = to_jsonb($13::text) and x.operation = 'UPDATE' and not x.after ?| (
              select v.key_columns from audit.table_version v where v.table_key = c.table_key and v.schema_version = x.schema_version)), false) as is_masked_change
       from (
         select "e"."id", "e"."operation", "e"."schema_version", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after",
                min("e"."id") filter (where "e"."operation" = 'DELETE') over () as deletion, max("e"."id") filter (where "e"."operation" = 'INSERT') over () as creation,
                min("e"."schema_version") over () <> max("e"."schema_version") over () as is_altered
           from "audit"."shown_entry" e where "e"."tenant" = $14 and "e"."table_key" = c.table_key and ("e"."record_key", "e"."id") > (c.record_key, w.low)
       and ("e"."record_key", "e"."id") <= (c.record_key, w.high) and e.operation in ('INSERT', 'UPDATE', 'DELETE')) x
      cross join lateral (
         select 'before' as side, m.key, m.value from jsonb_each(coalesce(x.before, '{}') || coalesce(x.personal_before, '{}')) m where x.id <= coalesce(x.deletion, x.id)
         union all select 'after' as side, m.key, m.value from jsonb_each(coalesce(x.after, '{}') || coalesce(x.personal_after, '{}')) m where x.id >= coalesce(x.creation, 0)) m
      group by case when x.is_altered then coalesce((select v.incarnation || ':' || (k ->> 'position') from audit.table_version v cross join lateral jsonb_array_elements(v.columns) k
              where v.table_key = c.table_key and v.schema_version = x.schema_version and k ->> 'name' = m.key), m.key) else m.key end) n
          where coalesce(n.before, 'null') <> coalesce(n.after, 'null') or (n.is_masked_change and n.before = to_jsonb($15::text))) then 'MODIFIED' end
        when k.was_there <> k.is_there then case when k.was_there = (w.from_id < w.to_id) then 'REMOVED' else 'ADDED' end end as kind
      from (
        select coalesce(f.id, 0) as from_id, coalesce(g.id, 0) as to_id, least(coalesce(f.id, 0), coalesce(g.id, 0)) as low, greatest(f.id, g.id) as high,
               case when coalesce(f.id, 0) < coalesce(g.id, 0) then f.operation else g.operation end as low_operation,
               case when coalesce(f.id, 0) < coalesce(g.id, 0) then g.operation else f.operation end as high_operation
          from (select) one left join lateral (select "e"."id", "e"."operation" from "audit"."shown_entry" e where "e"."tenant" = $16 and "e"."table_key" = c.table_key
          and ("e"."record_key", "e"."id") >= (c.record_key, 0) and ("e"."record_key", "e"."id") <= (c.record_key, (select audit.highest_id_at($17, $18::text, $19::text::timestamptz)))
          and e.operation in ('INSERT', 'UPDATE', 'DELETE') and (e.occurred_at <= $20::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $21::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $22::text::int))) order by "e"."record_key" desc, "e"."id" desc limit 1) f on true left join lateral (select "e"."id", "e"."operation" from "audit"."shown_entry" e where "e"."tenant" = $23 and "e"."table_key" = c.table_key
          and ("e"."record_key", "e"."id") >= (c.record_key, 0) and ("e"."record_key", "e"."id") <= (c.record_key, (select audit.highest_id_at($24, $25::text, $26::text::timestamptz)))
          and e.operation in ('INSERT', 'UPDATE', 'DELETE') and (e.occurred_at <= $27::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $28::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $29::text::int))) order by "e"."record_key" desc, "e"."id" desc limit 1) g on true offset 0) w
      left join lateral (select "e"."id", "e"."operation" from "audit"."shown_entry" e where "e"."tenant" = $30 and "e"."table_key" = c.table_key and ("e"."record_key", "e"."id") > (c.record_key, w.low)
       and ("e"."record_key", "e"."id") <= (c.record_key, w.high) and e.operation in ('INSERT', 'UPDATE', 'DELETE') order by "e"."record_key", "e"."id" limit 1) first on true
     cross join lateral (select first.operation <> 'INSERT' and w.low_operation is distinct from 'DELETE' as was_there, w.high_operation <> 'DELETE' as is_there) k
    offset 0) s) d where d.kind = any($31::text::text[]) order by d.first_id asc limit $32
-- ["demo","demo","OCCURRED","2026-02-16T00:00:00.000000Z","demo","OCCURRED","2026-02-18T00:00:00.000000Z","2026-02-16T00:00:00.000000Z","2026-02-18T00:00:00.000000Z","<snapshot>","1","{...}","***","demo","***","demo","demo","OCCURRED","2026-02-16T00:00:00.000000Z","2026-02-16T00:00:00.000000Z","<snapshot>","1","demo","demo","OCCURRED","2026-02-18T00:00:00.000000Z","2026-02-18T00:00:00.000000Z","<snapshot>","1","demo","{...}",21]

/* provenance.differences.statistics */
    select "audit"."tracked_table"."entity_type", count(*) filter (where d.kind = $1)::int as added, count(*) filter (where d.kind = $2)::int as modified, count(*) filter (where d.kind = $3)::int as removed
      from (with records as materialized (
      select x.table_key, x.record_key, min(x.id) filter (where x.is_within and not x.is_before) as first_id, max(x.id) filter (where x.is_within and not x.is_before) as last_id, count(*) filter (where x.is_within and not x.is_before) as changes,
             count(*) filter (where x.is_within and not x.is_before and x.operation = 'INSERT') as inserts, count(*) filter (where x.is_within and not x.is_before and x.operation = 'DELETE') as deletes, min(x.id) filter (where x.is_within and not x.is_before and x.operation = 'INSERT') as made_by, max(x.id) filter (where x.is_within and not x.is_before and x.operation = 'DELETE') as ended_by,
             bool_and(x.is_sure and (x.operation <> 'DELETE' or not x.is_before)) and min(x.id) filter (where x.is_within and not x.is_before) > coalesce(max(x.id) filter (where x.is_before), 0)
               and coalesce(min(x.id) filter (where not x.is_within) > max(x.id) filter (where x.is_within and not x.is_before), true) as is_plain
        from (select e.table_key, e.record_key, e.id, e.operation, (e.occurred_at <= $4::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $5::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $6::text::int))) as is_before, (e.occurred_at <= $7::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $8::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $9::text::int))) as is_within, (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $10::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $11::text::int)) as is_sure
      from "audit"."shown_entry" e where "e"."tenant" = $12 and e.operation in ('INSERT', 'UPDATE', 'DELETE') and e.record_key is not null and "e"."id" > (select audit.lowest_id_after($13, $14::text, $15::text::timestamptz) - 1) and "e"."id" <= (select audit.highest_id_at($16, $17::text, $18::text::timestamptz))
      union all select e.table_key, e.record_key, e.id, e.operation, (e.occurred_at <= $19::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $20::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $21::text::int))) as is_before, (e.occurred_at <= $22::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $23::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $24::text::int))) as is_within, (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $25::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $26::text::int)) as is_sure
      from "audit"."shown_entry" e where "e"."tenant" = $27 and e.operation in ('INSERT', 'UPDATE', 'DELETE') and e.record_key is not null and "e"."id" <= coalesce((select audit.lowest_id_after($28, $29::text, $30::text::timestamptz) - 1), $31::text::bigint) and "e"."xid" >= pg_snapshot_xmin($32::text::pg_snapshot)) x group by 1, 2 having count(*) filter (where x.is_within and not x.is_before) > 0),
    told as materialized (
      select c.*, case
          when not c.is_plain or c.inserts + c.deletes > 1 or (c.inserts = 0 and ended.before_id < c.first_id) then 'UNKNOWN'
          when c.made_by = c.first_id then 'ADDED'
          when c.ended_by = c.last_id then 'REMOVED'
          when c.inserts + c.deletes = 0 and c.changes = 1 then 'MODIFIED'
          when c.inserts + c.deletes = 0 and exists (
            select from "audit"."shown_entry" f cross join "audit"."shown_entry" e cross join lateral jsonb_each(f.before || coalesce(f.personal_before, '{}')) v
             where f.tenant = $33 and f.id = c.first_id and e.tenant = $34 and e.id = c.last_id and f.schema_version = e.schema_version
               and (e.after || coalesce(e.personal_after, '{}')) -> v.key <> v.value) then 'MODIFIED'
          else 'UNKNOWN' end as kind
        from records c left join (
          select table_key, record_key, min(entry_id) as before_id from audit.deletion where tenant = $35 group by 1, 2) ended using (table_key, record_key))
    select table_key, kind from told where kind <> 'UNKNOWN'
    union all
    select c.table_key, s.kind from told c cross join lateral (select w.from_id, w.to_id, case
        when w.low = w.high then null
        when k.was_there and k.is_there then case when first.id = w.high or exists (select from (select (array_agg(m.key order by x.id desc))[1] as name, max(x.schema_version) as schema_version,
            (array_agg(m.value order by x.id) filter (where m.side = 'before'))[1] as before,
            (array_agg(m.value order by x.id desc) filter (where m.side = 'after'))[1] as after,
            coalesce(bool_or(m.value = to_jsonb($36::text) and x.operation = 'UPDATE' and not x.after ?| (
              select v.key_columns from audit.table_version v where v.table_key = c.table_key and v.schema_version = x.schema_version)), false) as is_masked_change
       from (
         select "e"."id", "e"."operation", "e"."schema_version", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after",
                min("e"."id") filter (where "e"."operation" = 'DELETE') over () as deletion, max("e"."id") filter (where "e"."operation" = 'INSERT') over () as creation,
                min("e"."schema_version") over () <> max("e"."schema_version") over () as is_altered
           from "audit"."shown_entry" e where "e"."tenant" = $37 and "e"."table_key" = c.table_key and ("e"."record_key", "e"."id") > (c.record_key, w.low)
       and ("e"."record_key", "e"."id") <= (c.record_key, w.high) and e.operation in ('INSERT', 'UPDATE', 'DELETE')) x
      cross join lateral (
         select 'before' as side, m.key, m.value from jsonb_each(coalesce(x.before, '{}') || coalesce(x.personal_before, '{}')) m where x.id <= coalesce(x.deletion, x.id)
         union all select 'after' as side, m.key, m.value from jsonb_each(coalesce(x.after, '{}') || coalesce(x.personal_after, '{}')) m where x.id >= coalesce(x.creation, 0)) m
      group by case when x.is_altered then coalesce((select v.incarnation || ':' || (k ->> 'position') from audit.table_version v cross join lateral jsonb_array_elements(v.columns) k
              where v.table_key = c.table_key and v.schema_version = x.schema_version and k ->> 'name' = m.key), m.key) else m.key end) n
          where coalesce(n.before, 'null') <> coalesce(n.after, 'null') or (n.is_masked_change and n.before = to_jsonb($38::text))) then 'MODIFIED' end
        when k.was_there <> k.is_there then case when k.was_there = (w.from_id < w.to_id) then 'REMOVED' else 'ADDED' end end as kind
      from (
        select coalesce(f.id, 0) as from_id, coalesce(g.id, 0) as to_id, least(coalesce(f.id, 0), coalesce(g.id, 0)) as low, greatest(f.id, g.id) as high,
               case when coalesce(f.id, 0) < coalesce(g.id, 0) then f.operation else g.operation end as low_operation,
               case when coalesce(f.id, 0) < coalesce(g.id, 0) then g.operation else f.operation end as high_operation
          from (select) one left join lateral (select "e"."id", "e"."operation" from "audit"."shown_entry" e where "e"."tenant" = $39 and "e"."table_key" = c.table_key
          and ("e"."record_key", "e"."id") >= (c.record_key, 0) and ("e"."record_key", "e"."id") <= (c.record_key, (select audit.highest_id_at($40, $41::text, $42::text::timestamptz)))
          and e.operation in ('INSERT', 'UPDATE', 'DELETE') and (e.occurred_at <= $43::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $44::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $45::text::int))) order by "e"."record_key" desc, "e"."id" desc limit 1) f on true left join lateral (select "e"."id", "e"."operation" from "audit"."shown_entry" e where "e"."tenant" = $46 and "e"."table_key" = c.table_key
          and ("e"."record_key", "e"."id") >= (c.record_key, 0) and ("e"."record_key", "e"."id") <= (c.record_key, (select audit.highest_id_at($47, $48::text, $49::text::timestamptz)))
          and e.operation in ('INSERT', 'UPDATE', 'DELETE') and (e.occurred_at <= $50::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $51::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $52::text::int))) order by "e"."record_key" desc, "e"."id" desc limit 1) g on true offset 0) w
      left join lateral (select "e"."id", "e"."operation" from "audit"."shown_entry" e where "e"."tenant" = $53 and "e"."table_key" = c.table_key and ("e"."record_key", "e"."id") > (c.record_key, w.low)
       and ("e"."record_key", "e"."id") <= (c.record_key, w.high) and e.operation in ('INSERT', 'UPDATE', 'DELETE') order by "e"."record_key", "e"."id" limit 1) first on true
     cross join lateral (select first.operation <> 'INSERT' and w.low_operation is distinct from 'DELETE' as was_there, w.high_operation <> 'DELETE' as is_there) k
    offset 0) s where c.kind = 'UNKNOWN') d join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = d.table_key
     where d.kind is not null group by 1 order by 1
-- ["ADDED","MODIFIED","REMOVED","2026-02-16T00:00:00.000000Z","<snapshot>","1","2026-02-18T00:00:00.000000Z","<snapshot>","1","<snapshot>","1","demo","demo","OCCURRED","2026-02-16T00:00:00.000000Z","demo","OCCURRED","2026-02-18T00:00:00.000000Z","2026-02-16T00:00:00.000000Z","<snapshot>","1","2026-02-18T00:00:00.000000Z","<snapshot>","1","<snapshot>","1","demo","demo","OCCURRED","2026-02-16T00:00:00.000000Z","9223372036854775807","<snapshot>","demo","demo","demo","***","demo","***","demo","demo","OCCURRED","2026-02-16T00:00:00.000000Z","2026-02-16T00:00:00.000000Z","<snapshot>","1","demo","demo","OCCURRED","2026-02-18T00:00:00.000000Z","2026-02-18T00:00:00.000000Z","<snapshot>","1","demo"]

/* provenance.images */
    with record as materialized (
      select r.*, (
          select e.id from audit.shown_entry e where e.tenant = $1 and e.table_key = $2::int and e.record_key = r.record_key and e.schema_version between r.first_version and r.last_version and e.operation = 'INSERT' and e.id <= r.points[1] order by e.id desc limit 1) as created
        from (
          select r.place, r.record_key, r.points::bigint[] as points, r.first_version, r.last_version
            from unnest($3::text::text[], $4::text::text[],
                        $5::text::int[], $6::text::int[])
              with ordinality r (record_key, points, first_version, last_version, place)) r)
    select r.place::int, 'after' as side, m.stretch, m.id::text as id, m.schema_version, m.key, m.value
      from record r cross join lateral (
        select distinct on (1, 3, 4) width_bucket(e.id - 1, r.points) as stretch, e.id, e.schema_version, c.key, c.value
          from audit.shown_entry e cross join lateral jsonb_each(e.after || coalesce(e.personal_after, '{}')) c
         where e.tenant = $7 and e.table_key = $8::int and e.record_key = r.record_key and e.schema_version between r.first_version and r.last_version and e.operation in ('INSERT', 'UPDATE') and e.id between coalesce(r.created, 0) and r.points[cardinality(r.points)]
         order by 1, 3, 4, e.id desc) m
    union all
    select r.place::int, 'before', m.stretch, m.id::text, m.schema_version, m.key, m.value
      from record r cross join lateral (
        select distinct on (1, 3, 4) width_bucket(e.id - 1, r.points) as stretch, e.id, e.schema_version, c.key, c.value
          from audit.shown_entry e cross join lateral jsonb_each(e.before || coalesce(e.personal_before, '{}')) c
         where r.created is null and e.tenant = $9 and e.table_key = $10::int and e.record_key = r.record_key and e.schema_version between r.first_version and r.last_version and e.operation in ('UPDATE', 'DELETE') and e.id > r.points[1]
           and e.id <= coalesce((select e.id from audit.shown_entry e where e.tenant = $11 and e.table_key = $12::int and e.record_key = r.record_key and e.schema_version between r.first_version and r.last_version and e.operation = 'DELETE' and e.id > r.points[cardinality(r.points)]
                                  order by e.id limit 1), 9223372036854775807)
         order by 1, 3, 4, e.id) m
    union all
      select r.place, 'current', null, null, null, null, c.image || coalesce(c.personal, '{}')
        from record r cross join lateral audit_capture.t3_rows(case when r.created is null and r.last_version = $13::int then array[r.record_key] else '{}' end) c
-- ["demo",3,"{...}","{...}","{...}","{...}","demo",3,"demo",3,"demo",3,2147483647]

/* provenance.images */
    with record as materialized (
      select r.*, (
          select e.id from audit.shown_entry e where e.tenant = $1 and e.table_key = $2::int and e.record_key = r.record_key and e.schema_version between r.first_version and r.last_version and e.operation = 'INSERT' and e.id <= r.points[1] order by e.id desc limit 1) as created
        from (
          select r.place, r.record_key, r.points::bigint[] as points, r.first_version, r.last_version
            from unnest($3::text::text[], $4::text::text[],
                        $5::text::int[], $6::text::int[])
              with ordinality r (record_key, points, first_version, last_version, place)) r)
    select r.place::int, 'after' as side, m.stretch, m.id::text as id, m.schema_version, m.key, m.value
      from record r cross join lateral (
        select distinct on (1, 3, 4) width_bucket(e.id - 1, r.points) as stretch, e.id, e.schema_version, c.key, c.value
          from audit.shown_entry e cross join lateral jsonb_each(e.after || coalesce(e.personal_after, '{}')) c
         where e.tenant = $7 and e.table_key = $8::int and e.record_key = r.record_key and e.schema_version between r.first_version and r.last_version and e.operation in ('INSERT', 'UPDATE') and e.id between coalesce(r.created, 0) and r.points[cardinality(r.points)]
         order by 1, 3, 4, e.id desc) m
    union all
    select r.place::int, 'before', m.stretch, m.id::text, m.schema_version, m.key, m.value
      from record r cross join lateral (
        select distinct on (1, 3, 4) width_bucket(e.id - 1, r.points) as stretch, e.id, e.schema_version, c.key, c.value
          from audit.shown_entry e cross join lateral jsonb_each(e.before || coalesce(e.personal_before, '{}')) c
         where r.created is null and e.tenant = $9 and e.table_key = $10::int and e.record_key = r.record_key and e.schema_version between r.first_version and r.last_version and e.operation in ('UPDATE', 'DELETE') and e.id > r.points[1]
           and e.id <= coalesce((select e.id from audit.shown_entry e where e.tenant = $11 and e.table_key = $12::int and e.record_key = r.record_key and e.schema_version between r.first_version and r.last_version and e.operation = 'DELETE' and e.id > r.points[cardinality(r.points)]
                                  order by e.id limit 1), 9223372036854775807)
         order by 1, 3, 4, e.id) m
    union all
      select r.place, 'current', null, null, null, null, c.image || coalesce(c.personal, '{}')
        from record r cross join lateral audit_capture.t4_rows(case when r.created is null and r.last_version = $13::int then array[r.record_key] else '{}' end) c
-- ["demo",4,"{...}","{...}","{...}","{...}","demo",4,"demo",4,"demo",4,2147483647]

/* provenance.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at", (
        select jsonb_agg(jsonb_build_object('tableKey', v.table_key, 'schemaVersion', v.schema_version, 'incarnation', v.incarnation,
            'columns', v.columns, 'keyColumns', v.key_columns) order by v.schema_version)
          from audit.table_version v where v.table_key = "audit"."tracked_table"."table_key") as versions
    from "audit"."tracked_table" where "audit"."tracked_table"."table_name" = any($1::text::text[]) and ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $2)
-- ["{...}","demo"]

/* provenance.versions.byEntry */
    select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after", t.table_name, replaced.replaced_at from "audit"."shown_entry" e
      join audit.tracked_table t on t.table_key = "e"."table_key" left join lateral (
        select n.recorded_at as replaced_at from audit.shown_entry n
         where n.tenant = $1 and n.table_key = e.table_key and n.record_key = e.record_key and n.id > e.id and n.operation in ('INSERT', 'UPDATE', 'DELETE')
         order by n.id limit 1) replaced on true
     where "e"."tenant" = $2 and "e"."id" = any($3::text::bigint[]) and "e"."operation" in ('INSERT', 'UPDATE')
-- ["demo","demo","{...}"]
