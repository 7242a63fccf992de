/* audit.entries.byId */ select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e where "e"."tenant" = $1 and "e"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* audit.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at" from "audit"."tracked_table" where ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $1) order by "audit"."tracked_table"."table_name"
-- ["demo"]

/* commerce.order_items.ofOrders */ select "commerce"."order_items"."id", "commerce"."order_items"."order_id", "commerce"."order_items"."line", "commerce"."order_items"."key", "commerce"."order_items"."product_id", "commerce"."order_items"."quantity", "commerce"."order_items"."unit_price", "commerce"."order_items"."line_total", "commerce"."order_items"."currency", "commerce"."order_items"."status" from "commerce"."order_items" where "commerce"."order_items"."tenant" = $1 and "commerce"."order_items"."order_id" = any($2::text::bigint[]) order by "commerce"."order_items"."order_id", "commerce"."order_items"."line"
-- ["demo","{...}"]

/* commerce.orders.by_number */ select distinct on ("commerce"."orders"."number") "commerce"."orders"."id", "commerce"."orders"."number", "commerce"."orders"."customer_id", "commerce"."orders"."status", "commerce"."orders"."subtotal", "commerce"."orders"."shipping_amount", "commerce"."orders"."total", "commerce"."orders"."currency", case when "commerce"."orders"."shipping_name" is null or audit.sees_personal() then "commerce"."orders"."shipping_name" else $1::text end as "shipping_name", case when "commerce"."orders"."shipping_address" is null or audit.sees_personal() then "commerce"."orders"."shipping_address" else $2::text end as "shipping_address", "commerce"."orders"."shipping_method", "commerce"."orders"."placed_at" from "commerce"."orders" where "commerce"."orders"."tenant" = $3 and "commerce"."orders"."number" = any($4::text::text[]) order by "commerce"."orders"."number", "commerce"."orders"."id"
-- ["***","***","demo","{...}"]

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]

/* provenance.history */
    select r.place::int as record_place, origin.*, item.*
      from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
      left join lateral (
        select "e"."operation" as first_operation, "e"."recorded_at" as first_recorded_at, "e"."schema_version" as first_schema_version from "audit"."shown_entry" e
         where "e"."tenant" = $3 and "e"."table_key" = $4::int and "e"."record_key" = r.record_key and "e"."operation" in ('INSERT', 'UPDATE', 'DELETE') order by "e"."id" limit 1) origin on true
      left join lateral (
        select e.*, replaced.replaced_at, row_number() over (order by "e"."id" desc)::int as item_place from (
            select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e
             where "e"."tenant" = $5 and "e"."table_key" = $6::int and ("e"."record_key", "e"."id") >= (r.record_key, 0) and ("e"."record_key", "e"."id") <= (r.record_key, r.up_to) and "e"."operation" in ('INSERT', 'UPDATE') and true
             order by "e"."record_key" desc, "e"."id" desc limit $7) e
          left join lateral (
        select n.recorded_at as replaced_at from audit.shown_entry n
         where n.tenant = $8 and n.table_key = e.table_key and n.record_key = e.record_key and n.id > e.id and n.operation in ('INSERT', 'UPDATE', 'DELETE')
         order by n.id limit 1) replaced on true) item on true
     order by r.place, item.item_place
-- ["{...}","{...}","demo",3,"demo",3,2,"demo"]

/* provenance.numbers */
    select r.place::int, m.stretch, m.count::int
      from (select w.place, w.record_key, w.points::bigint[] as points
              from unnest($1::text::text[], $2::text::text[]) with ordinality w (record_key, points, place)) r
     cross join lateral (
       select width_bucket("e"."id" - 1, r.points) as stretch, count(*) as count from "audit"."shown_entry" e
        where "e"."tenant" = $3 and "e"."table_key" = $4::int and "e"."record_key" = r.record_key
          and "e"."operation" in ('INSERT', 'UPDATE') and "e"."id" <= r.points[cardinality(r.points)] group by 1) m
-- ["{...}","{...}","demo",3]

/* provenance.rows */ select record_key, image || coalesce(personal, '{}') as image from audit_capture.t4_rows($1::text::text[])
-- ["{...}"]

