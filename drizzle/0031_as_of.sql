-- Time travel at a cost that does not grow with the trail: finer spans of time, what was deleted, and what busy rows were now and then. All of it is
-- worked out behind the ticks: writers know nothing of it.

-- As audit.clock_day, which says the same of whole days.
create table audit.clock_span (
  tenant text not null,
  clock text not null check (clock in ('OCCURRED', 'RECORDED')),
  since timestamptz not null,
  first_id bigint not null,
  last_id bigint not null,
  primary key (tenant, clock, since)
);
comment on table audit.clock_span is 'Between which ids the entries of ten minutes lie, of those that have a position.';

-- Lists of rows as they were go through what was deleted in the order of their keys.
create table audit.deletion (
  tenant text not null,
  table_key integer not null,
  record_key text not null,
  entry_id bigint not null,
  row_id bigint generated always as (case when record_key ~ '^(0|-?[1-9][0-9]{0,17})$' then record_key::bigint end) stored,
  primary key (tenant, table_key, record_key, entry_id)
);
-- Partial, so that nobody who looks for one record is led through all of a table.
create index deletion_row on audit.deletion (tenant, table_key, row_id) where row_id is not null;
comment on table audit.deletion is 'Entries that tell of the end of a row, of those that have a position.';
comment on column audit.deletion.row_id is 'The key of a row that is known by a number: lists go by it.';

-- A row that has changed a thousand times is put together from the newest of these and the few entries behind it.
create table audit.kept_row (
  tenant text not null,
  table_key integer not null,
  record_key text not null,
  entry_id bigint not null,
  is_whole boolean not null,
  image jsonb not null,
  origin jsonb,
  primary key (tenant, table_key, record_key, entry_id)
);
comment on table audit.kept_row is 'What a busy row was right after one of its changes, by what the entries of its life say: {schema version: {column: value}}.';
comment on column audit.kept_row.is_whole is 'Whether the log knows its creation; else it holds only what was ever changed.';
comment on column audit.kept_row.origin is 'Where it is not whole: what these columns were before the first change.';

-- As the server reads them: see audit.shown_entry.
create function audit.masked_versions(image jsonb, columns text[]) returns jsonb
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select jsonb_object_agg(key, audit.masked(value, columns)) from jsonb_each(image)
$$;
create view audit.shown_kept_row as
  select k.tenant, k.table_key, k.record_key, k.entry_id, k.is_whole,
         case when audit.sees_personal() then k.image else audit.masked_versions(k.image, t.personal_columns) end as image,
         case when audit.sees_personal() then k.origin else audit.masked_versions(k.origin, t.personal_columns) end as origin
    from audit.kept_row k join audit.tracked_table t on t.table_key = k.table_key
   where k.tenant = nullif(current_setting('app.tenant', true), '');
comment on view audit.shown_kept_row is 'What busy rows of one tenant were; personal values are masked unless app.personal is ''shown''.';
grant select on audit.shown_kept_row to whence_app;

do $$
declare
  t text;
