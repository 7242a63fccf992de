/* audit.finishRun */ select audit.finish_run(run_id => $1, status => $2, details => $3::text::jsonb)::text as done
-- ["run_20260301_120000_0000aaaa","SUCCEEDED",null]

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

savepoint mutation

select set_config('app.tenant', $1, true), set_config('audit.actor', $2, true), set_config('audit.role', $3, true), set_config('audit.request_id', $4, true)
-- ["demo","developer","ADMIN","golden"]
