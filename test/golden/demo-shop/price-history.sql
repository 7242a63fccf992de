/* audit.entries.byId */ select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e where "e"."tenant" = $1 and "e"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

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

/* commerce.products.by_sku */ select distinct on ("commerce"."products"."sku") "commerce"."products"."id", "commerce"."products"."sku", "commerce"."products"."name", to_jsonb("commerce"."products"."categories") as "categories", "commerce"."products"."price", "commerce"."products"."currency", "commerce"."products"."stock_quantity", "commerce"."products"."safety_stock", "commerce"."products"."is_active", "commerce"."products"."created_at" from "commerce"."products" where "commerce"."products"."tenant" = $1 and "commerce"."products"."sku" = any($2::text::text[]) order by "commerce"."products"."sku", "commerce"."products"."id"
-- ["demo","{...}"]

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]

/* provenance.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at", (
        select jsonb_agg(jsonb_build_object('tableKey', v.table_key, 'schemaVersion', v.schema_version, 'incarnation', v.incarnation,
            'columns', v.columns, 'keyColumns', v.key_columns) order by v.schema_version)
          from audit.table_version v where v.table_key = "audit"."tracked_table"."table_key") as versions
    from "audit"."tracked_table" where "audit"."tracked_table"."table_name" = any($1::text::text[]) and ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $2)
-- ["{...}","demo"]

/* provenance.timeline */
    select r.place::int as record_place, item.*
      from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
     cross join lateral (
       select e.*, slot.place as slot, row_number() over (order by "e"."id" desc, slot.place desc)::int as item_place
         from (
           select * from (
             select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after", array_remove(array[case when ("e"."operation" = 'UPDATE' and ((image.before ? $3::text or image.after ? $4::text) and ((image.before -> $5::text is distinct from image.after -> $6::text
            or (image.before -> $7::text = '"***"' and not coalesce(image.after ?| $8::text::text[], false))) or (image.before -> $9::text is distinct from image.after -> $10::text
            or (image.before -> $11::text = '"***"' and not coalesce(image.after ?| $12::text::text[], false))))) and ((coalesce(image.before ->> $13::text ~ '^-?[0-9]+([.][0-9]+)?$', false) and coalesce(jsonb_typeof(image.before -> $14::text) = 'string', false)
            and image.before ->> $15::text <> $16::text) and (coalesce(image.after ->> $17::text ~ '^-?[0-9]+([.][0-9]+)?$', false) and coalesce(jsonb_typeof(image.after -> $18::text) = 'string', false)
            and image.after ->> $19::text <> $20::text))) then $21::int end]::int[], null) as places from "audit"."shown_entry" e cross join lateral (select coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}') as before,
                          coalesce("e"."after", '{}') || coalesce("e"."personal_after", '{}') as after offset 0) image
              where "e"."tenant" = $22 and "e"."table_key" = $23::int and ("e"."record_key", "e"."id") >= (r.record_key, 0) and ("e"."record_key", "e"."id") <= (r.record_key, r.up_to) and true order by "e"."record_key" desc, "e"."id" desc offset 0) e
            where cardinality(places) > 0 order by "e"."record_key" desc, "e"."id" desc limit $24) e
        cross join lateral unnest(e.places) slot(place)
        where true order by "e"."id" desc, slot.place desc limit $25) item
     order by r.place, item.item_place
-- ["{...}","{...}","price","price","price","price","price","{...}","currency","currency","currency","{...}","price","currency","currency","***","price","currency","currency","***",3,"demo",3,12,11]
