-- What a look for new entries costs, however large the trail is and whatever the planner believes of it: new entries are read one range of
-- transactions or one id after the other (`lateral ... offset 0`), by the index that is there for it. As plain joins they were looked for in the
-- whole trail while it was not analyzed, and for as long as a plan was kept that was made for many at once.

-- As before, with a plan that is kept: a function in SQL is planned at every call.
create or replace function audit.xid_ranges(earlier pg_snapshot, later pg_snapshot) returns table (above xid8, below xid8)
language plpgsql immutable rows 4 set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select (x::text::bigint - 1)::text::xid8, (x::text::bigint + 1)::text::xid8
      from pg_snapshot_xip(earlier) x where pg_visible_in_snapshot(x, later)
    union all
    select edge, next from (
      select edge, lead(edge) over (order by edge) as next from (
        select (pg_snapshot_xmax(earlier)::text::bigint - 1)::text::xid8 as edge
        union all select x from pg_snapshot_xip(later) x where x >= pg_snapshot_xmax(earlier)
        union all select pg_snapshot_xmax(later)) edges) ranges
     where next > edge;
end
$$;

create or replace function audit.take_tick(inout known_tick bigint, inout known pg_snapshot) language plpgsql
set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  last audit.feed_tick;
  taken audit.feed_tick;
  since pg_snapshot := known;
  now_epoch audit.epoch;
begin
  select * into last from audit.feed_tick order by tick desc limit 1;
  if last.tick is distinct from known_tick or pg_snapshot_xmax(known) > pg_snapshot_xmax(pg_current_snapshot()) then
    since := null;
  end if;
  since := coalesce(since, last.snapshot);
  known := pg_current_snapshot();
  known_tick := last.tick;
  if pg_is_in_recovery() then
    return; -- only a primary knows which transactions run
  end if;
  if pg_snapshot_xmax(last.snapshot) > pg_snapshot_xmax(known) then
    perform audit.ensure_epoch();
  end if;
  select * into now_epoch from audit.epoch order by epoch desc limit 1;
  if last.tick is null or last.epoch < now_epoch.epoch then
    perform audit.open_epoch();
    select tick, snapshot into known_tick, known from audit.feed_tick order by tick desc limit 1;
    return;
  end if;

  insert into audit.feed_tick (tick, epoch, snapshot)
    select last.tick + 1, last.epoch, pg_current_snapshot()
     where exists (
       select from audit.xid_ranges(since, pg_current_snapshot()) r
        cross join lateral (
          (select from audit.entry e where e.xid > r.above and e.xid < r.below and e.id > now_epoch.last_entry_id_before
            order by e.xid limit 1)
          union all
          (select from script_tracking.script_execution_s s where s.xid > r.above and s.xid < r.below order by s.xid limit 1)) hit)
    on conflict do nothing
    returning * into taken;
  if taken.tick is null then
    return;
  end if;
  insert into audit.feed_batch
    select e.tenant, taken.tick, min(e.id), max(e.id), count(*)
      from audit.xid_ranges(last.snapshot, taken.snapshot) r
     cross join lateral (
       select n.tenant, n.id from audit.entry n where n.xid > r.above and n.xid < r.below and n.id > now_epoch.last_entry_id_before offset 0) e
     group by e.tenant;
  known_tick := taken.tick;
  known := taken.snapshot;
end
$$;

create or replace function audit.entries_of_batch(batch audit.feed_batch, most integer) returns bigint[] language plpgsql stable
set search_path = pg_catalog, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  own audit.feed_tick;
  earlier audit.feed_tick;
  foreign_until bigint;
begin
  select * into own from audit.feed_tick where tick = batch.tick;
  select * into earlier from audit.feed_tick where tick = batch.tick - 1;
  foreign_until := (select last_entry_id_before from audit.epoch where epoch = own.epoch);
  if earlier.epoch is distinct from own.epoch then
    -- The first tick of an epoch takes whatever has no position.
    return array(
      select e.id from audit.entry e
       where e.tenant = batch.tenant and e.id between batch.first_id and batch.last_id
         and (e.id <= foreign_until or pg_visible_in_snapshot(e.xid, own.snapshot))
         and not exists (select from audit.position p where p.tenant = batch.tenant and p.entry_id = e.id)
       order by e.id limit most);
  elsif batch.last_id - batch.first_id < 10 * batch.entries + 100 then
    -- Nearly all ids between are of this batch: read them in order.
    return array(
      select e.id from audit.entry e
       where e.tenant = batch.tenant and e.id between batch.first_id and batch.last_id and e.id > foreign_until
         and pg_visible_in_snapshot(e.xid, own.snapshot) and not pg_visible_in_snapshot(e.xid, earlier.snapshot)
       order by e.id limit most);
  else
    -- A transaction that took long has ids far apart: read by transaction.
    return array(
      select e.id from audit.xid_ranges(earlier.snapshot, own.snapshot) r
       cross join lateral (select n.tenant, n.id from audit.entry n where n.xid > r.above and n.xid < r.below and n.id > foreign_until offset 0) e
       where e.tenant = batch.tenant and e.id between batch.first_id and batch.last_id
       order by e.id limit most);
  end if;
