/* vault.dashboard */
    select case when upper(f.script_type) = any($1::text::text[]) then upper(f.script_type) else 'OTHER' end as type, sum(f.operations) as total, sum(f.completed) as completed, sum(f.failed) as failed,
           sum(f.running) as running, sum(f.timed) as timed, sum(f.total_ms)::float8 as total_ms
      from script_tracking.operation_figures(array[$2::text::timestamptz, $3::text::timestamptz], $4::boolean, $5::boolean, null) f group by 1 order by 2 desc, 1
-- ["{...}","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",false,true]

/* vault.health */ select check_name, status, detail from script_tracking.get_system_health()

/* vault.performanceMetrics */
    with f as materialized (
      select * from script_tracking.operation_figures(array[to_timestamp(2 * extract(epoch from $1::text::timestamptz) - extract(epoch from $2::text::timestamptz)), $3::text::timestamptz, $4::text::timestamptz], $5::boolean, $6::boolean, array[$7::float8, $8::float8, $9::float8]))
    select f.script_name, f.timed as count, f.percentiles[1] as median, f.percentiles[2] as p95, f.percentiles[3] as p99, before.percentiles[1] as median_before
      from f left join f before on before.bucket = 1 and before.script_name = f.script_name
     where f.bucket = 2 and f.timed > 0 order by 2 desc, f.script_name collate "C" limit $10::int
-- ["2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z",true,false,0.5,0.95,0.99,10]

/* vault.recentErrors */ select "h"."script_execution_bk", "h"."load_date" as hub_load_date, "s"."script_execution_hk", "s"."script_name", "s"."script_type", "s"."execution_status", "s"."execution_timestamp", "s"."completed_at",
  "s"."execution_duration_ms", to_jsonb("s"."affected_objects") as affected_objects, "s"."error_message", "s"."metadata", "s"."run_id", "s"."actor", "s"."actor_kind", "s"."actor_role", "s"."db_session_user",
  "s"."application", case when audit.sees_personal() then "s"."client_ip" end as client_ip, "s"."host_name", "s"."record_source", "s"."request_id", "s"."session", "s"."sql_command", "s"."trace_parent" from "script_tracking"."script_execution_s" s join "script_tracking"."script_execution_h" h on "h"."script_execution_hk" = "s"."script_execution_hk" where "s"."tenant_hk" = script_tracking.tenant_key($1) and "s"."load_end_date" is null and "s"."execution_timestamp" >= $2::text::timestamptz and "s"."execution_timestamp" < $3::text::timestamptz and "s"."execution_status" = $4::text::text order by "s"."execution_timestamp" desc, "s"."script_execution_hk" desc limit $5
-- ["demo","<now>","<now>","FAILED",11]
