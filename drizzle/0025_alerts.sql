-- What follows the ticks besides entries: the versions of the vault's operations in one order, and alerts in the order in which they are found.

create index idx_script_execution_s_transaction on script_tracking.script_execution_s (xid);

-- Up to which tick the versions of operations have their positions. Whoever locks the row gives the next ones.
create table audit.execution_placed (
  one boolean primary key default true check (one),
  epoch integer,
  tick bigint,
  snapshot pg_snapshot
);
insert into audit.execution_placed default values;

create table audit.execution_head (
  tenant_hk bytea primary key,
  sequence bigint not null
);
comment on table audit.execution_head is 'Newest position of each tenant.';

create table audit.execution_position (
  tenant_hk bytea not null,
  sequence bigint not null,
  tick bigint not null,
  script_execution_hk bytea not null,
  load_date timestamptz not null,
  primary key (tenant_hk, sequence)
);
create unique index execution_position_version on audit.execution_position (script_execution_hk, load_date);
comment on table audit.execution_position is 'The order of the versions of a tenant''s operations: by tick, then by load date.';

create table audit.alert_head (
  tenant text primary key,
  sequence bigint not null default 0,
  judged bigint not null default 0,
  free_at timestamptz not null default '-infinity'
);
comment on table audit.alert_head is 'Newest alert of each tenant. Whoever locks the row gives the next ones.';
comment on column audit.alert_head.judged is 'Position of the entry up to which anomalies were looked for.';
comment on column audit.alert_head.free_at is 'Nobody looks before: somebody does, or has just done so.';

create table audit.alert (
  tenant text not null,
  sequence bigint not null,
  raised_at timestamptz not null,
  kind text not null check (kind in ('ANOMALY', 'EXECUTION', 'HEALTH')),
  finding bytea not null,
  score double precision,
  facts jsonb not null,
  primary key (tenant, sequence)
);
create unique index alert_finding on audit.alert (finding, tenant);
create index alert_raised on audit.alert (tenant, raised_at, sequence);
comment on table audit.alert is 'What was found to need attention, each finding once.';
comment on column audit.alert.finding is 'SHA-256 of what makes a finding the same as another.';
comment on column audit.alert.score is 'Of an anomaly.';
comment on column audit.alert.facts is 'ANOMALY: what departs from what. EXECUTION: {execution}, its hash key. HEALTH: {name, status, detail}.';

create table audit.health_state (
  name text primary key,
  is_well boolean not null,
  since timestamptz not null
);
comment on table audit.health_state is 'How the checks of the installation last ended, so that a fault is told when it begins.';

-- Findings are [{finding, score, facts}]; those that were raised before are left out. Gives how many are new. The head stays locked to the
-- end of the transaction, so alerts become visible in the order of their numbers.
create function audit.raise_alerts(of_tenant text, of_kind text, findings jsonb) returns integer language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  last bigint;
  raised integer;
begin
  insert into audit.alert_head (tenant) values (of_tenant) on conflict do nothing;
  select h.sequence into last from audit.alert_head h where h.tenant = of_tenant for update;
  insert into audit.alert (tenant, sequence, raised_at, kind, finding, score, facts)
    select of_tenant, last + row_number() over (order by f.nth), clock_timestamp(), of_kind, f.finding, f.score, f.facts
      from (select distinct on (key.finding) key.finding, (told ->> 'score')::float8 as score, told -> 'facts' as facts, nth
              from jsonb_array_elements(findings) with ordinality given (told, nth)
             cross join lateral (select sha256(convert_to(told ->> 'finding', 'UTF8')) as finding) key
             order by key.finding, nth) f
     where not exists (select from audit.alert a where a.finding = f.finding and a.tenant = of_tenant);
  get diagnostics raised = row_count;
  update audit.alert_head h set sequence = last + raised where h.tenant = of_tenant and raised > 0;
  return raised;
end
$$;

-- Positions for the versions that the newest tick sees and the last one placed did not, at most `most`; nothing is done where that one is known
-- to be placed. Each version commits after the one it follows, and has a later load date, so an operation never ends before it begins. One
-- that failed is an alert, unless it is history.
create function script_tracking.place_versions(known_tick bigint, most integer) returns void language plpgsql
set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
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
  if last.epoch is distinct from newest.epoch or last.tick > newest.tick then
    -- Restored: transaction ids of another cluster say nothing here, so whatever has no position is taken.
    fresh := array(
      select row(s.tenant_hk, 0, newest.tick, s.script_execution_hk, s.load_date)::audit.execution_position
        from script_tracking.script_execution_s s
       where not exists (select from audit.execution_position p where p.script_execution_hk = s.script_execution_hk and p.load_date = s.load_date)
       order by s.load_date, s.script_execution_hk limit most);
  else
    fresh := array(
      select row(s.tenant_hk, 0, newest.tick, s.script_execution_hk, s.load_date)::audit.execution_position
        from audit.xid_ranges(last.snapshot, newest.snapshot) r
        join script_tracking.script_execution_s s on s.xid > r.above and s.xid < r.below
       where not exists (select from audit.execution_position p where p.script_execution_hk = s.script_execution_hk and p.load_date = s.load_date)
       order by s.load_date, s.script_execution_hk limit most);
  end if;
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

-- What cleanup_old_data takes away has no place in the order and needs no attention any more.
create function script_tracking.forget_versions() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from audit.execution_position p using gone g where p.script_execution_hk = g.script_execution_hk and p.load_date = g.load_date;
  delete from audit.alert a using (select distinct script_execution_hk from gone) g
   where a.finding = sha256(convert_to('EXECUTION|' || encode(g.script_execution_hk, 'hex'), 'UTF8'));
  return null;
