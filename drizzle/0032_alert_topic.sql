-- Alerts as a topic of webhooks, bounded like the rest: how many are kept, and how much of a trail a look for anomalies reads.

alter table audit.webhook add column alerts bigint generated always as ((reached ->> 'alerts')::bigint) stored;
comment on column audit.webhook.alerts is 'Number of the alert behind which the next delivery of alerts begins; null: it takes none.';
grant select (alerts) on audit.webhook to whence_app;

-- As before (0024), and also where an alert waits.
create or replace function audit.claim_webhooks(server text, most integer, lease interval, out claimed jsonb, out tenants jsonb, out next_in_ms double precision)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  claimed := '[]';
  tenants := '[]';
  if pg_is_in_recovery() then
    return;
  end if;
  with due as (
    select w.tenant, w.id from audit.webhook w left join audit.feed_head h on h.tenant = w.tenant left join audit.alert_head a on a.tenant = w.tenant
     where w.is_active and w.next_attempt_at <= clock_timestamp() and (w.lease_until is null or w.lease_until <= clock_timestamp())
       and (('AUDIT_ENTRY' = any(w.events) and (w.sequence is null or w.sequence < h.sequence)) or w.alerts < a.sequence)
     order by w.next_attempt_at limit most for update of w skip locked),
  taken as (
    update audit.webhook w set lease_owner = server, lease_until = clock_timestamp() + lease
      from due where w.tenant = due.tenant and w.id = due.id
      returning w.tenant, w.id::text, w.url, w.events, w.filter, w.sealed_secret, w.reached, w.generation, w.delivery_id, w.delivery_end, w.attempts, w.given_up)
  select coalesce(jsonb_agg(to_jsonb(taken)), '[]') into claimed from taken;
  select coalesce(jsonb_agg(distinct w.tenant), '[]'),
         extract(epoch from min(greatest(w.next_attempt_at, w.lease_until))
           filter (where ('AUDIT_ENTRY' = any(w.events) and (w.sequence is null or w.sequence < h.sequence)) or w.alerts < a.sequence) - clock_timestamp()) * 1000
    into tenants, next_in_ms
    from audit.webhook w left join audit.feed_head h on h.tenant = w.tenant left join audit.alert_head a on a.tenant = w.tenant
   where w.is_active;
end
$$;

-- Since when the oldest of what an endpoint has not been sent is there, at the earliest since it was placed; null when nothing waits.
create function audit.webhook_waits_since(of_tenant text, events text[], reached bigint, alerts bigint, placed_at timestamptz) returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp as $$
  select greatest(waiting.since, placed_at) from (
    select case when reached is null then placed_at
                else (select e.recorded_at from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
                       where p.tenant = of_tenant and p.sequence = reached + 1) end as since
     where 'AUDIT_ENTRY' = any(events)
    union all
    (select a.raised_at from audit.alert a where a.tenant = of_tenant and a.sequence > alerts order by a.sequence limit 1)) waiting
   where waiting.since is not null order by 1 limit 1
$$;

-- As before (0024), and also for alerts.
create or replace function audit.webhook_figures(out waiting bigint, out lag_seconds double precision, out given_up bigint, out inactive bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(since) filter (where w.is_active), coalesce(max(extract(epoch from clock_timestamp() - since)) filter (where w.is_active), 0),
         (select count(*) from audit.webhook_delivery where outcome = 'GIVEN_UP'), count(*) filter (where not w.is_active)
    from audit.webhook w cross join lateral audit.webhook_waits_since(w.tenant, w.events, w.sequence, w.alerts, w.placed_at) since
$$;

alter table audit.alert_head add column pruned bigint not null default 0;
comment on column audit.alert_head.pruned is 'Number of the newest alert that was deleted because many came after it.';

-- Deletes alerts before the newest `kept` of each tenant; gives how many.
create function audit.prune_alerts(kept integer) returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  head audit.alert_head;
  gone bigint;
  total bigint := 0;
begin
  if pg_is_in_recovery() then
    return 0;
  end if;
  for head in select * from audit.alert_head h where h.sequence - h.pruned > kept for update skip locked loop
    delete from audit.alert a where a.tenant = head.tenant and a.sequence <= head.sequence - kept;
    get diagnostics gone = row_count;
    total := total + gone;
    update audit.alert_head h set pruned = head.sequence - kept where h.tenant = head.tenant;
  end loop;
  return total;
end
$$;

-- As before (0025), and since when the pattern counts: 90 days, but no more than `most` entries before those that nobody has judged; those
-- themselves always, also where they tell of an earlier time.
create function audit.next_to_judge(
  lease interval, most integer, out tenant text, out above bigint, out up_to bigint, out since timestamptz, out as_of timestamptz, out due_in double precision
) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  as_of := clock_timestamp();
  if pg_is_in_recovery() then
    return;
  end if;
  insert into audit.alert_head (tenant) select h.tenant from audit.feed_head h
    where not exists (select from audit.alert_head a where a.tenant = h.tenant) on conflict do nothing;
  select a.tenant, a.judged, h.sequence into tenant, above, up_to from audit.alert_head a join audit.feed_head h on h.tenant = a.tenant
   where h.sequence > a.judged and a.free_at <= as_of order by a.free_at, a.tenant limit 1 for update of a skip locked;
  if tenant is not null then
    update audit.alert_head a set free_at = as_of + lease where a.tenant = next_to_judge.tenant;
    since := as_of - interval '90 days';
    if above > most then
      since := greatest(since, (
        select date_trunc('hour', min(e.occurred_at), 'UTC') from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
         where p.tenant = next_to_judge.tenant and (p.sequence = above - most or p.sequence > above and p.sequence <= up_to)));
    end if;
  end if;
  due_in := (select extract(epoch from min(a.free_at) - as_of) from audit.alert_head a join audit.feed_head h on h.tenant = a.tenant where h.sequence > a.judged);
end
$$;
drop function audit.next_to_judge(interval);

revoke all on function audit.webhook_waits_since(text, text[], bigint, bigint, timestamptz), audit.prune_alerts(integer), audit.next_to_judge(interval, integer) from public;
grant execute on function audit.webhook_waits_since(text, text[], bigint, bigint, timestamptz), audit.prune_alerts(integer), audit.next_to_judge(interval, integer)
  to whence_app, whence_worker;
