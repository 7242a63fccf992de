-- Capture: audit.track writes one trigger function per table and operation, with the table's columns spelled out.

-- The context of a transaction. The settings audit.* are public (`set local audit.actor = 'ann'` does the same);
-- they end with the transaction, so in autocommit they are lost at once.
create function audit.begin(
  actor text default null, role text default null, reason text default null, reason_code text default null,
  reference text default null, run_id text default null, cause_entry bigint default null, operation_name text default null,
  details jsonb default null, request_id text default null, trace_parent text default null, approved_by text default null,
  actor_kind text default null, occurred_at timestamptz default null, record_source text default null, tenant text default null
) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('audit.actor', coalesce(actor, ''), true),
    set_config('audit.role', coalesce(role, ''), true),
    set_config('audit.reason', coalesce(reason, ''), true),
    set_config('audit.reason_code', coalesce(reason_code, ''), true),
    set_config('audit.reference', coalesce(reference, ''), true),
    set_config('audit.run_id', coalesce(run_id, ''), true),
    set_config('audit.cause_entry', coalesce(cause_entry::text, ''), true),
    set_config('audit.operation_name', coalesce(operation_name, ''), true),
    set_config('audit.details', coalesce(details::text, ''), true),
    set_config('audit.request_id', coalesce(request_id, ''), true),
    set_config('audit.trace_parent', coalesce(trace_parent, ''), true),
    set_config('audit.approved_by', coalesce(approved_by, ''), true),
    set_config('audit.actor_kind', coalesce(actor_kind, ''), true),
    set_config('audit.occurred_at', coalesce(occurred_at::text, ''), true),
    set_config('audit.record_source', coalesce(record_source, ''), true);
  if tenant is not null then
    perform set_config('app.tenant', tenant, true);
  end if;
end
$$;

