/* access.idempotency.claim */
    insert into access.idempotency_key as held (tenant, key, mutation, input_hash) values ($1, $2, $3, $4)
    on conflict (tenant, key) do update set mutation = excluded.mutation, input_hash = excluded.input_hash, outcome = null, created_at = now()
      where held.created_at < now() - interval '24 hours'
    returning true as claimed
-- ["demo","golden-1","trackOperation","1d0f02ced36cf7816c71e24a58b5ea8c105d37528f708a5c26f18078885c4aa6"]

/* access.idempotency.keep */ update access.idempotency_key set outcome = $1::text::jsonb where tenant = $2 and key = $3
-- ["{\"id\":\"<hash>\",\"userErrors\":[]}","demo","golden-1"]

/* access.idempotency.sweep */ delete from access.idempotency_key where tenant = $1 and key in (
    select key from access.idempotency_key where tenant = $2 and created_at < now() - interval '24 hours'
     order by created_at limit $3 for update skip locked)
-- ["demo","demo",100]

/* vault.executions.byKey */ select "h"."script_execution_bk", "h"."load_date" as hub_load_date, "s"."script_execution_hk", "s"."script_name", "s"."script_type", "s"."execution_status", "s"."execution_timestamp", "s"."completed_at",
  "s"."execution_duration_ms", to_jsonb("s"."affected_objects") as affected_objects, "s"."error_message", "s"."metadata", "s"."run_id", "s"."actor", "s"."actor_kind", "s"."actor_role", "s"."db_session_user",
  "s"."application", case when audit.sees_personal() then "s"."client_ip" end as client_ip, "s"."host_name", "s"."record_source", "s"."request_id", "s"."session", "s"."sql_command", "s"."trace_parent" from "script_tracking"."script_execution_s" s join "script_tracking"."script_execution_h" h on "h"."script_execution_hk" = "s"."script_execution_hk"
    where "s"."tenant_hk" = script_tracking.tenant_key($1) and "s"."load_end_date" is null and "s"."script_execution_hk" = any(array(select decode(key, 'hex') from unnest($2::text::text[]) key))
-- ["demo","{...}"]

/* vault.trackOperation */ select encode(script_tracking.track_operation($1, $2,
    $3::text::jsonb, $4::text), 'hex') as key
-- ["recount-stock","MAINTENANCE","{\"shelf\":\"A\"}",null]

savepoint mutation

select set_config('app.tenant', $1, true), set_config('audit.actor', $2, true), set_config('audit.role', $3, true), set_config('audit.request_id', $4, true)
-- ["demo","developer","ADMIN","golden"]
