-- What changed between two points: where in the trail the entries of a day lie, by either clock.

create table audit.clock_day (
  tenant text not null,
  clock text not null check (clock in ('OCCURRED', 'RECORDED')),
  day date not null,
  first_id bigint not null,
  last_id bigint not null,
  primary key (tenant, clock, day)
);
comment on table audit.clock_day is 'Between which ids the entries of a day (UTC) lie, of those that have a position.';

alter table audit.clock_day enable row level security;
create policy one_tenant on audit.clock_day for select to whence_app, whence_source
  using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy all_tenants on audit.clock_day for select to whence_worker using (true);
grant select on audit.clock_day to whence_app, whence_worker;

-- Entries keep neither clock quite in order: statements wait for one another, and sources tell of days gone by.
create function audit.note_days() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
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
create trigger note_days after insert on audit.position referencing new table as placed
  for each statement execute function audit.note_days();

-- No entry after an instant of a clock has a lower id than the first of these, none up to it a higher one than the second.
create function audit.lowest_id_after(of_tenant text, of_clock text, instant timestamptz) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select least(
    (select min(d.first_id) from audit.clock_day d where d.tenant = of_tenant and d.clock = of_clock and d.day >= (instant at time zone 'UTC')::date),
    (select min(u) from audit.uncounted(of_tenant, 2147483647) u))
   where of_tenant = nullif(current_setting('app.tenant', true), '')
$$;
create function audit.highest_id_at(of_tenant text, of_clock text, instant timestamptz) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select greatest(
    (select max(d.last_id) from audit.clock_day d where d.tenant = of_tenant and d.clock = of_clock and d.day <= (instant at time zone 'UTC')::date),
    (select max(e.id) from audit.uncounted(of_tenant, 2147483647) u join audit.entry e on e.tenant = of_tenant and e.id = u
      where case of_clock when 'OCCURRED' then e.occurred_at else e.recorded_at end <= instant))
   where of_tenant = nullif(current_setting('app.tenant', true), '')
$$;
revoke all on function audit.note_days(), audit.lowest_id_after(text, text, timestamptz), audit.highest_id_at(text, text, timestamptz) from public;
grant execute on function audit.lowest_id_after(text, text, timestamptz), audit.highest_id_at(text, text, timestamptz) to whence_app, whence_worker;

-- The entries that are there already.
insert into audit.clock_day
  select e.tenant, c.clock, (c.instant at time zone 'UTC')::date, min(e.id), max(e.id)
    from audit.entry e
   cross join lateral (values ('OCCURRED', e.occurred_at), ('RECORDED', e.recorded_at)) c (clock, instant)
   group by 1, 2, 3;
