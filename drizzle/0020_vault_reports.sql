-- What is asked of the vault in SQL, for the session's tenant. They run with the caller's rights: row level security holds.

create function script_tracking.get_execution_history(days integer default 7)
returns table (script_execution_hk bytea, script_execution_bk varchar, script_name varchar, script_type varchar, execution_status varchar,
  execution_timestamp timestamptz, execution_duration_ms integer, db_session_user varchar, client_ip inet, affected_objects text[], error_message text, version_number bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.script_execution_hk, c.script_execution_bk, c.script_name, c.script_type, c.execution_status, c.execution_timestamp, c.execution_duration_ms,
         c.db_session_user, c.client_ip, c.affected_objects, c.error_message, c.version_number
    from script_tracking.current_script_execution c
   where c.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) and c.execution_timestamp >= now() - $1 * interval '1 day'
   order by c.execution_timestamp desc, c.script_execution_hk desc
$$;

create function script_tracking.get_recent_errors(hours integer default 24)
returns table (script_execution_hk bytea, script_name varchar, script_type varchar, execution_timestamp timestamptz, execution_duration_ms integer,
  db_session_user varchar, error_message text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.script_execution_hk, c.script_name, c.script_type, c.execution_timestamp, c.execution_duration_ms, c.db_session_user, c.error_message
    from script_tracking.current_script_execution c
   where c.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) and c.execution_status = 'FAILED'
     and c.execution_timestamp >= now() - $1 * interval '1 hour'
   order by c.execution_timestamp desc, c.script_execution_hk desc
$$;

-- Durations per operation and the change of their median against the same time before, in per cent.
create function script_tracking.get_performance_metrics(days integer default 30)
returns table (script_name varchar, script_type varchar, executions bigint, failed bigint, average_ms numeric, median_ms double precision, p95_ms double precision,
  p99_ms double precision, max_ms integer, trend_percent numeric)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with timed as (
    select s.script_name, s.script_type, s.execution_status, s.execution_duration_ms as ms, s.execution_timestamp >= now() - $1 * interval '1 day' as is_new
      from script_tracking.script_execution_s s
     where s.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) and s.load_end_date is null and s.execution_duration_ms is not null
       and s.execution_timestamp >= now() - 2 * $1 * interval '1 day')
  select t.script_name, t.script_type, count(*) filter (where is_new), count(*) filter (where is_new and execution_status = 'FAILED'),
         round(avg(ms) filter (where is_new), 3), percentile_cont(0.5) within group (order by ms) filter (where is_new),
         percentile_cont(0.95) within group (order by ms) filter (where is_new), percentile_cont(0.99) within group (order by ms) filter (where is_new),
         max(ms) filter (where is_new),
         round((100 * (percentile_cont(0.5) within group (order by ms) filter (where is_new)
           / nullif(percentile_cont(0.5) within group (order by ms) filter (where not is_new), 0) - 1))::numeric, 2)
    from timed t group by t.script_name, t.script_type having count(*) filter (where is_new) > 0
   order by 3 desc, t.script_name collate "C"
$$;

create function script_tracking.get_system_health()
returns table (check_name text, status text, detail text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with missing as (
    select array(select wanted from unnest(array['et_ddl_command_start', 'et_ddl_command_end', 'et_sql_drop']) wanted
      where not exists (select from pg_event_trigger where evtname = wanted and evtenabled <> 'D')) as names
  ), own as (
    select * from script_tracking.script_execution_s s where s.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) and s.load_end_date is null
  ), recent as (
    select count(*) as total, count(*) filter (where execution_status = 'FAILED') as failed from own where execution_timestamp >= now() - interval '1 hour'
  ), stuck as (
    select count(*) as total, min(execution_timestamp) as since from own where execution_status = 'RUNNING' and execution_timestamp < now() - interval '1 day'
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

-- Live figures of the last day, health and alerts: section OPERATIONS, TYPES, HEALTH or ALERTS.
create function script_tracking.get_enterprise_dashboard()
returns table (section text, metric text, value numeric, unit text, status text, detail text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with own as materialized (
    select s.script_type, s.execution_status, s.execution_duration_ms as ms, s.execution_timestamp from script_tracking.script_execution_s s
     where s.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) and s.load_end_date is null and s.execution_timestamp >= now() - interval '1 day'
  ), counted as (
    select count(*) as total, count(*) filter (where execution_status = 'COMPLETED') as completed, count(*) filter (where execution_status = 'FAILED') as failed,
           round(avg(ms), 3) as average, max(ms) as slowest, count(*) filter (where execution_status = 'FAILED' and execution_timestamp >= now() - interval '1 hour') as failed_now
      from own
  ), running as (
    select count(*) as total from script_tracking.script_execution_s s
     where s.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) and s.load_end_date is null and s.execution_status = 'RUNNING'
  )
  select v.* from counted c cross join running r cross join lateral (values
    ('OPERATIONS', 'total', c.total::numeric, 'operations', 'OK', 'of the last 24 hours'),
    ('OPERATIONS', 'completed', c.completed, 'operations', 'OK', 'of the last 24 hours'),
    ('OPERATIONS', 'failed', c.failed, 'operations', case when c.failed = 0 then 'OK' else 'DEGRADED' end, 'of the last 24 hours'),
    ('OPERATIONS', 'running', r.total, 'operations', 'OK', 'now'),
    ('OPERATIONS', 'success_rate', round(100.0 * c.completed / nullif(c.completed + c.failed, 0), 2), 'percent', 'OK', 'of those that ended'),
    ('OPERATIONS', 'average_duration', c.average, 'ms', 'OK', 'of those that ended'),
    ('OPERATIONS', 'slowest', c.slowest, 'ms', 'OK', 'of those that ended')) v
  union all
  (select 'TYPES', o.script_type, count(*), 'operations', 'OK', 'of the last 24 hours' from own o group by o.script_type order by 3 desc, 2 limit 50)
  union all
  select 'HEALTH', h.check_name, (h.status = 'OK')::integer, 'well', h.status, h.detail from script_tracking.get_system_health() h
  union all
  select 'ALERTS', 'failed_operations', c.failed_now, 'operations', 'DEGRADED', 'of the last hour' from counted c where c.failed_now > 0
$$;