end
$$;

-- A plan for each call would cost more than what it is for: one entry, most of the time.
create or replace function audit.place(inout head audit.feed_head, most integer) language plpgsql
set search_path = pg_catalog, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  batch audit.feed_batch;
  ids bigint[];
  places_left integer := most;
  highest_before bigint;
begin
  while places_left > 0 loop
    select * into batch from audit.feed_batch b where b.tenant = head.tenant order by b.tick limit 1;
    exit when batch.tick is null;
    ids := audit.entries_of_batch(batch, places_left);
    highest_before := (select max(p.entry_id) from audit.position p where p.tenant = batch.tenant);
    insert into audit.position (tenant, sequence, tick, entry_id, highest)
      select batch.tenant, head.sequence + nth, batch.tick, id, greatest(id, highest_before) from unnest(ids) with ordinality as placed (id, nth);
    insert into audit.rollup as counted
      select e.tenant, (e.occurred_at at time zone 'UTC')::date, coalesce(e.table_key, 0), e.operation,
             case when e.actor is null then e.db_user else e.actor end, e.actor is not null, count(*), min(e.occurred_at), max(e.occurred_at)
        from unnest(ids) w (id)
       cross join lateral (
         select n.tenant, n.occurred_at, n.table_key, n.operation, n.actor, n.db_user from audit.entry n where n.tenant = batch.tenant and n.id = w.id offset 0) e
       group by 1, 2, 3, 4, 5, 6
      on conflict (tenant, day, table_key, operation, actor, is_named) do update
        set entries = counted.entries + excluded.entries,
            first_at = least(counted.first_at, excluded.first_at), last_at = greatest(counted.last_at, excluded.last_at);
    if cardinality(ids) < places_left or cardinality(ids) >= batch.entries then
      delete from audit.feed_batch b where b.tenant = batch.tenant and b.tick = batch.tick;
    else
      update audit.feed_batch b set first_id = ids[cardinality(ids)] + 1, entries = b.entries - cardinality(ids)
       where b.tenant = batch.tenant and b.tick = batch.tick;
    end if;
    head.sequence := head.sequence + cardinality(ids);
    head.tick := batch.tick;
    places_left := places_left - cardinality(ids);
  end loop;
  head.placed_at := clock_timestamp();
  update audit.feed_head h set sequence = head.sequence, tick = head.tick, placed_at = head.placed_at where h.tenant = head.tenant;
end
$$;

create or replace function audit.uncounted(of_tenant text, most integer) returns setof bigint language plpgsql stable security definer rows 100
set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  batch audit.feed_batch;
  own audit.feed_tick;
  earlier audit.feed_tick;
  now_epoch audit.epoch;
begin
  if of_tenant is distinct from nullif(current_setting('app.tenant', true), '') then
    return;
  end if;
  select * into now_epoch from audit.epoch order by epoch desc limit 1;
  select * into batch from audit.feed_batch b where b.tenant = of_tenant order by b.tick limit 1;
  if batch.tick is null then
    select * into earlier from audit.feed_tick order by tick desc limit 1;
  else
    select * into own from audit.feed_tick where tick = batch.tick;
    select * into earlier from audit.feed_tick where tick = batch.tick - 1;
  end if;
  if earlier.epoch is distinct from now_epoch.epoch then
    return query select e.id from audit.entry e
      where e.tenant = of_tenant and not exists (select from audit.position p where p.tenant = of_tenant and p.entry_id = e.id)
      limit most;
  else
    return query select e.id from audit.xid_ranges(earlier.snapshot, pg_current_snapshot()) r
     cross join lateral (
       select n.tenant, n.id, n.xid from audit.entry n where n.xid > r.above and n.xid < r.below and n.id > now_epoch.last_entry_id_before offset 0) e
     where e.tenant = of_tenant
       and (own.tick is null or e.id >= batch.first_id or not pg_visible_in_snapshot(e.xid, own.snapshot))
     limit most;
  end if;
