-- audit.track and audit.untrack, and what keeps the capture of a table in step with its columns.

-- Writes the trigger functions of a table. Where no event trigger keeps them current, they compare the table's shape on every
-- statement and capture a drifted table by statements made on the spot: a writer is never blocked.
create function audit.write_functions(tracked audit.tracked_table, relation oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  checked boolean := not exists (select from pg_event_trigger where evtname = 'whence_ddl' and evtenabled <> 'D');
  declared text := (select string_agg(format('  v_%s %s := %s;', name, type, value), E'\n' order by nth) from audit.context_columns());
  step text;
  next_step text;
  name text;
  body text;
begin
  foreach step in array array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] loop
    name := format('audit_capture.t%s_%s()', tracked.table_key, lower(step));
    next_step := case step when 'UPDATE' then 'MOVED' when 'TRUNCATE' then 'TRUNCATED' end;
    if step = 'TRUNCATE' and tracked.truncate_policy = 'REFUSE' then
      body := format(E'begin\n  raise exception %L using errcode = ''insufficient_privilege'',\n    hint = ''Use DELETE, or track the table with truncate_policy => KEEP_ROWS.'';\nend',
        'TRUNCATE of the tracked table ' || tracked.table_name || ' is refused.');
    else
      body := E'declare\n  v_first bigint;\nbegin\n';
      if checked then
        body := body || format(E'  if audit.shape_of(audit.parent_of(tg_relid)) <> %L then\n    perform audit.adopt_drift(%s, tg_relid);\n', tracked.shape, tracked.table_key)
          || format(E'    execute audit.drifted_statement(%s, tg_relid, %L)', tracked.table_key, step)
          || case when next_step is null then E';\n' else format(
               E' into v_first;\n    if v_first is not null then\n      execute replace(audit.drifted_statement(%s, tg_relid, %L), '':first'', v_first::text);\n    end if;\n',
               tracked.table_key, next_step) end
          || E'    return null;\n  end if;\n';
      end if;
      if step = 'UPDATE' then
        body := body || audit.single_update(tracked, relation);
      end if;
      body := body || format(E'  declare\n%s\n  begin\n  ', declared) || audit.capture_statement(tracked, relation, step, true) || E';\n'
        || case when next_step is null then '' else
             E'  if v_first is not null then\n    ' || audit.capture_statement(tracked, relation, next_step, true) || E';\n  end if;\n' end
        || E'  end;\n  return null;\nend';
    end if;
    execute format('create or replace function %s returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp%s%s as %L',
      name, case when step = 'TRUNCATE' then ' set row_security = off' else '' end, audit.pinned_settings(relation), body);
    execute format('alter function %s owner to whence_owner', name);
    execute format('revoke all on function %s from public', name);
  end loop;
  perform audit.write_reader(tracked, relation);
end
$$;

-- Reads rows of a tracked table as the trail would store them, by record key, for one tenant. A function and not a view:
-- a view would stand in the way of ALTER TABLE.
create function audit.write_reader(tracked audit.tracked_table, relation oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  name text := format('audit_capture.t%s_rows(text[])', tracked.table_key);
  condition text := (
    select string_agg(format('o.%I = (%s)::%s', k.name,
        case when cardinality(tracked.key_columns) = 1 then 'wanted' else format('wanted::jsonb ->> %s', k.nth - 1) end, c.type_name), ' and ' order by k.nth)
      from unnest(tracked.key_columns) with ordinality k (name, nth) join audit.columns_of(relation) c on c.name = k.name);
begin
  execute format('create or replace function audit_capture.t%s_rows(wanted_keys text[]) returns table (record_key text, image jsonb, personal jsonb)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp%s as %L', tracked.table_key, audit.pinned_settings(relation),
    format($f$declare
  wanted text;
  of_tenant text := nullif(current_setting('app.tenant', true), '');
begin
  foreach wanted in array wanted_keys loop
    begin
      return query select wanted, %s, %s from %s o where %s and %s = of_tenant;
    exception when data_exception or program_limit_exceeded then
      null; -- a key that is no value of the key's type names no row
    end;
  end loop;
end$f$, audit.image_expression(tracked, relation, 'o', false), audit.image_expression(tracked, relation, 'o', true), relation::regclass,
      coalesce(condition, 'false'), case when tracked.tenant_column is null then quote_literal(tracked.tenant) else format('o.%I::text', tracked.tenant_column) end));
  execute format('alter function %s owner to whence_owner', name);
  execute format('revoke all on function %s from public', name);
  execute format('grant execute on function %s to whence_app, whence_worker', name);
end
$$;

-- Options follow their columns through a rename; a dropped column leaves them.
create function audit.follow(names text[], renamed jsonb) returns text[] language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(renamed ->> name order by nth) filter (where renamed ->> name is not null), '{}')
    from unnest(names) with ordinality a (name, nth)
