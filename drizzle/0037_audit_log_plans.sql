-- What audit.get_audit_log gives, planned for what is asked: one plan for all filters reads the whole trail for the entries of one key or run.
-- Tables without a business key are found by the record's: its index begins with the table.
create function audit.find_log_entries(of_key text, of_operation text, of_run text, at_most integer, behind integer)
returns table (id bigint, at timestamptz, named text, key text, said text, who text, run text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return query execute concat(
    'select e.id, e.occurred_at, coalesce(e.operation_name, e.operation), coalesce(e.entity_key, e.record_key),
       coalesce(e.details ->> ''text'', nullif(concat_ws('' -> '', e.before, e.after), ''''), e.details::text), coalesce(e.actor, e.db_user), e.run_id::text
       from audit.entry e where e.tenant = $1',
    case when of_key is not null then
      ' and (e.entity_key = $2 or (e.entity_key is null and e.table_key is null and e.record_key = $2)
         or (e.entity_key is null and e.table_key = any (array(select t.table_key from audit.tracked_table t)) and e.record_key = $2))' end,
    case when of_operation is not null then ' and (e.operation_name = $3 or (e.operation_name is null and e.operation = $3))' end,
    case when of_run is not null then ' and e.run_id = $4' end,
    ' order by e.id desc limit $5 offset $6')
  using audit.session_tenant(), of_key, of_operation, of_run, greatest(at_most, 0), greatest(behind, 0);
end
$$;

-- As before (see 0006).
create or replace function audit.get_audit_log(sku text default null, operation text default null, run_id text default null, "limit" integer default 100, "offset" integer default 0)
returns table (audit_id bigint, "timestamp" timestamptz, operation text, sku text, details text, "user" text, run_id text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select f.id, f.at, f.named, f.key, f.said, f.who, f.run from audit.find_log_entries($1, $2, $3, $4, $5) f
$$;
