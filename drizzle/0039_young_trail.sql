-- role: login
set local role whence_owner;

-- A plan that was made while the trail had a few entries is kept until the table is analyzed, and for a few entries every index that begins with the
-- tenant is as good as the one on (tenant, id): the first burst of thousands was then looked up entry by entry among all of the tenant, for seconds.
-- `order by n.id limit 1` is what only the primary key gives without a sort, however few entries the planner believes in.

-- As before (0035).
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
         select n.tenant, n.occurred_at, n.table_key, n.operation, n.actor, n.db_user from audit.entry n
          where n.tenant = batch.tenant and n.id between w.id and w.id order by n.id limit 1) e
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

create or replace function audit.note_days() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  with told as (
    select e.tenant, e.id, c.clock, c.instant
      from placed p
     cross join lateral (
       select n.tenant, n.id, n.occurred_at, n.recorded_at from audit.entry n
        where n.tenant = p.tenant and n.id between p.entry_id and p.entry_id order by n.id limit 1) e
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
     cross join lateral (
       select n as entry from audit.entry n where n.tenant = p.tenant and n.id between p.entry_id and p.entry_id order by n.id limit 1) e
     cross join lateral audit.values_of(e.entry) v
     where audit.has_values(e.entry);
  insert into audit.entry_word
    select (e.entry).tenant, (e.entry).id,
           strip(audit.entry_words((e.entry).reason, (e.entry).reason_code, (e.entry).reference, (e.entry).operation_name, (e.entry).details))
      from placed p
     cross join lateral (
       select n as entry from audit.entry n where n.tenant = p.tenant and n.id between p.entry_id and p.entry_id order by n.id limit 1) e
     where audit.says_words(e.entry);
  return null;
end
$$;

create or replace function audit.note_rows() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  insert into audit.deletion (tenant, table_key, record_key, entry_id)
    select e.tenant, e.table_key, e.record_key, e.id
      from placed p
     cross join lateral (
       select n.tenant, n.table_key, n.record_key, n.id, n.operation from audit.entry n
        where n.tenant = p.tenant and n.id between p.entry_id and p.entry_id order by n.id limit 1) e
     where e.operation = 'DELETE' and e.record_key is not null
    on conflict do nothing;
  perform audit.keep_row(few.entry) from (
    select e.entry
      from placed p
     cross join lateral (
       select n as entry from audit.entry n where n.tenant = p.tenant and n.id between p.entry_id and p.entry_id order by n.id limit 1) e
     where audit.is_kept(p.entry_id) and (e.entry).operation = 'UPDATE' and (e.entry).record_key is not null order by p.entry_id) few;
  return null;
end
$$;
