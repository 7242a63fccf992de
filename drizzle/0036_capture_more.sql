-- role: login
-- Capture of tables that use more of PostgreSQL: columns that vanish with a type or a schema, values that are converted in place, arrays whose bounds
-- are not 1, domains over char. And nothing that a row holds or a writer says is too long for what is noted behind the ticks.

-- Rows behind row level security are captured, and read, as any other; where the login role may not say so their TRUNCATE is refused.
do $$
begin
  alter role whence_owner bypassrls;
exception when insufficient_privilege then
  raise notice 'whence_owner keeps to row level security (it needs a superuser: alter role whence_owner bypassrls): tables under it cannot be truncated while tracked.';
end
$$;

set local role whence_owner;

-- As before (0029), of values that an index takes: nothing is looked up by a longer one.
create or replace function audit.values_of(entry audit.entry) returns table (kind text, column_name text, value text) language sql immutable as $$
  select found.kind, found.name, found.value from (
    select 'STATED', c.name, entry.after ->> c.name
      from (values ('created_by'), ('customer_id'), ('order_id'), ('product_id')) c (name)
     where entry.operation in ('INSERT', 'UPDATE')
    union all
    select 'FORMER', c.name, entry.before ->> c.name
      from (values ('customer_id'), ('order_id'), ('sku'), ('number'), ('key')) c (name)
     where entry.operation = 'UPDATE' or c.name in ('customer_id', 'order_id')) found (kind, name, value)
   where octet_length(found.value) <= 1000
$$;

-- As before (0010), of the first hundred thousand characters: a tsvector holds no more than a megabyte.
create or replace function audit.entry_words(reason text, reason_code text, reference text, operation_name text, details jsonb) returns tsvector
language sql immutable parallel safe as $$
  select audit.words_of(left(coalesce(reason, '') || ' ' || coalesce(reason_code, '') || ' ' || coalesce(reference, '') || ' ' || coalesce(operation_name, '')
    || ' ' || coalesce(details::text, ''), 100000))
$$;

