-- Files that are made in the background and got within an hour. The server writes them through its own right: they are no part of the trail.
create table access.export (
  tenant text not null,
  id uuid not null default gen_random_uuid(),
  format text not null,
  status text not null default 'PENDING' check (status in ('PENDING', 'RUNNING', 'READY', 'FAILED', 'EXPIRED')),
  progress real not null default 0,
  is_personal boolean not null,
  file_name text,
  byte_size bigint,
  sha256 text,
  manifest jsonb,
  error_message text,
  actor text not null,
  created_at timestamptz not null default clock_timestamp(),
  touched_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  primary key (tenant, id)
);
comment on table access.export is 'Files made in the background: what was asked for, how far it is, and for how long it is there.';
comment on column access.export.touched_at is 'When its server last said that it works on it: one that has been silent for two minutes is gone.';
comment on column access.export.is_personal is 'Whether people are named in it: who may not see them may not have it.';
create index export_created on access.export (tenant, created_at, id);
alter table access.export enable row level security;
create policy one_tenant on access.export to whence_app using (tenant = nullif(current_setting('app.tenant', true), ''));
grant select, insert, update, delete on access.export to whence_app;

-- What follows does what it did before, at less cost.

-- Tenants that have entries or own a tracked table: up to three of them, which tells none, one and several apart. Unlike audit.tenants() it looks at
-- two ends of an index by a plan that is kept.
create function audit.some_tenants() returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return (select coalesce(array_agg(distinct k.tenant), '{}') from (
    (select e.tenant from audit.entry e where e.tenant > '' order by e.tenant limit 1) union all
    (select e.tenant from audit.entry e where e.tenant > '' order by e.tenant desc limit 1) union all
    (select t.tenant from audit.tracked_table t where t.tenant > '' order by t.tenant limit 1) union all
    (select t.tenant from audit.tracked_table t where t.tenant > '' order by t.tenant desc limit 1)) k);
end
$$;
revoke all on function audit.some_tenants() from public;

create or replace function audit.session_tenant() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  known text[];
begin
  if nullif(current_setting('app.tenant', true), '') is not null then
    return current_setting('app.tenant');
  end if;
  known := audit.some_tenants();
  if cardinality(known) > 1 then
    raise exception 'It is not said whose data this is.' using errcode = 'invalid_parameter_value',
      hint = 'There are several tenants: set local app.tenant = ''...'';';
  end if;
  return coalesce(known[1], (select value from audit.setting where name = 'default_tenant'));
end
$$;

create or replace function script_tracking.quiet_tenant() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  known text[];
begin
  if nullif(current_setting('app.tenant', true), '') is not null then
    return current_setting('app.tenant');
  end if;
  known := audit.some_tenants();
  return case when cardinality(known) > 1 then '' else coalesce(known[1], (select value from audit.setting where name = 'default_tenant')) end;
end
$$;

-- Its statement is written here once instead of by every call; a migration that changes audit.context_columns() writes it again.
do $migration$
declare
  context record := audit.context_list(false, array['operation_name', 'details', 'actor', 'run_id', 'reason', 'reason_code', 'reference']);
begin
  execute format($function$
create or replace function audit.write_event(
  operation_name text, details jsonb, tenant text, table_key integer, record_key text, entity_key text,
  actor text, run_id text, reason text, reason_code text, reference text, reason_for bigint
) returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  own_reason text := coalesce(reason, nullif(current_setting('audit.reason', true), ''));
  new_id bigint;
begin
  if coalesce(operation_name, '') = '' then
    raise exception 'An event needs a name.' using errcode = 'invalid_parameter_value';
  end if;
  insert into audit.entry (operation, operation_name, details, tenant, table_key, record_key, entity_key, actor, run_id, reason, reason_code,
      reference, reason_source, reason_for, %s)
    values ('EVENT', write_event.operation_name, write_event.details, write_event.tenant, write_event.table_key, write_event.record_key, write_event.entity_key,
      write_event.actor, coalesce(write_event.run_id, nullif(current_setting('audit.run_id', true), '')), own_reason,
      coalesce(write_event.reason_code, nullif(current_setting('audit.reason_code', true), '')),
      coalesce(write_event.reference, nullif(current_setting('audit.reference', true), '')),
      case when own_reason is not null then 'CALLER' end, write_event.reason_for, %s) returning id into new_id;
  return new_id;
end
$body$ $function$, context.names, context.expressions);
end
$migration$;

