-- Personal values are shown only to readers who may see them: the setting `app.personal` says so, for one statement or transaction, and
-- whoever does not set it sees masks. A masked value is `***`; null stays null, so that it shows whether there is a value.

create function audit.sees_personal() returns boolean language sql stable parallel safe as $$
  select coalesce(pg_catalog.current_setting('app.personal', true) operator(pg_catalog.=) 'shown', false)
$$;

-- The image with masks: of every value, or of those of some columns.
create function audit.masked(image jsonb, columns text[] default null) returns jsonb
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select case when image is not null then coalesce((
    select jsonb_object_agg(key, case when value = 'null' or not key = any (columns) then value else '"***"' end) from jsonb_each(image)), '{}') end
$$;

-- The trail as the server reads it. The view reads as its owner, whom row level security does not hold, so it keeps to the tenant of the
-- session itself: without one it is empty. The app role has no right on the personal columns of the table: no statement can forget the mask.
-- A column that became personal after values of it were captured is masked there as well; reading those is what the subqueries cost.
create view audit.shown_entry as
  select e.tenant, e.id, e.xid, e.occurred_at, e.recorded_at, e.table_key, e.record_key, e.entity_key, e.operation, e.operation_name,
    e.actor, e.actor_kind, e.actor_role, e.actor_verified, e.db_user, e.session, e.client_ip, e.application, e.record_source, e.host_name,
    e.statement, e.request_id, e.reason, e.reason_code, e.reason_source, e.reference, e.approved_by, e.cause_id, e.reason_for, e.details,
    e.run_id, e.trace_parent, e.schema_version,
    case when audit.sees_personal() then e.before else coalesce((
      select audit.masked(e.before, t.personal_columns) from audit.tracked_table t
       where t.table_key = e.table_key and e.before ?| t.personal_columns), e.before) end as before,
    case when audit.sees_personal() then e.after else coalesce((
      select audit.masked(e.after, t.personal_columns) from audit.tracked_table t
       where t.table_key = e.table_key and e.after ?| t.personal_columns), e.after) end as after,
    case when audit.sees_personal() then e.personal_before else audit.masked(e.personal_before) end as personal_before,
    case when audit.sees_personal() then e.personal_after else audit.masked(e.personal_after) end as personal_after
    from audit.entry e
   where e.tenant = nullif(current_setting('app.tenant', true), '');
comment on view audit.shown_entry is 'The trail of one tenant; personal values are masked unless app.personal is ''shown''.';
grant select on audit.shown_entry to whence_app;

revoke select on audit.entry from whence_app;
do $$
begin
  execute (
    select format('grant select (%s) on audit.entry to whence_app', string_agg(quote_ident(attname), ', ' order by attnum))
      from pg_attribute where attrelid = 'audit.entry'::regclass and attnum > 0 and not attisdropped and attname not like 'personal\_%');
end
$$;

-- Rows of tracked tables as they are now: the personal part comes masked in the same way.
create or replace function audit.write_reader(tracked audit.tracked_table, relation oid) returns void
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
  shows boolean := audit.sees_personal();
begin
  foreach wanted in array wanted_keys loop
    begin
      return query select wanted, q.plain, case when shows then q.personal else audit.masked(q.personal) end
        from (select %s as plain, %s as personal from %s o where %s and %s = of_tenant) q;
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

-- Tables that are tracked already get the new reader; see 0011 for those that are not as they were.
select audit.adopt(t.table_key, r.relation)
  from audit.tracked_table t cross join lateral (select to_regclass(format('%I.%I', t.schema_name, t.relation_name)) as relation) r
 where t.untracked_at is null and audit.has_triggers(t.table_key, r.relation);
