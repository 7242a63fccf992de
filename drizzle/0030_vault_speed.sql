-- The vault at work: an operation costs its writers less, and figures of operations come from counts kept behind the ticks.

-- As before (0026), and looked up once in a statement where no tenant is stated: what is looked up costs more than what is done for it.
create or replace function audit.session_tenant() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  stamp text;
  known text[];
begin
  if current_setting('app.tenant', true) <> '' then
    return current_setting('app.tenant');
  end if;
  stamp := statement_timestamp()::text || ' ';
  if starts_with(current_setting('audit.only_tenant', true), stamp) then
    return substr(current_setting('audit.only_tenant'), length(stamp) + 1);
  end if;
  known := audit.some_tenants();
  if cardinality(known) > 1 then
    raise exception 'It is not said whose data this is.' using errcode = 'invalid_parameter_value',
      hint = 'There are several tenants: set local app.tenant = ''...'';';
  end if;
  known[1] := coalesce(known[1], (select value from audit.setting where name = 'default_tenant'));
  perform set_config('audit.only_tenant', stamp || known[1], true);
  return known[1];
end
$$;

-- As before (0019), as an expression of the statement that calls it; its operators are looked up here.
create or replace function script_tracking.generate_unique_script_name(base_name varchar) returns varchar language sql volatile
return base_name || '_' || to_char(clock_timestamp() at time zone 'UTC', 'YYYYMMDD_HH24MISS_US') || '_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 8);

-- Called by functions of the vault alone, which have a path of their own.
alter function script_tracking.add_version(script_tracking.script_execution_s) reset search_path;
alter function script_tracking.add_execution(text, text, script_tracking.script_execution_s) reset search_path;
alter function script_tracking.check_operation(text, text, jsonb, text) reset search_path;

-- As before, without a call where a version gets its end and nothing else.
drop trigger insert_only on script_tracking.script_execution_s;
do $$
begin
  execute format('create trigger insert_only before delete or update of %s on script_tracking.script_execution_s for each row execute function script_tracking.refuse_rewrite()',
    (select string_agg(attname, ', ' order by attnum) from pg_attribute
      where attrelid = 'script_tracking.script_execution_s'::regclass and attnum > 0 and not attisdropped and attname <> 'load_end_date'));
end
$$;
create trigger ends_once before update of load_end_date on script_tracking.script_execution_s for each row
  when (old.load_end_date is not null or new.load_end_date is null) execute function script_tracking.refuse_rewrite();