begin
  foreach t in array array['audit.clock_span', 'audit.deletion', 'audit.kept_row'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s for select to whence_app, whence_source
      using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    execute format('create policy all_tenants on %s for select to whence_worker using (true)', t);
  end loop;
end
$$;
grant select on audit.clock_span, audit.deletion to whence_app, whence_worker;

-- Where the entries since an instant begin is known by now: no writer pays for an index that says it.
drop index audit.entry_recorded;

create or replace function audit.note_days() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  insert into audit.clock_span as noted
    select e.tenant, c.clock, date_bin('10 minutes', c.instant, 'epoch'), min(e.id), max(e.id)
      from placed p
      join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
     cross join lateral (values ('OCCURRED', e.occurred_at), ('RECORDED', e.recorded_at)) c (clock, instant)
     group by 1, 2, 3
    on conflict (tenant, clock, since) do update
      set first_id = least(noted.first_id, excluded.first_id), last_id = greatest(noted.last_id, excluded.last_id)
      where noted.first_id > excluded.first_id or noted.last_id < excluded.last_id;
  insert into audit.clock_day as noted
    select e.tenant, c.clock, (c.instant at time zone 'UTC')::date, min(e.id), max(e.id)
      from placed p
      join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
     cross join lateral (values ('OCCURRED', e.occurred_at), ('RECORDED', e.recorded_at)) c (clock, instant)
     group by 1, 2, 3
    on conflict (tenant, clock, day) do update
      set first_id = least(noted.first_id, excluded.first_id), last_id = greatest(noted.last_id, excluded.last_id)
      where noted.first_id > excluded.first_id or noted.last_id < excluded.last_id;
  return null;
end
$$;

create or replace function audit.lowest_id_after(of_tenant text, of_clock text, instant timestamptz) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select least(
    (select min(s.first_id) from audit.clock_span s where s.tenant = of_tenant and s.clock = of_clock
      and s.since >= date_bin('10 minutes', instant, 'epoch') and s.since < ((instant at time zone 'UTC')::date + 1)::timestamp at time zone 'UTC'),
    (select min(d.first_id) from audit.clock_day d where d.tenant = of_tenant and d.clock = of_clock and d.day > (instant at time zone 'UTC')::date),
    (select min(u) from audit.uncounted(of_tenant, 2147483647) u))
   where of_tenant = nullif(current_setting('app.tenant', true), '')
$$;
create or replace function audit.highest_id_at(of_tenant text, of_clock text, instant timestamptz) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select greatest(
    (select max(s.last_id) from audit.clock_span s where s.tenant = of_tenant and s.clock = of_clock
      and s.since <= date_bin('10 minutes', instant, 'epoch') and s.since >= (instant at time zone 'UTC')::date::timestamp at time zone 'UTC'),
    (select max(d.last_id) from audit.clock_day d where d.tenant = of_tenant and d.clock = of_clock and d.day < (instant at time zone 'UTC')::date),
    (select max(e.id) from audit.uncounted(of_tenant, 2147483647) u join audit.entry e on e.tenant = of_tenant and e.id = u
      where case of_clock when 'OCCURRED' then e.occurred_at else e.recorded_at end <= instant))
   where of_tenant = nullif(current_setting('app.tenant', true), '')
$$;

-- Keeps what a row was right after an entry, unless few of its entries lie behind the one before.
create function audit.keep_row(changed audit.entry) returns void language plpgsql
set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_generic_plan as $$
declare
  few constant integer := 48;
  last audit.kept_row;
  begun bigint := (select max(d.entry_id) from audit.deletion d
    where d.tenant = changed.tenant and d.table_key = changed.table_key and d.record_key = changed.record_key and d.entry_id < changed.id);
  whole boolean;
begin
  select * into last from audit.kept_row k
   where k.tenant = changed.tenant and k.table_key = changed.table_key and k.record_key = changed.record_key and k.entry_id < changed.id
     and k.entry_id > coalesce(begun, 0) order by k.entry_id desc limit 1;
  begun := coalesce(last.entry_id, begun, 0);
  if (select count(*) from (select from audit.entry e where e.tenant = changed.tenant and e.table_key = changed.table_key
      and (e.record_key, e.id) > (changed.record_key, begun) and (e.record_key, e.id) <= (changed.record_key, changed.id) limit few) those) < few then
    return;
  end if;
  whole := coalesce(last.is_whole, (select e.operation = 'INSERT' from audit.entry e
    where e.tenant = changed.tenant and e.table_key = changed.table_key and (e.record_key, e.id) > (changed.record_key, begun)
      and (e.record_key, e.id) <= (changed.record_key, changed.id) and e.operation in ('INSERT', 'UPDATE') order by e.record_key, e.id limit 1));
  insert into audit.kept_row
    with said as (
      select e.id, coalesce(e.schema_version, 0)::text as version, e.before || coalesce(e.personal_before, '{}') as before, e.after || coalesce(e.personal_after, '{}') as after
        from audit.entry e where e.tenant = changed.tenant and e.table_key = changed.table_key and e.record_key = changed.record_key and e.id > begun and e.id <= changed.id
         and e.operation in ('INSERT', 'UPDATE')
      union all
      select 0, coalesce(i.key, o.key), o.value, i.value from jsonb_each(last.image) i full join jsonb_each(last.origin) o on o.key = i.key)
    select changed.tenant, changed.table_key, changed.record_key, changed.id, whole, newest.image, oldest.image
      from (select jsonb_object_agg(version, image) as image from (
        select version, jsonb_object_agg(c.key, c.value order by id) as image from said cross join lateral jsonb_each(after) c group by version) v) newest,
           (select jsonb_object_agg(version, image) as image from (
        select version, jsonb_object_agg(c.key, c.value order by id desc) as image from said cross join lateral jsonb_each(before) c
         where not whole group by version) v) oldest
    on conflict do nothing;
end
$$;

-- One in sixty-four entries, by a hash so that no writer's rhythm passes it by: of a busy row that is as many of its own.
create function audit.is_kept(entry_id bigint) returns boolean language sql immutable parallel safe set search_path = pg_catalog, pg_temp as
  'select hashint8(entry_id) & 63 = 0';

create function audit.note_rows() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  insert into audit.deletion (tenant, table_key, record_key, entry_id)
    select e.tenant, e.table_key, e.record_key, e.id from placed p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
     where e.operation = 'DELETE' and e.record_key is not null on conflict do nothing;
  perform audit.keep_row(e) from (
    select e from placed p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
     where audit.is_kept(p.entry_id) and e.operation = 'UPDATE' and e.record_key is not null order by e.id) few (e);
  return null;
end
$$;
create trigger note_rows after insert on audit.position referencing new table as placed
  for each statement execute function audit.note_rows();

-- As before, with what is kept of it: `unplaced` are deletions without a position. `k` is the newest row that was kept at or before the point, `z`
-- the newest of the same life: a row that is not whole gets from there what only later changes tell.
drop function audit.row_at(text, integer, text, audit.point, jsonb, jsonb);
create function audit.row_at(of_tenant text, of_table integer, of_key text, point audit.point, names jsonb, present jsonb, unplaced bigint[]) returns jsonb
language plpgsql stable cost 10000 set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  endless constant bigint := 9223372036854775807;
  l record;
  n record;
  c record;
  k audit.shown_kept_row;
  z audit.shown_kept_row;
  b bigint;
  d bigint;
  last bigint;
  forward boolean := true;
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

  select max(o.id) filter (where o.id < l.id), min(o.id) filter (where o.id >= n.id) into b, d from (
    select x.entry_id as id from audit.deletion x where x.tenant = of_tenant and x.table_key = of_table and x.record_key = of_key
    union all
    select e.id from unnest(unplaced) u join audit.shown_entry e on e.tenant = of_tenant and e.id = u
     where e.table_key = of_table and e.record_key = of_key) o;
  select * into z from audit.shown_kept_row x
   where x.tenant = of_tenant and x.table_key = of_table and x.record_key = of_key and x.entry_id > coalesce(b, 0) and x.entry_id < coalesce(d, endless)
   order by x.entry_id desc limit 1;
  if z.entry_id is not null then
    select * into k from audit.shown_kept_row x
     where x.tenant = of_tenant and x.table_key = of_table and x.record_key = of_key and x.entry_id > coalesce(b, 0) and x.entry_id <= l.id
     order by x.entry_id desc limit 1;
    forward := z.is_whole;
  elsif l.id is null then
    forward := false;
  else
    select e.id, e.operation into c from audit.shown_entry e
     where e.tenant = of_tenant and e.table_key = of_table and (e.record_key, e.id) <= (of_key, l.id) and e.operation in ('INSERT', 'UPDATE', 'DELETE')
       and (e.record_key, e.id) > (of_key, coalesce(b, 0))
     order by e.record_key, e.id limit 1;
    last := coalesce(d, (select e.id from audit.shown_entry e
      where e.tenant = of_tenant and e.table_key = of_table and (e.record_key, e.id) >= (of_key, l.id) and (e.record_key, e.id) <= (of_key, endless)
      order by e.record_key desc, e.id desc limit 1));
    forward := c.operation = 'INSERT' and (n.id is null or n.operation = 'INSERT' or l.id - c.id < last - l.id);
  end if;

  if not forward then
    image := coalesce(case when d is null then present end, '{}') || coalesce((
      select jsonb_object_agg(coalesce(names -> e.schema_version::text ->> v.key, v.key), v.value order by e.id desc)
        from audit.shown_entry e cross join lateral jsonb_each(e.before || coalesce(e.personal_before, '{}')) v
       where e.tenant = of_tenant and e.table_key = of_table and e.record_key = of_key and e.id >= greatest(n.id, z.entry_id + 1) and e.id <= coalesce(d, endless) and e.operation in ('UPDATE', 'DELETE')), '{}') || coalesce((
      select jsonb_object_agg(coalesce(names -> o.key ->> v.key, v.key), v.value order by o.key::integer desc)
        from jsonb_each(z.origin) o cross join lateral jsonb_each(o.value) v), '{}');
  end if;
  if forward or z.entry_id is not null then
    image := coalesce(image, '{}') || coalesce((
      select jsonb_object_agg(coalesce(names -> o.key ->> v.key, v.key), v.value order by o.key::integer)
        from jsonb_each(k.image) o cross join lateral jsonb_each(o.value) v), '{}') || coalesce((
      select jsonb_object_agg(coalesce(names -> e.schema_version::text ->> v.key, v.key), v.value order by e.id)
        from audit.shown_entry e cross join lateral jsonb_each(e.after || coalesce(e.personal_after, '{}')) v
       where e.tenant = of_tenant and e.table_key = of_table and e.record_key = of_key and e.id > coalesce(k.entry_id, b, 0) and e.id <= l.id and e.operation in ('INSERT', 'UPDATE')), '{}');
  end if;
  return image;
end
$$;
revoke all on function audit.row_at(text, integer, text, audit.point, jsonb, jsonb, bigint[]), audit.note_rows(), audit.keep_row(audit.entry),
  audit.is_kept(bigint) from public;
grant execute on function audit.row_at(text, integer, text, audit.point, jsonb, jsonb, bigint[]) to whence_app;

-- The entries that are there already.
insert into audit.clock_span
  select p.tenant, c.clock, date_bin('10 minutes', c.instant, 'epoch'), min(e.id), max(e.id)
    from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
   cross join lateral (values ('OCCURRED', e.occurred_at), ('RECORDED', e.recorded_at)) c (clock, instant)
   group by 1, 2, 3;
insert into audit.deletion (tenant, table_key, record_key, entry_id)
  select p.tenant, e.table_key, e.record_key, e.id from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
   where e.operation = 'DELETE' and e.record_key is not null;
select from (
  select audit.keep_row(few.e) from (
    select e from (select tenant, table_key, record_key from audit.entry where record_key is not null group by 1, 2, 3 having count(*) >= 96) busy
      join audit.entry e using (tenant, table_key, record_key)
     where audit.is_kept(e.id) and e.operation = 'UPDATE' and exists (select from audit.position p where p.tenant = e.tenant and p.entry_id = e.id)
     order by e.tenant, e.table_key, e.record_key, e.id) few (e)) kept;
