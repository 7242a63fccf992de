-- role: login
-- A statement is told before those that its triggers made, truncated partitions are told by themselves, and columns may have any name.
set local role whence_owner;

-- When a trigger of a table changes the same table, the statement inside ends, and is captured, before the one that it is part of: the trail would
-- say of a row that it was changed and then made. So while a statement on such a table is under way, what is captured inside waits here, and is
-- told when the outermost has been; at the latest when the transaction ends.
create sequence audit.statement_number;
create table audit.later_entry (like audit.entry including defaults);
alter table audit.later_entry add column statement_number bigint default nullif(current_setting('whence.inside', true), '')::bigint;
comment on table audit.later_entry is 'Entries that wait within a transaction for the statement around theirs; empty to everybody else.';
alter table audit.later_entry enable row level security;

-- The statements under way on a table, outermost first, each as depth of triggers, number, and how often it began: an INSERT ... ON CONFLICT DO UPDATE
-- begins and ends as both. A setting of the transaction, so that it is cheap and goes with a savepoint; whoever writes to it himself changes the
-- order of his own entries, no more.
create function audit.begin_statement(key integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  name text := 'whence.statements_' || key;
  open text[] := string_to_array(nullif(current_setting(name, true), ''), ' ');
  last text[] := string_to_array(open[cardinality(open)], ',');
begin
  if last[1] = pg_trigger_depth()::text then
    open[cardinality(open)] := concat_ws(',', last[1], last[2], last[3]::integer + 1);
  else
    open := open || concat_ws(',', pg_trigger_depth(), nextval('audit.statement_number'), 1);
  end if;
  perform set_config(name, array_to_string(open, ' '), true);
end
$$;

-- `inside` is the number of a statement inside another; `is_last` when it is the outermost and has ended.
create function audit.end_statement(key integer, out inside bigint, out is_last boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  name text := 'whence.statements_' || key;
  open text[] := string_to_array(nullif(current_setting(name, true), ''), ' ');
  last text[] := string_to_array(open[cardinality(open)], ',');
begin
  is_last := coalesce(cardinality(open), 0) <= 1 and coalesce(last[3]::integer, 1) <= 1;
  if cardinality(open) > 1 then
    inside := last[2];
  end if;
  if last[3]::integer > 1 then
    open[cardinality(open)] := concat_ws(',', last[1], last[2], last[3]::integer - 1);
  else
    open := open[:cardinality(open) - 1];
  end if;
  perform set_config(name, coalesce(array_to_string(open, ' '), ''), true);
end
$$;

-- In the order in which their statements began.
create function audit.tell_later(key integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  names text;
begin
  if not exists (select from audit.later_entry l where l.xid = pg_current_xact_id() and l.table_key = key) then
    return;
  end if;
  names := (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
    where a.attrelid = 'audit.entry'::regclass and a.attnum > 0 and not a.attisdropped and a.attname not in ('id', 'cause_id'));
  execute format($s$
    with waiting as (delete from audit.later_entry where xid = pg_current_xact_id() and table_key = $1 returning *),
    later as materialized (
      select nextval('audit.entry_id') as told_as, l.* from (select * from waiting order by statement_number, id) l)
    insert into audit.entry (id, cause_id, %1$s)
      select l.told_as, coalesce((select c.told_as from later c where c.id = l.cause_id), l.cause_id), %1$s from later l order by l.told_as$s$, names)
    using key;
end
$$;

create function audit.tell_at_commit() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform audit.tell_later(new.table_key);
  return null;
end
$$;
create constraint trigger tell_at_commit after insert on audit.later_entry deferrable initially deferred
  for each row execute function audit.tell_at_commit();

revoke all on function audit.begin_statement(integer), audit.end_statement(integer), audit.tell_later(integer), audit.tell_at_commit() from public;

-- As before (0003), each partition by itself.
create or replace function audit.capture_statement(tracked audit.tracked_table, relation oid, step text, in_variables boolean) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  -- No column has this name, whatever a table calls its own.
  place text := 'whence_place' || repeat('_', (select count(*)::integer from audit.columns_of(relation) c where c.name like 'whence\_place%'));
  pairs text := format('(select *, row_number() over () as %1$s from old_rows) o full join (select *, row_number() over () as %1$s from new_rows) n using (%1$s)', place);
  context record := audit.context_list(in_variables,
    case step when 'MOVED' then array['cause_id'] when 'TRUNCATED' then array['cause_id'] when 'TRUNCATE' then array['details'] else array[]::text[] end);
  reason text := case when in_variables then 'v_reason' else $s$nullif(current_setting('audit.reason', true), '')$s$ end;
  details text := case when in_variables then 'v_details' else $s$nullif(current_setting('audit.details', true), '')::jsonb$s$ end;
  first text := case when in_variables then 'v_first' else ':first' end;
  -- Each partition that a TRUNCATE empties fires its trigger, and so does their parent.
  in_part text := case when (select relkind from pg_class where oid = relation) = 'p'
    then format(' where o.tableoid = %s', case when in_variables then 'tg_relid' else ':part' end) else '' end;
  into_first text := case when in_variables then ' into v_first' else '' end;
  whole_row constant text := 'insert into audit.entry (operation, tenant, record_key, entity_key, %1$s, personal_%1$s, personal_salt, %2$s)
    select %3$L, %4$s, %5$s, %6$s, %7$s, %8$s, %9$s, %10$s from %11$s';
  salt text := case when tracked.personal_columns = '{}' then 'null::uuid' else 'gen_random_uuid()' end;
  old_key text := audit.key_expression(tracked, relation, 'o');
  new_key text := audit.key_expression(tracked, relation, 'n');
  old_tenant text := audit.tenant_expression(tracked, 'o');
  new_tenant text := audit.tenant_expression(tracked, 'n');
  -- For conditions: a planner that estimates one evaluates the refusal in it, whether or not a tenant is missing.
  old_owner text := case when tracked.tenant_column is null then old_tenant else format('o.%I::text', tracked.tenant_column) end;
  new_owner text := case when tracked.tenant_column is null then new_tenant else format('n.%I::text', tracked.tenant_column) end;
  old_entity text := coalesce('o.' || quote_ident(tracked.entity_key_column) || '::text', 'null::text');
  new_entity text := coalesce('n.' || quote_ident(tracked.entity_key_column) || '::text', 'null::text');
  old_image text := audit.image_expression(tracked, relation, 'o', false);
  new_image text := audit.image_expression(tracked, relation, 'n', false);
  old_personal text := audit.image_expression(tracked, relation, 'o', true);
  new_personal text := audit.image_expression(tracked, relation, 'n', true);
  names text := 'table_key, schema_version, statement, reason_source, ' || context.names;
  expressions text := format('%s, %s, %s, case when %s is not null then ''CALLER'' end, %s', tracked.table_key, tracked.schema_version,
    audit.statement_expression(tracked),
    reason, context.expressions);
  moved text;
  touched text;
  whole text := audit.whole_expression(tracked, relation);
begin
  case step
  when 'INSERT' then
    return format(whole_row, 'after', names, step, new_tenant, new_key, new_entity, new_image, new_personal, salt, expressions, 'new_rows n');
  when 'DELETE' then
    return format(whole_row, 'before', names, step, old_tenant, old_key, old_entity, old_image, old_personal, salt, expressions, 'old_rows o');
  when 'TRUNCATE' then
    return format('with written as (insert into audit.entry (operation, tenant, details, %s)
      select ''TRUNCATE'', tenant, coalesce(%s, ''{}'') || jsonb_build_object(''rows'', rows), %s
        from (select %s as tenant, count(*) as rows from %s o%s group by 1) t returning id) select min(id)%s from written',
      names, details, expressions, old_tenant, relation::regclass, in_part, into_first);
  when 'TRUNCATED' then
    return format(whole_row, 'before', names || ', cause_id', 'DELETE', old_tenant, old_key, old_entity, old_image, old_personal, salt,
      expressions || ', gone.id', format('%s o join audit.entry gone on gone.xid = pg_current_xact_id() and gone.id >= %s and gone.table_key = %s
        and gone.operation = ''TRUNCATE'' and gone.tenant = %s%s', relation::regclass, first, tracked.table_key, old_owner, in_part));
  else
  end case;

  -- A changed key, or tenant, ends one record and begins another: all ends first, then the beginnings with the end as cause.
  select coalesce(string_agg(audit.differs(c.type, c.collation_id, c.modifier, c.name), ' or ' order by c.position), 'false')
    into moved from audit.columns_of(relation) c
   where c.name = any (tracked.key_columns) or c.name = tracked.tenant_column;
  if step = 'MOVED' then
    return format(whole_row, 'after', names || ', cause_id', 'INSERT', new_tenant, new_key, new_entity, new_image, new_personal, salt,
      expressions || ', gone.id', format('%s left join audit.entry gone on gone.xid = pg_current_xact_id() and gone.id >= %s and gone.table_key = %s
        and gone.operation = ''DELETE'' and gone.record_key = %s and gone.tenant = %s and gone.tenant = %s where %s order by %s',
      pairs, first, tracked.table_key, old_key, old_owner, new_owner, moved, place));
  end if;

  -- Comparing stored rows whole is one expression instead of one per column.
  select format('record_image_ne(row(%s), row(%s))', string_agg(format('o.%I', name), ', ' order by position), string_agg(format('n.%I', name), ', ' order by position))
    into touched from audit.columns_of(relation) where not name = any (tracked.ignored_columns);
  return format('with written as (insert into audit.entry
        (operation, tenant, record_key, entity_key, before, after, personal_before, personal_after, personal_salt, %1$s)
      select case when m.moved then ''DELETE'' else ''UPDATE'' end, case when m.moved then %2$s else %3$s end,
        case when m.moved then %4$s else %5$s end, case when m.moved then %6$s else %7$s end,
        case when %8$s then %9$s else %10$s end, case when m.moved then null %11$s else %12$s end,
        case when %8$s then %13$s else %14$s end, case when m.moved then null %15$s else %16$s end, %17$s, %18$s
        from %19$s cross join lateral (select %20$s as moved%21$s offset 0) m where %22$s
      returning id, operation) select min(id) filter (where operation = ''DELETE'')%23$s from written',
    names, old_tenant, new_tenant, old_key, new_key, old_entity, new_entity,
    case when whole is null then 'm.moved' else 'm.moved or m.whole' end,
    old_image, audit.difference_expression(tracked, relation, 'o', false),
    case when whole is null then '' else 'when m.whole then ' || new_image end, audit.difference_expression(tracked, relation, 'n', false),
    old_personal, audit.difference_expression(tracked, relation, 'o', true),
    case when whole is null then '' else 'when m.whole then ' || new_personal end, audit.difference_expression(tracked, relation, 'n', true),
    salt, expressions, pairs, moved, coalesce(', ' || whole || ' as whole', ''), touched, into_first);
end
$$;

create or replace function audit.drifted_statement(key integer, relation oid, step text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  tracked audit.tracked_table;
  parent oid := audit.parent_of(relation);
begin
  select * into strict tracked from audit.tracked_table t where t.table_key = key;
  if tracked.shape <> audit.shape_of(parent) then
    tracked := (audit.next_version(tracked, parent)).next;
  end if;
  return replace(audit.capture_statement(tracked, parent, step, false), ':part', relation::text);
end
$$;

-- As before (0036). On a table with other triggers what is captured inside a statement goes aside.
create or replace function audit.write_functions(tracked audit.tracked_table, relation oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  checked boolean := not exists (select from pg_event_trigger where evtname = 'whence_ddl' and evtenabled <> 'D');
  declared text := (select string_agg(format('  v_%s %s := %s;', name, type, value), E'\n' order by nth) from audit.context_columns());
  step text;
  next_step text;
  name text;
  body text;
  is_busy boolean := audit.has_other_triggers(relation);
begin
  foreach step in array array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] loop
    name := format('audit_capture.t%s_%s()', tracked.table_key, lower(step));
    next_step := case step when 'UPDATE' then 'MOVED' when 'TRUNCATE' then 'TRUNCATED' end;
    if step = 'TRUNCATE' and tracked.truncate_policy = 'REFUSE' then
      body := format(E'begin\n  raise exception %L using errcode = ''insufficient_privilege'',\n    hint = ''Use DELETE, or track the table with truncate_policy => KEEP_ROWS.'';\nend',
        'TRUNCATE of the tracked table ' || tracked.table_name || ' is refused.');
    else
      body := '';
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
        || E'  end;\n';
      body := E'#variable_conflict use_variable\ndeclare\n  v_first bigint;\n'
        || case when is_busy and step <> 'TRUNCATE' then format(
             E'  v_open record := audit.end_statement(%s);\nbegin\n<<told>>\nbegin\n  if v_open.inside is null then\n%s  else\n'
             || E'  perform set_config(''whence.inside'', v_open.inside::text, true);\n%s  end if;\nend;\n'
             || E'  if v_open.is_last then\n    perform audit.tell_later(%s);\n  end if;\n',
             tracked.table_key, replace(body, 'return null;', 'exit told;'),
             regexp_replace(replace(body, 'return null;', 'exit told;'), '(into|join) audit\.entry\M', '\1 audit.later_entry', 'g'), tracked.table_key)
           else E'begin\n' || body end
        || E'  return null;\nend';
    end if;
    execute format('create or replace function %s returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp%s%s as %L',
      name, case when step = 'TRUNCATE' then ' set row_security = off' else '' end, audit.pinned_settings(relation), body);
    execute format('alter function %s owner to whence_owner', name);
    execute format('revoke all on function %s from public', name);
  end loop;
  name := format('audit_capture.t%s_begin()', tracked.table_key);
  execute format('create or replace function %s returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as %L',
    name, format(E'begin\n  perform audit.begin_statement(%s);\n  return null;\nend', tracked.table_key));
  execute format('alter function %s owner to whence_owner', name);
  execute format('revoke all on function %s from public', name);
  perform audit.write_reader(tracked, relation);
end
$$;

-- As before (0005).
create or replace function audit.set_triggers(key integer, relation oid) returns void
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
    if audit.has_other_triggers(relation) then
      execute format('create or replace trigger whence_begin before insert or update or delete on %s for each statement execute function audit_capture.t%s_begin()',
        part, key);
    elsif exists (select from pg_trigger g where g.tgrelid = part and g.tgname = 'whence_begin') then
      execute format('drop trigger whence_begin on %s', part);
    end if;
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

create or replace function audit.untrack(table_name text) returns void
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
  for part, step in
    select g.tgrelid, substring(p.proname from '[a-z]+$') from pg_trigger g join pg_proc p on p.oid = g.tgfoid
     where p.pronamespace = 'audit_capture'::regnamespace and p.proname like format('t%s\_%%', key)
  loop
    begin
      execute format('drop trigger whence_%s on %s', step, part);
    exception when insufficient_privilege then
      execute format('create or replace function audit_capture.t%s_%s() returns trigger language plpgsql as ''begin return null; end''', key, step);
    end;
  end loop;
end
$$;

-- As before (0005): by the four that tell what was done.
create or replace function audit.is_capturing(key integer) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) = 4
    from audit.tracked_table t join pg_trigger g on g.tgrelid = to_regclass(format('%I.%I', t.schema_name, t.relation_name))
    join pg_proc p on p.oid = g.tgfoid
   where t.table_key = key and t.untracked_at is null and g.tgenabled in ('O', 'A')
     and p.pronamespace = 'audit_capture'::regnamespace and p.proname like format('t%s\_%%', key) and p.proname not like '%\_begin'
$$;

-- Tables that are tracked already get the new functions, see 0011 for those that are not as they were, and those with other triggers the new one.
select audit.adopt(c.table_key, c.part) from audit.carrier c join audit.tracked_table t using (table_key) where t.untracked_at is null and c.part = c.root;
reset role;
select audit.set_triggers(c.table_key, c.part) from audit.carrier c join audit.tracked_table t using (table_key)
 where t.untracked_at is null and c.part = c.root and audit.has_other_triggers(c.part);
