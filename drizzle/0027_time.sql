-- Time travel: the state right after a position of the log.

-- No entry up to a position has a higher id: whoever looks for the newest entry of a busy row up to there begins at it. Positions that were given
-- before do without.
alter table audit.position add column highest bigint;
comment on column audit.position.highest is 'Highest entry id of this position and all before it; null where the position is older than this column.';

-- As before, and with the highest id so far. The ids of a batch come in order.
create or replace function audit.place(inout head audit.feed_head, most integer) language plpgsql
set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
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

-- Which records changed after a point of this log's clock; the other clock has its own (0002).
create index entry_recorded on audit.entry using brin (recorded_at);
-- Where lives of a record end, and which rows are gone.
create index entry_deleted on audit.entry (tenant, table_key, record_key, id) where operation = 'DELETE';
-- What rows of the shop once referred to or were called, as far as no entry states it as new: of rows older than the log, and of deleted ones.
create index entry_former_customer on audit.entry (tenant, (before ->> 'customer_id')) where before ? 'customer_id';
create index entry_former_order on audit.entry (tenant, (before ->> 'order_id')) where before ? 'order_id';
create index entry_former_key on audit.entry (tenant, table_key) where operation = 'UPDATE' and before ?| '{sku,number,key}';

-- As audit.stated_reference.
create view audit.former_value as
  select tenant, table_key, record_key, 'customer_id' as column_name, before ->> 'customer_id' as value from audit.entry
   where tenant = nullif(current_setting('app.tenant', true), '') and before ? 'customer_id'
  union all
  select tenant, table_key, record_key, 'order_id', before ->> 'order_id' from audit.entry
   where tenant = nullif(current_setting('app.tenant', true), '') and before ? 'order_id'
  union all
  select e.tenant, e.table_key, e.record_key, k.name, e.before ->> k.name from audit.entry e cross join (values ('sku'), ('number'), ('key')) k (name)
   where e.tenant = nullif(current_setting('app.tenant', true), '') and e.operation = 'UPDATE' and e.before ?| '{sku,number,key}';
comment on view audit.former_value is 'Values that rows of the shop had before a change or their end, of the tenant of the session.';
revoke all on audit.former_value from public;
grant select on audit.former_value to whence_app;

-- A point in time, as the server resolves one. Of a clock: the instant and what was committed when it was asked; LOG: a position, and the highest
-- id up to it; CAPTURE: an id (`highest`) and what was committed.
create type audit.point as (kind text, at timestamptz, snapshot pg_snapshot, epoch integer, sequence bigint, highest bigint);

-- What a row was at a point: null where there was none. `present` is the row as it is; `names` says what columns are called now, by schema version
-- and former name. `l` is the record's newest entry at or before the point, `n` the next one: without one the row is what it is now. Else it is
-- put together from the nearer end: from its creation `c` on by what its entries say came after, or back from its deletion `d`, or from the
-- present row, by what they say was before. Entries are compared as rows: told that the key is equal, the planner takes a record for a few of them.
create function audit.row_at(of_tenant text, of_table integer, of_key text, point audit.point, names jsonb, present jsonb) returns jsonb
language plpgsql stable cost 10000 set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  endless constant bigint := 9223372036854775807;
  l record;
  n record;
  c record;
  d bigint;
  z bigint;
  forward boolean;
  image jsonb;
begin
  select e.id, e.operation into l from audit.shown_entry e
   where e.tenant = of_tenant and e.table_key = of_table and (e.record_key, e.id) >= (of_key, 0::bigint)
     and (e.record_key, e.id) <= (of_key, coalesce(point.highest, endless)) and e.operation in ('INSERT', 'UPDATE', 'DELETE')
     and case point.kind
       when 'LOG' then (select p.sequence from audit.position p where p.tenant = of_tenant and p.entry_id = e.id) <= point.sequence
       else (point.kind = 'CAPTURE' or case point.kind when 'RECORDED' then e.recorded_at else e.occurred_at end <= point.at)
         and (pg_visible_in_snapshot(e.xid, point.snapshot) and (select max(epoch) from audit.epoch) = point.epoch
           or e.id <= (select max(last_entry_id_before) from audit.epoch)) end
   order by e.record_key desc, e.id desc limit 1;
  if l.operation = 'DELETE' then
    return null;
  end if;
  select e.id, e.operation into n from audit.shown_entry e
   where e.tenant = of_tenant and e.table_key = of_table and (e.record_key, e.id) > (of_key, coalesce(l.id, 0))
     and (e.record_key, e.id) <= (of_key, endless) and e.operation in ('INSERT', 'UPDATE', 'DELETE')
   order by e.record_key, e.id limit 1;
  if n.id is null and (present is not null or l.id is null) then
    return present;
  elsif l.id is null and n.operation = 'INSERT' then
    return null;
  end if;

  d := (select min(e.id) from audit.shown_entry e
    where e.tenant = of_tenant and e.table_key = of_table and e.record_key = of_key and e.operation = 'DELETE' and e.id >= n.id);
  if l.id is not null then
    select e.id, e.operation into c from audit.shown_entry e
     where e.tenant = of_tenant and e.table_key = of_table and (e.record_key, e.id) <= (of_key, l.id) and e.operation in ('INSERT', 'UPDATE', 'DELETE')
       and (e.record_key, e.id) > (of_key, coalesce((select max(o.id) from audit.shown_entry o
         where o.tenant = of_tenant and o.table_key = of_table and o.record_key = of_key and o.operation = 'DELETE' and o.id < l.id), 0))
     order by e.record_key, e.id limit 1;
    z := coalesce(d, (select e.id from audit.shown_entry e
      where e.tenant = of_tenant and e.table_key = of_table and (e.record_key, e.id) >= (of_key, l.id) and (e.record_key, e.id) <= (of_key, endless)
      order by e.record_key desc, e.id desc limit 1));
    forward := c.operation = 'INSERT' and (n.id is null or n.operation = 'INSERT' or l.id - c.id < z - l.id);
  end if;

  if forward then
    image := (select jsonb_object_agg(coalesce(names -> e.schema_version::text ->> v.key, v.key), v.value order by e.id)
      from audit.shown_entry e cross join lateral jsonb_each(e.after || coalesce(e.personal_after, '{}')) v
     where e.tenant = of_tenant and e.table_key = of_table and e.record_key = of_key and e.id between c.id and l.id
       and e.operation in ('INSERT', 'UPDATE'));
    return image;
  end if;
  image := (select jsonb_object_agg(coalesce(names -> e.schema_version::text ->> v.key, v.key), v.value order by e.id desc)
    from audit.shown_entry e cross join lateral jsonb_each(e.before || coalesce(e.personal_before, '{}')) v
   where e.tenant = of_tenant and e.table_key = of_table and e.record_key = of_key and e.id between n.id and coalesce(d, endless)
     and e.operation in ('UPDATE', 'DELETE'));
  return coalesce(case when d is null then present end, '{}') || coalesce(image, '{}');
end
$$;
revoke all on function audit.row_at(text, integer, text, audit.point, jsonb, jsonb) from public;
grant execute on function audit.row_at(text, integer, text, audit.point, jsonb, jsonb) to whence_app;
