/* access.idempotency.claim */
    insert into access.idempotency_key as held (tenant, key, mutation, input_hash) values ($1, $2, $3, $4)
    on conflict (tenant, key) do update set mutation = excluded.mutation, input_hash = excluded.input_hash, outcome = null, created_at = now()
      where held.created_at < now() - interval '24 hours'
    returning true as claimed
-- ["demo","golden-1","startRun","1c1e834b24baf23359b980c484d616fbb09657f1715a74381cf39227e4cb9032"]

/* access.idempotency.held */ select mutation, input_hash, outcome from access.idempotency_key where tenant = $1 and key = $2
-- ["demo","golden-1"]

/* audit.runs.byId */ select "r"."run_id", "r"."name", "r"."status", "r"."started_at", "r"."finished_at", "r"."actor", "r"."actor_kind", "r"."reason", "r"."reason_code", "r"."reference" from "audit"."run" r where "r"."tenant" = $1 and "r"."run_id" = any($2::text::text[])
-- ["demo","{...}"]

/* audit.runs.entries.summary */
    select wanted.run_id, s.*, f.* from unnest($1::text::text[]) as wanted(run_id)
     cross join lateral (select count(*) as count, min("audit"."shown_entry"."occurred_at") as first_at, max("audit"."shown_entry"."occurred_at") as last_at,
      coalesce(bool_or("audit"."shown_entry"."operation" = 'EVENT' and "audit"."shown_entry"."operation_name" like '%\_START'), false) as has_start,
      coalesce(bool_or("audit"."shown_entry"."operation" = 'EVENT' and "audit"."shown_entry"."operation_name" like '%\_END'), false) as has_end
      from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $2 and "audit"."shown_entry"."run_id" = wanted.run_id) s
     cross join lateral (
       select "audit"."shown_entry"."id" as first_id, "audit"."shown_entry"."actor", "audit"."shown_entry"."actor_kind", "audit"."shown_entry"."actor_role", "audit"."shown_entry"."actor_verified", "audit"."shown_entry"."db_user" from "audit"."shown_entry"
        where "audit"."shown_entry"."tenant" = $3 and "audit"."shown_entry"."run_id" = wanted.run_id order by "audit"."shown_entry"."id" limit 1) f
     where s.count > 0
-- ["{...}","demo","demo"]

select set_config('app.tenant', $1, true), set_config('audit.actor', $2, true), set_config('audit.role', $3, true), set_config('audit.request_id', $4, true)
-- ["demo","developer","ADMIN","golden"]
