/* audit.entries */ select 1 as parent_place, "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after", to_json(array[pg_current_snapshot()::text, (select max(epoch)::text from audit.epoch),
    coalesce((select "audit"."feed_head"."sequence"::text from "audit"."feed_head" where "audit"."feed_head"."tenant" = $1), '0'),
    coalesce((select "audit"."feed_tick"."tick"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0'), coalesce((select "audit"."feed_tick"."mark"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0')]) as pin from "audit"."shown_entry" e where "e"."tenant" = $2 and (("e"."entity_key" = $3::text::text or ("e"."entity_key" is null and "e"."table_key" = any($4::text::int[]) and "e"."record_key" = $5::text::text)) and "e"."table_key" = any($6::text::int[])) order by "e"."id" asc limit $7
-- ["demo","demo","123","{...}","123","{...}",51]

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

/* audit.tables.versions */ select v.table_key, v.schema_version, v.incarnation, v.columns, to_jsonb(v.key_columns) as key_columns
    from unnest($1::text::int[], $2::text::int[]) as wanted(table_key, schema_version)
    join audit.table_version v using (table_key, schema_version)
    join "audit"."tracked_table" on "audit"."tracked_table"."table_key" = v.table_key and ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $3)
-- ["{...}","{...}","demo"]

/* commerce.order_items.ofOrders */ select "commerce"."order_items"."id", "commerce"."order_items"."order_id", "commerce"."order_items"."line", "commerce"."order_items"."key", "commerce"."order_items"."product_id", "commerce"."order_items"."quantity", "commerce"."order_items"."unit_price", "commerce"."order_items"."line_total", "commerce"."order_items"."currency", "commerce"."order_items"."status" from "commerce"."order_items" where "commerce"."order_items"."tenant" = $1 and "commerce"."order_items"."order_id" = any($2::text::bigint[]) order by "commerce"."order_items"."order_id", "commerce"."order_items"."line"
-- ["demo","{...}"]

/* commerce.orders.by_number */ select distinct on ("commerce"."orders"."number") "commerce"."orders"."id", "commerce"."orders"."number", "commerce"."orders"."customer_id", "commerce"."orders"."status", "commerce"."orders"."subtotal", "commerce"."orders"."shipping_amount", "commerce"."orders"."total", "commerce"."orders"."currency", case when "commerce"."orders"."shipping_name" is null or audit.sees_personal() then "commerce"."orders"."shipping_name" else $1::text end as "shipping_name", case when "commerce"."orders"."shipping_address" is null or audit.sees_personal() then "commerce"."orders"."shipping_address" else $2::text end as "shipping_address", "commerce"."orders"."shipping_method", "commerce"."orders"."placed_at" from "commerce"."orders" where "commerce"."orders"."tenant" = $3 and "commerce"."orders"."number" = any($4::text::text[]) order by "commerce"."orders"."number", "commerce"."orders"."id"
-- ["***","***","demo","{...}"]

/* commerce.orders.payments */
      select parent.place::int as "parentPlace", item.*
        from unnest($1::text::bigint[]) with ordinality as parent(id, place)
       cross join lateral (
         select "commerce"."payments"."id", "commerce"."payments"."key", "commerce"."payments"."order_id", "commerce"."payments"."method", "commerce"."payments"."status", "commerce"."payments"."amount", "commerce"."payments"."currency", "commerce"."payments"."reference", "commerce"."payments"."settled_at", "commerce"."payments"."created_at", row_number() over (order by "commerce"."payments"."created_at" desc, "commerce"."payments"."id" desc)::int as "itemPlace" from "commerce"."payments"
          where "commerce"."payments"."tenant" = $2 and "commerce"."payments"."order_id" = parent.id
          order by "commerce"."payments"."created_at" desc, "commerce"."payments"."id" desc limit $3) item
       order by parent.place, item."itemPlace"
-- ["{1}","demo",6]

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]

