-- The trail: one flat, append-only table, and the catalogue that keeps old entries readable.

create table audit.setting (
  name text primary key,
  value text not null
);
comment on table audit.setting is 'Settings of this database: the default tenant, and the secret that signs cursors.';
insert into audit.setting values ('default_tenant', 'demo');

-- Made when it is first asked for, so that no two databases share one.
create function audit.cursor_secret() returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into audit.setting values ('cursor_secret', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')) on conflict do nothing;
  return (select value from audit.setting where name = 'cursor_secret');
end
$$;
revoke all on function audit.cursor_secret() from public;
grant execute on function audit.cursor_secret() to whence_app;

-- Tracked tables are known by a key of our own: an OID would not survive a dump, a name not a rename.
create table audit.tracked_table (
  table_key integer generated always as identity primary key,
  schema_name text not null,
  relation_name text not null,
  table_name text not null generated always as (schema_name || '.' || relation_name) stored unique,
  entity_type text not null default 'RECORD',
  key_columns text[] not null,
  entity_key_column text,
  tenant_column text,
  tenant text,
  ignored_columns text[] not null default '{}',
  masked_columns text[] not null default '{}',
  personal_columns text[] not null default '{}',
  reason_required_columns text[] not null default '{}',
  column_groups jsonb not null default '[]',
  status_column text,
  transitions jsonb,
  truncate_policy text not null default 'KEEP_ROWS' check (truncate_policy in ('KEEP_ROWS', 'REFUSE')),
  keeps_statement boolean not null default false,
  schema_version integer not null default 0,
  rewritten_at_version integer,
  relation_oid oid,
  shape text not null default '',
  tracked_since timestamptz not null default now(),
  untracked_at timestamptz,
  check (num_nonnulls(tenant_column, tenant) = 1)
);
comment on column audit.tracked_table.column_groups is 'Columns that make one value together, e.g. [["price", "currency"]]: a change of one stores all.';
comment on column audit.tracked_table.rewritten_at_version is 'Newest schema version at which values changed without a trigger (a type change, a computed default).';

comment on column audit.tracked_table.relation_oid is 'Only to notice a restored database, in which the columns are numbered anew.';

create table audit.table_version (
  table_key integer not null references audit.tracked_table,
  schema_version integer not null,
  incarnation integer not null,
  columns jsonb not null,
  key_columns text[] not null,
  since timestamptz not null default now(),
  primary key (table_key, schema_version)
);
comment on table audit.table_version is 'Columns of a tracked table over time: [{position, name, type, nullable, initial, attnum}]. A column keeps its position through a rename and a restore (attnum is its number in the table where that is another); a re-created table, or another key, is a new incarnation.';

-- Domains instead of CHECK constraints: those of a table are parsed and planned again by every statement that inserts into it,
-- which took an eighth of the time of capturing one row.
create domain audit.operation as text constraint entry_operation check (value in
  ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'EVENT', 'DDL', 'READ', 'ERASE', 'SECURITY'));
create domain audit.actor_kind as text constraint entry_actor_kind check (value in ('USER', 'SERVICE', 'DATABASE', 'UNKNOWN'));
create domain audit.run_id as text constraint entry_run_id check (value ~ '^run_[0-9]{8}_[0-9]{6}_[0-9a-f]{8}$');

create sequence audit.entry_id cache 1;

create table audit.entry (
  tenant text not null,
  id bigint not null default nextval('audit.entry_id'),
  xid xid8 not null default pg_current_xact_id(),
  occurred_at timestamptz not null default statement_timestamp(),
  recorded_at timestamptz not null default statement_timestamp(),
  table_key integer,
  record_key text,
  entity_key text,
  operation audit.operation not null,
  operation_name text,
  actor text,
  actor_kind audit.actor_kind,
  actor_role text,
  actor_verified boolean not null default false,
  db_user text not null default session_user,
  session text,
  client_ip inet,
  application text,
  record_source text,
  host_name text,
  statement text,
  request_id text,
  reason text,
  reason_code text,
  reason_source text,
  reference text,
  approved_by text,
  cause_id bigint,
  reason_for bigint,
  details jsonb,
  run_id audit.run_id,
  trace_parent text,
  schema_version integer,
  before jsonb,
  after jsonb,
  personal_before jsonb,
  personal_after jsonb,
  personal_salt uuid,
  primary key (tenant, id)
) partition by range (id);

comment on column audit.entry.occurred_at is 'When it happened by the source''s own clock; statement time when captured here.';
comment on column audit.entry.recorded_at is 'Statement time here.';
comment on column audit.entry.record_key is 'Key columns without the tenant: one column as text, several as a JSON array of texts.';
comment on column audit.entry.entity_key is 'Business key at that time, e.g. the SKU; null where record_key says it.';
comment on column audit.entry.reason_for is 'Set on an entry that adds a reason to an earlier one.';
comment on column audit.entry.before is 'UPDATE: changed columns only. DELETE: the whole row.';
comment on column audit.entry.after is 'UPDATE: changed columns only. INSERT: the whole row.';

create table audit.entry_default partition of audit.entry default;

