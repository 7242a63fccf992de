-- Keys for programs that cannot fetch tokens, e.g. BI tools. The secret itself is never stored: it has 256 random bits, so a plain hash will do.
create table access.api_key (
  id text primary key check (id ~ '^[0-9a-f]{12}$'),
  secret_hash text not null check (secret_hash ~ '^[0-9a-f]{64}$'),
  tenant text not null check (tenant <> ''),
  name text not null check (name <> ''),
  role text not null default 'SERVICE',
  scopes text[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);
create unique index api_key_name on access.api_key (tenant, name) where revoked_at is null;
comment on table access.api_key is 'Hashed keys of programs, their tenant and permissions.';
-- Nobody but the owner reads the table: row level security without a policy, and no privilege.
alter table access.api_key enable row level security;

-- Asked before the tenant is known, hence security definer.
create function access.caller_of_key(key_id text, key_hash text, out tenant text, out actor text, out role text, out scopes text[])
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.tenant, k.name, k.role, k.scopes from access.api_key k
   where k.id = key_id and k.secret_hash = key_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
$$;
revoke all on function access.caller_of_key(text, text) from public;
grant execute on function access.caller_of_key(text, text) to whence_app;