/* provenance.changes */
    with recursive step (place, record_key, up_to, id, fits, is_created, told) as (
      select r.place, r.record_key, r.up_to, null::bigint, true, false, 0 from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
      union all
      select s.place, s.record_key, c.id - 1, c.id, c.fits, c.is_created, s.told + 1
        from step s
       cross join lateral (
         select e.id, coalesce(true, false) as fits, e.operation = 'INSERT' as is_created from audit.shown_entry e
          where e.tenant = $3 and e.table_key = $4::int and e.record_key = s.record_key and e.schema_version >= $5::int and e.id <= s.up_to and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and (e.after ?| $6::text::text[] or e.personal_after ?| $7::text::text[]) is true and exists (
    select 1 from jsonb_each(coalesce(e.after, '{}') || coalesce(e.personal_after, '{}')) c
     where $8::text::jsonb -> e.schema_version::text -> c.key ?| $9::text::text[]
       and (case when e.operation = 'INSERT' then c.value <> 'null' else (c.value <> coalesce((e.before || coalesce(e.personal_before, '{}')) -> c.key, 'null')
            or (c.value = to_jsonb($10::text) and not e.after ?| $11::text::text[])) end))))
          order by e.id desc limit 1) c
       where s.told < $12::int and not s.is_created)
    select s.place::int as record_place, s.fits, "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after"
      from step s join "audit"."shown_entry" e on "e"."tenant" = $13 and "e"."id" = s.id
     order by s.place, s.id desc
-- ["{...}","{...}","demo",4,1,"{...}","{...}","{\"1\":{\"tenant\":[],\"id\":[\"id\"],\"number\":[\"number\"],\"customer_id\":[\"customer\"],\"status\":[\"status\"],\"subtotal\":[\"subtotal\"],\"shipping_amount\":[\"shippingAmount\"],\"total\":[\"total\"],\"currency\":[\"subtotal\",\"shippingAmount\",\"total\"],\"shipping_name\":[\"shippingName\"],\"shipping_address\":[\"shippingAddress\"],\"shipping_method\":[\"shippingMethod\"],\"placed_at\":[\"placedAt\"]}}","{...}","***","{...}",501,"demo"]

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
             select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after", array_remove(array[case when (("e"."operation" = 'INSERT' and coalesce(image.after ->> $3::text, $4::text) <> $5::text) or ("e"."operation" = 'UPDATE' and (image.before -> $6::text is distinct from image.after -> $7::text
            or (image.before -> $8::text = '"***"' and not coalesce(image.after ?| $9::text::text[], false))) and (coalesce(image.before ->> $10::text, '') <> $11::text and coalesce(image.after ->> $12::text, $13::text) <> $14::text))) then $15::int end]::int[], null) as places from "audit"."shown_entry" e cross join lateral (select coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}') as before,
                          coalesce("e"."after", '{}') || coalesce("e"."personal_after", '{}') as after offset 0) image
              where "e"."tenant" = $16 and "e"."table_key" = $17::int and ("e"."record_key", "e"."id") >= (r.record_key, 0) and ("e"."record_key", "e"."id") <= (r.record_key, r.up_to) and true order by "e"."record_key" desc, "e"."id" desc offset 0) e
            where cardinality(places) > 0 order by "e"."record_key" desc, "e"."id" desc limit $18) e
        cross join lateral unnest(e.places) slot(place)
        where true order by "e"."id" desc, slot.place desc limit $19) item
     order by r.place, item.item_place
-- ["{...}","{...}","status","***","***","status","status","status","{...}","status","***","status","***","***",2,"demo",4,502,501]

/* provenance.timeline.statusBefore */
    select w.id::text as id, earlier.occurred_at
      from unnest($1::text::bigint[], $2::text::text[], $3::text::int[]) w(id, record_key, first_version)
     cross join lateral (
       select "e"."operation", "e"."occurred_at" from "audit"."shown_entry" e cross join lateral (select coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}') as before,
                          coalesce("e"."after", '{}') || coalesce("e"."personal_after", '{}') as after offset 0) image
        where "e"."tenant" = $4 and "e"."table_key" = $5::int and "e"."record_key" = w.record_key and "e"."id" < w.id
          and "e"."schema_version" >= w.first_version
          and ("e"."operation" in ('INSERT', 'DELETE') or ("e"."operation" = 'UPDATE' and (image.before -> $6::text is distinct from image.after -> $7::text
            or (image.before -> $8::text = '"***"' and not coalesce(image.after ?| $9::text::text[], false)))))
        order by "e"."id" desc limit 1) earlier
     where earlier.operation <> 'DELETE'
-- ["{...}","{...}","{...}","demo",4,"status","status","status","{...}"]
