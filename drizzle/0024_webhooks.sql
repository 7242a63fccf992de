-- Webhooks: endpoints that are sent the feed. Each goes its own way through the order of its tenant's entries; who serves one holds its lease, so
-- that several servers need no leader, and what one that died had begun is sent again by another, under the same id.

create table audit.webhook (
  tenant text not null check (tenant <> ''),
  id bigint generated always as identity,
  url text not null check (length(url) <= 2000),
  events text[] not null check (cardinality(events) > 0),
  filter jsonb,
  sealed_secret text not null,
  created_at timestamptz not null default clock_timestamp(),
  reached jsonb not null,
  sequence bigint generated always as ((reached ->> 'sequence')::bigint) stored,
  placed_at timestamptz not null default clock_timestamp(),
  generation integer not null default 1,
  delivery_id text,
  delivery_end jsonb,
  attempts integer not null default 0,
  given_up integer not null default 0,
  is_active boolean not null default true,
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_error text,
  lease_owner text,
  lease_until timestamptz,
  primary key (tenant, id),
  check ((delivery_id is null) = (delivery_end is null))
);
comment on table audit.webhook is 'Endpoints that are sent new entries, and how far each has come.';
comment on column audit.webhook.sealed_secret is 'Key of the signatures, encrypted with a key that the server knows.';
comment on column audit.webhook.reached is 'Behind which place of the feed the next delivery begins.';
comment on column audit.webhook.sequence is 'The same as a position; null inside the snapshot of a page.';
comment on column audit.webhook.placed_at is 'When it was made, or told to begin elsewhere: what is older waits since then.';
comment on column audit.webhook.generation is 'Counts how often it was told to begin elsewhere: what is under way from before ends in nothing.';
comment on column audit.webhook.delivery_end is 'Where the delivery under way ends. It is written before the first attempt, so that each attempt holds the same.';
comment on column audit.webhook.attempts is 'Failed ones of the delivery under way.';
comment on column audit.webhook.given_up is 'Deliveries given up since the last one that went well.';

create table audit.webhook_delivery (
  tenant text not null,
  webhook_id bigint not null,
  id bigint generated always as identity,
  delivery_id text not null,
  attempt integer not null,
  outcome text not null check (outcome in ('DELIVERED', 'FAILED', 'GIVEN_UP', 'RESENT')),
  after jsonb not null,
  upto jsonb not null,
  entries integer not null,
  status integer,
  duration_ms double precision not null,
  error text,
  attempted_at timestamptz not null default clock_timestamp(),
  primary key (tenant, webhook_id, id),
  foreign key (tenant, webhook_id) references audit.webhook on delete cascade
);
create index webhook_dead_letter on audit.webhook_delivery (tenant, webhook_id) where outcome = 'GIVEN_UP';
comment on table audit.webhook_delivery is 'Attempts: the newest of each endpoint, and the last one of each delivery that was given up.';
comment on column audit.webhook_delivery.outcome is 'RESENT: it was given up, and is sent again.';

do $$
declare
  t text;