-- As before (0003). What JSON cannot spell of an array is kept as PostgreSQL spells it, in a string: bounds other than 1, and in an array of jsonb
-- a JSON null or array, which would read as no value or as one more dimension. A domain over char has its length from the domain.
create or replace function audit.canonical(type oid, reference text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  base oid := audit.base_type(type);
  element oid := (select typelem from pg_type where oid = base and typcategory = 'A');
  plain constant oid[] := array['int2', 'int4', 'bool', 'text', 'varchar', 'bpchar', 'date', 'timestamp', 'time', 'timetz', 'uuid', 'jsonb']::regtype[]::oid[];
begin
  return case
    when base = any (plain) then reference || case when type = base then '' when base = 'bpchar'::regtype then '::bpchar' else '::' || base::regtype::text end
    when base = 'timestamptz'::regtype then format('audit.instant(%s)', reference)
    when base = 'bytea'::regtype then format($f$(E'\\x' || encode(%s, 'hex'))$f$, reference)
    when base = 'money'::regtype then reference || '::numeric::text'
    when element is not null then format($f$case when replace(array_dims(%1$s), '[1:', '') like '%%[%%'%2$s then to_jsonb(%1$s::text) else to_jsonb(%1$s%3$s) end$f$,
      reference, case when element = 'jsonb'::regtype then format(' or exists (select from unnest(%s) as e (v) where jsonb_typeof(e.v) in (''null'', ''array''))', reference) else '' end,
      case when element = any (plain) then '' else '::text[]' end)
    else reference || '::text'
  end;
end
$$;

-- As before (0003): blanks at the end of a char without a length, or with the length of a domain, are part of what is stored.
create or replace function audit.differs(type oid, collation_id oid, modifier integer, name text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when (audit.base_type(type) = any (array['int2', 'int4', 'int8', 'bool', 'date', 'timestamp', 'timestamptz', 'uuid', 'bytea']::regtype[]::oid[]))
      or (audit.base_type(type) = any (array['text', 'varchar', 'bpchar']::regtype[]::oid[])
          and (modifier >= 0 or audit.base_type(type) <> 'bpchar'::regtype)
          and (select collisdeterministic from pg_collation where oid = collation_id))
      or (audit.base_type(type) = 'numeric'::regtype and modifier >= 0)
    then format('%s is distinct from %s', audit.field('o', name), audit.field('n', name))
    else format('record_image_ne(row(%s), row(%s))', audit.field('o', name), audit.field('n', name))
  end
$$;

-- As before (0003). Keys of arrays and jsonb are spelled as PostgreSQL reads them again.
create or replace function audit.key_expression(tracked audit.tracked_table, relation oid, variable text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  with part as (
    select k.nth, case
        when (select base.oid = 'jsonb'::regtype or base.typcategory = 'A' from pg_type base where base.oid = audit.base_type(c.type))
          then audit.field(variable, k.name) || '::text'
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

-- As before (0003). What never happened, or happens for ever, is no time of a change: lengths of time could not be told.
create or replace function audit.claimed(setting text) returns text
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
  if setting = 'audit.occurred_at' and not isfinite(value::timestamptz) then
    raise exception 'A change occurred at some time: % is none.', value using errcode = 'datetime_field_overflow';
  end if;
  return value;
end
$$;

-- What the rows that are there have in a column that was added with a constant default, which PostgreSQL keeps apart instead of writing it into
-- every row. Of types of users the text is enough, so that it need not be asked whether they may be named.
create function audit.initial_value(relation oid, "position" integer) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
  set datestyle = 'ISO, MDY' set timezone = 'UTC' set intervalstyle = 'iso_8601' set extra_float_digits = '1' set bytea_output = 'hex' set lc_monetary = 'C' as $$
declare
  stored text;
  spelled_as regtype;
  initial jsonb;
begin
  select (a.attmissingval::text::text[])[1],
         case when t.typnamespace = 'pg_catalog'::regnamespace then t.oid when t.typcategory = 'A' then 'text[]'::regtype else 'text'::regtype end
    into stored, spelled_as
    from pg_attribute a join pg_type t on t.oid = audit.base_type(a.atttypid)
   where a.attrelid = relation and a.attnum = "position";
  execute format('select to_jsonb(%s) from (select $1::pg_catalog.%I as v) o', audit.canonical(spelled_as, 'o.v'), (select typname from pg_type where oid = spelled_as))
    into initial using stored;
  return initial;
end
$$;

-- As before (0005). A shape that was marked says that values were converted though the columns look the same, see audit.before_rewrite.
create or replace function audit.next_version(tracked audit.tracked_table, relation oid, out next audit.tracked_table, out columns jsonb, out incarnation integer)
language plpgsql stable set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $$
declare
  latest audit.table_version;
  is_first boolean;
  is_recreated boolean;
  is_restored boolean;
  is_rewritten boolean := tracked.shape like '% rewritten';
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
      select coalesce(jsonb_object_agg(old ->> 'name', new ->> 'name'), '{}'), is_rewritten or coalesce(bool_or(old ->> 'type' <> new ->> 'type'), false)
        into renamed, is_rewritten
        from jsonb_array_elements(latest.columns) old left join jsonb_array_elements(columns) new on new -> 'position' = old -> 'position';
      for added in
        select c.*, new -> 'position' as place from jsonb_array_elements(columns) new join audit.columns_of(relation) c on c.position = audit.number_of(new)
         where not exists (select from jsonb_array_elements(latest.columns) old where old -> 'position' = new -> 'position')
      loop
        if added.has_initial then -- a constant default: PostgreSQL keeps it apart instead of writing it into every row
          initial := audit.initial_value(relation, added.position);
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

-- A name is not another one because a session wants names in quotes.
alter function audit.shape_of(oid) set quote_all_identifiers = off;

-- As before (0005), and the types of key columns may be named: rows are looked up by them.
create or replace function audit.let_read(relation oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  named oid;
begin
  select relnamespace into named from pg_class where oid = relation;
  if not has_schema_privilege('whence_owner', named, 'usage') then
    execute format('grant usage on schema %s to whence_owner', named::regnamespace);
  end if;
  if not has_table_privilege('whence_owner', relation, 'select') then
    execute format('grant select on %s to whence_owner', relation::regclass);
  end if;
  for named in
    select distinct t.typnamespace from audit.columns_of(relation) c join pg_type t on t.oid = c.type
     where c.name = any (audit.key_of(relation)) and not has_schema_privilege('whence_owner', t.typnamespace, 'usage')
  loop
    begin
      execute format('grant usage on schema %s to whence_owner', named::regnamespace);
    exception when insufficient_privilege then
      raise warning 'The rows of % cannot be looked up by their key as long as whence_owner may not use the schema %.', relation::regclass, named::regnamespace;
    end;
  end loop;
end
$$;

-- As before (0005). A table whose rows change by statements on other tables is refused, and so are a tenant without a name and steps of no status.
create or replace function audit.track(
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
  if exists (select from pg_inherits where relation in (inhparent, inhrelid)) and (select relkind = 'r' from pg_class where oid = relation) then
    raise exception '%.% is part of an inheritance.', schema_of, name_of using errcode = 'wrong_object_type',
      hint = 'A statement on one of its tables changes rows of others, and no trigger there tells of it. Tables with partitions can be tracked.';
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
  if track.transitions is not null and track.status_column is null then
    raise exception 'Transitions are steps of a status: give status_column too.' using errcode = 'invalid_parameter_value';
  end if;
  if track.tenant = '' then
    raise exception 'A tenant has a name: an empty one would be seen by nobody.' using errcode = 'invalid_parameter_value';
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

  -- The table first, as whoever alters it does: otherwise the two would wait for each other.
  execute format('lock table %s in share row exclusive mode', relation);
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

reset role;

-- Tables by the triggers that they carry, with their keys; `part` carries them: a partition of `root`, or the table itself.
create view audit.carrier as
  select substring(p.proname from '^t([0-9]+)_')::integer as table_key, g.tgrelid as part, audit.parent_of(g.tgrelid) as root,
         count(*) filter (where p.proname not like '%\_begin')::integer as triggers
    from pg_trigger g join pg_proc p on p.oid = g.tgfoid
   where p.pronamespace = 'audit_capture'::regnamespace
   group by 1, 2;
comment on view audit.carrier is 'Tables that carry capture triggers, whatever their names are now.';
revoke all on audit.carrier from public;
grant select on audit.carrier to whence_owner;

-- Whether a statement on the table may bring about others before it is captured.
create function audit.has_other_triggers(relation oid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from pg_trigger g join pg_proc p on p.oid = g.tgfoid
     where g.tgrelid in (select relation union all select relid from pg_partition_tree(relation))
       and not g.tgisinternal and not g.tginitdeferred and g.tgenabled <> 'D' and p.pronamespace <> 'audit_capture'::regnamespace
       and g.tgtype & 66 = 0 and g.tgtype & 28 <> 0) -- neither BEFORE nor INSTEAD OF; INSERT, DELETE or UPDATE
$$;
revoke all on function audit.has_other_triggers(oid) from public;
grant execute on function audit.has_other_triggers(oid) to whence_owner;

-- Takes a tracked table in: its columns when they are not as they were, and parts that came or went. Triggers that are there stay as they are:
-- whoever disabled them wants them so. `is_new` is a table that was made anew.
create function audit.follow_table(key integer, relation oid, is_new boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  differs boolean := audit.has_other_triggers(relation) <> exists (select from pg_trigger g where g.tgrelid = relation and g.tgname = 'whence_begin');
begin
  if is_new or differs or exists (select from audit.tracked_table t where t.table_key = key and t.shape <> audit.shape_of(relation)) then
    perform audit.let_read(relation);
    perform audit.adopt(key, relation);
  end if;
  if differs or exists (select from (select 1) one left join pg_partition_tree(relation) t on true
              where not exists (select from audit.carrier c where c.table_key = key and c.part = coalesce(t.relid, relation) and c.triggers = 4))
     or exists (select from audit.carrier c where c.table_key = key and c.root <> relation) then
    perform audit.set_triggers(key, relation);
  end if;
end
$$;
revoke all on function audit.follow_table(integer, oid, boolean) from public;

-- As before (0007). What alters a type, or a schema, may alter any table.
create or replace function audit.after_schema_change() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  changed record;
  key integer;
begin
  if tg_tag in ('ALTER TYPE', 'ALTER DOMAIN', 'ALTER SCHEMA', 'ALTER EXTENSION') then
    perform audit.follow_table(c.table_key, c.root, false)
      from (select distinct table_key, root from audit.carrier) c join audit.tracked_table t using (table_key) where t.untracked_at is null;
    return;
  end if;
  for changed in
    select distinct audit.parent_of(r.oid) as relation
      from pg_event_trigger_ddl_commands() c
      left join (pg_trigger g join pg_proc p on p.oid = g.tgfoid and p.pronamespace <> 'audit_capture'::regnamespace)
        on c.classid = 'pg_trigger'::regclass and g.oid = c.objid
      join pg_class r on r.oid = case c.classid when 'pg_class'::regclass then c.objid else g.tgrelid end
     where r.relkind in ('r', 'p') and r.relpersistence <> 't'
  loop
    -- A table that carries our triggers is known by them, whatever its name is now.
    select c.table_key into key from audit.carrier c where c.part = changed.relation;
    if key is not null then
      perform audit.follow_table(key, changed.relation, false) from audit.tracked_table t where t.table_key = key and t.untracked_at is null;
    else
      select t.table_key into key from audit.tracked_table t
        join pg_class c on c.relname = t.relation_name join pg_namespace n on n.oid = c.relnamespace and n.nspname = t.schema_name
       where c.oid = changed.relation and t.untracked_at is null;
      if key is not null and audit.key_of(changed.relation) is not null then
        perform audit.follow_table(key, changed.relation, true);
      end if;
    end if;
  end loop;
end
$$;

-- A column that goes with its type, its function, its extension, their schema or their owner goes without an ALTER TABLE.
create function audit.after_drop() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
begin
  if tg_tag <> 'ALTER TABLE' then
    perform audit.follow_table(c.table_key, c.root, false)
      from (select distinct table_key, root from audit.carrier) c join audit.tracked_table t using (table_key)
     where t.untracked_at is null and c.root in (select audit.parent_of(d.objid) from pg_event_trigger_dropped_objects() d
       where d.classid = 'pg_class'::regclass and d.objsubid > 0 and exists (select from pg_class r where r.oid = d.objid));
  end if;
end
$$;

-- Values may be converted under a type that stays (alter column price type numeric using price / 100): the shape is marked, so that the columns are
-- taken in as a new version when the command ends.
create function audit.before_rewrite() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if pg_event_trigger_table_rewrite_reason() & 6 <> 0 then -- values for a new column, other values
    update audit.tracked_table t set shape = t.shape || ' rewritten'
      from audit.carrier c
     where c.part = audit.parent_of(pg_event_trigger_table_rewrite_oid()) and t.table_key = c.table_key and t.untracked_at is null
       and t.shape not like '% rewritten';
  end if;
end
$$;

do $$
begin
  drop event trigger if exists whence_ddl;
  create event trigger whence_ddl on ddl_command_end
    when tag in ('ALTER TABLE', 'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA', 'ALTER TYPE', 'ALTER DOMAIN', 'ALTER SCHEMA', 'ALTER EXTENSION',
      'CREATE TRIGGER')
    execute function audit.after_schema_change();
  create event trigger whence_drop on sql_drop execute function audit.after_drop();
  create event trigger whence_rewrite on table_rewrite when tag in ('ALTER TABLE', 'ALTER TYPE') execute function audit.before_rewrite();
exception when insufficient_privilege then
  raise notice 'No event trigger (it needs a superuser): capture functions will watch for schema changes themselves.';
end
$$;

-- Tables that are tracked already get the new functions; see 0011 for those that are not as they were.
select audit.let_read(c.part) from audit.carrier c join audit.tracked_table t using (table_key) where t.untracked_at is null and c.part = c.root;
set local role whence_owner;
select audit.adopt(c.table_key, c.part) from audit.carrier c join audit.tracked_table t using (table_key) where t.untracked_at is null and c.part = c.root;
