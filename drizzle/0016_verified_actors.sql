-- Who acts is what a transaction says, and anybody who writes can say anything. With a secret that the database and its applications share,
-- an application proves it: in its transaction it asks for a nonce, and gives audit.begin an HMAC over nonce, tenant and actor.
create table audit.actor_secret (
  only_one boolean primary key default true check (only_one),
  inner_pad bytea not null,
  outer_pad bytea not null,
  salt text not null default gen_random_uuid()::text || gen_random_uuid()::text
);
comment on table audit.actor_secret is 'The shared secret as the two keys that HMAC-SHA256 makes of it.';
-- Nobody but the owner reads it: row level security without a policy, and no privilege.
alter table audit.actor_secret enable row level security;

-- One row for each transaction whose actor was proven. It is written by audit.verify_actor alone; capture knows nothing of it.
create table audit.verified_actor (
  tenant text not null,
  xid xid8 not null,
  actor text not null,
  first_entry bigint not null,
  last_entry bigint,
  primary key (tenant, xid, actor)
);
comment on column audit.verified_actor.last_entry is 'Set when the transaction commits: in a restored database transaction ids are used again, ids of entries are not.';
alter table audit.verified_actor enable row level security;
create policy one_tenant on audit.verified_actor for select to whence_app, whence_source
  using (tenant = nullif(current_setting('app.tenant', true), ''));
create policy all_tenants on audit.verified_actor for select to whence_worker using (true);
grant select on audit.verified_actor to whence_app, whence_worker;

create function audit.newest_entry() returns bigint language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select case when is_called then last_value else 0 end from audit.entry_id
$$;
revoke all on function audit.newest_entry() from public;

create function audit.close_verified_actor() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update audit.verified_actor v set last_entry = audit.newest_entry() where v.tenant = new.tenant and v.xid = new.xid and v.actor = new.actor;
  return null;
end
$$;
revoke all on function audit.close_verified_actor() from public;
create constraint trigger close_at_commit after insert on audit.verified_actor deferrable initially deferred
  for each row when (new.last_entry is null) execute function audit.close_verified_actor();

-- What was proven stays as it is: a row is closed once.
create function audit.refuse_verified_rewrite() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.last_entry is null and row(new.tenant, new.xid, new.actor, new.first_entry) is not distinct from row(old.tenant, old.xid, old.actor, old.first_entry) then
    return new;
  end if;
  raise exception 'The audit trail is append-only: % on %.% is refused.', tg_op, tg_table_schema, tg_table_name using errcode = 'insufficient_privilege';
end
$$;
create trigger append_only before update or delete on audit.verified_actor for each row execute function audit.refuse_verified_rewrite();
create trigger append_only_truncate before truncate on audit.verified_actor for each statement execute function audit.refuse_rewrite();

-- Makes the secret known to the database, 32 bytes or more; null forgets it. For the owner only.
create function audit.set_actor_secret(secret text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  key bytea := convert_to(secret, 'UTF8');
  inner_pad bytea := decode(repeat('36', 64), 'hex');
  outer_pad bytea := decode(repeat('5c', 64), 'hex');
begin
  if secret is null then
    delete from audit.actor_secret;
    return;
  end if;
  if length(key) < 32 then
    raise exception 'The actor secret is too short: it needs 32 bytes or more.' using errcode = 'invalid_parameter_value';
  end if;
  if length(key) > 64 then
    key := sha256(key);
  end if;
  for i in 0 .. length(key) - 1 loop
    inner_pad := set_byte(inner_pad, i, get_byte(inner_pad, i) # get_byte(key, i));
    outer_pad := set_byte(outer_pad, i, get_byte(outer_pad, i) # get_byte(key, i));
  end loop;
  insert into audit.actor_secret as s (inner_pad, outer_pad) values (inner_pad, outer_pad)
    on conflict (only_one) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad
     where s.inner_pad <> excluded.inner_pad;
end
$$;
revoke all on function audit.set_actor_secret(text) from public;

create function audit.no_actor_secret() returns text language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'This database knows no actor secret.' using errcode = 'object_not_in_prerequisite_state',
    hint = 'Set WHENCE_ACTOR_SECRET and run "whence migrate", or as the owner: select audit.set_actor_secret(''...'');';
end
$$;

-- What an application signs together with tenant and actor: 64 hex digits that hold for this transaction alone, so that a mac cannot be used
-- again, by nobody and in no session. Made from a salt that nobody reads; nothing need be kept, and no setting can put another in its place.
create function audit.nonce() returns text language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(
    (select encode(sha256(convert_to(concat_ws('|', s.salt, extract(epoch from pg_postmaster_start_time()), pg_backend_pid(), pg_current_xact_id()), 'UTF8')), 'hex')
       from audit.actor_secret s),
    audit.no_actor_secret())
$$;
revoke all on function audit.no_actor_secret() from public;
grant execute on function audit.nonce() to public;

-- Checks that the transaction's actor and tenant are signed for it, and marks the transaction. The mac is
-- hex(HMAC-SHA256(secret, nonce || newline || tenant || newline || actor)), all of it UTF-8.
create function audit.verify_actor(mac text) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  of_tenant text := audit.session_tenant();
  of_actor text := nullif(current_setting('audit.actor', true), '');
  nonce text := audit.nonce();
  right_mac text;
begin
  select encode(sha256(s.outer_pad || sha256(s.inner_pad || convert_to(concat(nonce, E'\n', of_tenant, E'\n', of_actor), 'UTF8'))), 'hex')
    into right_mac from audit.actor_secret s;
  -- Hashes are compared, so that the time it takes tells nothing of the mac. A tenant with a newline could pass for another with another actor.
  if of_actor is null or strpos(of_tenant, E'\n') > 0 or sha256(convert_to(lower(mac), 'UTF8')) is distinct from sha256(convert_to(right_mac, 'UTF8')) then
    raise exception 'The mac does not prove that % acts for tenant % in this transaction.', coalesce(of_actor, 'nobody'), of_tenant
      using errcode = 'insufficient_privilege',
        hint = 'It is hex(HMAC-SHA256(secret, nonce || newline || tenant || newline || actor)) with the nonce that audit.nonce() gives in this transaction.';
  end if;
  insert into audit.verified_actor (tenant, xid, actor, first_entry) values (of_tenant, pg_current_xact_id(), of_actor, audit.newest_entry() + 1)
    on conflict do nothing;
end
$$;
grant execute on function audit.verify_actor(text) to public;

-- As before (see 0011), and with a mac the actor is proven.
drop function audit.begin(text, text, text, text, text, text, bigint, text, jsonb, text, text, text, text, timestamptz, text, text);
create function audit.begin(
  actor text default null, role text default null, reason text default null, reason_code text default null,
  reference text default null, run_id text default null, cause_entry bigint default null, operation_name text default null,
  details jsonb default null, request_id text default null, trace_parent text default null, approved_by text default null,
  actor_kind text default null, occurred_at timestamptz default null, record_source text default null, tenant text default null,
  mac text default null
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
  if mac is not null then
    perform audit.verify_actor(mac);
  end if;
end
$$;
