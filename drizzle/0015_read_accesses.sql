-- Who read personal or audit data. One row for each kind of thing that a request read, and one for each thing, to find who read it.
create table audit.read_access (
  tenant text not null,
  id bigint not null generated always as identity,
  occurred_at timestamptz not null,
  actor text not null,
  actor_role text,
  actor_verified boolean not null,
  operation_name text,
  fields text[] not null,
  entity_type text,
  entity_key text,
  row_count integer not null,
  is_allowed boolean not null,
  purpose text,
  session text,
  application text,
  client_ip inet,
  request_id text,
  primary key (tenant, id)
);
comment on table audit.read_access is 'Reads of personal and audit data through the API.';
comment on column audit.read_access.entity_key is 'Key part of the global id; null when many were read, or none.';
create index read_access_occurred on audit.read_access (tenant, occurred_at, id);

create table audit.read_access_entity (
  tenant text not null,
  entity_type text not null,
  entity_key text not null,
  occurred_at timestamptz not null,
  access_id bigint not null,
  primary key (tenant, entity_type, entity_key, occurred_at, access_id)
);
comment on table audit.read_access_entity is 'What each access read, also where it read many.';

create trigger append_only before update or delete on audit.read_access for each row execute function audit.refuse_rewrite();
create trigger append_only_truncate before truncate on audit.read_access for each statement execute function audit.refuse_rewrite();
create trigger append_only before update or delete on audit.read_access_entity for each row execute function audit.refuse_rewrite();
create trigger append_only_truncate before truncate on audit.read_access_entity for each statement execute function audit.refuse_rewrite();

do $$
declare
  t text;
begin
  foreach t in array array['audit.read_access', 'audit.read_access_entity'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s for select to whence_app, whence_source
      using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    execute format('create policy all_tenants on %s for select to whence_worker using (true)', t);
    execute format('grant select on %s to whence_app, whence_worker', t);
  end loop;
end
$$;

-- The server gathers reads of all tenants and writes them with this one statement. A row of a tracked table is given by the table's key, and
-- becomes the entity it is; what is asked for as a record of a business table is that entity, too. Times are ages, so that there is one clock.
create function audit.write_reads(reads jsonb) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with given as materialized (
    select nextval(pg_get_serial_sequence('audit.read_access', 'id')) as id, clock_timestamp() - r.age_ms * interval '1 millisecond' as occurred_at, r.*
      from jsonb_to_recordset(reads) as r (age_ms double precision, tenant text, actor text, actor_role text, actor_verified boolean,
        operation_name text, fields text[], entity_type text, table_key integer, keys text[], row_count integer, is_allowed boolean,
        purpose text, session text, application text, client_ip inet, request_id text)),
  entity as materialized (
    select g.id, k.place, coalesce(business.entity_type, t.entity_type, g.entity_type) as entity_type,
           case when business.entity_type is not null then substr(k.key, length(business.table_name) + 2)
                when t.entity_type = 'RECORD' then t.table_name || ':' || k.key
                else k.key end as entity_key
      from given g
     cross join lateral unnest(g.keys) with ordinality k (key, place)
      left join audit.tracked_table t on t.table_key = g.table_key
      left join audit.tracked_table business on g.entity_type = 'RECORD' and business.entity_type <> 'RECORD'
       and business.table_name = split_part(k.key, ':', 1)),
  access as (
    insert into audit.read_access (id, tenant, occurred_at, actor, actor_role, actor_verified, operation_name, fields, entity_type, entity_key,
        row_count, is_allowed, purpose, session, application, client_ip, request_id)
      overriding system value
      select g.id, g.tenant, g.occurred_at, g.actor, g.actor_role, g.actor_verified, g.operation_name, g.fields,
             coalesce(one.entity_type, t.entity_type, g.entity_type), one.entity_key, g.row_count, g.is_allowed, g.purpose, g.session,
             g.application, g.client_ip, g.request_id
        from given g
        left join entity one on one.id = g.id and cardinality(g.keys) = 1
        left join audit.tracked_table t on t.table_key = g.table_key)
  -- A key near the limit of an index entry is not found by its entity; the access itself is kept.
  insert into audit.read_access_entity (tenant, entity_type, entity_key, occurred_at, access_id)
    select g.tenant, e.entity_type, e.entity_key, g.occurred_at, g.id
      from entity e join given g using (id) where octet_length(e.entity_key) <= 2000
      on conflict do nothing
$$;
revoke all on function audit.write_reads(jsonb) from public;
grant execute on function audit.write_reads(jsonb) to whence_app;