$$;

-- What a table's catalogue becomes when its present columns are taken in: the next schema version. It writes nothing.
create function audit.next_version(tracked audit.tracked_table, relation oid, out next audit.tracked_table, out columns jsonb, out incarnation integer)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  latest audit.table_version;
  is_first boolean;
  is_recreated boolean;
  is_restored boolean;
  is_rewritten boolean := false;
  newest integer;
  renamed jsonb;
  initial jsonb;
  added record;
begin
  next := tracked;
  select * into latest from audit.table_version v where v.table_key = tracked.table_key order by v.schema_version desc limit 1;
  is_first := latest.table_key is null;
  is_recreated := not is_first and not audit.has_triggers(tracked.table_key, relation);
  -- A restore gives the columns new numbers and other than that leaves them as they were.
  is_restored := not is_first and not is_recreated and tracked.relation_oid is distinct from relation;
  incarnation := coalesce(latest.incarnation, 1) + is_recreated::integer;
  select coalesce(max((c ->> 'position')::integer), 0) into newest
    from audit.table_version v cross join jsonb_array_elements(v.columns) c where v.table_key = tracked.table_key and v.incarnation = next_version.incarnation;
  -- A column keeps its position: same number and another name is a rename.
  select jsonb_agg(jsonb_build_object('position', p.position, 'name', c.name, 'type', c.type_name, 'nullable', c.nullable)
           || case when p.position = c.position then '{}' else jsonb_build_object('attnum', c.position) end order by c.position)
    into columns
    from (select c.*, (
              select (old ->> 'position')::integer from jsonb_array_elements(latest.columns) old
               where not is_recreated
                 and case when is_restored then old ->> 'name' = c.name else audit.number_of(old) = c.position end) as known
            from audit.columns_of(relation) c) c
   cross join lateral (
     select case when is_first or is_recreated then c.position
       else coalesce(c.known, newest + (select count(*)::integer from audit.columns_of(relation) d where d.position <= c.position and not exists (
         select from jsonb_array_elements(latest.columns) old
          where case when is_restored then old ->> 'name' = d.name else audit.number_of(old) = d.position end))) end as position) p;
  if not is_first then
    if is_recreated then
      select coalesce(jsonb_object_agg(c ->> 'name', c ->> 'name'), '{}') into renamed from jsonb_array_elements(columns) c;
    else
      select coalesce(jsonb_object_agg(old ->> 'name', new ->> 'name'), '{}'), coalesce(bool_or(old ->> 'type' <> new ->> 'type'), false)
        into renamed, is_rewritten
        from jsonb_array_elements(latest.columns) old left join jsonb_array_elements(columns) new on new -> 'position' = old -> 'position';
      for added in
        select c.*, new -> 'position' as place from jsonb_array_elements(columns) new join audit.columns_of(relation) c on c.position = audit.number_of(new)
         where not exists (select from jsonb_array_elements(latest.columns) old where old -> 'position' = new -> 'position')
      loop
        if added.has_initial then -- a constant default: PostgreSQL keeps it apart instead of writing it into every row
          execute format('select to_json(%s)::jsonb from (select (attmissingval::text::%s[])[1] as v from pg_attribute where attrelid = %s and attnum = %s) o',
            audit.canonical(added.type, 'o.v'), added.type_name, relation, added.position) into initial;
          columns := (select jsonb_agg(case when c -> 'position' = added.place then c || jsonb_build_object('initial', initial) else c end order by nth)
                        from jsonb_array_elements(columns) with ordinality a (c, nth));
        elsif added.is_computed then
          is_rewritten := true;
        end if;
      end loop;
    end if;
    next.ignored_columns := audit.follow(tracked.ignored_columns, renamed);
    next.masked_columns := audit.follow(tracked.masked_columns, renamed);
    next.personal_columns := audit.follow(tracked.personal_columns, renamed);
    next.reason_required_columns := audit.follow(tracked.reason_required_columns, renamed);
    next.key_columns := audit.follow(tracked.key_columns, renamed);
    next.tenant_column := renamed ->> tracked.tenant_column;
    next.entity_key_column := renamed ->> tracked.entity_key_column;
    next.status_column := renamed ->> tracked.status_column;
    next.column_groups := coalesce((select jsonb_agg(to_jsonb(audit.follow(array(select jsonb_array_elements_text(g)), renamed)))
      from jsonb_array_elements(tracked.column_groups) g), '[]');
  end if;
  if next.tenant_column is null and next.tenant is null then
    next.tenant := ''; -- its tenant column is gone: captured still, seen by no tenant until it is tracked anew
  end if;
  if audit.key_of(relation) is not null then
    next.key_columns := array(select k from unnest(audit.key_of(relation)) k where k is distinct from next.tenant_column);
  end if;
  -- Other key columns name other records, even where they spell alike: values must not pass from one to the other.
  if not is_first and not is_recreated and audit.positions_of(latest.key_columns, latest.columns) <> audit.positions_of(next.key_columns, columns) then
    incarnation := incarnation + 1;
  end if;
  next.schema_version := tracked.schema_version + 1;
  next.shape := audit.shape_of(relation);
  next.relation_oid := relation;
  if is_rewritten then
    next.rewritten_at_version := next.schema_version;
  end if;
