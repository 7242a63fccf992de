-- role: login
-- DDL is captured without configuration: one completed operation per command, written when the command ends, in its own transaction. A command that
-- fails takes its record back. Event triggers need a superuser; where they may not be made, everything else works and health says so.

create function script_tracking.is_told(schema_name text) returns boolean language sql immutable as $$
  select coalesce(schema_name, '') not in ('pg_temp', 'audit_capture') and coalesce(schema_name, '') not like 'pg\_temp\_%' and coalesce(schema_name, '') not like 'pg\_toast%'
$$;

-- Commands begin one inside the other (a function that makes a table while another is made): a stack, in a setting of the transaction.
create function script_tracking.event_trigger_ddl_start() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
begin
  perform set_config('script_tracking.ddl', (coalesce(nullif(current_setting('script_tracking.ddl', true), ''), '[]')::jsonb
    || jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'dropped', '[]'::jsonb)))::text, true);
end
$$;

create function script_tracking.event_trigger_sql_drop() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  stack jsonb := coalesce(nullif(current_setting('script_tracking.ddl', true), ''), '[]');
begin
  if stack = '[]' then
    return;
  end if;
  perform set_config('script_tracking.ddl', jsonb_set(stack, '{-1,dropped}', coalesce((
    select jsonb_agg(jsonb_build_object('type', d.object_type, 'identity', d.object_identity) order by d.nth)
      from (select *, row_number() over (order by not original) as nth from pg_event_trigger_dropped_objects() where not is_temporary and (original or normal)
              and script_tracking.is_told(schema_name) and object_type not in ('type', 'trigger', 'rule', 'default value', 'table constraint')) d
     where d.nth <= 1000), '[]'))::text, true);
end
$$;

create function script_tracking.event_trigger_ddl_end() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
#variable_conflict use_variable
declare
  stack jsonb := coalesce(nullif(current_setting('script_tracking.ddl', true), ''), '[]');
  ended timestamptz := clock_timestamp();
  dropped jsonb := coalesce(stack -> -1 -> 'dropped', '[]');
  around text;
  commands bigint;
  touched jsonb;
  of_tenant text;
  changed record;
  context record;
  state script_tracking.script_execution_s;
  key bytea;
begin
  perform set_config('script_tracking.ddl', (stack - (-1))::text, true);
  -- What capture does to keep up is no operation of anybody; migrations of our own are recorded as such.
  get diagnostics around = pg_context;
  if around like '%PL/pgSQL function audit.%' or (current_setting('script_tracking.ignored', true) = 'on' and pg_has_role(session_user, 'whence_owner', 'member')) then
    return;
  end if;
  select count(*), coalesce(jsonb_agg(distinct jsonb_build_object('type', c.object_type, 'identity', c.object_identity))
      filter (where c.object_identity is not null and not c.in_extension and script_tracking.is_told(c.schema_name)), '[]')
    into commands, touched from pg_event_trigger_ddl_commands() c;
  -- Nothing but temporary objects, our own trigger functions, or parts of an extension that is told as a whole; drops of such are empty altogether.
  if touched = '[]' and dropped = '[]' and (commands > 0 or tg_tag like 'DROP%')
     and not exists (select from pg_event_trigger_ddl_commands() c where c.object_identity is null and not c.in_extension) then
    return;
  end if;
  of_tenant := script_tracking.quiet_tenant();
  begin
    -- Of several objects the one that the command names: a table, not its index.
    state.script_name := tg_tag || coalesce(' ' || (select o ->> 'identity' from jsonb_array_elements(touched || dropped) with ordinality a (o, nth)
      order by o ->> 'type' <> lower(substring(tg_tag from '^[A-Z]+ (.*?)(?: AS)?$')), nth limit 1), '');
    state.script_type := 'DDL';
    state.execution_status := 'COMPLETED';
    state.execution_timestamp := least(coalesce((stack -> -1 ->> 'at')::timestamptz, statement_timestamp()), ended);
    state.completed_at := ended;
    state.execution_duration_ms := least(round(extract(epoch from ended - state.execution_timestamp) * 1000), 2147483647);
    state.affected_objects := array(select distinct o ->> 'identity' from jsonb_array_elements(touched || dropped) o order by 1 limit 1000);
    state.sql_command := script_tracking.without_literals(current_query());
    state.metadata := jsonb_build_object('tag', tg_tag, 'objects', touched) || case when dropped = '[]' then '{}' else jsonb_build_object('dropped', dropped) end;
    key := script_tracking.add_execution(of_tenant, null, state);
    -- Other columns of a tracked table are an entry of the trail, before the catalogue takes them in: what the transaction changes next has it as its cause.
    if tg_tag = 'ALTER TABLE' then
      for changed in
        select distinct t.table_key, t.schema_version, coalesce(t.tenant, of_tenant) as tenant
          from pg_event_trigger_ddl_commands() c join pg_trigger g on g.tgrelid = audit.parent_of(c.objid)
          join pg_proc p on p.oid = g.tgfoid and p.pronamespace = 'audit_capture'::regnamespace
          join audit.tracked_table t on t.table_key = substring(p.proname from '^t([0-9]+)_')::integer
         where c.classid = 'pg_class'::regclass and t.untracked_at is null and coalesce(t.tenant, of_tenant) <> '' and t.shape <> audit.shape_of(audit.parent_of(c.objid))
      loop
        context := audit.context_list(false, array['operation_name', 'details', 'run_id']);
        execute format('insert into audit.entry (operation, operation_name, details, tenant, table_key, schema_version, run_id, %s) select ''DDL'', $1, $2, $3, $4, $5, $6, %s', context.names, context.expressions)
          using tg_tag, jsonb_build_object('execution', encode(key, 'hex'), 'objects', to_jsonb(state.affected_objects)), changed.tenant, changed.table_key, changed.schema_version,
            nullif(current_setting('audit.run_id', true), '');
      end loop;
    end if;
  exception when others then
    raise warning 'The vault could not record %: %', tg_tag, sqlerrm; -- a change of the schema is never stopped by its record
  end;
end
$$;

alter function script_tracking.is_told(text) owner to whence_owner;
alter function script_tracking.event_trigger_ddl_start() owner to whence_owner;
alter function script_tracking.event_trigger_sql_drop() owner to whence_owner;
alter function script_tracking.event_trigger_ddl_end() owner to whence_owner;

do $$
begin
  create event trigger et_ddl_command_start on ddl_command_start execute function script_tracking.event_trigger_ddl_start();
  create event trigger et_sql_drop on sql_drop execute function script_tracking.event_trigger_sql_drop();
  create event trigger et_ddl_command_end on ddl_command_end execute function script_tracking.event_trigger_ddl_end();
exception when insufficient_privilege then
  raise notice 'No event trigger (it needs a superuser): DDL is not captured.';
end
$$;