-- The current version is the newest of its key: found by the primary key (|| keeps other indexes away), whatever the planner
-- knows of tenants.
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
  -- Of two at once the second waits here, and then finds that the first has ended this version.
  select * into state from script_tracking.script_execution_s s
   where s.script_execution_hk = execution_hk and s.tenant_hk || '' = of_tenant order by s.load_date desc limit 1 for no key update;
  if state.execution_status is distinct from 'RUNNING' or state.load_end_date is not null then
    return false;
  end if;
  state.completed_at := clock_timestamp();
  update script_tracking.script_execution_s s set load_end_date = greatest(state.completed_at, s.load_date + interval '1 microsecond')
   where s.script_execution_hk = execution_hk and s.load_date = state.load_date returning s.load_end_date into state.load_date;
  state.version_number := state.version_number + 1;
  state.execution_status := case when coalesce(success, false) then 'COMPLETED' else 'FAILED' end;
  state.execution_duration_ms := least(round(extract(epoch from state.completed_at - state.execution_timestamp) * 1000), 2147483647);
  state.error_message := left(error_message, 10000);
  state.metadata := state.metadata || coalesce(script_tracking.without_secrets(metadata), '{}');
  perform script_tracking.add_version(state);
  return true;
end
$$;

-- Each check looks by its own index; before, all operations were gathered first.
create or replace function script_tracking.get_system_health()
returns table (check_name text, status text, detail text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with missing as (
    select array(select wanted from unnest(array['et_ddl_command_start', 'et_ddl_command_end', 'et_sql_drop']) wanted
      where not exists (select from pg_event_trigger where evtname = wanted and evtenabled <> 'D')) as names
  ), recent as (
    select count(*) as total, count(*) filter (where s.execution_status = 'FAILED') as failed from script_tracking.script_execution_s s
     where s.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) and s.load_end_date is null and s.execution_timestamp >= now() - interval '1 hour'
  ), stuck as (
    select count(*) as total, min(s.execution_timestamp) as since from script_tracking.script_execution_s s
     where s.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) and s.load_end_date is null
       and s.execution_status = 'RUNNING' and s.execution_timestamp < now() - interval '1 day'
  )
  select 'ddl_capture', case when names = '{}' then 'OK' else 'DEGRADED' end,
         case when names = '{}' then 'DDL is captured by event triggers.'
           else 'No event trigger ' || array_to_string(names, ', ') || ': DDL is not captured (a superuser makes them: whence migrate). The rest works.' end from missing
  union all
  select 'failures', case when failed = 0 then 'OK' else 'DEGRADED' end, format('%s of %s operations of the last hour failed.', failed, total) from recent
  union all
  select 'running', case when total = 0 then 'OK' else 'DEGRADED' end,
         case when total = 0 then 'No operation has run for more than a day.' else format('%s operations have run for more than a day, the oldest since %s.', total, audit.instant(since)) end from stuck
$$;

-- The trail under the name and with the columns that SQL users know, of the session's tenant. It reads with the rights of who asks.
create view audit.audit_log with (security_invoker = true) as
  select e.id as audit_id, e.occurred_at as "timestamp", coalesce(e.operation_name, e.operation) as operation, coalesce(e.entity_key, e.record_key) as sku,
      coalesce(e.details ->> 'text', nullif(concat_ws(' -> ', e.before, e.after), ''), e.details::text) as details, coalesce(e.actor, e.db_user) as "user", e.run_id::text as run_id
    from audit.entry e where e.tenant = nullif(current_setting('app.tenant', true), '');
comment on view audit.audit_log is 'The trail of the session''s tenant (app.tenant) as an audit log; get_audit_log filters it.';