/* provenance.rows */ select record_key, image || coalesce(personal, '{}') as image from audit_capture.t5_rows($1::text::text[])
-- ["{...}"]

/* provenance.sources */
    select r.place::int as record_place, item.* from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
     cross join lateral (
       select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e
        where e.tenant = $3 and e.table_key = $4::int and e.record_key = r.record_key and e.schema_version >= $5::int and e.id <= r.up_to
          and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and (e.after ?| $6::text::text[] or e.personal_after ?| $7::text::text[]) is true))
        order by "e"."id" desc limit 1) item
-- ["{...}","{...}","demo",2,1,"{...}","{...}"]

/* provenance.sources */
    select r.place::int as record_place, item.* from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
     cross join lateral (
       select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e
        where e.tenant = $3 and e.table_key = $4::int and e.record_key = r.record_key and e.schema_version >= $5::int and e.id <= r.up_to
          and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and (e.after ?| $6::text::text[] or e.personal_after ?| $7::text::text[]) is true))
        order by "e"."id" desc limit 1) item
-- ["{...}","{...}","demo",3,1,"{...}","{...}"]

/* provenance.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at", (
        select jsonb_agg(jsonb_build_object('tableKey', v.table_key, 'schemaVersion', v.schema_version, 'incarnation', v.incarnation,
            'columns', v.columns, 'keyColumns', v.key_columns) order by v.schema_version)
          from audit.table_version v where v.table_key = "audit"."tracked_table"."table_key") as versions
    from "audit"."tracked_table" where "audit"."tracked_table"."table_name" = any($1::text::text[]) and ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $2)
-- ["{...}","demo"]

/* provenance.writers */
    with recursive step (place, record_key, up_to, open, id, fields) as (
      select r.place, r.record_key, r.up_to, $1::text::text[], null::bigint, null::text[] from unnest($2::text::text[], $3::text::bigint[]) with ordinality as r(record_key, up_to, place)
      union all
      select s.place, s.record_key, w.id - 1, case when w.is_last then '{}' else array(select unnest(s.open) except select unnest(w.fields)) end, w.id, w.fields
        from step s
       cross join lateral (select array(select distinct n.name from unnest($4::text::text[], $5::text::text[]) n(name, field)
          where n.field = any(s.open)) as keys) k
       cross join lateral (
         select e.id, e.operation = 'INSERT' or (e.operation = 'DELETE' and s.id is not null) as is_last, array(
             select distinct f.field from jsonb_each(e.after || coalesce(e.personal_after, '{}')) c
              cross join lateral jsonb_array_elements_text($6::text::jsonb -> e.schema_version::text -> c.key) f(field)
              where f.field = any(s.open) and (e.operation = 'INSERT' or (c.value <> coalesce((e.before || coalesce(e.personal_before, '{}')) -> c.key, 'null')
            or (c.value = to_jsonb($7::text) and not e.after ?| $8::text::text[])))) as fields
           from audit.shown_entry e
          where e.tenant = $9 and e.table_key = $10::int and e.record_key = s.record_key and e.schema_version >= $11::int and e.id <= s.up_to
            and (e.operation in ('INSERT', 'DELETE')
              or (e.operation = 'UPDATE' and (e.after ?| k.keys or e.personal_after ?| k.keys) is true and exists (
    select 1 from jsonb_each(coalesce(e.after, '{}') || coalesce(e.personal_after, '{}')) c
     where $12::text::jsonb -> e.schema_version::text -> c.key ?| s.open
       and (case when e.operation = 'INSERT' then c.value <> 'null' else (c.value <> coalesce((e.before || coalesce(e.personal_before, '{}')) -> c.key, 'null')
            or (c.value = to_jsonb($13::text) and not e.after ?| $14::text::text[])) end))))
          order by e.id desc limit 1) w
       where cardinality(s.open) > 0)
    select place::int, id::text as id, to_jsonb(fields) as fields from step where id is not null and cardinality(fields) > 0
