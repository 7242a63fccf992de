-- What SQL users call: run ids, application events, batches, and the trail in the shapes they know.

-- The tenant of a session: `app.tenant`, else the only tenant there is.
create function audit.session_tenant() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  known text[];
begin
  if nullif(current_setting('app.tenant', true), '') is not null then
    return current_setting('app.tenant');
  end if;
  known := array(select audit.tenants());
  if cardinality(known) > 1 then
    raise exception 'It is not said whose data this is.' using errcode = 'invalid_parameter_value',
      hint = 'There are several tenants: set local app.tenant = ''...'';';
  end if;
  return coalesce(known[1], (select value from audit.setting where name = 'default_tenant'));
end
$$;

-- run_YYYYMMDD_HHMMSS_<8 hex digits>, UTC: sorts by time, and no two alike.
create function audit.generate_run_id() returns text language sql volatile set search_path = pg_catalog, pg_temp as $$
  select 'run_' || to_char(clock_timestamp() at time zone 'UTC', 'YYYYMMDD_HH24MISS') || '_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 8)
$$;

-- Writes one entry that is no row change. Everything not given is taken from the transaction's context (audit.begin).
create function audit.write_event(
  operation_name text, details jsonb, tenant text, table_key integer, record_key text, entity_key text,
  actor text, run_id text, reason text, reason_code text, reference text, reason_for bigint
) returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  context record := audit.context_list(false, array['operation_name', 'details', 'actor', 'run_id', 'reason', 'reason_code', 'reference']);
  id bigint;
begin
  if coalesce(operation_name, '') = '' then
    raise exception 'An event needs a name.' using errcode = 'invalid_parameter_value';
  end if;
  execute format('insert into audit.entry (operation, operation_name, details, tenant, table_key, record_key, entity_key, actor, run_id, reason, reason_code,
      reference, reason_source, reason_for, %s)
    select ''EVENT'', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, case when $9 is not null then ''CALLER'' end, $12, %s returning id', context.names, context.expressions)
    into id
    using operation_name, details, tenant, table_key, record_key, entity_key, actor,
      coalesce(run_id, nullif(current_setting('audit.run_id', true), '')),
      coalesce(reason, nullif(current_setting('audit.reason', true), '')),
      coalesce(reason_code, nullif(current_setting('audit.reason_code', true), '')),
      coalesce(reference, nullif(current_setting('audit.reference', true), '')), reason_for;
  return id;
end
$$;
revoke all on function audit.write_event(text, jsonb, text, integer, text, text, text, text, text, text, text, bigint) from public;

-- Writes an application event about a row of a tracked table, or about none. Who, why and from where come from the transaction's context.
create function audit.record_event(operation_name text, details jsonb default null, table_key integer default null, record_key text default null,
  entity_key text default null, run_id text default null)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  of_tenant text := audit.session_tenant();
begin
  if record_event.table_key is not null and not exists (
    select from audit.tracked_table t where t.table_key = record_event.table_key and (t.tenant is null or t.tenant = of_tenant)) then
    raise exception 'There is no tracked table %.', record_event.table_key using errcode = 'no_data_found';
  end if;
  return audit.write_event(record_event.operation_name, record_event.details, of_tenant, record_event.table_key, record_event.record_key,
    record_event.entity_key, nullif(current_setting('audit.actor', true), ''), record_event.run_id, null, null, null, null);
end
$$;

-- Details are any text; a JSON object is kept as one. The time is the database's. Returns the id of the entry.
create function audit.log_event(operation text, details text default '', sku text default null, "user" text default null, run_id text default null)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  of_tenant text := audit.session_tenant();
  given jsonb;
  product record;
begin
  begin
    given := nullif(log_event.details, '')::jsonb;
  exception when data_exception then
    given := null;
  end;
  if jsonb_typeof(given) is distinct from 'object' and nullif(log_event.details, '') is not null then
    given := jsonb_build_object('text', log_event.details);
  end if;
  select t.table_key, (select p.id::text from commerce.products p where p.tenant = of_tenant and p.sku = log_event.sku) as id into product
    from audit.tracked_table t where t.table_name = 'commerce.products' and log_event.sku is not null;
  return audit.write_event(log_event.operation, given, of_tenant, product.table_key, product.id, log_event.sku,
    coalesce(log_event."user", nullif(current_setting('audit.actor', true), ''), 'system'), log_event.run_id, null, null, null, null);
end
$$;

-- Appends a reason to an entry: an entry of its own, both are kept. Returns its id.
create function audit.add_reason(entry bigint, reason text, reason_code text default null, reference text default null)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  of_tenant text := audit.session_tenant();
  target audit.entry;
