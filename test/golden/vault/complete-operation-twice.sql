/* vault.completeOperation */ select script_tracking.complete_operation(decode($1, 'hex'), $2::boolean,
    $3::text, $4::text::jsonb) as done
-- ["<hash>",false,"shelf A is empty",null]

/* vault.executions.byKey */ select "h"."script_execution_bk", "h"."load_date" as hub_load_date, "s"."script_execution_hk", "s"."script_name", "s"."script_type", "s"."execution_status", "s"."execution_timestamp", "s"."completed_at",
  "s"."execution_duration_ms", to_jsonb("s"."affected_objects") as affected_objects, "s"."error_message", "s"."metadata", "s"."run_id", "s"."actor", "s"."actor_kind", "s"."actor_role", "s"."db_session_user",
  "s"."application", case when audit.sees_personal() then "s"."client_ip" end as client_ip, "s"."host_name", "s"."record_source", "s"."request_id", "s"."session", "s"."sql_command", "s"."trace_parent" from "script_tracking"."script_execution_s" s join "script_tracking"."script_execution_h" h on "h"."script_execution_hk" = "s"."script_execution_hk"
    where "s"."tenant_hk" = script_tracking.tenant_key($1) and "s"."load_end_date" is null and "s"."script_execution_hk" = any(array(select decode(key, 'hex') from unnest($2::text::text[]) key))
-- ["demo","{...}"]

rollback to savepoint mutation

savepoint mutation

select set_config('app.tenant', $1, true), set_config('audit.actor', $2, true), set_config('audit.role', $3, true), set_config('audit.request_id', $4, true)
-- ["demo","developer","ADMIN","golden"]
