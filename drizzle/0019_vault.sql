-- The vault: operations on this database (migrations, imports, backups, DDL), each a hub row with versions of its state behind it, as Data Vault 2.0
-- has it. Names are those that users of such trackers know.
create schema script_tracking;
comment on schema script_tracking is 'The vault: which operations ran on this database, by whom, how long, and how they ended.';
grant usage on schema script_tracking to public;

create function script_tracking.tenant_key(tenant text) returns bytea
language sql immutable parallel safe as $$ select sha256(convert_to(tenant, 'UTF8')) $$;

create table script_tracking.script_execution_h (
  script_execution_hk bytea primary key,
  script_execution_bk varchar not null,
  tenant_hk bytea not null,
  load_date timestamptz not null default clock_timestamp(),
  record_source varchar not null
);
comment on table script_tracking.script_execution_h is 'Hub: one row per operation.';
comment on column script_tracking.script_execution_h.script_execution_hk is 'SHA-256 of tenant and business key.';
comment on column script_tracking.script_execution_h.tenant_hk is 'SHA-256 of the tenant; of the empty text where several tenants share what was done.';

create table script_tracking.script_execution_s (
  script_execution_hk bytea not null references script_tracking.script_execution_h,
  tenant_hk bytea not null,
  load_date timestamptz not null,
  load_end_date timestamptz,
  hash_diff bytea not null,
  version_number bigint not null,
  script_name varchar not null,
  script_type varchar not null,
  execution_status varchar not null,
  execution_timestamp timestamptz not null,
  completed_at timestamptz,
  execution_duration_ms integer,
  db_session_user varchar not null,
  client_ip inet,
  application varchar,
  session varchar,
  host_name varchar,
  actor varchar,
  actor_kind varchar,
  actor_role varchar,
  run_id varchar,
  request_id varchar,
  trace_parent varchar,
  xid xid8 not null,
  affected_objects text[] not null,
  sql_command text,
  error_message text,
  metadata jsonb not null,
  record_source varchar not null,
  primary key (script_execution_hk, load_date)
);
comment on table script_tracking.script_execution_s is 'Satellite: the versions of an operation''s state; only load_end_date is ever filled in later.';
comment on column script_tracking.script_execution_s.version_number is 'Counts the versions of one operation from 1.';
comment on column script_tracking.script_execution_s.sql_command is 'Without its literals; its first 4000 characters.';
comment on column script_tracking.script_execution_s.xid is 'Transaction that wrote the version: entries of the trail with the same one belong to it.';

create index idx_script_execution_s_tenant_status on script_tracking.script_execution_s (tenant_hk, execution_status) where load_end_date is null;
create index idx_script_execution_s_timestamp on script_tracking.script_execution_s (execution_timestamp desc);
create index idx_script_execution_s_type_status on script_tracking.script_execution_s (script_type, execution_status);
create index idx_script_execution_s_duration on script_tracking.script_execution_s (execution_duration_ms) where execution_duration_ms is not null;
-- In reading order: the newest of one tenant.
create index idx_script_execution_s_current on script_tracking.script_execution_s (tenant_hk, execution_timestamp, script_execution_hk) where load_end_date is null;

-- Rights refuse a rewrite, and so do triggers: only a version that is superseded gets its end, once. Old versions go through cleanup_old_data.
create function script_tracking.refuse_rewrite() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' and current_setting('script_tracking.cleaning', true) = 'on' then
    return old;
  end if;
  if tg_op = 'UPDATE' and tg_table_name = 'script_execution_s' then
    if old.load_end_date is null and new.load_end_date is not null then
      old.load_end_date := new.load_end_date;
      if old is not distinct from new then
        return new;
      end if;
    end if;
  end if;
  raise exception 'The vault is insert-only: % on %.% is refused.', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege', hint = 'A new state is a new version; script_tracking.cleanup_old_data(days) removes old ones.';
