-- Ticks: one order of what was committed. Ids are given at insert and rows become visible at commit, so "after the last id I saw" loses
-- what commits late. A tick is a snapshot; batch n holds the entries that snapshot n sees and snapshot n - 1 did not, by id.
-- Whoever inserts tick n first has taken it: several servers need no leader, and writers know nothing of it.

create table audit.feed_tick (
  tick bigint primary key,
  epoch integer not null,
  snapshot pg_snapshot not null,
  taken_at timestamptz not null default clock_timestamp(),
  mark bigint not null default (extract(epoch from clock_timestamp()) * 1000000)::bigint
);
comment on column audit.feed_tick.mark is 'Tells the tick from one of the same number in a history that a restore has undone.';

-- Work to be done behind the ticks, oldest first; a row goes when its entries have their positions.
create table audit.feed_batch (
  tenant text not null,
  tick bigint not null,
  first_id bigint not null,
  last_id bigint not null,
  entries bigint not null,
  primary key (tenant, tick)
);
comment on table audit.feed_batch is 'Entries of a tick that have no position yet: how many, and between which ids.';

-- Transactions that `later` sees and `earlier` did not, as open intervals of their ids. Those that still run lie between them: what they
-- have written so far is in the index, and passing over it at every tick would cost more the longer they run.
create function audit.xid_ranges(earlier pg_snapshot, later pg_snapshot) returns table (above xid8, below xid8)
language sql immutable rows 4 set search_path = pg_catalog, pg_temp as $$
  select (x::text::bigint - 1)::text::xid8, (x::text::bigint + 1)::text::xid8
    from pg_snapshot_xip(earlier) x where pg_visible_in_snapshot(x, later)
  union all
  select edge, next from (
    select edge, lead(edge) over (order by edge) as next from (
      select (pg_snapshot_xmax(earlier)::text::bigint - 1)::text::xid8 as edge
      union all select x from pg_snapshot_xip(later) x where x >= pg_snapshot_xmax(earlier)
      union all select pg_snapshot_xmax(later)) edges) ranges
   where next > edge
$$;

-- Takes the next tick when there are entries that the last one does not see. `known_tick` and `known` are what an earlier call gave: nothing
-- was committed between that tick and that snapshot, so only later transactions are looked at.
-- Sequential scans are off because the newest transactions are what statistics know nothing of.
create function audit.take_tick(inout known_tick bigint, inout known pg_snapshot) language plpgsql
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
          select from audit.entry e where e.xid > r.above and e.xid < r.below and e.id > now_epoch.last_entry_id_before
           order by e.xid limit 1) hit)
    on conflict do nothing
    returning * into taken;
  if taken.tick is null then
    return;
  end if;
  insert into audit.feed_batch
    select e.tenant, taken.tick, min(e.id), max(e.id), count(*)
      from audit.xid_ranges(last.snapshot, taken.snapshot) r
      join audit.entry e on e.xid > r.above and e.xid < r.below
     where e.id > now_epoch.last_entry_id_before
     group by e.tenant;
  known_tick := taken.tick;
  known := taken.snapshot;
end
$$;

-- Takes away where a client may no longer go on from; the newest ticks and those with work behind them stay. The table of work is emptied
-- whole when nothing is in it: the embedded database has no autovacuum.
create function audit.prune_ticks(older_than interval) returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  pruned bigint;
begin
  delete from audit.feed_tick where tick in (
    select t.tick from audit.feed_tick t
     where t.taken_at < clock_timestamp() - older_than
       and t.tick < least((select max(tick) from audit.feed_tick), (select min(tick) - 1 from audit.feed_batch))
     order by t.tick limit 50000);
  get diagnostics pruned = row_count;
  begin
    lock table audit.feed_batch in access exclusive mode nowait;
    if not exists (select from audit.feed_batch) then
      truncate audit.feed_batch;
    end if;
  exception when lock_not_available then
    null; -- next time
  end;
  return pruned;
end
$$;

alter table audit.feed_batch enable row level security;
create policy one_tenant on audit.feed_batch for select to whence_app, whence_source
  using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy all_tenants on audit.feed_batch for select to whence_worker using (true);
grant select on audit.feed_tick, audit.feed_batch to whence_app, whence_worker;
revoke all on function audit.take_tick(bigint, pg_snapshot), audit.prune_ticks(interval) from public;
grant execute on function audit.prune_ticks(interval) to whence_app, whence_worker;