end
$$;
create trigger forget_versions after delete on script_tracking.script_execution_s referencing old table as gone
  for each statement execute function script_tracking.forget_versions();

-- The tenant that has waited longest for somebody to look at its new entries, those of positions above `above` up to `up_to`; it is left to
-- the caller for so long. Null: none is due; `due_in` says in how many seconds one is, null when nothing is new.
create function audit.next_to_judge(lease interval, out tenant text, out above bigint, out up_to bigint, out as_of timestamptz, out due_in double precision)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  as_of := clock_timestamp();
  if pg_is_in_recovery() then
    return;
  end if;
  insert into audit.alert_head (tenant) select h.tenant from audit.feed_head h
    where not exists (select from audit.alert_head a where a.tenant = h.tenant) on conflict do nothing;
  select a.tenant, a.judged, h.sequence into tenant, above, up_to from audit.alert_head a join audit.feed_head h on h.tenant = a.tenant
   where h.sequence > a.judged and a.free_at <= as_of order by a.free_at, a.tenant limit 1 for update of a skip locked;
  if tenant is not null then
    update audit.alert_head a set free_at = as_of + lease where a.tenant = next_to_judge.tenant;
  end if;
  due_in := (select extract(epoch from min(a.free_at) - as_of) from audit.alert_head a join audit.feed_head h on h.tenant = a.tenant where h.sequence > a.judged);
end
$$;

-- Raises what was found in the session's tenant above a position, unless somebody else has judged the same entries meanwhile: then null.
create function audit.note_judged(above bigint, up_to bigint, findings jsonb, pause interval) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  of_tenant text := nullif(current_setting('app.tenant', true), '');
  raised integer;
begin
  perform from audit.alert_head h where h.tenant = of_tenant and h.judged = note_judged.above for update;
  if not found then
    return null;
  end if;
  raised := audit.raise_alerts(of_tenant, 'ANOMALY', findings);
  update audit.alert_head h set judged = note_judged.up_to, free_at = clock_timestamp() + pause where h.tenant = of_tenant;
  return raised;
end
$$;

-- Takes down how checks ended, [{name, isWell, detail}]. One that was well until now and is not is an alert for every tenant.
create function audit.note_health(checks jsonb) returns integer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  given record;
  state audit.health_state;
  of_tenant text;
  raised integer := 0;
begin
  if pg_is_in_recovery() then
    return 0;
  end if;
  for given in select c ->> 'name' as name, (c ->> 'isWell')::boolean as is_well, c ->> 'detail' as detail from jsonb_array_elements(checks) c order by 1 loop
    insert into audit.health_state (name, is_well, since) values (given.name, true, clock_timestamp()) on conflict do nothing;
    update audit.health_state h set is_well = given.is_well, since = clock_timestamp()
     where h.name = given.name and h.is_well <> given.is_well returning h.* into state;
    continue when not found or given.is_well;
    for of_tenant in select h.tenant from audit.feed_head h order by h.tenant loop
      raised := raised + audit.raise_alerts(of_tenant, 'HEALTH', jsonb_build_array(jsonb_build_object(
        'finding', jsonb_build_array('HEALTH', state.name, state.since)::text,
        'facts', jsonb_build_object('name', given.name, 'status', 'DEGRADED', 'detail', coalesce(given.detail, '')))));
    end loop;
  end loop;
  return raised;
end
$$;

-- As before (0017), and also for versions of operations.
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
      join audit.entry e on e.xid > r.above and e.xid < r.below
     where e.id > now_epoch.last_entry_id_before
     group by e.tenant;
  known_tick := taken.tick;
  known := taken.snapshot;
end
$$;

-- As before (0018), and positions for operations too. `heads` is {tenant: [sequence and tick of entries, sequence of operations, of alerts]}.
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
  foreach t in array array['audit.alert', 'audit.alert_head'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s for select to whence_app, whence_source
      using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    execute format('create policy all_tenants on %s for select to whence_worker using (true)', t);
    execute format('grant select on %s to whence_app, whence_worker', t);
  end loop;
  foreach t in array array['audit.execution_head', 'audit.execution_position'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s for select to whence_app, whence_source
      using (tenant_hk = script_tracking.tenant_key(nullif(current_setting(''app.tenant'', true), '''')))', t);
    execute format('create policy all_tenants on %s for select to whence_worker using (true)', t);
    execute format('grant select on %s to whence_app, whence_worker', t);
  end loop;
end
$$;
revoke all on function audit.raise_alerts(text, text, jsonb), script_tracking.place_versions(bigint, integer),
  script_tracking.forget_versions(), audit.next_to_judge(interval), audit.note_judged(bigint, bigint, jsonb, interval), audit.note_health(jsonb) from public;
grant execute on function audit.next_to_judge(interval), audit.note_judged(bigint, bigint, jsonb, interval), audit.note_health(jsonb) to whence_app, whence_worker;

-- What is there already is no news.
insert into audit.alert_head (tenant, judged) select tenant, sequence from audit.feed_head;
do $$
declare
  newest bigint := (select max(tick) from audit.feed_tick);
begin
  while exists (select from audit.execution_placed p where p.tick is distinct from newest) loop
    perform script_tracking.place_versions(newest, 100000);
  end loop;
end
$$;
