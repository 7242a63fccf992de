/* audit.entries */ select 1 as parent_place, "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after", to_json(array[pg_current_snapshot()::text, (select max(epoch)::text from audit.epoch),
    coalesce((select "audit"."feed_head"."sequence"::text from "audit"."feed_head" where "audit"."feed_head"."tenant" = $1), '0'),
    coalesce((select "audit"."feed_tick"."tick"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0'), coalesce((select "audit"."feed_tick"."mark"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0')]) as pin from "audit"."shown_entry" e where "e"."tenant" = $2 and ((("e"."before" ?| $3::text::text[] or "e"."after" ?| $4::text::text[] or "e"."personal_before" ?| $5::text::text[] or "e"."personal_after" ?| $6::text::text[]) and exists (
    select 1 from (select coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}') as before,
                          coalesce("e"."after", '{}') || coalesce("e"."personal_after", '{}') as after) image
     cross join lateral jsonb_object_keys(image.before || image.after) k(name)
      left join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = "e"."table_key"
     where "e"."operation" in ('INSERT', 'UPDATE', 'DELETE') and k.name is distinct from "audit"."tracked_table"."tenant_column"
       and ("e"."operation" <> 'UPDATE' or (image.before -> k.name is distinct from image.after -> k.name
            or (image.before -> k.name = '"***"' and not coalesce(image.after ?| "audit"."tracked_table"."key_columns", false)))) and (k.name = $7::text::text or ("audit"."tracked_table"."entity_type" <> 'RECORD' and (lower(left(k.name, 1)) || substr(replace(initcap(replace(k.name, '_', ' ')), ' ', ''), 2)) = $8::text::text)))) and ("e"."entity_key" = $9::text::text or ("e"."entity_key" is null and "e"."table_key" = any($10::text::int[]) and "e"."record_key" = $11::text::text)) and ("e"."occurred_at" >= $12::text::timestamptz and "e"."occurred_at" < $13::text::timestamptz)) order by "e"."id" desc limit $14
-- ["demo","demo","{...}","{...}","{...}","{...}","safetyStock","safetyStock","SKU001","{...}","SKU001","2026-02-01T12:00:00.000000Z","2026-02-16T00:00:00.000000Z",51]

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