-- As before (0026), in one statement that finds the version by the primary key: written so that no other index is of use, whatever the planner
-- knows. Of two at once the second waits, and finds nothing that runs.
create or replace function script_tracking.complete_operation(execution_hk bytea, success boolean, error_message text default null, metadata jsonb default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  of_tenant bytea := script_tracking.tenant_key(audit.session_tenant());
  state script_tracking.script_execution_s;
begin
  if jsonb_typeof(metadata) <> 'object' then
    raise exception 'Metadata is a JSON object.' using errcode = 'invalid_parameter_value';
  end if;
  update script_tracking.script_execution_s s set load_end_date = greatest(clock_timestamp(), s.load_date + interval '1 microsecond')
   where s.script_execution_hk = execution_hk and s.tenant_hk || '' = of_tenant and num_nulls(s.load_end_date) = 1 and s.execution_status || '' = 'RUNNING'
  returning s.* into state;
  if not found then
    return false;
  end if;
  state.load_date := state.load_end_date;
  state.load_end_date := null;
  state.completed_at := clock_timestamp();
  state.version_number := state.version_number + 1;
  state.execution_status := case when coalesce(success, false) then 'COMPLETED' else 'FAILED' end;
  state.execution_duration_ms := least(round(extract(epoch from state.completed_at - state.execution_timestamp) * 1000), 2147483647);
  state.error_message := left(error_message, 10000);
  state.metadata := state.metadata || coalesce(script_tracking.without_secrets(metadata), '{}');
  perform script_tracking.add_version(state);
  return true;
end
$$;

-- In reading order of one tenant, as before (0019); operations of the same microsecond are put in order by who reads them.
drop index script_tracking.idx_script_execution_s_current;
create index idx_script_execution_s_current on script_tracking.script_execution_s (tenant_hk, execution_timestamp) where load_end_date is null;

-- Counts of operations by the hour and the day (UTC) in which they began, exact for the versions up to a position; whoever reads counts the rest.

create table audit.execution_rollup (
  tenant_hk bytea not null,
  grain text not null check (grain in ('DAY', 'HOUR', 'DAY_OF_NAME', 'HOUR_OF_NAME')),
  begins timestamptz not null,
  script_name varchar not null,
  script_type varchar not null,
  execution_status varchar not null,
  operations bigint not null,
  timed bigint not null,
  total_ms bigint not null,
  slowest_ms integer,
  durations real[] not null,
  times integer[] not null,
  primary key (tenant_hk, grain, begins, script_name, script_type, execution_status)
);
comment on table audit.execution_rollup is 'Operations as the versions up to a position leave them, counted by when they began.';
comment on column audit.execution_rollup.script_name is 'Empty in the grains DAY and HOUR, which are of all names.';
comment on column audit.execution_rollup.timed is 'Those with a duration; total_ms is the sum of the durations.';
comment on column audit.execution_rollup.durations is 'The durations in ascending order, rounded (see rounded_ms), each once; `times` says how often.';

create table audit.execution_counted (
  tenant_hk bytea primary key,
  sequence bigint not null default 0
);
comment on table audit.execution_counted is 'Position up to which versions of operations are in the rollup. Whoever locks the row counts the next ones.';

-- Below 100 ms as it is; above within 1 per cent, so that a few hundred values tell the durations of any number of operations.
create function script_tracking.rounded_ms(ms integer) returns real language sql immutable
return case when ms < 100 then ms::real else exp(round(ln(ms::double precision) * 51) / 51)::real end;

-- Adds versions to the rollup: each takes the place of the one before it.
create function script_tracking.count_versions(versions audit.execution_position[]) returns void language plpgsql
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
  insert into audit.execution_rollup as counted
    select m.tenant_hk, m.grain, m.begins, m.name, m.script_type, m.execution_status, sum(m.n), coalesce(sum(m.n) filter (where m.value is not null), 0),
           coalesce(sum(m.ms), 0), max(m.slowest), coalesce(array_agg(m.value order by m.value) filter (where m.value is not null), '{}'),
           coalesce(array_agg(m.n order by m.value) filter (where m.value is not null), '{}')
      from (
        select d.tenant_hk, g.grain, g.begins, g.name, d.script_type, d.execution_status, d.value, sum(d.n)::integer as n, sum(d.ms) as ms, max(d.slowest) as slowest
          from (
            select v.tenant_hk, date_trunc('hour', v.execution_timestamp, 'UTC') as hour, v.script_name, v.script_type, v.execution_status,
                   script_tracking.rounded_ms(v.execution_duration_ms) as value, sum(v.n) as n, sum(v.n * v.execution_duration_ms::bigint) as ms,
                   max(v.execution_duration_ms) as slowest
              from (
                select s.tenant_hk, s.script_name, s.script_type, w.execution_status, s.execution_timestamp, w.execution_duration_ms, w.n
                  from unnest(versions) p
                  join script_tracking.script_execution_s s on s.script_execution_hk = p.script_execution_hk and s.load_date = p.load_date
                 cross join lateral (
                    select s.execution_status, s.execution_duration_ms, 1 as n
                    union all
                    select b.execution_status, b.execution_duration_ms, -1 from script_tracking.script_execution_s b
                     where s.version_number > 1 and b.script_execution_hk = p.script_execution_hk and b.load_end_date = p.load_date) w) v
             group by 1, 2, 3, 4, 5, 6 having sum(v.n) <> 0) d
         cross join lateral (values
           ('DAY', date_trunc('day', d.hour, 'UTC'), ''), ('DAY_OF_NAME', date_trunc('day', d.hour, 'UTC'), d.script_name),
           ('HOUR', d.hour, ''), ('HOUR_OF_NAME', d.hour, d.script_name)) g (grain, begins, name)
         group by 1, 2, 3, 4, 5, 6, 7 having sum(d.n) <> 0) m
     group by 1, 2, 3, 4, 5, 6
    on conflict (tenant_hk, grain, begins, script_name, script_type, execution_status) do update
      set operations = counted.operations + excluded.operations, timed = counted.timed + excluded.timed, total_ms = counted.total_ms + excluded.total_ms,
          slowest_ms = greatest(counted.slowest_ms, excluded.slowest_ms),
          (durations, times) = (select coalesce(array_agg(u.value order by u.value), '{}'), coalesce(array_agg(u.n order by u.value), '{}')
            from (select value, sum(n)::integer as n from unnest(counted.durations || excluded.durations, counted.times || excluded.times) both_of (value, n)
                   group by value having sum(n) <> 0) u);
end
$$;

-- Versions of one tenant (null: of all) that have no position, by load date, at most `most`: of this transaction, and of those that `seen` sees and
-- `since` did not. Without `since`, after a restore, all: transaction ids of another cluster say nothing. Few versions are looked for among many,
-- whatever the planner knows: by transaction, and their positions one by one.
create function script_tracking.unplaced(of_tenant bytea, since pg_snapshot, seen pg_snapshot, most integer)
returns table (tenant_hk bytea, script_execution_hk bytea, load_date timestamptz) language plpgsql stable
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
#variable_conflict use_column
declare
  own text := pg_current_xact_id_if_assigned();
begin
  if since is null then
    return query select s.tenant_hk, s.script_execution_hk, s.load_date from script_tracking.script_execution_s s
      where (of_tenant is null or s.tenant_hk = of_tenant)
        and not exists (select from audit.execution_position p where p.script_execution_hk = s.script_execution_hk and p.load_date = s.load_date)
      order by s.load_date, s.script_execution_hk limit most;
  else
    return query select distinct n.tenant_hk, n.script_execution_hk, n.load_date
      from (select r.above, r.below from audit.xid_ranges(since, seen) r
            union all select (own::bigint - 1)::text::xid8, (own::bigint + 1)::text::xid8 where own is not null) r
     cross join lateral (
        select s.tenant_hk, s.script_execution_hk, s.load_date from script_tracking.script_execution_s s where s.xid > r.above and s.xid < r.below offset 0) n
     where (of_tenant is null or n.tenant_hk = of_tenant)
       and not exists (select from audit.execution_position p where p.script_execution_hk = n.script_execution_hk and p.load_date = n.load_date)
     order by n.load_date, n.script_execution_hk limit most;
  end if;
end
$$;

-- As before (0025).
create or replace function script_tracking.place_versions(known_tick bigint, most integer) returns void language plpgsql
set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare
  last audit.execution_placed;
  newest audit.feed_tick;
  fresh audit.execution_position[];
  failed record;
begin
  select * into last from audit.execution_placed p where p.tick is distinct from known_tick for update skip locked;
  if not found then
    return;
  end if;
  select * into newest from audit.feed_tick order by tick desc limit 1;
  fresh := array(
    select row(u.tenant_hk, 0, newest.tick, u.script_execution_hk, u.load_date)::audit.execution_position
      from script_tracking.unplaced(null, case when last.epoch = newest.epoch and last.tick <= newest.tick then last.snapshot end, newest.snapshot, most) u);
  with head as (
    insert into audit.execution_head as h (tenant_hk, sequence) select f.tenant_hk, count(*) from unnest(fresh) f group by f.tenant_hk
      on conflict (tenant_hk) do update set sequence = h.sequence + excluded.sequence returning h.tenant_hk, h.sequence)
  insert into audit.execution_position (tenant_hk, sequence, tick, script_execution_hk, load_date)
    select f.tenant_hk, head.sequence - count(*) over (partition by f.tenant_hk)
             + row_number() over (partition by f.tenant_hk order by f.load_date, f.script_execution_hk), f.tick, f.script_execution_hk, f.load_date
      from unnest(fresh) f join head on head.tenant_hk = f.tenant_hk;
  if cardinality(fresh) < most then
    update audit.execution_placed set epoch = newest.epoch, tick = newest.tick, snapshot = newest.snapshot;
  end if;
  if last.epoch is null then
    return;
  end if;
  for failed in
    with own as materialized (
      select f.tenant_hk, f.load_date, encode(f.script_execution_hk, 'hex') as key from unnest(fresh) f
        join script_tracking.script_execution_s s on s.script_execution_hk = f.script_execution_hk and s.load_date = f.load_date
       where s.execution_status = 'FAILED' and s.execution_timestamp > clock_timestamp() - interval '90 days')
    select t.tenant, jsonb_agg(jsonb_build_object('finding', 'EXECUTION|' || o.key, 'facts', jsonb_build_object('execution', o.key)) order by o.load_date, o.key) as findings
      from own o cross join lateral (
        select known.tenant from (select h.tenant from audit.feed_head h union select value from audit.setting where name = 'default_tenant') known
         where script_tracking.tenant_key(known.tenant) = o.tenant_hk) t
     group by t.tenant order by t.tenant
  loop
    perform audit.raise_alerts(failed.tenant, 'EXECUTION', failed.findings);
  end loop;
end
$$;

-- Counts the next versions, at most `most` of each tenant that has `enough` new ones; fewer are left to whoever reads. What another server has
-- locked, it counts.
create function script_tracking.roll_up(enough bigint, most integer) returns void language plpgsql
set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  behind record;
  versions audit.execution_position[];
begin
  insert into audit.execution_counted (tenant_hk)
    select h.tenant_hk from audit.execution_head h where not exists (select from audit.execution_counted c where c.tenant_hk = h.tenant_hk) on conflict do nothing;
  for behind in
    select c.tenant_hk, c.sequence, h.sequence as newest from audit.execution_counted c join audit.execution_head h on h.tenant_hk = c.tenant_hk
     where h.sequence - c.sequence >= roll_up.enough order by c.tenant_hk for update of c skip locked
  loop
    versions := array(select p from audit.execution_position p where p.tenant_hk = behind.tenant_hk and p.sequence > behind.sequence
      order by p.sequence limit roll_up.most);
    perform script_tracking.count_versions(versions);
    -- Cleaning leaves gaps in the positions.
    update audit.execution_counted c
       set sequence = case when cardinality(versions) < roll_up.most then behind.newest else versions[cardinality(versions)].sequence end
     where c.tenant_hk = behind.tenant_hk;
  end loop;
end
$$;

-- As before (0025), and the days of what is cleaned away are counted again, from what is left.
create or replace function script_tracking.forget_versions() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  perform from audit.execution_counted c where c.tenant_hk in (select distinct tenant_hk from gone) order by c.tenant_hk for update;
  delete from audit.execution_position p using gone g where p.script_execution_hk = g.script_execution_hk and p.load_date = g.load_date;
  delete from audit.execution_rollup r
   using (select distinct tenant_hk, date_trunc('day', execution_timestamp, 'UTC') as day from gone) d
   where r.tenant_hk = d.tenant_hk and r.begins >= d.day and r.begins < d.day + interval '24 hours';
  perform script_tracking.count_versions(array(
    select p from (select distinct tenant_hk, date_trunc('day', execution_timestamp, 'UTC') as day from gone) d
      join audit.execution_counted c on c.tenant_hk = d.tenant_hk
      join script_tracking.script_execution_s s
        on s.tenant_hk = d.tenant_hk and s.execution_timestamp >= d.day and s.execution_timestamp < d.day + interval '24 hours'
      join audit.execution_position p on p.script_execution_hk = s.script_execution_hk and p.load_date = s.load_date and p.sequence <= c.sequence));
  delete from audit.alert a using (select distinct script_execution_hk from gone) g
   where a.finding = sha256(convert_to('EXECUTION|' || encode(g.script_execution_hk, 'hex'), 'UTF8'));
  return null;
end
$$;

-- Versions of the session's tenant that the rollup has not counted, as the statement that asks sees them; `most` rows when there may be more.
create function script_tracking.uncounted(most integer) returns table (script_execution_hk bytea, load_date timestamptz)
language plpgsql stable security definer rows 1000 set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare
  of_tenant bytea := script_tracking.tenant_key(audit.session_tenant());
  counted bigint := coalesce((select c.sequence from audit.execution_counted c where c.tenant_hk = of_tenant), 0);
  placed audit.execution_placed;
begin
  select * into placed from audit.execution_placed;
  if placed.epoch is distinct from (select max(epoch) from audit.epoch) or pg_snapshot_xmax(placed.snapshot) > pg_snapshot_xmax(pg_current_snapshot()) then
    placed.snapshot := null;
  end if;
  -- A bulk that is being placed would be looked through by every reader: it is too many, whoever its rows are of.
  if placed.snapshot is not null and (
    select count(*) from (
      select from audit.xid_ranges(placed.snapshot, pg_current_snapshot()) r
       cross join lateral (select from script_tracking.script_execution_s s where s.xid > r.above and s.xid < r.below limit 3 * most) n limit 3 * most) many) >= 3 * most then
    return query select null::bytea, null::timestamptz from generate_series(1, most);
    return;
  end if;
  return query select p.script_execution_hk, p.load_date from audit.execution_position p where p.tenant_hk = of_tenant and p.sequence > counted limit most;
  return query select u.script_execution_hk, u.load_date from script_tracking.unplaced(of_tenant, placed.snapshot, pg_current_snapshot(), most) u;
end
$$;

-- As percentile_cont has them, of values in ascending order of which each is there so many times.
create function script_tracking.percentiles(sorted double precision[], times bigint[], parts double precision[]) returns double precision[]
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  total bigint := (select sum(n) from unnest(times) n);
  found double precision[];
  part double precision;
  place double precision;
  low integer;
  high integer;
  seen bigint;
begin
  foreach part in array parts loop
    place := part * (total - 1);
    low := 1;
    seen := times[1];
    while seen <= floor(place) loop
      low := low + 1;
      seen := seen + times[low];
    end loop;
    high := low;
    while seen <= ceil(place) loop
      high := high + 1;
      seen := seen + times[high];
    end loop;
    found := found || (sorted[low] + (place - floor(place)) * (sorted[high] - sorted[low]));
  end loop;
  return found;
end
$$;

-- Figures of the operations of the session's tenant that began between bounds, which ascend: bucket n from the nth up to the next one, by name and
-- by type where that is asked for (else null). Counts are exact. So are percentiles (`parts`, as percentile_cont has them) while the period has no
-- more than 5000 operations or none of its hours is whole; else durations above 100 ms count within 1 per cent of what they were.
-- Whole hours and days are read from the rollup, the rest one by one; all of it where too much waits to be counted.
create function script_tracking.operation_figures(bounds timestamptz[], by_name boolean, by_type boolean, parts double precision[] default null)
returns table (bucket integer, script_name varchar, script_type varchar, operations bigint, completed bigint, failed bigint, running bigint,
  timed bigint, timed_failed bigint, total_ms bigint, slowest_ms integer, percentiles double precision[])
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  most_uncounted constant integer := 10000;
  most_exact constant integer := 5000;
  of_tenant bytea := script_tracking.tenant_key(audit.session_tenant());
  late_keys bytea[];
  late_dates timestamptz[];
  one_by_one boolean := parts is not null and not exists (
    select from script_tracking.script_execution_s s where s.tenant_hk = of_tenant and s.load_end_date is null
       and s.execution_timestamp >= bounds[1] and s.execution_timestamp < bounds[cardinality(bounds)] offset most_exact);
begin
  if not one_by_one then
    select array_agg(u.script_execution_hk), array_agg(u.load_date) into late_keys, late_dates from script_tracking.uncounted(most_uncounted + 1) u;
    if cardinality(late_keys) > most_uncounted then
      one_by_one := true;
      late_keys := '{}';
    end if;
  end if;
  return query
    with asked as (
      select a.nth, a.since, a.until, w.hour, w.hours_end, date_trunc('day', w.hour + interval '1 day' - interval '1 microsecond', 'UTC') as day,
             date_trunc('day', w.hours_end, 'UTC') as days_end
        from (select n as nth, bounds[n] as since, bounds[n + 1] as until from generate_series(1, cardinality(bounds) - 1) n) a
       cross join lateral (select date_trunc('hour', a.since + interval '1 hour' - interval '1 microsecond', 'UTC') as hour, date_trunc('hour', a.until, 'UTC') as hours_end) w
    ), whole as (
      select a.nth, w.grain || case when by_name then '_OF_NAME' else '' end as grain, w.since, w.until
        from asked a cross join lateral (values
          ('HOUR', a.hour, case when a.day < a.days_end then a.day else a.hours_end end), ('DAY', a.day, a.days_end),
          ('HOUR', a.days_end, case when a.day < a.days_end then a.hours_end end)) w (grain, since, until)
       where not one_by_one and a.hour < a.hours_end and w.since < w.until
    ), rest as (
      select a.nth, w.since, w.until from asked a cross join lateral (values (a.since, a.hour), (a.hours_end, a.until)) w (since, until)
       where not one_by_one and a.hour < a.hours_end and w.since < w.until
      union all
      select a.nth, a.since, a.until from asked a where one_by_one or a.hour >= a.hours_end
    ), rolled as materialized (
      select w.nth, case when by_name then r.script_name else '' end as name, case when by_type then r.script_type else '' end as type, r.execution_status as status,
             r.operations, r.timed, r.total_ms, r.slowest_ms, r.durations, r.times
        from whole w cross join lateral (select * from audit.execution_rollup r
          where r.tenant_hk = of_tenant and r.grain = w.grain and r.begins >= w.since and r.begins < w.until offset 0) r
    ), late as (
      select d.*
        from unnest(late_keys, late_dates) u (key, load_date) cross join lateral (
          select s.script_name, s.script_type, s.execution_status, s.execution_timestamp, s.execution_duration_ms, 1 as n from script_tracking.script_execution_s s
           where s.tenant_hk = of_tenant and s.script_execution_hk = u.key and s.load_date = u.load_date
          union all
          select s.script_name, s.script_type, s.execution_status, s.execution_timestamp, s.execution_duration_ms, -1 from script_tracking.script_execution_s s
           where s.tenant_hk = of_tenant and s.script_execution_hk = u.key and s.load_end_date = u.load_date) d
    ), single as materialized (
      select t.nth, case when by_name then t.script_name else '' end as name, case when by_type then t.script_type else '' end as type, t.execution_status as status, t.ms, sum(t.n) as n
        from (
          select r.nth, s.script_name, s.script_type, s.execution_status, s.execution_duration_ms as ms, 1 as n
            from rest r cross join lateral (select * from script_tracking.script_execution_s s where s.tenant_hk = of_tenant and s.load_end_date is null
              and s.execution_timestamp >= r.since and s.execution_timestamp < r.until offset 0) s
          union all
          select a.nth, l.script_name, l.script_type, l.execution_status, l.execution_duration_ms, l.n
            from late l join asked a on l.execution_timestamp >= a.hour and l.execution_timestamp < a.hours_end) t
       group by 1, 2, 3, 4, 5
    ), counted as (
      select c.nth, c.name, c.type, sum(c.n)::bigint as operations, coalesce(sum(c.n) filter (where c.status = 'COMPLETED'), 0)::bigint as completed,
             coalesce(sum(c.n) filter (where c.status = 'FAILED'), 0)::bigint as failed, coalesce(sum(c.n) filter (where c.status = 'RUNNING'), 0)::bigint as running,
             sum(c.timed)::bigint as timed, coalesce(sum(c.timed) filter (where c.status = 'FAILED'), 0)::bigint as timed_failed,
             sum(c.total_ms)::bigint as total_ms, max(c.slowest_ms) as slowest_ms
        from (
          select r.nth, r.name, r.type, r.status, r.operations as n, r.timed, r.total_ms, r.slowest_ms from rolled r
          union all
          select s.nth, s.name, s.type, s.status, s.n, case when s.ms is null then 0 else s.n end, coalesce(s.ms * s.n, 0), case when s.n > 0 then s.ms end from single s) c
       group by 1, 2, 3 having sum(c.n) <> 0
    ), spread as (
      select m.nth, m.name, m.type, script_tracking.percentiles(array_agg(m.value order by m.value), array_agg(m.n order by m.value), parts) as percentiles
        from (
          select v.nth, v.name, v.type, v.value, sum(v.n)::bigint as n
            from (
              select r.nth, r.name, r.type, unnest(r.durations)::double precision as value, unnest(r.times)::bigint as n from rolled r
              union all
              select s.nth, s.name, s.type, case when s.n > 0 then s.ms else script_tracking.rounded_ms(s.ms) end, s.n from single s where s.ms is not null) v
           where parts is not null group by 1, 2, 3, 4 having sum(v.n) <> 0) m
       group by 1, 2, 3
    )
    select c.nth, nullif(c.name, '')::varchar, nullif(c.type, '')::varchar, c.operations, c.completed, c.failed, c.running, c.timed, c.timed_failed, c.total_ms, c.slowest_ms, p.percentiles
      from counted c left join spread p on p.nth = c.nth and p.name = c.name and p.type = c.type;
end
$$;

-- As before (0020), out of the figures above.
create or replace function script_tracking.get_performance_metrics(days integer default 30)
returns table (script_name varchar, script_type varchar, executions bigint, failed bigint, average_ms numeric, median_ms double precision, p95_ms double precision,
  p99_ms double precision, max_ms integer, trend_percent numeric)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with figures as materialized (
    select * from script_tracking.operation_figures(array[now() - 2 * $1 * interval '1 day', now() - $1 * interval '1 day', 'infinity'], true, true, array[0.5, 0.95, 0.99]))
  select n.script_name, n.script_type, n.timed, n.timed_failed, round(n.total_ms::numeric / n.timed, 3), n.percentiles[1], n.percentiles[2], n.percentiles[3], n.slowest_ms,
         round((100 * (n.percentiles[1] / nullif(b.percentiles[1], 0) - 1))::numeric, 2)
    from figures n left join figures b on b.bucket = 1 and b.script_name = n.script_name and b.script_type = n.script_type
   where n.bucket = 2 and n.timed > 0 order by 3 desc, n.script_name collate "C"
$$;

create or replace function script_tracking.get_enterprise_dashboard()
returns table (section text, metric text, value numeric, unit text, status text, detail text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with own as materialized (
    select * from script_tracking.operation_figures(array[now() - interval '1 day', now() - interval '1 hour', 'infinity'], false, true)
  ), counted as (
    select coalesce(sum(operations), 0) as total, coalesce(sum(completed), 0) as completed, coalesce(sum(failed), 0) as failed,
           round(sum(total_ms) / nullif(sum(timed), 0), 3) as average, max(slowest_ms) as slowest, coalesce(sum(failed) filter (where bucket = 2), 0) as failed_now
      from own
  ), running as (
    select count(*) as total from script_tracking.script_execution_s s
     where s.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) and s.load_end_date is null and s.execution_status = 'RUNNING'
  )
  select v.* from counted c cross join running r cross join lateral (values
    ('OPERATIONS', 'total', c.total, 'operations', 'OK', 'of the last 24 hours'),
    ('OPERATIONS', 'completed', c.completed, 'operations', 'OK', 'of the last 24 hours'),
    ('OPERATIONS', 'failed', c.failed, 'operations', case when c.failed = 0 then 'OK' else 'DEGRADED' end, 'of the last 24 hours'),
    ('OPERATIONS', 'running', r.total, 'operations', 'OK', 'now'),
    ('OPERATIONS', 'success_rate', round(100.0 * c.completed / nullif(c.completed + c.failed, 0), 2), 'percent', 'OK', 'of those that ended'),
    ('OPERATIONS', 'average_duration', c.average, 'ms', 'OK', 'of those that ended'),
    ('OPERATIONS', 'slowest', c.slowest, 'ms', 'OK', 'of those that ended')) v
  union all
  (select 'TYPES', o.script_type, sum(o.operations), 'operations', 'OK', 'of the last 24 hours' from own o group by o.script_type order by 3 desc, 2 limit 50)
  union all
  select 'HEALTH', h.check_name, (h.status = 'OK')::integer, 'well', h.status, h.detail from script_tracking.get_system_health() h
  union all
  select 'ALERTS', 'failed_operations', c.failed_now, 'operations', 'DEGRADED', 'of the last hour' from counted c where c.failed_now > 0
$$;

-- As before (0025), and the counts of operations.
create or replace function audit.feed_step(
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
    perform script_tracking.place_versions(newest_tick, 10 * share);
    perform script_tracking.roll_up(2000, 10 * share);
  end if;
  newest_mark := (select t.mark from audit.feed_tick t where t.tick = newest_tick);
  known_mark := (select t.mark from audit.feed_tick t where t.tick = feed_step.known_tick);
  select coalesce(sum(b.entries), 0), coalesce(extract(epoch from clock_timestamp() - min(t.taken_at)), 0) into waiting, waiting_seconds
    from audit.feed_batch b left join audit.feed_tick t on t.tick = b.tick;
  heads := (
    select coalesce(jsonb_object_agg(w.tenant, jsonb_build_array(coalesce(h.sequence, 0), coalesce(h.tick, 0), coalesce(o.sequence, 0), coalesce(a.sequence, 0))), '{}')
      from unnest(tenants) w (tenant)
      left join audit.feed_head h on h.tenant = w.tenant
      left join audit.execution_head o on o.tenant_hk = script_tracking.tenant_key(w.tenant)
      left join audit.alert_head a on a.tenant = w.tenant);
end
$$;

do $$
declare
  t text;
begin
  foreach t in array array['audit.execution_rollup', 'audit.execution_counted'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s for select to whence_app, whence_source
      using (tenant_hk = script_tracking.tenant_key(nullif(current_setting(''app.tenant'', true), '''')))', t);
    execute format('create policy all_tenants on %s for select to whence_worker using (true)', t);
    execute format('grant select on %s to whence_app, whence_worker', t);
  end loop;
end
$$;
revoke all on function script_tracking.unplaced(bytea, pg_snapshot, pg_snapshot, integer), script_tracking.count_versions(audit.execution_position[]),
  script_tracking.roll_up(bigint, integer) from public;

-- The operations that are there already.
do $$
begin
  loop
    perform script_tracking.roll_up(1, 100000);
    exit when not exists (select from audit.execution_head h join audit.execution_counted c on c.tenant_hk = h.tenant_hk where h.sequence > c.sequence);
  end loop;
end
$$;