end
$$;
create trigger insert_only before update or delete on script_tracking.script_execution_h for each row execute function script_tracking.refuse_rewrite();
create trigger insert_only before update or delete on script_tracking.script_execution_s for each row execute function script_tracking.refuse_rewrite();
create trigger insert_only_truncate before truncate on script_tracking.script_execution_h for each statement execute function script_tracking.refuse_rewrite();
create trigger insert_only_truncate before truncate on script_tracking.script_execution_s for each statement execute function script_tracking.refuse_rewrite();

do $$
declare
  t text;
begin
  foreach t in array array['script_tracking.script_execution_h', 'script_tracking.script_execution_s'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s to whence_app, whence_source
      using (tenant_hk = script_tracking.tenant_key(nullif(current_setting(''app.tenant'', true), '''')))', t);
    execute format('create policy all_tenants on %s for select to whence_worker using (true)', t);
    execute format('grant select on %s to whence_app, whence_worker', t);
  end loop;
end
$$;

create view script_tracking.current_script_execution with (security_invoker = true) as
  select h.script_execution_bk, h.load_date as hub_load_date, s.*
    from script_tracking.script_execution_s s join script_tracking.script_execution_h h using (script_execution_hk, tenant_hk)
   where s.load_end_date is null;
comment on view script_tracking.current_script_execution is 'Each operation in its present state.';

create view script_tracking.script_execution_at with (security_invoker = true) as
  select h.script_execution_bk, h.load_date as hub_load_date, s.*
    from script_tracking.script_execution_s s join script_tracking.script_execution_h h using (script_execution_hk, tenant_hk)
    cross join (select coalesce(nullif(current_setting('script_tracking.point_in_time', true), '')::timestamptz, clock_timestamp()) as at offset 0) p
   where s.load_date <= p.at and (s.load_end_date is null or s.load_end_date > p.at);
comment on view script_tracking.script_execution_at is 'Each operation as the vault knew it at a point in time: set local script_tracking.point_in_time = ''2026-02-17 14:30:00+00''; now without it.';
grant select on script_tracking.current_script_execution, script_tracking.script_execution_at to whence_app, whence_worker;

-- Names and keys.
create function script_tracking.generate_unique_script_name(base_name varchar) returns varchar
language sql volatile set search_path = pg_catalog, pg_temp as $$
  select base_name || '_' || to_char(clock_timestamp() at time zone 'UTC', 'YYYYMMDD_HH24MISS_US') || '_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 8)
$$;

create function script_tracking.hash_of(tenant text, business_key text) returns bytea
language sql immutable parallel safe as $$ select sha256(convert_to(tenant || chr(31) || business_key, 'UTF8')) $$;

-- Of the session's tenant: the same business key of two tenants has two keys.
create function script_tracking.calculate_hash_key(business_key varchar) returns bytea
language sql stable set search_path = pg_catalog, pg_temp as $$ select script_tracking.hash_of(audit.session_tenant(), business_key) $$;

-- The text of a command without what it holds in literals and comments, where secrets are; names and numbers stay.
create function script_tracking.without_literals(command text) returns text
language plpgsql immutable strict set search_path = pg_catalog, pg_temp as $$
declare
  rest text := left(command, 4000);
  kept text := '';
  token text;
  ends integer;
begin
  while rest <> '' loop
    -- What begins here, the dangerous forms first; a form that does not end reaches to the end of the text.
    token := substring(rest from '^[^''"$/EeUuBbXxNn-]+');
    if token is not null then
      kept := kept || token;
    elsif rest ~ '^--' then
      token := substring(rest from '^--[^\n]*');
    elsif rest ~ '^/\*' then
      ends := position('*/' in substr(rest, 3));
      token := case when ends = 0 then rest else left(rest, ends + 3) end;
    elsif rest ~ '^\$([[:alpha:]_][[:alnum:]_]*)?\$' then
      token := substring(rest from '^\$[[:alnum:]_]*\$');
      ends := position(token in substr(rest, length(token) + 1));
      token := case when ends = 0 then rest else left(rest, 2 * length(token) + ends - 1) end;
      kept := kept || '?';
    elsif rest ~ '^"' then
      token := coalesce(substring(rest from '^"(?:[^"]|"")*"'), rest);
      kept := kept || token;
    elsif rest ~ '^[eE]''' then
      token := coalesce(substring(rest from '^[eE]''(?:[^''\\]|\\.|'''')*'''), rest);
      kept := kept || '?';
    elsif rest ~ '^([uU]&|[bBxXnN])?''' then
      token := coalesce(substring(rest from '^(?:[uU]&|[bBxXnN])?''(?:[^'']|'''')*'''), rest);
      kept := kept || '?';
    else
      -- A letter begins a whole word, so that the e of table is no prefix.
      token := coalesce(substring(rest from '^[[:alpha:]_][[:alnum:]_]*(?!\w|'')'), left(rest, 1));
      kept := kept || token;
    end if;
    rest := substr(rest, length(token) + 1);
  end loop;
  return btrim(kept, E' \t\r\n');
end
$$;

-- Values under names that say secret are not kept, at any depth.
create function script_tracking.without_secrets(said jsonb) returns jsonb
language plpgsql immutable strict set search_path = pg_catalog, pg_temp as $$
begin
  if said::text !~* 'pass|pwd|secret|token|key|credential|authorization|cookie' then
    return said;
  end if;
  return case jsonb_typeof(said)
    when 'object' then (select coalesce(jsonb_object_agg(name, case
        when name ~* 'pass(word|wd|phrase|code)?$|^pwd|secret|token|api_?key|private_?key|credential|^authorization$|cookie' and value <> 'null' then '"***"'
        else script_tracking.without_secrets(value) end), '{}') from jsonb_each(said) o (name, value))
    when 'array' then (select coalesce(jsonb_agg(script_tracking.without_secrets(value) order by nth), '[]') from jsonb_array_elements(said) with ordinality a (value, nth))
    else said end;
end
$$;

-- The tenant of what changes the database itself: it must never stop that, so where several tenants share it and nobody says whose it is, it is nobody's.
create function script_tracking.quiet_tenant() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  known text[];
begin
  if nullif(current_setting('app.tenant', true), '') is not null then
    return current_setting('app.tenant');
  end if;
  known := array(select audit.tenants());
  return case when cardinality(known) > 1 then '' else coalesce(known[1], (select value from audit.setting where name = 'default_tenant')) end;
end
$$;

-- Writes one version of a state; who and where from are the transaction's.
create function script_tracking.add_version(state script_tracking.script_execution_s) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  state.hash_diff := sha256(convert_to(jsonb_build_array(state.script_name, state.script_type, state.execution_status, audit.instant(state.execution_timestamp),
    audit.instant(state.completed_at), state.execution_duration_ms, state.run_id, state.affected_objects, state.sql_command, state.error_message, state.metadata)::text, 'UTF8'));
  state.xid := pg_current_xact_id();
  insert into script_tracking.script_execution_s values (state.*);
end
$$;

-- A new operation: its hub row and its first version. `business_key` null: made from name, time and chance. Null when the key is there already.
create function script_tracking.add_execution(tenant text, business_key text, state script_tracking.script_execution_s) returns bytea
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  own_key text := coalesce(business_key, script_tracking.generate_unique_script_name(state.script_name));
begin
  state.script_execution_hk := script_tracking.hash_of(tenant, own_key);
  state.tenant_hk := script_tracking.tenant_key(tenant);
  state.load_date := clock_timestamp();
  state.version_number := 1;
  state.db_session_user := session_user;
  state.client_ip := coalesce(nullif(current_setting('audit.client_ip', true), '')::inet, inet_client_addr());
  state.application := coalesce(nullif(current_setting('audit.application', true), ''), nullif(current_setting('application_name', true), ''));
  state.session := coalesce(nullif(current_setting('audit.session', true), ''), pg_backend_pid()::text);
  state.host_name := nullif(current_setting('audit.host_name', true), '');
  state.actor := nullif(current_setting('audit.actor', true), '');
  state.actor_kind := nullif(current_setting('audit.actor_kind', true), '');
  state.actor_role := nullif(current_setting('audit.role', true), '');
  state.run_id := coalesce(state.run_id, nullif(current_setting('audit.run_id', true), ''));
  state.request_id := nullif(current_setting('audit.request_id', true), '');
  state.trace_parent := nullif(current_setting('audit.trace_parent', true), '');
  state.affected_objects := coalesce(state.affected_objects, '{}');
  state.metadata := coalesce(state.metadata, '{}');
  state.record_source := coalesce(state.record_source, 'postgresql');
  insert into script_tracking.script_execution_h (script_execution_hk, script_execution_bk, tenant_hk, load_date, record_source)
    values (state.script_execution_hk, own_key, state.tenant_hk, state.load_date, state.record_source) on conflict do nothing;
  if not found then
    return null;
  end if;
  perform script_tracking.add_version(state);
  return state.script_execution_hk;
end
$$;

create function script_tracking.check_operation(script_name text, script_type text, metadata jsonb, run_id text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(btrim(script_name), '') = '' or coalesce(btrim(script_type), '') = '' then
    raise exception 'An operation needs a name and a type.' using errcode = 'invalid_parameter_value';
  end if;
  if jsonb_typeof(metadata) <> 'object' then
    raise exception 'Metadata is a JSON object.' using errcode = 'invalid_parameter_value';
  end if;
  if run_id !~ '^run_[0-9]{8}_[0-9]{6}_[0-9a-f]{8}$' then
    raise exception '% is no run id.', run_id using errcode = 'invalid_parameter_value', hint = 'audit.generate_run_id() makes one.';
  end if;
end
$$;

-- Begins an operation and gives its hash key. It is also an event of the trail, so that what changes later in the same transaction has it as its cause.
-- A transaction that fails takes its record back: to keep failures, call this and complete_operation on a connection of their own.
create function script_tracking.track_operation(script_name varchar, script_type varchar default 'OTHER', metadata jsonb default null, run_id text default null,
  sql_command text default null, affected_objects text[] default null)
returns bytea language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  of_tenant text := audit.session_tenant();
  state script_tracking.script_execution_s;
  key bytea;
begin
  perform script_tracking.check_operation(script_name, script_type, metadata, run_id);
  state.script_name := script_name;
  state.script_type := script_type;
  state.execution_status := 'RUNNING';
  state.execution_timestamp := clock_timestamp();
  state.run_id := run_id;
  state.affected_objects := affected_objects;
  state.sql_command := script_tracking.without_literals(sql_command);
  state.metadata := script_tracking.without_secrets(metadata);
  key := script_tracking.add_execution(of_tenant, null, state);
  perform audit.write_event('OPERATION_TRACKED', jsonb_build_object('name', script_name, 'type', script_type, 'execution', encode(key, 'hex')), of_tenant,
    null, null, null, nullif(current_setting('audit.actor', true), ''), run_id, null, null, null, null);
  return key;
end
$$;

-- Ends an operation that runs: the next version. False when there is none of this key that runs. Metadata is merged into what is there.
create function script_tracking.complete_operation(execution_hk bytea, success boolean, error_message text default null, metadata jsonb default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  state script_tracking.script_execution_s;
begin
  if jsonb_typeof(metadata) <> 'object' then
    raise exception 'Metadata is a JSON object.' using errcode = 'invalid_parameter_value';
  end if;
  select * into state from script_tracking.script_execution_s s
   where s.script_execution_hk = execution_hk and s.load_end_date is null and s.tenant_hk = script_tracking.tenant_key(audit.session_tenant()) for update;
  if state.execution_status is distinct from 'RUNNING' then
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

-- A finished operation of elsewhere, under a key and times of its own; for members of whence_source. False when it is there already.
create function script_tracking.import_operation(business_key varchar, script_name varchar, script_type varchar, execution_status varchar,
  execution_timestamp timestamptz, execution_duration_ms integer, record_source varchar, affected_objects text[] default null, error_message text default null,
  metadata jsonb default null, run_id text default null)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  state script_tracking.script_execution_s;
begin
  perform script_tracking.check_operation(script_name, script_type, metadata, run_id);
  if coalesce(execution_status, '') not in ('COMPLETED', 'FAILED', 'CANCELLED') then
    raise exception 'A finished operation is COMPLETED, FAILED or CANCELLED, not %.', coalesce(execution_status, 'null') using errcode = 'invalid_parameter_value';
  end if;
  state.script_name := script_name;
  state.script_type := script_type;
  state.execution_status := execution_status;
  state.execution_timestamp := execution_timestamp;
  state.completed_at := execution_timestamp + execution_duration_ms * interval '1 millisecond';
  state.execution_duration_ms := execution_duration_ms;
  state.affected_objects := affected_objects;
  state.error_message := left(error_message, 10000);
  state.metadata := script_tracking.without_secrets(metadata);
  state.run_id := run_id;
  state.record_source := record_source;
  return script_tracking.add_execution(audit.session_tenant(), business_key, state) is not null;
end
$$;

-- Removes operations that ended more than so many days ago, all versions of each, and gives the number of rows; of one tenant where `app.tenant` says
-- which, else of all. The trail keeps that it was done.
create function script_tracking.cleanup_old_data(retention_days integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  only_tenant text := nullif(current_setting('app.tenant', true), '');
  before timestamptz := clock_timestamp() - retention_days * interval '1 day';
  of_tenant text;
  gone bytea[];
  rows integer;
  removed integer := 0;
begin
  if coalesce(retention_days, 0) < 1 then
    raise exception 'Operations are kept for one day at least.' using errcode = 'invalid_parameter_value';
  end if;
  perform set_config('script_tracking.cleaning', 'on', true);
  for of_tenant in select only_tenant where only_tenant is not null union select audit.tenants() where only_tenant is null union select '' where only_tenant is null
    union select value from audit.setting where name = 'default_tenant' and only_tenant is null loop
    gone := array(select s.script_execution_hk from script_tracking.script_execution_s s
      where s.tenant_hk = script_tracking.tenant_key(of_tenant) and s.load_end_date is null and s.execution_status <> 'RUNNING' and s.completed_at < before);
    continue when gone = '{}';
    with versions as (delete from script_tracking.script_execution_s s where s.script_execution_hk = any (gone) returning 1)
      select count(*) into rows from versions;
    delete from script_tracking.script_execution_h h where h.script_execution_hk = any (gone);
    rows := rows + cardinality(gone);
    removed := removed + rows;
    if of_tenant <> '' then
      perform audit.write_event('VAULT_CLEANED', jsonb_build_object('rows', rows, 'operations', cardinality(gone), 'before', audit.instant(before)), of_tenant, null, null, null,
        nullif(current_setting('audit.actor', true), ''), null, null, null, null, null);
    end if;
  end loop;
  perform set_config('script_tracking.cleaning', '', true);
  return removed;
end
$$;

revoke all on function script_tracking.add_version(script_tracking.script_execution_s),
  script_tracking.add_execution(text, text, script_tracking.script_execution_s),
  script_tracking.import_operation(varchar, varchar, varchar, varchar, timestamptz, integer, varchar, text[], text, jsonb, text),
  script_tracking.quiet_tenant(), script_tracking.cleanup_old_data(integer) from public;
grant execute on function script_tracking.import_operation(varchar, varchar, varchar, varchar, timestamptz, integer, varchar, text[], text, jsonb, text) to whence_source;
grant execute on function script_tracking.cleanup_old_data(integer) to whence_worker;
