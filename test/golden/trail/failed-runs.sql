/* audit.runs */ with recursive all_keys(run_id) as (
      (select max(candidate.run_id) as run_id from (
      (select "audit"."shown_entry"."run_id" from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $1 and "audit"."shown_entry"."run_id" is not null order by "audit"."shown_entry"."run_id" desc limit 1)
      union all
      (select "audit"."run"."run_id" from "audit"."run" where "audit"."run"."tenant" = $2 order by "audit"."run"."run_id" desc limit 1)) candidate(run_id))
      union all
      select step.run_id from all_keys cross join lateral (select max(candidate.run_id) as run_id from (
      (select "audit"."shown_entry"."run_id" from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $3 and "audit"."shown_entry"."run_id" is not null and run_id < all_keys.run_id order by "audit"."shown_entry"."run_id" desc limit 1)
      union all
      (select "audit"."run"."run_id" from "audit"."run" where "audit"."run"."tenant" = $4 and run_id < all_keys.run_id order by "audit"."run"."run_id" desc limit 1)) candidate(run_id)) step where all_keys.run_id is not null
    ), key(run_id) as (select key.run_id from all_keys key where true)
    select found.* from (
      select key.run_id, "r"."name", "r"."status", "r"."started_at", "r"."finished_at", "r"."actor", "r"."actor_kind", "r"."reason", "r"."reason_code", "r"."reference" from key left join lateral (select * from "audit"."run" where "audit"."run"."tenant" = $5 and "audit"."run"."run_id" = key.run_id offset 0) r on true left join lateral (select count(*) as count, min("audit"."shown_entry"."occurred_at") as first_at, max("audit"."shown_entry"."occurred_at") as last_at,
      coalesce(bool_or("audit"."shown_entry"."operation" = 'EVENT' and "audit"."shown_entry"."operation_name" like '%\_START'), false) as has_start,
      coalesce(bool_or("audit"."shown_entry"."operation" = 'EVENT' and "audit"."shown_entry"."operation_name" like '%\_END'), false) as has_end
      from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $6 and r.run_id is null and "audit"."shown_entry"."run_id" = key.run_id) s on true where key.run_id is not null and coalesce("r"."status", case when s.has_start and not s.has_end then 'RUNNING' else 'SUCCEEDED' end) = $7 limit $8) found
     order by found.run_id desc
-- ["demo","demo","demo","demo","demo","demo","FAILED",11]