begin
  foreach t in array array['audit.webhook', 'audit.webhook_delivery'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s to whence_app using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
  end loop;
  -- The secret is written and never read: only audit.claim_webhooks gives it to who sends.
  execute (
    select format('grant select (%s) on audit.webhook to whence_app', string_agg(quote_ident(attname), ', ' order by attnum))
      from pg_attribute where attrelid = 'audit.webhook'::regclass and attnum > 0 and not attisdropped and attname <> 'sealed_secret');
end
$$;
grant insert, update, delete on audit.webhook to whence_app;
grant select, insert, update, delete on audit.webhook_delivery to whence_app;

-- Endpoints of all tenants for which something waits, at most `most`, with their lease; whose entries to listen for; and in how many
-- milliseconds the next one may be due without anything new.
create function audit.claim_webhooks(server text, most integer, lease interval, out claimed jsonb, out tenants jsonb, out next_in_ms double precision)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  claimed := '[]';
  tenants := '[]';
  if pg_is_in_recovery() then
    return;
  end if;
  with due as (
    select w.tenant, w.id from audit.webhook w left join audit.feed_head h on h.tenant = w.tenant
     where w.is_active and w.next_attempt_at <= clock_timestamp() and (w.lease_until is null or w.lease_until <= clock_timestamp())
       and (w.sequence is null or w.sequence < h.sequence)
     order by w.next_attempt_at limit most for update of w skip locked),
  taken as (
    update audit.webhook w set lease_owner = server, lease_until = clock_timestamp() + lease
      from due where w.tenant = due.tenant and w.id = due.id
      returning w.tenant, w.id::text, w.url, w.filter, w.sealed_secret, w.reached, w.generation, w.delivery_id, w.delivery_end, w.attempts, w.given_up)
  select coalesce(jsonb_agg(to_jsonb(taken)), '[]') into claimed from taken;
  select coalesce(jsonb_agg(distinct w.tenant), '[]'),
         extract(epoch from min(greatest(w.next_attempt_at, w.lease_until)) filter (where w.sequence is null or w.sequence < h.sequence) - clock_timestamp()) * 1000
    into tenants, next_in_ms
    from audit.webhook w left join audit.feed_head h on h.tenant = w.tenant
   where w.is_active;
end
$$;

-- The next three are for who holds the lease, of the session's tenant; they answer whether it still does.
create function audit.begin_webhook_delivery(
  webhook bigint, server text, generation integer, lease interval, delivery_id text, after jsonb, delivery_end jsonb
) returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update audit.webhook w
     set reached = after, delivery_id = begin_webhook_delivery.delivery_id, delivery_end = begin_webhook_delivery.delivery_end,
         lease_until = clock_timestamp() + lease
   where w.tenant = current_setting('app.tenant') and w.id = webhook and w.lease_owner = server and w.generation = begin_webhook_delivery.generation;
  return found;
end
$$;

-- How an attempt went. `given_up` in a row, this one included; no lease: it is given back.
create function audit.end_webhook_delivery(
  webhook bigint, server text, generation integer, lease interval, delivery_id text, after jsonb, outcome text, attempt integer, given_up integer,
  stays_active boolean, wait interval, entries integer, status integer, duration_ms double precision, error text, kept integer
) returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  of_tenant text := current_setting('app.tenant');
  ended jsonb;
begin
  select w.delivery_end into ended from audit.webhook w
   where w.tenant = of_tenant and w.id = webhook and w.lease_owner = server and w.generation = end_webhook_delivery.generation
     and w.delivery_id = end_webhook_delivery.delivery_id for update;
  if not found then
    return false;
  end if;
  update audit.webhook w
     set reached = case when outcome = 'FAILED' then w.reached else ended end,
         delivery_id = case when outcome = 'FAILED' then w.delivery_id end,
         delivery_end = case when outcome = 'FAILED' then w.delivery_end end,
         attempts = case when outcome = 'FAILED' then attempt else 0 end,
         given_up = end_webhook_delivery.given_up, is_active = stays_active, last_error = error,
         next_attempt_at = clock_timestamp() + wait,
         lease_owner = case when lease is not null then server end, lease_until = clock_timestamp() + lease
   where w.tenant = of_tenant and w.id = webhook;
  insert into audit.webhook_delivery (tenant, webhook_id, delivery_id, attempt, outcome, after, upto, entries, status, duration_ms, error)
    values (of_tenant, webhook, end_webhook_delivery.delivery_id, attempt, outcome, end_webhook_delivery.after, ended, entries, status, duration_ms, error);
  if random() < 0.05 then
    delete from audit.webhook_delivery d
     where d.tenant = of_tenant and d.webhook_id = webhook and d.outcome <> 'GIVEN_UP' and d.id <= (
       select o.id from audit.webhook_delivery o where o.tenant = of_tenant and o.webhook_id = webhook order by o.id desc offset kept limit 1);
  end if;
  return true;
end
$$;

-- Gives the lease back; `reached` where what lay between is not for this endpoint.
create function audit.release_webhook(webhook bigint, server text, generation integer, reached jsonb, wait interval, error text)
returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update audit.webhook w
     set reached = case when w.delivery_id is null then coalesce(release_webhook.reached, w.reached) else w.reached end,
         lease_owner = null, lease_until = null, next_attempt_at = clock_timestamp() + wait, last_error = coalesce(error, w.last_error)
   where w.tenant = current_setting('app.tenant') and w.id = webhook and w.lease_owner = server and w.generation = release_webhook.generation;
  return found;
end
$$;

-- Of all tenants, for metrics.
create function audit.webhook_figures(out waiting bigint, out lag_seconds double precision, out given_up bigint, out inactive bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) filter (where w.is_active and next.at is not null),
         coalesce(max(extract(epoch from clock_timestamp() - greatest(next.at, w.placed_at))) filter (where w.is_active and next.at is not null), 0),
         (select count(*) from audit.webhook_delivery where outcome = 'GIVEN_UP'), count(*) filter (where not w.is_active)
    from audit.webhook w
    left join lateral (
      select e.recorded_at as at from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
       where p.tenant = w.tenant and p.sequence = w.sequence + 1
      union all
      select w.placed_at where w.sequence is null) next on true
$$;

revoke all on function audit.claim_webhooks(text, integer, interval), audit.webhook_figures(),
  audit.begin_webhook_delivery(bigint, text, integer, interval, text, jsonb, jsonb),
  audit.end_webhook_delivery(bigint, text, integer, interval, text, jsonb, text, integer, integer, boolean, interval, integer, integer, double precision, text, integer),
  audit.release_webhook(bigint, text, integer, jsonb, interval, text)
  from public;
grant execute on function audit.claim_webhooks(text, integer, interval), audit.webhook_figures(),
  audit.begin_webhook_delivery(bigint, text, integer, interval, text, jsonb, jsonb),
  audit.end_webhook_delivery(bigint, text, integer, interval, text, jsonb, text, integer, integer, boolean, interval, integer, integer, double precision, text, integer),
  audit.release_webhook(bigint, text, integer, jsonb, interval, text)
  to whence_app;
