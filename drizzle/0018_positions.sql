-- What follows the ticks, in the order (tick, id): the dense position of each entry in its tenant's log, and counts by day.

create table audit.feed_head (
  tenant text primary key,
  sequence bigint not null default 0,
  tick bigint not null default 0,
  placed_at timestamptz not null default '-infinity'
);
comment on table audit.feed_head is 'Newest position of each tenant. Whoever locks the row gives the next ones.';

create table audit.position (
  tenant text not null,
  sequence bigint not null,
  tick bigint not null,
  entry_id bigint not null,
  primary key (tenant, sequence)
);
create unique index position_entry on audit.position (tenant, entry_id);
comment on table audit.position is 'The order of a tenant''s entries, without gaps: by tick, then by id.';
create trigger append_only before update or delete on audit.position for each row execute function audit.refuse_rewrite();
create trigger append_only_truncate before truncate on audit.position for each statement execute function audit.refuse_rewrite();

create table audit.rollup (
  tenant text not null,
  day date not null,
  table_key integer not null,
  operation text not null,
  actor text not null,
  is_named boolean not null,
  entries bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (tenant, day, table_key, operation, actor, is_named)
);
comment on table audit.rollup is 'Entries that have a position, counted by the day (UTC) on which they happened.';
comment on column audit.rollup.table_key is '0 for entries that are about no table.';
comment on column audit.rollup.actor is 'Who was named, else the database account (is_named false).';

-- Entries of one batch that have no position yet, at most `most`, by id.
create function audit.entries_of_batch(batch audit.feed_batch, most integer) returns bigint[] language plpgsql stable
set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
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
        join audit.entry e on e.xid > r.above and e.xid < r.below
       where e.tenant = batch.tenant and e.id between batch.first_id and batch.last_id and e.id > foreign_until
       order by e.id limit most);
  end if;
end
$$;

-- The next positions of one tenant, at most `most`, whose head is locked; with the counts, in the same transaction.
create function audit.place(inout head audit.feed_head, most integer) language plpgsql
set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  batch audit.feed_batch;
  ids bigint[];
  places_left integer := most;
begin
  while places_left > 0 loop
    select * into batch from audit.feed_batch b where b.tenant = head.tenant order by b.tick limit 1;
    exit when batch.tick is null;
    ids := audit.entries_of_batch(batch, places_left);
    insert into audit.position (tenant, sequence, tick, entry_id)
      select batch.tenant, head.sequence + nth, batch.tick, id from unnest(ids) with ordinality as placed (id, nth);
    insert into audit.rollup as counted
      select e.tenant, (e.occurred_at at time zone 'UTC')::date, coalesce(e.table_key, 0), e.operation,
             case when e.actor is null then e.db_user else e.actor end, e.actor is not null, count(*), min(e.occurred_at), max(e.occurred_at)
        from audit.entry e where e.tenant = batch.tenant and e.id = any (ids)
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

-- Gives positions, a share to each tenant in turn, so that the bulk of one does not hold up the others. What another server has
-- locked, it does.
create function audit.place_all(share integer, budget interval) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  waiting text;
  head audit.feed_head;
begin
  for waiting in
    select h.tenant from audit.feed_head h
     where h.tenant in (select b.tenant from audit.feed_batch b) order by h.placed_at
  loop
    select * into head from audit.feed_head h where h.tenant = waiting for update skip locked;
    if found then
      perform audit.place(head, share);
    end if;
    exit when clock_timestamp() > statement_timestamp() + budget;
  end loop;
end
$$;

-- Begins the first epoch, and one after a restore: its first tick takes every entry that has no position, whatever its transaction id.
create function audit.open_epoch() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  last audit.feed_tick;
  now_epoch audit.epoch;
  taken audit.feed_tick;
  head audit.feed_head;
begin
  perform pg_advisory_xact_lock(hashtext('audit.open_epoch'));
  select * into now_epoch from audit.epoch order by epoch desc limit 1;
  select * into last from audit.feed_tick order by tick desc limit 1;
  if last.epoch = now_epoch.epoch then
    return;
  end if;
  for head in select * from audit.feed_head h where h.tenant in (select b.tenant from audit.feed_batch b) for update loop
    perform audit.place(head, 2147483647);
  end loop;
  insert into audit.feed_tick (tick, epoch, snapshot) values (coalesce(last.tick, 0) + 1, now_epoch.epoch, pg_current_snapshot())
    returning * into taken;
  insert into audit.feed_batch
    select e.tenant, taken.tick, min(e.id), max(e.id), count(*) from audit.entry e
     where (e.id <= now_epoch.last_entry_id_before or pg_visible_in_snapshot(e.xid, taken.snapshot))
       and not exists (select from audit.position p where p.tenant = e.tenant and p.entry_id = e.id)
     group by e.tenant;
  insert into audit.feed_head (tenant) select b.tenant from audit.feed_batch b on conflict do nothing;