end
$$;

-- The number of a catalogued column in the table itself.
create function audit.number_of(catalogued jsonb) returns integer language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(catalogued ->> 'attnum', catalogued ->> 'position')::integer
$$;

create function audit.positions_of(names text[], catalogued jsonb) returns jsonb language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(c -> 'position' order by nth), '[]')
    from unnest(names) with ordinality a (name, nth) join jsonb_array_elements(catalogued) c on c ->> 'name' = name
$$;

create function audit.has_triggers(key integer, relation oid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    where t.tgrelid = relation and p.pronamespace = 'audit_capture'::regnamespace and p.proname = format('t%s_insert', key))
$$;

-- Takes a table's present columns into the catalogue, as a new schema version when they differ, and rewrites its functions.
-- JIT would spend seconds on the catalogue queries of one call.
create function audit.adopt(key integer, relation oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  tracked audit.tracked_table;
  adopted record;
begin
  select * into strict tracked from audit.tracked_table t where t.table_key = key for update;
  if tracked.shape <> audit.shape_of(relation) or not audit.has_triggers(key, relation) then
    adopted := audit.next_version(tracked, relation);
    tracked := adopted.next;
    insert into audit.table_version (table_key, schema_version, incarnation, columns, key_columns)
      values (key, tracked.schema_version, adopted.incarnation, adopted.columns, tracked.key_columns);
    update audit.tracked_table t set
      schema_name = n.nspname, relation_name = c.relname, key_columns = tracked.key_columns,
      entity_key_column = tracked.entity_key_column, tenant_column = tracked.tenant_column, tenant = tracked.tenant,
      ignored_columns = tracked.ignored_columns, masked_columns = tracked.masked_columns, personal_columns = tracked.personal_columns,
      reason_required_columns = tracked.reason_required_columns, column_groups = tracked.column_groups, status_column = tracked.status_column,
      schema_version = tracked.schema_version, shape = tracked.shape, relation_oid = tracked.relation_oid,
      rewritten_at_version = tracked.rewritten_at_version
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where t.table_key = key and c.oid = relation
     returning t.* into tracked;
  end if;
  perform audit.write_functions(tracked, relation);
end
$$;

-- Capture functions run as whence_owner: TRUNCATE and the readers look at the table itself.
create function audit.let_read(relation oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  schema_of text := (select relnamespace::regnamespace::text from pg_class where oid = relation);
begin
  if not has_schema_privilege('whence_owner', schema_of::regnamespace, 'usage') then
    execute format('grant usage on schema %s to whence_owner', schema_of);
  end if;
  if not has_table_privilege('whence_owner', relation, 'select') then
    execute format('grant select on %s to whence_owner', relation::regclass);
  end if;
end
$$;

-- Partitions are logged under the table they are parts of.
create function audit.parent_of(relation oid) returns oid language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(pg_partition_root(relation)::oid, relation)
$$;

-- For a writer that met a drifted table: one of them adopts it, the others do not wait.
create function audit.adopt_drift(key integer, relation oid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off set lock_timeout = '50ms' as $$
begin
  if pg_try_advisory_xact_lock(hashtext('audit.adopt_drift'), key) then
    perform audit.adopt(key, audit.parent_of(relation));
  end if;
exception when lock_not_available or serialization_failure then
  null; -- somebody else has it in hand
end
$$;

-- The statement that captures a drifted table. What another writer adopts, and has not committed yet, is worked out here alike.
create function audit.drifted_statement(key integer, relation oid, step text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  tracked audit.tracked_table;
  parent oid := audit.parent_of(relation);
begin
  select * into strict tracked from audit.tracked_table t where t.table_key = key;
  if tracked.shape <> audit.shape_of(parent) then
    tracked := (audit.next_version(tracked, parent)).next;
  end if;
  return audit.capture_statement(tracked, parent, step, false);
end
$$;
revoke all on function audit.adopt_drift(integer, oid), audit.drifted_statement(integer, oid, text) from public;

create function audit.set_triggers(key integer, relation oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  part regclass;
  step text;
begin
  for part in select coalesce(t.relid, relation) from (select 1) one left join pg_partition_tree(relation) t on true loop
    foreach step in array array['insert', 'update', 'delete', 'truncate'] loop
      execute format('create or replace trigger whence_%s %s %s on %s %s for each statement execute function audit_capture.t%s_%s()',
        step, case step when 'truncate' then 'before' else 'after' end, step, part,
        case step when 'insert' then 'referencing new table as new_rows' when 'update' then 'referencing old table as old_rows new table as new_rows'
          when 'delete' then 'referencing old table as old_rows' else '' end, key, step);
    end loop;
  end loop;
  -- A detached partition is a table of its own now.
  for part, step in
    select g.tgrelid, g.tgname from pg_trigger g join pg_proc p on p.oid = g.tgfoid
     where p.pronamespace = 'audit_capture'::regnamespace and p.proname like format('t%s\_%%', key)
       and g.tgrelid <> relation and not g.tgrelid in (select relid from pg_partition_tree(relation))
  loop
    execute format('drop trigger %I on %s', step, part);
  end loop;
end
$$;

-- Tenants known here: those with entries (one index probe each), and those that own a tracked table.
create function audit.tenants() returns setof text language sql stable set search_path = pg_catalog, pg_temp as $$
  with recursive known as (
    (select tenant from audit.entry order by tenant limit 1)
    union all
    select (select e.tenant from audit.entry e where e.tenant > known.tenant order by e.tenant limit 1) from known where known.tenant is not null)
  select tenant from known where tenant <> ''
  union
  select tenant from audit.tracked_table where tenant <> ''
$$;
revoke all on function audit.tenants() from public;

-- audit.track('public.shipments') captures the changes of a table from now on. Track it again to change its options; what
-- its rows are to the business (entity type, business key, column groups) stays unless it is said anew.
-- Returns the table's key. The caller owns the table (or is a superuser) and is a member of whence_owner.
create function audit.track(
  table_name text, tenant_column text default null, tenant text default null, ignored_columns text[] default '{}', masked_columns text[] default '{}',
  personal_columns text[] default '{}', reason_required_columns text[] default '{}', truncate_policy text default 'KEEP_ROWS',
  status_column text default null, transitions jsonb default null, entity_key_column text default null, column_groups jsonb default null,
  entity_type text default null, keeps_statement boolean default false
) returns integer language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  relation regclass := to_regclass(track.table_name);
  schema_of text;
  name_of text;
  key_columns text[];
  named text;
  known text[];
  key integer;
begin
  if relation is null then
    raise exception 'There is no table %.', track.table_name using errcode = 'undefined_table', hint = 'Name it with its schema, e.g. public.shipments.';
  end if;
  select n.nspname, c.relname into schema_of, name_of from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation;
  if (select relkind not in ('r', 'p') or relpersistence = 't' from pg_class where oid = relation) then
    raise exception '%.% is not a plain table.', schema_of, name_of using errcode = 'wrong_object_type', hint = 'Views, foreign and temporary tables cannot be tracked.';
  end if;
  if schema_of in ('pg_catalog', 'information_schema', 'audit', 'audit_capture', 'access', 'whence') then
    raise exception '%.% belongs to the system and cannot be tracked.', schema_of, name_of using errcode = 'insufficient_privilege';
  end if;
  if (select relispartition from pg_class where oid = relation) then
    raise exception '%.% is a partition.', schema_of, name_of using errcode = 'wrong_object_type',
      hint = format('Track %s: its partitions are captured with it.', pg_partition_root(relation));
  end if;
  key_columns := audit.key_of(relation);
  if key_columns is null then
    raise exception '%.% has no primary key.', schema_of, name_of using errcode = 'invalid_table_definition',
      hint = format('A change needs a row to belong to: alter table %s add primary key (...);', relation);
  end if;
  foreach named in array track.ignored_columns || track.masked_columns || track.personal_columns || track.reason_required_columns
    || array_remove(array[track.tenant_column, track.status_column, track.entity_key_column], null)
    || array(select jsonb_array_elements_text(g) from jsonb_array_elements(coalesce(track.column_groups, '[]')) g) loop
    if not exists (select from audit.columns_of(relation) c where c.name = named) then
      raise exception '%.% has no column %.', schema_of, name_of, named using errcode = 'undefined_column';
    end if;
  end loop;
  if track.truncate_policy is null or track.truncate_policy not in ('KEEP_ROWS', 'REFUSE') then
    raise exception 'truncate_policy is KEEP_ROWS or REFUSE, not %.', coalesce(track.truncate_policy, 'null') using errcode = 'invalid_parameter_value';
  end if;
  if track.tenant is not null and track.tenant_column is not null then
    raise exception 'Give tenant or tenant_column, not both.' using errcode = 'invalid_parameter_value';
  end if;
  if track.tenant is null and track.tenant_column is null then
    select c.name into track.tenant_column from audit.columns_of(relation) c where c.name in ('tenant', 'tenant_id') order by c.name limit 1;
  end if;
  if track.tenant is null and track.tenant_column is null then
    known := array(select audit.tenants());
    if cardinality(known) > 1 then
      raise exception '%.% has no column tenant or tenant_id, and there are % tenants.', schema_of, name_of, cardinality(known)
        using errcode = 'invalid_parameter_value', hint = 'Say whose rows they are: tenant_column => ''...'' or tenant => ''...''.';
    end if;
    track.tenant := coalesce(known[1], (select s.value from audit.setting s where s.name = 'default_tenant'));
  end if;
  key_columns := array(select k from unnest(key_columns) k where k is distinct from track.tenant_column);
  foreach named in array key_columns || track.tenant_column loop
    if named = any (track.ignored_columns || track.masked_columns || track.personal_columns) then
      raise exception 'Column % identifies the rows of %.%: it cannot be ignored, masked or personal.', named, schema_of, name_of
        using errcode = 'invalid_parameter_value';
    end if;
  end loop;

  lock table audit.tracked_table in share row exclusive mode;
  insert into audit.tracked_table as t (schema_name, relation_name, entity_type, key_columns, entity_key_column, tenant_column, tenant, ignored_columns,
      masked_columns, personal_columns, reason_required_columns, column_groups, status_column, transitions, truncate_policy, keeps_statement)
    values (schema_of, name_of, coalesce(track.entity_type, 'RECORD'), key_columns, track.entity_key_column, track.tenant_column, track.tenant, track.ignored_columns,
      track.masked_columns, track.personal_columns, track.reason_required_columns, coalesce(track.column_groups, '[]'), track.status_column, track.transitions,
      track.truncate_policy, track.keeps_statement)
    on conflict (table_name) do update set entity_type = coalesce(track.entity_type, t.entity_type), key_columns = excluded.key_columns,
      entity_key_column = coalesce(track.entity_key_column, t.entity_key_column), tenant_column = excluded.tenant_column, tenant = excluded.tenant,
      ignored_columns = excluded.ignored_columns, masked_columns = excluded.masked_columns, personal_columns = excluded.personal_columns,
      reason_required_columns = excluded.reason_required_columns, column_groups = coalesce(track.column_groups, t.column_groups), status_column = excluded.status_column,
      transitions = excluded.transitions, truncate_policy = excluded.truncate_policy, keeps_statement = excluded.keeps_statement,
      tracked_since = case when t.untracked_at is null then t.tracked_since else now() end, untracked_at = null
    returning t.table_key into key;
  perform audit.let_read(relation);
  perform audit.adopt(key, relation);
  perform audit.set_triggers(key, relation);
  return key;
end
$$;

-- Stops capturing; what was captured stays. Where the table belongs to somebody else its triggers stay too, and do nothing.
create function audit.untrack(table_name text) returns void
language plpgsql set search_path = pg_catalog, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  relation regclass := to_regclass(untrack.table_name);
  key integer;
  part regclass;
  step text;
begin
  update audit.tracked_table t set untracked_at = now()
   where t.untracked_at is null
     and (t.table_name = untrack.table_name or exists (
       select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.oid = relation and n.nspname = t.schema_name and c.relname = t.relation_name))
   returning t.table_key into key;
  if key is null then
    raise exception '% is not tracked.', untrack.table_name using errcode = 'undefined_object';
  end if;
  if relation is null then
    return; -- the table is gone, and its triggers with it
  end if;
  for part in select coalesce(t.relid, relation) from (select 1) one left join pg_partition_tree(relation) t on true loop
    foreach step in array array['insert', 'update', 'delete', 'truncate'] loop
      begin
        execute format('drop trigger if exists whence_%s on %s', step, part);
      exception when insufficient_privilege then
        execute format('create or replace function audit_capture.t%s_%s() returns trigger language plpgsql as ''begin return null; end''', key, step);
      end;
    end loop;
  end loop;
end
$$;
revoke all on function audit.track(text, text, text, text[], text[], text[], text[], text, text, jsonb, text, jsonb, text, boolean), audit.untrack(text) from public;

-- Whether the triggers of a table are in place and enabled.
create function audit.is_capturing(key integer) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) = 4
    from audit.tracked_table t join pg_trigger g on g.tgrelid = to_regclass(format('%I.%I', t.schema_name, t.relation_name))
    join pg_proc p on p.oid = g.tgfoid
   where t.table_key = key and t.untracked_at is null and g.tgenabled in ('O', 'A')
     and p.pronamespace = 'audit_capture'::regnamespace and p.proname like format('t%s\_%%', key)
$$;