end
$$;

create or replace function audit.note_days() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  with told as (
    select e.tenant, e.id, c.clock, c.instant
      from placed p
     cross join lateral (select n.tenant, n.id, n.occurred_at, n.recorded_at from audit.entry n where n.tenant = p.tenant and n.id = p.entry_id offset 0) e
     cross join lateral (values ('OCCURRED', e.occurred_at), ('RECORDED', e.recorded_at)) c (clock, instant)),
  days as (
    insert into audit.clock_day as noted
      select t.tenant, t.clock, (t.instant at time zone 'UTC')::date, min(t.id), max(t.id) from told t group by 1, 2, 3
      on conflict (tenant, clock, day) do update
        set first_id = least(noted.first_id, excluded.first_id), last_id = greatest(noted.last_id, excluded.last_id)
        where noted.first_id > excluded.first_id or noted.last_id < excluded.last_id)
  insert into audit.clock_span as noted
    select t.tenant, t.clock, date_bin('10 minutes', t.instant, 'epoch'), min(t.id), max(t.id) from told t group by 1, 2, 3
    on conflict (tenant, clock, since) do update
      set first_id = least(noted.first_id, excluded.first_id), last_id = greatest(noted.last_id, excluded.last_id)
      where noted.first_id > excluded.first_id or noted.last_id < excluded.last_id;
  return null;
end
$$;

create or replace function audit.note_values() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  insert into audit.entry_value
    select (e.entry).tenant, v.kind, (e.entry).table_key, v.column_name, v.value, (e.entry).record_key, (e.entry).id
      from placed p
     cross join lateral (select n as entry from audit.entry n where n.tenant = p.tenant and n.id = p.entry_id and audit.has_values(n) offset 0) e
     cross join lateral audit.values_of(e.entry) v;
  insert into audit.entry_word
    select e.tenant, e.id, strip(audit.entry_words(e.reason, e.reason_code, e.reference, e.operation_name, e.details))
      from placed p
     cross join lateral (
       select n.tenant, n.id, n.reason, n.reason_code, n.reference, n.operation_name, n.details
         from audit.entry n where n.tenant = p.tenant and n.id = p.entry_id and audit.says_words(n) offset 0) e;
  return null;
end
$$;

-- Without a search_path of its own it is part of the statement that asks; with one it was planned at every call.
create or replace function audit.is_kept(entry_id bigint) returns boolean language sql immutable parallel safe as
  'select (pg_catalog.hashint8(entry_id) operator(pg_catalog.&) 63) operator(pg_catalog.=) 0';

create or replace function audit.note_rows() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  insert into audit.deletion (tenant, table_key, record_key, entry_id)
    select e.tenant, e.table_key, e.record_key, e.id
      from placed p
     cross join lateral (
       select n.tenant, n.table_key, n.record_key, n.id from audit.entry n
        where n.tenant = p.tenant and n.id = p.entry_id and n.operation = 'DELETE' and n.record_key is not null offset 0) e
    on conflict do nothing;
  perform audit.keep_row(few.entry) from (
    select e.entry
      from placed p
     cross join lateral (
       select n as entry from audit.entry n
        where n.tenant = p.tenant and n.id = p.entry_id and n.operation = 'UPDATE' and n.record_key is not null offset 0) e
     where audit.is_kept(p.entry_id) order by p.entry_id) few;
  return null;
end
$$;

-- Statistics of the tables of this project that have grown by a fifth since they were last looked at: the embedded database has no autovacuum, and
-- an import fills tables faster than autovacuum comes by. Gives how many tables it looked at; one that is busy is left for the next time.
drop function sources.refresh_statistics();
create function audit.refresh_statistics() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  grown regclass;
  looked_at integer := 0;
begin
  if pg_is_in_recovery() then
    return 0;
  end if;
  for grown in
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('audit', 'access', 'commerce', 'script_tracking', 'sources') and c.relkind = 'r'
       and pg_relation_size(c.oid) > 1.2 * 8192 * greatest(c.relpages, 0) and pg_relation_size(c.oid) > 8192 * (greatest(c.relpages, 0) + 4)
  loop
    execute format('analyze (skip_locked) %s', grown);
    looked_at := looked_at + 1;
  end loop;
  return looked_at;
end
$$;
revoke all on function audit.refresh_statistics() from public;
grant execute on function audit.refresh_statistics() to whence_app, whence_worker;