begin
  if coalesce(add_reason.reason, '') = '' then
    raise exception 'A reason needs a text.' using errcode = 'invalid_parameter_value';
  end if;
  select * into target from audit.entry e where e.tenant = of_tenant and e.id = add_reason.entry;
  if target.id is null then
    raise exception 'There is no entry %.', entry using errcode = 'no_data_found';
  end if;
  return audit.write_event('REASON_ADDED', null, of_tenant, target.table_key, target.record_key, target.entity_key,
    coalesce(nullif(current_setting('audit.actor', true), ''), session_user), null, add_reason.reason, add_reason.reason_code, add_reason.reference, target.id);
end
$$;

-- Opens a batch: its row, and the entry <PREFIX>_START. Returns the run id.
create function audit.start_run(name text, run_id text default null, reason text default null, reason_code text default null, reference text default null,
  event_prefix text default 'BATCH', details jsonb default null, "user" text default null)
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

-- Closes a batch: its status, and the entry <PREFIX>_END.
create function audit.finish_run(run_id text, status text default 'SUCCEEDED', details jsonb default null, "user" text default null)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  tenant text := audit.session_tenant();
  prefix text;
begin
  if coalesce(status, '') not in ('SUCCEEDED', 'FAILED', 'ABANDONED') then
    raise exception 'A run ends SUCCEEDED, FAILED or ABANDONED, not %.', coalesce(status, 'null') using errcode = 'invalid_parameter_value';
  end if;
  update audit.run r set status = finish_run.status, finished_at = coalesce(audit.claimed('audit.occurred_at')::timestamptz, statement_timestamp())
   where r.tenant = tenant and r.run_id = finish_run.run_id and r.status = 'RUNNING' returning r.event_prefix into prefix;
  if prefix is null then
    if exists (select from audit.run r where r.tenant = tenant and r.run_id = finish_run.run_id) then
      raise exception 'The run % has ended already.', run_id using errcode = 'object_not_in_prerequisite_state';
    end if;
    raise exception 'There is no open run %.', run_id using errcode = 'no_data_found';
  end if;
  perform audit.write_event(prefix || '_END', jsonb_build_object('status', status) || coalesce(details, '{}'), tenant, null, null, null,
    coalesce("user", nullif(current_setting('audit.actor', true), ''), session_user), run_id, null, null, null, null);
end
$$;

-- The trail, newest first, in the shape SQL users know. `offset` is for compatibility: it costs what it skips.
create function audit.get_audit_log(sku text default null, operation text default null, run_id text default null, "limit" integer default 100, "offset" integer default 0)
returns table (audit_id bigint, "timestamp" timestamptz, operation text, sku text, details text, "user" text, run_id text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select e.id, e.occurred_at, coalesce(e.operation_name, e.operation), coalesce(e.entity_key, e.record_key),
         coalesce(e.details ->> 'text', nullif(concat_ws(' -> ', e.before, e.after), ''), e.details::text),
         coalesce(e.actor, e.db_user), e.run_id
    from audit.entry e
   where e.tenant = audit.session_tenant()
     and ($1 is null or e.entity_key = $1 or (e.entity_key is null and e.record_key = $1))
     and ($2 is null or e.operation_name = $2 or (e.operation_name is null and e.operation = $2))
     and ($3 is null or e.run_id = $3)
   order by e.id desc limit greatest($4, 0) offset greatest($5, 0)
$$;

-- {run_id, event_count, events (oldest first), start_time, end_time, duration_seconds}; an unknown run has no events and is no error.
create function audit.get_batch_operations(run_id text) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object('run_id', $1, 'event_count', count(*),
      'events', coalesce(jsonb_agg(jsonb_build_object('audit_id', e.id, 'timestamp', audit.instant(e.occurred_at), 'operation', coalesce(e.operation_name, e.operation),
        'sku', coalesce(e.entity_key, e.record_key), 'details', coalesce(e.details ->> 'text', nullif(concat_ws(' -> ', e.before, e.after), ''), e.details::text),
        'user', coalesce(e.actor, e.db_user), 'run_id', e.run_id) order by e.id), '[]'),
      'start_time', audit.instant(min(e.occurred_at)), 'end_time', audit.instant(max(e.occurred_at)),
      'duration_seconds', coalesce(round(extract(epoch from max(e.occurred_at) - min(e.occurred_at)), 6), 0)::double precision)
    from audit.entry e where e.tenant = audit.session_tenant() and e.run_id = $1
$$;
