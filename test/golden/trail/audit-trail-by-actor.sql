/* audit.actorsByName */ select $1::int as place, "commerce"."users"."key" from "commerce"."users" where "commerce"."users"."tenant" = $2 and "commerce"."users"."display_name" = $3::text::text
-- [0,"demo","Bob Ray"]

/* audit.entries */ select 1 as parent_place, "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after", to_json(array[pg_current_snapshot()::text, (select max(epoch)::text from audit.epoch),
    coalesce((select "audit"."feed_head"."sequence"::text from "audit"."feed_head" where "audit"."feed_head"."tenant" = $1), '0'),
    coalesce((select "audit"."feed_tick"."tick"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0'), coalesce((select "audit"."feed_tick"."mark"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0')]) as pin from "audit"."shown_entry" e where "e"."tenant" = $2 and (case when "e"."actor" is null then "e"."db_user" else "e"."actor" end = any($3::text::text[]) and "e"."occurred_at" < $4::text::timestamptz) order by "e"."id" desc limit $5
-- ["demo","demo","{...}","2026-02-10T00:00:00.000000Z",11]

/* audit.entries.causes */
    with wanted as materialized (select * from unnest($1::text::bigint[], $2::text::xid8[],
    $3::text::bigint[], $4::text::text[]) as wanted(id, xid, cause_id, run_id))
    select w.id as "of", link.id, link.relation from wanted w cross join lateral (
      (select "audit"."shown_entry"."id" as id, 'DECLARED' as relation from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $5 and "audit"."shown_entry"."id" = w.cause_id and "audit"."shown_entry"."id" <> w.id)
      union all
      (select opening.id, 'SAME_RUN' from lateral (select "audit"."shown_entry"."id" as id, "audit"."shown_entry"."operation" = 'EVENT' and "audit"."shown_entry"."operation_name" like '%\_START' as is_opening from "audit"."shown_entry"
    where "audit"."shown_entry"."tenant" = $6 and "audit"."shown_entry"."run_id" = w.run_id order by "audit"."shown_entry"."id" limit 1) opening where opening.is_opening and opening.id < w.id)
      union all
      (select "audit"."shown_entry"."id", 'SAME_TRANSACTION' from "audit"."shown_entry"
        where "audit"."shown_entry"."tenant" = $7 and "audit"."shown_entry"."xid" = w.xid and "audit"."shown_entry"."id" < w.id and "audit"."shown_entry"."id" > (select max(last_entry_id_before) from audit.epoch)
        order by "audit"."shown_entry"."id" desc limit $8)
    ) link
-- ["{...}","{...}","{...}","{...}","demo","demo","demo",98]

/* audit.entries.count */ select 1 as parent_place, count(*) as count from "audit"."shown_entry" e where "e"."tenant" = $1 and (case when "e"."actor" is null then "e"."db_user" else "e"."actor" end = any($2::text::text[]) and "e"."occurred_at" < $3::text::timestamptz) and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $4::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $5::text::int))
-- ["demo","{...}","2026-02-10T00:00:00.000000Z","<snapshot>","1"]

/* audit.entries.effects */
    with wanted as materialized (select * from unnest($1::text::bigint[], $2::text::xid8[],
    $3::text::bigint[], $4::text::text[]) as wanted(id, xid, cause_id, run_id))
    select distinct w.id as "of", link.id from wanted w cross join lateral (
      (select "audit"."shown_entry"."id" as id from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $5 and "audit"."shown_entry"."cause_id" = w.id and "audit"."shown_entry"."id" <> w.id
        order by "audit"."shown_entry"."id" limit $6)
      union all
      (select "audit"."shown_entry"."id" from "audit"."shown_entry" where "audit"."shown_entry"."tenant" = $7 and "audit"."shown_entry"."run_id" = w.run_id and "audit"."shown_entry"."id" > w.id
          and exists (select 1 from (select "audit"."shown_entry"."id" as id, "audit"."shown_entry"."operation" = 'EVENT' and "audit"."shown_entry"."operation_name" like '%\_START' as is_opening from "audit"."shown_entry"
    where "audit"."shown_entry"."tenant" = $8 and "audit"."shown_entry"."run_id" = w.run_id order by "audit"."shown_entry"."id" limit 1) opening where opening.is_opening and opening.id = w.id)
        order by "audit"."shown_entry"."id" limit $9)
      union all
      (select "audit"."shown_entry"."id" from "audit"."shown_entry"
        where "audit"."shown_entry"."tenant" = $10 and "audit"."shown_entry"."xid" = w.xid and "audit"."shown_entry"."id" > w.id and w.id > (select max(last_entry_id_before) from audit.epoch)
        order by "audit"."shown_entry"."id" limit $11)
    ) link
-- ["{...}","{...}","{...}","{...}","demo",100,"demo","demo",100,"demo",100]

/* audit.entries.proven */ select "e"."id" from "audit"."shown_entry" e join "audit"."verified_actor" v
      on "v"."tenant" = "e"."tenant" and "v"."xid" = "e"."xid" and "v"."actor" = "e"."actor"
     and "e"."id" >= "v"."first_entry" and ("v"."last_entry" is null or "e"."id" <= "v"."last_entry")
   where "e"."tenant" = $1 and "e"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* audit.entries.reasonsAdded */
    select added.* from unnest($1::text::bigint[]) as wanted(id)
     cross join lateral (
       select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e where "e"."tenant" = $2 and "e"."reason_for" = wanted.id order by "e"."id" limit $3) added
     order by added.reason_for, added.id
-- ["{...}","demo",20]

/* audit.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at" from "audit"."tracked_table" where ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $1) order by "audit"."tracked_table"."table_name"
-- ["demo"]

/* audit.tables.versions */ select v.table_key, v.schema_version, v.incarnation, v.columns, to_jsonb(v.key_columns) as key_columns
    from unnest($1::text::int[], $2::text::int[]) as wanted(table_key, schema_version)
    join audit.table_version v using (table_key, schema_version)
    join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = v.table_key and ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $3)
-- ["{...}","{...}","demo"]

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]
