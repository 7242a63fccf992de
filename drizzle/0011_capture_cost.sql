-- Capture costs less where nobody said who and why, and saying it by audit.begin costs less.

-- What the function of UPDATE does first: one row whose key stays, as most updates are. The statement above would spend most of
-- its time on preparing joins, and expressions of columns that did not change; PL/pgSQL prepares an expression when it is
-- reached. No row, several rows, a moved key and a record to be stored whole fall through.
--
-- A statement of which nothing is known is asked so in one expression, which costs half of what reading each setting for the
-- entry does. Where there is a context there is nearly always an actor, so that asking costs no more than that one.
create or replace function audit.single_update(tracked audit.tracked_table, relation oid) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  context record := audit.context_list(false, array['reason']);
  has_personal boolean := tracked.personal_columns <> '{}';
  names text := concat('operation, tenant, record_key, entity_key, before, after, ',
    case when has_personal then 'personal_before, personal_after, personal_salt, ' end, 'table_key, schema_version, statement');
  expressions text := concat_ws(', ', '''UPDATE''',
    case when tracked.tenant_column is null then quote_literal(tracked.tenant) else audit.field('n', tracked.tenant_column) || '::text' end,
    audit.key_expression(tracked, relation, 'n'), coalesce(audit.field('n', tracked.entity_key_column) || '::text', 'null::text'),
    'coalesce(v_before, ''{}''), coalesce(v_after, ''{}'')',
    case when has_personal then 'v_personal_before, v_personal_after, case when v_personal_before is not null then gen_random_uuid() end' end,
    tracked.table_key, tracked.schema_version, audit.statement_expression(tracked));
  others text := (select string_agg(distinct format('current_setting(%L, true)', setting[1]), ', ')
    from audit.context_columns() cross join regexp_matches(value, '''(audit\.[a-z_]+)''', 'g') setting where setting[1] <> 'audit.actor');
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
          if coalesce(current_setting('audit.actor', true), '') = '' then
            if concat(%4$s) = '' then
              insert into audit.entry (%5$s, application, session, client_ip)
              values (%6$s, nullif(current_setting('application_name', true), ''), pg_backend_pid()::text, inet_client_addr());
              return null;
            end if;
          end if;
          v_reason := nullif(current_setting('audit.reason', true), '');
          insert into audit.entry (%5$s, reason, reason_source, %7$s)
          values (%6$s, v_reason, case when v_reason is not null then 'CALLER' end, %8$s);
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
    others, names, expressions, context.names, context.expressions);
end
$$;

-- Only settings that are given, or were made before, are made: making one costs five times what looking at it does. No search_path
-- of its own, which costs as much as three settings: it runs as its caller, and names are qualified.
create or replace function audit.begin(
  actor text default null, role text default null, reason text default null, reason_code text default null,
  reference text default null, run_id text default null, cause_entry bigint default null, operation_name text default null,
  details jsonb default null, request_id text default null, trace_parent text default null, approved_by text default null,
  actor_kind text default null, occurred_at timestamptz default null, record_source text default null, tenant text default null
) returns void language plpgsql as $$
begin
  perform pg_catalog.set_config(s.name, coalesce(s.value, ''), true)
    from (select
      pg_catalog.unnest(array['audit.actor', 'audit.role', 'audit.reason', 'audit.reason_code', 'audit.reference',
        'audit.run_id', 'audit.cause_entry', 'audit.operation_name', 'audit.details', 'audit.request_id',
        'audit.trace_parent', 'audit.approved_by', 'audit.actor_kind', 'audit.occurred_at', 'audit.record_source']) as name,
      pg_catalog.unnest(array[actor, role, reason, reason_code, reference,
        run_id, cause_entry::pg_catalog.text, operation_name, details::pg_catalog.text, request_id,
        trace_parent, approved_by, actor_kind, occurred_at::pg_catalog.text, record_source]) as value
      offset 0) s
   where s.value is not null or pg_catalog.current_setting(s.name, true) operator(pg_catalog.<>) '';
  if tenant is not null then
    perform pg_catalog.set_config('app.tenant', tenant, true);
  end if;
end
$$;

-- Tables that are tracked already get the new functions. One that was renamed or made anew where no event trigger told of it gets them
-- with its next write.
select audit.adopt(t.table_key, r.relation)
  from audit.tracked_table t cross join lateral (select to_regclass(format('%I.%I', t.schema_name, t.relation_name)) as relation) r
 where t.untracked_at is null and audit.has_triggers(t.table_key, r.relation);
