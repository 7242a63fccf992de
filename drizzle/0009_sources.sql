-- What importers have taken, so that a repeat doubles nothing.
create schema sources;
comment on schema sources is 'Imports: which lines of which file were taken.';

-- The key of a line is the sha256 of its file and its number. Lines are taken in the order of the file, and this row moves on in the
-- transaction that takes them: every line up to lines_taken is in, none after it.
create table sources.file_import (
  tenant text not null,
  source text not null,
  file_sha256 text not null check (file_sha256 ~ '^[0-9a-f]{64}$'),
  file_name text not null,
  lines_taken bigint not null default 0,
  open_run jsonb,
  counts jsonb not null default '{}',
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant, source, file_sha256)
);
comment on column sources.file_import.lines_taken is 'Number of the last line taken, counted from 1 as in the file.';
comment on column sources.file_import.open_run is 'The run of the day under way: {id, lastAt, lines}.';
comment on column sources.file_import.counts is 'What was made of the lines taken so far.';

alter table sources.file_import enable row level security;
create policy one_tenant on sources.file_import to whence_app, whence_source
  using (tenant = nullif(current_setting('app.tenant', true), ''))
  with check (tenant = nullif(current_setting('app.tenant', true), ''));
create policy all_tenants on sources.file_import for select to whence_worker using (true);
grant usage on schema sources to whence_app, whence_worker, whence_source;
grant select on sources.file_import to whence_app, whence_worker;
grant select, insert, update on sources.file_import to whence_source;

-- An import fills empty tables faster than autovacuum looks at them (the embedded database has none), and a plan made for an empty table
-- reads all of a full one. Importers do not own the tables, hence security definer.
create function sources.refresh_statistics() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  analyze commerce.customers, commerce.products, commerce.orders, commerce.order_items;
end
$$;
revoke all on function sources.refresh_statistics() from public;
grant execute on function sources.refresh_statistics() to whence_source;