end
$$;

-- As before, and also where transaction ids fell behind the newest tick: a restored cluster that is not yet where the old one was.
create or replace function audit.ensure_epoch() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  now_epoch audit.epoch;
  last audit.feed_tick;
  last_foreign_entry bigint;
begin
  perform pg_advisory_xact_lock(hashtext('audit.ensure_epoch'));
  select * into now_epoch from audit.epoch order by epoch desc limit 1;
  select max(id) into last_foreign_entry from audit.entry
   where xid >= pg_snapshot_xmax(pg_current_snapshot()) and id > now_epoch.last_entry_id_before;
  select * into last from audit.feed_tick order by tick desc limit 1;
  if last_foreign_entry is not null
    or (last.epoch = now_epoch.epoch and pg_snapshot_xmax(last.snapshot) > pg_snapshot_xmax(pg_current_snapshot()))
  then
    insert into audit.epoch
      select now_epoch.epoch + 1, greatest(last_foreign_entry, now_epoch.last_entry_id_before, (select max(entry_id) from audit.position));
  end if;
  return (select max(epoch) from audit.epoch);
end
$$;

-- One step of the background worker: a tick when there is something new, positions for what waits, and how far the tenants are that the
-- server asks for. `known_tick` and `known` as in take_tick; `known_mark` says whether that tick is still the one that the server knows.
create function audit.feed_step(
  tenants text[], known_tick bigint, known pg_snapshot, share integer, budget interval,
  out newest_tick bigint, out newest_mark bigint, out known_mark bigint, out seen pg_snapshot, out waiting bigint,
  out waiting_seconds double precision, out heads jsonb
) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  select t.known_tick, t.known into newest_tick, seen from audit.take_tick(known_tick, known) t;
  if not pg_is_in_recovery() then
    insert into audit.feed_head (tenant) select distinct b.tenant from audit.feed_batch b
      where not exists (select from audit.feed_head h where h.tenant = b.tenant) on conflict do nothing;
    perform audit.place_all(share, budget);
  end if;
  newest_mark := (select t.mark from audit.feed_tick t where t.tick = newest_tick);
  known_mark := (select t.mark from audit.feed_tick t where t.tick = feed_step.known_tick);
  select coalesce(sum(b.entries), 0), coalesce(extract(epoch from clock_timestamp() - min(t.taken_at)), 0) into waiting, waiting_seconds
    from audit.feed_batch b left join audit.feed_tick t on t.tick = b.tick;
  heads := (select coalesce(jsonb_object_agg(h.tenant, jsonb_build_array(h.sequence, h.tick)), '{}') from audit.feed_head h where h.tenant = any (tenants));
end
$$;

-- Entries of a tenant that no rollup has counted yet, as the statement that asks sees them; `most` of them when there may be more.
create function audit.uncounted(of_tenant text, most integer) returns setof bigint language plpgsql stable security definer rows 100
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
      join audit.entry e on e.xid > r.above and e.xid < r.below
     where e.tenant = of_tenant and e.id > now_epoch.last_entry_id_before
       and (own.tick is null or e.id >= batch.first_id or not pg_visible_in_snapshot(e.xid, own.snapshot))
     limit most;
  end if;
end
$$;

do $$
declare
  t text;
begin
  foreach t in array array['audit.feed_head', 'audit.position', 'audit.rollup'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s for select to whence_app, whence_source
      using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    execute format('create policy all_tenants on %s for select to whence_worker using (true)', t);
    execute format('grant select on %s to whence_app, whence_worker', t);
  end loop;
end
$$;
revoke all on function audit.entries_of_batch(audit.feed_batch, integer), audit.place(audit.feed_head, integer),
  audit.place_all(integer, interval), audit.open_epoch(), audit.feed_step(text[], bigint, pg_snapshot, integer, interval), audit.uncounted(text, integer)
  from public;
grant execute on function audit.feed_step(text[], bigint, pg_snapshot, integer, interval) to whence_app, whence_worker;
grant execute on function audit.uncounted(text, integer) to whence_app, whence_worker;

-- The entries that are there already.
select audit.open_epoch();
do $$
begin
  while exists (select from audit.feed_batch) loop
    perform audit.place_all(100000, '1 hour');
  end loop;
end
$$;
