-- role: login
set local role whence_owner;

-- As before (0006). A run id of another form is refused in words instead of by the name of a constraint.
create or replace function audit.start_run(name text, run_id text default null, reason text default null, reason_code text default null,
  reference text default null, event_prefix text default 'BATCH', details jsonb default null, "user" text default null)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  tenant text := audit.session_tenant();
  id text := coalesce(run_id, audit.generate_run_id());
  actor text := coalesce("user", nullif(current_setting('audit.actor', true), ''), session_user);
begin
  if coalesce(name, '') = '' then
    raise exception 'A run needs a name.' using errcode = 'invalid_parameter_value';
  end if;
  if id !~ '^run_[0-9]{8}_[0-9]{6}_[0-9a-f]{8}$' then
    raise exception 'A run id is run_YYYYMMDD_HHMMSS_ and eight hexadecimal digits.' using errcode = 'invalid_parameter_value',
      hint = 'Leave it out, or take audit.generate_run_id().';
  end if;
  insert into audit.run as r (tenant, run_id, name, event_prefix, started_at, actor, actor_kind, reason, reason_code, reference)
    values (tenant, id, name, event_prefix,
      coalesce(audit.claimed('audit.occurred_at')::timestamptz, statement_timestamp()), actor, nullif(current_setting('audit.actor_kind', true), ''),
      reason, reason_code, reference);
  perform audit.write_event(event_prefix || '_START', jsonb_build_object('name', name) || coalesce(details, '{}'), tenant, null, null, null, actor, id, reason, reason_code, reference, null);
  return id;
exception when unique_violation then
  raise exception 'The run % exists already.', id using errcode = 'unique_violation';
end
$$;