-- ["{...}","{...}","{...}","{...}","{...}","{\"1\":{\"tenant\":[],\"id\":[\"id\"],\"number\":[\"number\"],\"customer_id\":[\"customer\"],\"status\":[\"status\"],\"subtotal\":[\"subtotal\"],\"shipping_amount\":[\"shippingAmount\"],\"total\":[\"total\"],\"currency\":[\"subtotal\",\"shippingAmount\",\"total\"],\"shipping_name\":[\"shippingName\"],\"shipping_address\":[\"shippingAddress\"],\"shipping_method\":[\"shippingMethod\"],\"placed_at\":[\"placedAt\"]}}","***","{...}","demo",4,1,"{\"1\":{\"tenant\":[],\"id\":[\"id\"],\"number\":[\"number\"],\"customer_id\":[\"customer\"],\"status\":[\"status\"],\"subtotal\":[\"subtotal\"],\"shipping_amount\":[\"shippingAmount\"],\"total\":[\"total\"],\"currency\":[\"subtotal\",\"shippingAmount\",\"total\"],\"shipping_name\":[\"shippingName\"],\"shipping_address\":[\"shippingAddress\"],\"shipping_method\":[\"shippingMethod\"],\"placed_at\":[\"placedAt\"]}}","***","{...}"]

/* provenance.writers */
    with recursive step (place, record_key, up_to, open, id, fields) as (
      select r.place, r.record_key, r.up_to, $1::text::text[], null::bigint, null::text[] from unnest($2::text::text[], $3::text::bigint[]) with ordinality as r(record_key, up_to, place)
      union all
      select s.place, s.record_key, w.id - 1, case when w.is_last then '{}' else array(select unnest(s.open) except select unnest(w.fields)) end, w.id, w.fields
        from step s
       cross join lateral (select array(select distinct n.name from unnest($4::text::text[], $5::text::text[]) n(name, field)
          where n.field = any(s.open)) as keys) k
       cross join lateral (
         select e.id, e.operation = 'INSERT' or (e.operation = 'DELETE' and s.id is not null) as is_last, array(
             select distinct f.field from jsonb_each(e.after || coalesce(e.personal_after, '{}')) c
              cross join lateral jsonb_array_elements_text($6::text::jsonb -> e.schema_version::text -> c.key) f(field)
              where f.field = any(s.open) and (e.operation = 'INSERT' or (c.value <> coalesce((e.before || coalesce(e.personal_before, '{}')) -> c.key, 'null')
            or (c.value = to_jsonb($7::text) and not e.after ?| $8::text::text[])))) as fields
           from audit.shown_entry e
          where e.tenant = $9 and e.table_key = $10::int and e.record_key = s.record_key and e.schema_version >= $11::int and e.id <= s.up_to
            and (e.operation in ('INSERT', 'DELETE')
              or (e.operation = 'UPDATE' and (e.after ?| k.keys or e.personal_after ?| k.keys) is true and exists (
    select 1 from jsonb_each(coalesce(e.after, '{}') || coalesce(e.personal_after, '{}')) c
     where $12::text::jsonb -> e.schema_version::text -> c.key ?| s.open
       and (case when e.operation = 'INSERT' then c.value <> 'null' else (c.value <> coalesce((e.before || coalesce(e.personal_before, '{}')) -> c.key, 'null')
            or (c.value = to_jsonb($13::text) and not e.after ?| $14::text::text[])) end))))
          order by e.id desc limit 1) w
       where cardinality(s.open) > 0)
    select place::int, id::text as id, to_jsonb(fields) as fields from step where id is not null and cardinality(fields) > 0
-- ["{...}","{...}","{...}","{...}","{...}","{\"1\":{\"tenant\":[],\"id\":[\"id\"],\"order_id\":[\"order\"],\"line\":[\"line\"],\"key\":[\"key\"],\"product_id\":[\"product\"],\"quantity\":[\"quantity\"],\"unit_price\":[\"unitPrice\"],\"line_total\":[\"lineTotal\"],\"currency\":[\"unitPrice\",\"lineTotal\"],\"status\":[\"status\"]}}","***","{...}","demo",5,1,"{\"1\":{\"tenant\":[],\"id\":[\"id\"],\"order_id\":[\"order\"],\"line\":[\"line\"],\"key\":[\"key\"],\"product_id\":[\"product\"],\"quantity\":[\"quantity\"],\"unit_price\":[\"unitPrice\"],\"line_total\":[\"lineTotal\"],\"currency\":[\"unitPrice\",\"lineTotal\"],\"status\":[\"status\"]}}","***","{...}"]