-- Times and sources of elsewhere may be claimed by importers only: members of whence_source.
create function audit.claimed(setting text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  value text := nullif(current_setting(setting, true), '');
  claimant text := current_setting('role');
begin
  if value is null then
    return null;
  end if;
  if claimant = 'none' then
    claimant := session_user;
  end if;
  if not pg_has_role(claimant, 'whence_source', 'usage') then
    raise exception 'Only members of whence_source may set %.', setting using errcode = 'insufficient_privilege',
      hint = format('grant whence_source to %I;', claimant);
  end if;
  return value;
end
$$;

create function audit.refuse_tenant(table_name text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'A row of % has no tenant.', table_name using errcode = 'not_null_violation',
    hint = 'Every captured row belongs to a tenant: fill its tenant column.';
end
$$;

-- RFC 3339, UTC, six digits; infinity and years that RFC 3339 cannot spell stay as PostgreSQL spells them.
create function audit.instant(value timestamptz) returns text language sql stable as $$
  select case
    when value >= '0001-01-01 00:00:00+00' and value < '10000-01-01 00:00:00+00'
      then to_char(value at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    when isfinite(value) then regexp_replace(to_json(value at time zone 'UTC') #>> '{}', '( BC)?$', 'Z\1')
    else value::text
  end
$$;

-- Images must not depend on a session's settings: how a value of a type goes into JSON.
create function audit.base_type(type oid) returns oid language sql stable set search_path = pg_catalog, pg_temp as $$
  with recursive step as (
    select oid, typtype, typbasetype from pg_type where oid = type
    union all
    select t.oid, t.typtype, t.typbasetype from step join pg_type t on step.typtype = 'd' and t.oid = step.typbasetype)
  select oid from step where typtype <> 'd'
$$;

create function audit.canonical(type oid, reference text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  base oid := audit.base_type(type);
  element oid := (select typelem from pg_type where oid = base and typcategory = 'A');
  plain constant oid[] := array['int2', 'int4', 'bool', 'text', 'varchar', 'bpchar', 'date', 'timestamp', 'time', 'timetz', 'uuid', 'jsonb']::regtype[]::oid[];
begin
  return case
    when base = any (plain) then reference || case when type <> base then '::' || base::regtype::text else '' end
    when base = 'timestamptz'::regtype then format('audit.instant(%s)', reference)
    when base = 'bytea'::regtype then format($f$('\x' || encode(%s, 'hex'))$f$, reference)
    when base = 'money'::regtype then reference || '::numeric::text'
    when element = any (plain) then reference
    when element is not null then format('%s::text[]', reference)
    else reference || '::text'
  end;
end
$$;

-- A column of a row variable, always quoted: PL/pgSQL has reserved words that SQL has not (by, if, loop ...).
create function audit.field(variable text, name text) returns text language sql immutable strict set search_path = pg_catalog, pg_temp as $$
  select format('%s."%s"', variable, replace(name, '"', '""'))
$$;

-- Whether a change can be seen with "is distinct from"; other types are compared by their stored bytes,
-- because equal need not mean the same there (1.0 and 1.00, 1 day and 24 hours, a case-insensitive text).
create function audit.differs(type oid, collation_id oid, modifier integer, name text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when (audit.base_type(type) = any (array['int2', 'int4', 'int8', 'bool', 'date', 'timestamp', 'timestamptz', 'uuid', 'bytea']::regtype[]::oid[]))
      or (audit.base_type(type) = any (array['text', 'varchar', 'bpchar']::regtype[]::oid[])
          and (select collisdeterministic from pg_collation where oid = collation_id))
      or (audit.base_type(type) = 'numeric'::regtype and modifier >= 0)
    then format('%s is distinct from %s', audit.field('o', name), audit.field('n', name))
    else format('record_image_ne(row(%s), row(%s))', audit.field('o', name), audit.field('n', name))
  end
$$;

-- Settings that the text of a type depends on, pinned in a function only where such a column needs it.
create function audit.pinned_settings(relation oid) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case when exists (
      select from pg_attribute a
       where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
         and not audit.base_type(a.atttypid) = any (array['int2', 'int4', 'int8', 'numeric', 'bool', 'text', 'varchar', 'bpchar', 'uuid',
           'date', 'time', 'timestamp', 'timestamptz', 'jsonb', 'bytea', 'text[]', 'varchar[]', 'int4[]', 'int8[]', 'numeric[]', 'uuid[]', 'bool[]']::regtype[]::oid[]))
    then $s$ set datestyle = 'ISO, MDY' set timezone = 'UTC' set intervalstyle = 'iso_8601' set extra_float_digits = '1' set bytea_output = 'hex' set lc_monetary = 'C'$s$
    else '' end
$$;

-- The columns that the trail stores, as they are now.
create function audit.columns_of(relation oid) returns table (
  "position" integer, name text, type oid, type_name text, collation_id oid, modifier integer, nullable boolean, is_computed boolean, has_initial boolean
) language sql stable set search_path = pg_catalog, pg_temp as $$
  select a.attnum, a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod), a.attcollation, a.atttypmod, not a.attnotnull,
         a.atthasdef or a.attidentity <> '', a.atthasmissing
    from pg_attribute a
   where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v'
   order by a.attnum
$$;

create function audit.key_of(relation oid) returns text[] language sql stable set search_path = pg_catalog, pg_temp as $$
  select array_agg(a.attname::text order by k.nth)
    from pg_index i cross join unnest(i.indkey) with ordinality k (attnum, nth)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
   where i.indrelid = relation and i.indisprimary and k.nth <= i.indnkeyatts
$$;

-- A fingerprint of the columns and the key, to notice a drift.
create function audit.shape_of(relation oid) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select md5(concat(relation::regclass, audit.key_of(relation),
             string_agg(format('%s %s %s %s', position, name, type_name, nullable), ',' order by position)))
    from audit.columns_of(relation)
$$;

-- Expressions over one row variable (o or n).
create function audit.key_expression(tracked audit.tracked_table, relation oid, variable text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  with part as (
    select k.nth, case
        when value like '%::text' then value
        when c.type = any (array['int2', 'int4', 'bool', 'text', 'varchar', 'uuid']::regtype[]::oid[]) then value || '::text'
        else format('to_json(%s) #>> ''{}''', value) end as text_of
      from unnest(tracked.key_columns) with ordinality k (name, nth) join audit.columns_of(relation) c on c.name = k.name
      cross join lateral audit.canonical(c.type, audit.field(variable, k.name)) value)
  select case count(*)
      when 0 then 'null::text'
      when 1 then format('(%s)', max(text_of))
      else format('json_build_array(%s)::text', string_agg(text_of, ', ' order by nth)) end
    from part
$$;

create function audit.tenant_expression(tracked audit.tracked_table, variable text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case when tracked.tenant_column is null then quote_literal(tracked.tenant)
    else format('coalesce(%s.%I::text, audit.refuse_tenant(%L))', variable, tracked.tenant_column, tracked.table_name) end
$$;

-- The whole row as jsonb: the open part, or the personal part. jsonb_build_object takes 100 arguments: 50 columns at a time.
create function audit.image_expression(tracked audit.tracked_table, relation oid, variable text, personal boolean) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(string_agg(chunk, ' || ' order by number), case when personal then 'null::jsonb' else '''{}''::jsonb' end)
    from (
      select number, 'jsonb_build_object(' || string_agg(format('%L, %s', name, value), ', ' order by position) || ')' as chunk
        from (
          select c.position, c.name, (row_number() over (order by c.position) - 1) / 50 as number,
                 case when c.name = any (tracked.masked_columns)
                   then format('case when %s.%I is not null then ''***'' end', variable, c.name)
                   else audit.canonical(c.type, variable || '.' || quote_ident(c.name)) end as value
            from audit.columns_of(relation) c
           where not c.name = any (tracked.ignored_columns) and (c.name = any (tracked.personal_columns)) = personal) columns
       group by number) chunks
$$;

-- The columns that an UPDATE stores when they changed. `changed` holds for a column whose group mate changed too.
create function audit.differences(tracked audit.tracked_table, relation oid) returns table (
  "position" integer, name text, is_personal boolean, is_grouped boolean, differs text, changed text, old_value text, new_value text
) language sql stable set search_path = pg_catalog, pg_temp as $$
  with columns as (
    select c.*, audit.differs(c.type, c.collation_id, c.modifier, c.name) as differs, c.name = any (tracked.masked_columns) as is_masked
      from audit.columns_of(relation) c)
  select c.position, c.name, c.name = any (tracked.personal_columns),
         exists (select from jsonb_array_elements(tracked.column_groups) grp where grp ? c.name), c.differs,
         (select string_agg(g.differs, ' or ' order by g.position) from columns g
           where g.name = c.name or exists (
             select from jsonb_array_elements(tracked.column_groups) grp where grp ? g.name and grp ? c.name)),
         case when c.is_masked then format('case when %s is not null then ''***'' end', audit.field('o', c.name)) else audit.canonical(c.type, audit.field('o', c.name)) end,
         case when c.is_masked then format('case when %s is not null then ''***'' end', audit.field('n', c.name)) else audit.canonical(c.type, audit.field('n', c.name)) end
    from columns c
   where not c.name = any (tracked.ignored_columns)
     and (not c.name = any (tracked.key_columns) or tracked.key_columns = '{}')
     and c.name is distinct from tracked.tenant_column
$$;

-- Those that changed, as one expression.
create function audit.difference_expression(tracked audit.tracked_table, relation oid, variable text, personal boolean) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  with part as (
    select d.position, format('case when %s then jsonb_build_object(%L, %s) else ''{}'' end',
        d.changed, d.name, case variable when 'o' then d.old_value else d.new_value end) as expression
      from audit.differences(tracked, relation) d
     where d.is_personal = personal)
  select case
      when count(*) = 0 then case when personal then 'null::jsonb' else '''{}''::jsonb' end
      when personal then format('nullif(%s, ''{}'')', string_agg(expression, ' || ' order by position))
      else string_agg(expression, ' || ' order by position) end
    from part
$$;

-- Column = value pairs that every captured entry takes from its transaction; `value` is evaluated once per statement.
create function audit.context_columns() returns table (nth integer, name text, type text, value text)
language sql immutable set search_path = pg_catalog, pg_temp as $$
  values
    (1, 'occurred_at', 'timestamptz', $s$coalesce(case when current_setting('audit.occurred_at', true) <> '' then audit.claimed('audit.occurred_at')::timestamptz end, statement_timestamp())$s$),
    (2, 'record_source', 'text', $s$case when current_setting('audit.record_source', true) <> '' then audit.claimed('audit.record_source') end$s$),
    (3, 'operation_name', 'text', $s$nullif(current_setting('audit.operation_name', true), '')$s$),
    (4, 'actor', 'text', $s$nullif(current_setting('audit.actor', true), '')$s$),
    (5, 'actor_kind', 'text', $s$nullif(current_setting('audit.actor_kind', true), '')$s$),
    (6, 'actor_role', 'text', $s$nullif(current_setting('audit.role', true), '')$s$),
    (7, 'reason', 'text', $s$nullif(current_setting('audit.reason', true), '')$s$),
    (8, 'reason_code', 'text', $s$nullif(current_setting('audit.reason_code', true), '')$s$),
    (9, 'reference', 'text', $s$nullif(current_setting('audit.reference', true), '')$s$),
    (10, 'approved_by', 'text', $s$nullif(current_setting('audit.approved_by', true), '')$s$),
    (11, 'run_id', 'text', $s$nullif(current_setting('audit.run_id', true), '')$s$),
    (12, 'cause_id', 'bigint', $s$nullif(current_setting('audit.cause_entry', true), '')::bigint$s$),
    (13, 'details', 'jsonb', $s$nullif(current_setting('audit.details', true), '')::jsonb$s$),
    (14, 'request_id', 'text', $s$nullif(current_setting('audit.request_id', true), '')$s$),
    (15, 'trace_parent', 'text', $s$nullif(current_setting('audit.trace_parent', true), '')$s$),
    (16, 'application', 'text', $s$coalesce(nullif(current_setting('audit.application', true), ''), nullif(current_setting('application_name', true), ''))$s$),
    (17, 'session', 'text', $s$coalesce(nullif(current_setting('audit.session', true), ''), pg_backend_pid()::text)$s$),
    (18, 'client_ip', 'inet', $s$coalesce(nullif(current_setting('audit.client_ip', true), '')::inet, inet_client_addr())$s$),
    (19, 'host_name', 'text', $s$nullif(current_setting('audit.host_name', true), '')$s$)
$$;

create function audit.context_list(in_variables boolean, without text[], out names text, out expressions text)
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select string_agg(name, ', ' order by nth),
         string_agg(case when in_variables then 'v_' || name else format('(%s)', value) end, ', ' order by nth)
    from audit.context_columns() where not name = any (without)
$$;

-- The text of the statement without its values, where a table keeps it.
create function audit.statement_expression(tracked audit.tracked_table) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case when tracked.keeps_statement
    then $s$regexp_replace(current_query(), $re$'(?:[^']|'')*'|\m[0-9]+(?:\.[0-9]+)?\M$re$, '?', 'g')$s$ else 'null::text' end
$$;

-- After a schema change that rewrote values, the first change of each record stores it whole; null when there was none.
create function audit.whole_expression(tracked audit.tracked_table, relation oid) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select format('coalesce((select e.schema_version from audit.entry e where e.tenant = %s and e.table_key = %s and e.record_key = %s
      and e.schema_version is not null order by e.id desc limit 1), 0) < %s',
    case when tracked.tenant_column is null then quote_literal(tracked.tenant) else audit.field('n', tracked.tenant_column) || '::text' end,
    tracked.table_key, audit.key_expression(tracked, relation, 'n'), tracked.rewritten_at_version)
   where tracked.rewritten_at_version is not null
$$;

-- The statement that writes the entries of one step: INSERT, UPDATE, DELETE, TRUNCATE, and what follows an UPDATE that moved
-- keys (MOVED) and a TRUNCATE that removed rows (TRUNCATED). In a trigger function the context is in variables; a statement
-- made on the spot reads it in place, and :first stands for the first entry of the step before.
--
-- Old and new rows are paired by their place in the transition tables, which hold them in the same order, so that swapped
-- keys pair right. It is a full join because a nested loop, planned for one row and kept for ten thousand, would take minutes.
create function audit.capture_statement(tracked audit.tracked_table, relation oid, step text, in_variables boolean) returns text
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
        from (select %s as tenant, count(*) as rows from %s o group by 1) t returning id) select min(id)%s from written',
      names, details, expressions, old_tenant, relation::regclass, into_first);
  when 'TRUNCATED' then
    return format(whole_row, 'before', names || ', cause_id', 'DELETE', old_tenant, old_key, old_entity, old_image, old_personal, salt,
      expressions || ', gone.id', format('%s o join audit.entry gone on gone.xid = pg_current_xact_id() and gone.id >= %s and gone.table_key = %s
        and gone.operation = ''TRUNCATE'' and gone.tenant = %s', relation::regclass, first, tracked.table_key, old_owner));
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

-- What the function of UPDATE does first: one row whose key stays, as most updates are. The statement above would spend most of
-- its time on preparing joins, and expressions of columns that did not change; PL/pgSQL prepares an expression when it is
-- reached. No row, several rows, a moved key and a record to be stored whole fall through.
create function audit.single_update(tracked audit.tracked_table, relation oid) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  context record := audit.context_list(false, array['reason']);
  has_personal boolean := tracked.personal_columns <> '{}';
  stays text := (select string_agg(format('not (%s)', audit.differs(c.type, c.collation_id, c.modifier, c.name)), ' and ' order by c.position)
    from audit.columns_of(relation) c where c.name = any (tracked.key_columns) or c.name = tracked.tenant_column);
  collect constant text := $s$        if %1$s then
          v_%2$sbefore := coalesce(v_%2$sbefore, '{}') || jsonb_build_object(%3$L, %4$s);
          v_%2$safter := coalesce(v_%2$safter, '{}') || jsonb_build_object(%3$L, %5$s);
        end if;
$s$;
  alone text;
  grouped text;
begin
  -- Columns of groups are compared one by one only when any of them changed.
  select string_agg(part, '' order by position) filter (where not is_grouped),
         case when bool_or(is_grouped) then format(E'        if %s then\n%s        end if;\n',
           string_agg(differs, ' or ' order by position) filter (where is_grouped), string_agg(part, '' order by position) filter (where is_grouped)) end
    into alone, grouped
    from (select d.*, format(collect, d.changed, case when d.is_personal then 'personal_' else '' end, d.name, d.old_value, d.new_value) as part
            from audit.differences(tracked, relation) d) differences;
  return format($s$  perform from new_rows offset 1;
  if not found then
    declare
      o record;
      n record;
      v_before jsonb;
      v_after jsonb;
      v_personal_before jsonb;
      v_personal_after jsonb;
      v_reason text;
    begin
      select * into o from old_rows;
      select * into n from new_rows;
      if %1$s then
%2$s        if v_before is not null%3$s then
          v_reason := nullif(current_setting('audit.reason', true), '');
          insert into audit.entry (operation, tenant, record_key, entity_key, before, after, %4$stable_key, schema_version, statement, reason, reason_source, %5$s)
          values ('UPDATE', %6$s, %7$s, %8$s, coalesce(v_before, '{}'), coalesce(v_after, '{}'), %9$s%10$s, %11$s, %12$s,
            v_reason, case when v_reason is not null then 'CALLER' end, %13$s);
        end if;
        return null;
      end if;
    end;
    perform from new_rows;
    if not found then
      return null;
    end if;
  end if;
$s$,
    concat_ws(' and ', audit.field('n', tracked.tenant_column) || ' is not null', stays, 'not (' || audit.whole_expression(tracked, relation) || ')'), concat(alone, grouped),
    case when has_personal then ' or v_personal_before is not null' else '' end,
    case when has_personal then 'personal_before, personal_after, personal_salt, ' else '' end, context.names,
    case when tracked.tenant_column is null then quote_literal(tracked.tenant) else audit.field('n', tracked.tenant_column) || '::text' end,
    audit.key_expression(tracked, relation, 'n'), coalesce(audit.field('n', tracked.entity_key_column) || '::text', 'null::text'),
    case when has_personal then 'v_personal_before, v_personal_after, case when v_personal_before is not null then gen_random_uuid() end, ' else '' end,
    tracked.table_key, tracked.schema_version, audit.statement_expression(tracked), context.expressions);
end
$$;
