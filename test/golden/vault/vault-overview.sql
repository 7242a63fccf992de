/* vault.dashboard */
    select case when upper("s"."script_type") = any($1::text::text[]) then upper("s"."script_type") else 'OTHER' end as type, count(*) as total, count(*) filter (where "s"."execution_status" = 'COMPLETED') as completed, count(*) filter (where "s"."execution_status" = 'FAILED') as failed,
           count(*) filter (where "s"."execution_status" = 'RUNNING') as running, count("s"."execution_duration_ms") as timed, coalesce(sum("s"."execution_duration_ms"), 0)::float8 as total_ms
      from "script_tracking"."script_execution_s" s where "s"."tenant_hk" = script_tracking.tenant_key($2) and "s"."load_end_date" is null and "s"."execution_timestamp" >= $3::text::timestamptz and "s"."execution_timestamp" < $4::text::timestamptz group by 1 order by 2 desc, 1
-- ["{...}","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z"]

/* vault.health */ select check_name, status, detail from script_tracking.get_system_health()

/* vault.performanceMetrics */
    select "s"."script_name", count(*) filter (where "s"."execution_timestamp" >= $1::text::timestamptz) as count, percentile_cont($2::float8) within group (order by "s"."execution_duration_ms") filter (where "s"."execution_timestamp" >= $3::text::timestamptz) as median, percentile_cont($4::float8) within group (order by "s"."execution_duration_ms") filter (where "s"."execution_timestamp" >= $5::text::timestamptz) as p95, percentile_cont($6::float8) within group (order by "s"."execution_duration_ms") filter (where "s"."execution_timestamp" >= $7::text::timestamptz) as p99,
           percentile_cont(0.5) within group (order by "s"."execution_duration_ms") filter (where not "s"."execution_timestamp" >= $8::text::timestamptz) as median_before
      from "script_tracking"."script_execution_s" s
     where "s"."tenant_hk" = script_tracking.tenant_key($9) and "s"."load_end_date" is null and "s"."execution_duration_ms" is not null and "s"."execution_timestamp" >= to_timestamp((2 * extract(epoch from $10::text::timestamptz) - extract(epoch from $11::text::timestamptz))) and "s"."execution_timestamp" < $12::text::timestamptz
     group by "s"."script_name" having count(*) filter (where "s"."execution_timestamp" >= $13::text::timestamptz) > 0 order by 2 desc, "s"."script_name" collate "C" limit $14::int
-- ["2025-12-01T00:00:00.000000Z",0.5,"2025-12-01T00:00:00.000000Z",0.95,"2025-12-01T00:00:00.000000Z",0.99,"2025-12-01T00:00:00.000000Z","2025-12-01T00:00:00.000000Z","demo","2025-12-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","2026-03-01T00:00:00.000000Z","2025-12-01T00:00:00.000000Z",10]

/* vault.recentErrors */ select "h"."script_execution_bk", "h"."load_date" as hub_load_date, "s"."script_execution_hk", "s"."script_name", "s"."script_type", "s"."execution_status", "s"."execution_timestamp", "s"."completed_at",
  "s"."execution_duration_ms", to_jsonb("s"."affected_objects") as affected_objects, "s"."error_message", "s"."metadata", "s"."run_id", "s"."actor", "s"."actor_kind", "s"."actor_role", "s"."db_session_user",
  "s"."application", case when audit.sees_personal() then "s"."client_ip" end as client_ip, "s"."host_name", "s"."record_source", "s"."request_id", "s"."session", "s"."sql_command", "s"."trace_parent" from "script_tracking"."script_execution_s" s join "script_tracking"."script_execution_h" h on "h"."script_execution_hk" = "s"."script_execution_hk" where "s"."tenant_hk" = script_tracking.tenant_key($1) and "s"."load_end_date" is null and "s"."execution_timestamp" >= $2::text::timestamptz and "s"."execution_timestamp" < $3::text::timestamptz and "s"."execution_status" = $4::text::text order by "s"."execution_timestamp" desc, "s"."script_execution_hk" desc limit $5
-- ["demo","<now>","<now>","FAILED",11]
