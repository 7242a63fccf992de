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
      select key.run_id, "r"."name", "r"."status", "r"."started_at", "r"."finished_at", "r"."actor", "r"."actor_kind", "r"."reason", "r"."reason_code", "r"."reference" from key left join lateral (select * from "audit"."run" where "audit"."run"."tenant" = $5 and "audit"."run"."run_id" = key.run_id offset 0) r on true where key.run_id is not null and true limit $6) found
     order by found.run_id desc
-- ["demo","demo","demo","demo","demo",11]

/* audit.runs.count */ with recursive all_keys(run_id) as (
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
    select count(*) as count from key left join lateral (select * from "audit"."run" where "audit"."run"."tenant" = $5 and "audit"."run"."run_id" = key.run_id offset 0) r on true where key.run_id is not null and true
-- ["demo","demo","demo","demo","demo"]

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

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]