create index entry_record on audit.entry (tenant, table_key, record_key, id);
-- In reading order, so that a page of a busy actor costs what a page of a rare one costs. CASE, because under row level security
-- the planner takes coalesce for a leak, and would not use the index.
create index entry_actor on audit.entry (tenant, (case when actor is null then db_user else actor end), id);
create index entry_run on audit.entry (tenant, run_id, id) where run_id is not null;
create index entry_transaction on audit.entry (xid, id);
create index entry_occurred on audit.entry using brin (occurred_at);
-- The partial ones cost nothing where the column is not used.
create index entry_entity on audit.entry (tenant, entity_key, id) where entity_key is not null;
create index entry_cause on audit.entry (tenant, cause_id, id) where cause_id is not null;
create index entry_reason_for on audit.entry (tenant, reason_for, id) where reason_for is not null;

-- The owner of the data must not be able to rewrite the trail by accident: privileges refuse it, and so do triggers.
create function audit.refuse_rewrite() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'The audit trail is append-only: % on %.% is refused.', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege', hint = 'A correction is a new entry.';
end
$$;
create trigger append_only before update or delete on audit.entry for each row execute function audit.refuse_rewrite();
create trigger append_only_truncate before truncate on audit.entry for each statement execute function audit.refuse_rewrite();

-- Partitions of ten million entries each; two are kept ahead of the newest id, and a default one catches the rest.
create function audit.ensure_partitions() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  size constant bigint := 10000000;
  newest bigint := (select last_value from audit.entry_id);
  made integer := 0;
  part bigint;
  name text;
begin
  perform pg_advisory_xact_lock(hashtext('audit.ensure_partitions'));
  for part in newest / size .. newest / size + 2 loop
    name := 'entry_' || lpad(part::text, 5, '0');
    continue when to_regclass('audit.' || name) is not null;
    continue when exists (select from audit.entry_default where id >= part * size and id < (part + 1) * size);
    execute format('create table audit.%I partition of audit.entry for values from (%s) to (%s)', name, part * size, (part + 1) * size);
    execute format('create trigger append_only_truncate before truncate on audit.%I for each statement execute function audit.refuse_rewrite()', name);
    made := made + 1;
  end loop;
  return made;
end
$$;
create trigger append_only_truncate before truncate on audit.entry_default for each statement execute function audit.refuse_rewrite();
select audit.ensure_partitions();

-- A restore can bring transaction ids above the new cluster's. When they go backwards a new epoch opens; entries up to
-- last_entry_id_before count as visible whatever their transaction id.
create table audit.epoch (
  epoch integer primary key,
  last_entry_id_before bigint not null,
  started_at timestamptz not null default now()
);
insert into audit.epoch values (1, 0);

create function audit.ensure_epoch() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  last_foreign_entry bigint;
begin
  perform pg_advisory_xact_lock(hashtext('audit.ensure_epoch'));
  select max(id) into last_foreign_entry from audit.entry
   where xid >= pg_snapshot_xmax(pg_current_snapshot())
     and id > (select max(last_entry_id_before) from audit.epoch);
  if last_foreign_entry is not null then
    insert into audit.epoch select max(epoch) + 1, last_foreign_entry from audit.epoch;
  end if;
  return (select max(epoch) from audit.epoch);
end
$$;

create table audit.run (
  tenant text not null,
  run_id text not null check (run_id ~ '^run_[0-9]{8}_[0-9]{6}_[0-9a-f]{8}$'),
  name text not null,
  event_prefix text not null default 'BATCH',
  status text not null default 'RUNNING' check (status in ('RUNNING', 'SUCCEEDED', 'FAILED', 'ABANDONED')),
  started_at timestamptz not null,
  finished_at timestamptz,
  actor text,
  actor_kind text,
  reason text,
  reason_code text,
  reference text,
  primary key (tenant, run_id)
);
comment on table audit.run is 'Batches that were opened; one that entries merely name has no row here.';

create table access.idempotency_key (
  tenant text not null,
  key text not null,
  mutation text not null,
  input_hash text not null,
  outcome jsonb,
  created_at timestamptz not null default now(),
  primary key (tenant, key)
);
comment on table access.idempotency_key is 'The first outcome of a mutation, kept for 24 hours.';
create index idempotency_key_age on access.idempotency_key (created_at);

-- Rights: the app reads its tenant's part and inserts through functions only.
do $$
declare
  t text;
begin
  foreach t in array array['audit.entry', 'audit.run', 'access.idempotency_key'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s to whence_app, whence_source
      using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    execute format('create policy all_tenants on %s for select to whence_worker using (true)', t);
    execute format('grant select on %s to whence_app, whence_worker', t);
  end loop;
end
$$;
grant insert, update, delete on access.idempotency_key to whence_app;
alter table audit.tracked_table enable row level security;
create policy one_tenant on audit.tracked_table to whence_app, whence_source
  using (tenant is null or tenant = nullif(current_setting('app.tenant', true), ''));
create policy all_tenants on audit.tracked_table for select to whence_worker using (true);
alter table audit.table_version enable row level security;
create policy of_visible_table on audit.table_version to whence_app, whence_source, whence_worker
  using (exists (select from audit.tracked_table t where t.table_key = table_version.table_key));
grant select on audit.tracked_table, audit.table_version, audit.epoch to whence_app, whence_worker;
grant usage on schema audit to public;
grant usage on schema access, audit_capture to whence_app, whence_worker;
revoke all on function audit.ensure_partitions(), audit.ensure_epoch() from public;
grant execute on function audit.ensure_partitions(), audit.ensure_epoch() to whence_app, whence_worker;
