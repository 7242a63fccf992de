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
