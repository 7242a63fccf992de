-- Files that are made in the background and got within an hour. The server writes them through its own right: they are no part of the trail.
create table access.export (
  tenant text not null,
  id uuid not null default gen_random_uuid(),
  format text not null,
  status text not null default 'PENDING' check (status in ('PENDING', 'RUNNING', 'READY', 'FAILED', 'EXPIRED')),
  progress real not null default 0,
  is_personal boolean not null,
  file_name text,
  byte_size bigint,
  sha256 text,
  manifest jsonb,
  error_message text,
  actor text not null,
  created_at timestamptz not null default clock_timestamp(),
  touched_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  primary key (tenant, id)
);
comment on table access.export is 'Files made in the background: what was asked for, how far it is, and for how long it is there.';
comment on column access.export.touched_at is 'When its server last said that it works on it: one that has been silent for two minutes is gone.';
comment on column access.export.is_personal is 'Whether people are named in it: who may not see them may not have it.';
create index export_created on access.export (tenant, created_at, id);
alter table access.export enable row level security;
create policy one_tenant on access.export to whence_app using (tenant = nullif(current_setting('app.tenant', true), ''));
grant select, insert, update, delete on access.export to whence_app;
