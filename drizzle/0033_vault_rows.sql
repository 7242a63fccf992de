-- The names under which SQL users look for the indexes of the audit log, which are those of the table behind it.
alter index if exists audit.entry_run rename to idx_audit_log_run_id;
alter index if exists audit.entry_occurred rename to idx_audit_log_timestamp;

-- Figures of the whole vault for /metrics, no row of anybody: of the last hour, and what has been running since then or for up to a day.
create function script_tracking.figures(out started bigint, out failed bigint, out slowest_ms integer, out running bigint, out not_captured integer)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) filter (where s.execution_timestamp >= now() - interval '1 hour'),
         count(*) filter (where s.execution_timestamp >= now() - interval '1 hour' and s.execution_status = 'FAILED'),
         coalesce(max(s.execution_duration_ms) filter (where s.execution_timestamp >= now() - interval '1 hour'), 0),
         count(*) filter (where s.execution_status = 'RUNNING'),
         (select count(*)::integer from unnest(array['et_ddl_command_start', 'et_ddl_command_end', 'et_sql_drop']) wanted
           where not exists (select from pg_event_trigger where evtname = wanted and evtenabled <> 'D'))
    from script_tracking.script_execution_s s
   where s.load_end_date is null and s.execution_timestamp >= now() - interval '1 day'
$$;
revoke all on function script_tracking.figures() from public;
grant execute on function script_tracking.figures() to whence_app, whence_worker;
