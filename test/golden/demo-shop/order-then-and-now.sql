/* audit.entries.sequences */ select "audit"."position"."entry_id", "audit"."position"."sequence" from "audit"."position"
    where "audit"."position"."tenant" = $1 and "audit"."position"."entry_id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* audit.point.now */ select to_json(array[pg_current_snapshot()::text, (select max(epoch)::text from audit.epoch),
    coalesce((select "audit"."feed_head"."sequence"::text from "audit"."feed_head" where "audit"."feed_head"."tenant" = $1), '0'),
    coalesce((select "audit"."feed_tick"."tick"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0'), coalesce((select "audit"."feed_tick"."mark"::text from "audit"."feed_tick" order by "audit"."feed_tick"."tick" desc limit 1), '0')]) as pin
-- ["demo"]

/* audit.point.tables */
    select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."untracked_at", "audit"."tracked_table"."tracked_since" as recorded_at, least("audit"."tracked_table"."tracked_since", counted.first_at, uncounted.first_at) as occurred_at,
        (select jsonb_agg(jsonb_build_object('schemaVersion', v.schema_version, 'incarnation', v.incarnation, 'columns', v.columns) order by v.schema_version)
           from audit.table_version v where v.table_key = "audit"."tracked_table"."table_key" having count(*) > 1) as versions
      from "audit"."tracked_table"
      left join (select table_key, min(first_at) as first_at from audit.rollup where tenant = $1 group by 1) counted
        on counted.table_key = "audit"."tracked_table"."table_key"
      left join (select "e"."table_key", min("e"."occurred_at") as first_at from audit.uncounted($2, $3::int) u
                   join "audit"."shown_entry" e on "e"."tenant" = $4 and "e"."id" = u group by 1) uncounted
        on uncounted.table_key = "audit"."tracked_table"."table_key"
     where "audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $5
-- ["demo","demo",10000,"demo","demo"]

/* commerce.customers.byId */ select "commerce"."customers"."id", "commerce"."customers"."key", case when "commerce"."customers"."email" is null or audit.sees_personal() then "commerce"."customers"."email" else $1::text end as "email", case when "commerce"."customers"."name" is null or audit.sees_personal() then "commerce"."customers"."name" else $2::text end as "name", case when "commerce"."customers"."phone" is null or audit.sees_personal() then "commerce"."customers"."phone" else $3::text end as "phone", "commerce"."customers"."created_by", "commerce"."customers"."created_at" from "commerce"."customers" where "commerce"."customers"."tenant" = $4 and "commerce"."customers"."id" = any($5::text::bigint[])
-- ["***","***","***","demo","{...}"]

/* commerce.customers.byId */ select "customers"."id", "customers"."key", case when "customers"."email" is null or audit.sees_personal() then "customers"."email" else $1::text end as "email", case when "customers"."name" is null or audit.sees_personal() then "customers"."name" else $2::text end as "name", case when "customers"."phone" is null or audit.sees_personal() then "customers"."phone" else $3::text end as "phone", "customers"."created_by", "customers"."created_at" from (select $4::text as tenant, k.id, t."key", t."email", t."name", t."phone", t."created_by", t."created_at" from (select k.id, to_jsonb(p) as present from (select unnest($5::text::bigint[])) k (id) left join "commerce"."customers" p on p.tenant = $6 and p.id = k.id) k
   cross join lateral (
     select audit.row_at($7, $8::int, k.id::text, row('OCCURRED', $9::text::timestamptz, $10::text::pg_snapshot, $11::text::int, null, (select audit.highest_id_at($12, $13::text, $14::text::timestamptz)))::audit.point, $15::text::jsonb, k.present, array(select e.id from audit.uncounted($16, 2147483647) u join "audit"."shown_entry" e on e.tenant = $17 and e.id = u
      where e.table_key = $18::int and e.operation = 'DELETE')) as image offset 0) a
   cross join lateral jsonb_populate_record(null::"commerce"."customers", a.image) t
   where a.image is not null) "customers" where "customers"."tenant" = $19 and "customers"."id" = any($20::text::bigint[])
-- ["***","***","***","demo","{...}","demo","demo",2,"2026-01-27T12:00:00.000000Z","<snapshot>","1","demo","OCCURRED","2026-01-27T12:00:00.000000Z",null,"demo","demo",2,"demo","{...}"]

/* commerce.order_items.ofOrders */ select "commerce"."order_items"."id", "commerce"."order_items"."order_id", "commerce"."order_items"."line", "commerce"."order_items"."key", "commerce"."order_items"."product_id", "commerce"."order_items"."quantity", "commerce"."order_items"."unit_price", "commerce"."order_items"."line_total", "commerce"."order_items"."currency", "commerce"."order_items"."status" from "commerce"."order_items" where "commerce"."order_items"."tenant" = $1 and "commerce"."order_items"."order_id" = any($2::text::bigint[]) order by "commerce"."order_items"."order_id", "commerce"."order_items"."line"
-- ["demo","{...}"]

/* commerce.order_items.ofOrders */ select "order_items"."id", "order_items"."order_id", "order_items"."line", "order_items"."key", "order_items"."product_id", "order_items"."quantity", "order_items"."unit_price", "order_items"."line_total", "order_items"."currency", "order_items"."status" from (select $1::text as tenant, k.id, t."order_id", t."line", t."key", t."product_id", t."quantity", t."unit_price", t."line_total", t."currency", t."status" from (select k.id, to_jsonb(p) as present from (select p.id from "commerce"."order_items" p where p.tenant = $2 and p."order_id" = any($3::text::bigint[]) union select f.record_key::bigint from audit.former_value f
    where f.tenant = $4 and f.table_key = $5::int and f.column_name = 'order_id' and f.value = any(($6::text::bigint[])::text[]) union select e.record_key::bigint from audit.stated_reference s join "audit"."shown_entry" e on e.tenant = s.tenant and e.id = s.id
      where s.tenant = $7 and s.table_key = $8::int and s.column_name = 'order_id' and s.refers_to = any(($9::text::bigint[])::text[])) k (id) left join "commerce"."order_items" p on p.tenant = $10 and p.id = k.id) k
   cross join lateral (
     select audit.row_at($11, $12::int, k.id::text, row('OCCURRED', $13::text::timestamptz, $14::text::pg_snapshot, $15::text::int, null, (select audit.highest_id_at($16, $17::text, $18::text::timestamptz)))::audit.point, $19::text::jsonb, k.present, array(select e.id from audit.uncounted($20, 2147483647) u join "audit"."shown_entry" e on e.tenant = $21 and e.id = u
      where e.table_key = $22::int and e.operation = 'DELETE')) as image offset 0) a
   cross join lateral jsonb_populate_record(null::"commerce"."order_items", a.image) t
   where a.image is not null) "order_items" where "order_items"."tenant" = $23 and "order_items"."order_id" = any($24::text::bigint[]) order by "order_items"."order_id", "order_items"."line"
-- ["demo","demo","{...}","demo",5,"{...}","demo",5,"{...}","demo","demo",5,"2026-01-27T12:00:00.000000Z","<snapshot>","1","demo","OCCURRED","2026-01-27T12:00:00.000000Z",null,"demo","demo",5,"demo","{...}"]

/* commerce.orders.by_number */ select distinct on ("commerce"."orders"."number") "commerce"."orders"."id", "commerce"."orders"."number", "commerce"."orders"."customer_id", "commerce"."orders"."status", "commerce"."orders"."subtotal", "commerce"."orders"."shipping_amount", "commerce"."orders"."total", "commerce"."orders"."currency", case when "commerce"."orders"."shipping_name" is null or audit.sees_personal() then "commerce"."orders"."shipping_name" else $1::text end as "shipping_name", case when "commerce"."orders"."shipping_address" is null or audit.sees_personal() then "commerce"."orders"."shipping_address" else $2::text end as "shipping_address", "commerce"."orders"."shipping_method", "commerce"."orders"."placed_at" from "commerce"."orders" where "commerce"."orders"."tenant" = $3 and "commerce"."orders"."number" = any($4::text::text[]) order by "commerce"."orders"."number", "commerce"."orders"."id"
-- ["***","***","demo","{...}"]

/* commerce.orders.by_number */ select distinct on ("orders"."number") "orders"."id", "orders"."number", "orders"."customer_id", "orders"."status", "orders"."subtotal", "orders"."shipping_amount", "orders"."total", "orders"."currency", case when "orders"."shipping_name" is null or audit.sees_personal() then "orders"."shipping_name" else $1::text end as "shipping_name", case when "orders"."shipping_address" is null or audit.sees_personal() then "orders"."shipping_address" else $2::text end as "shipping_address", "orders"."shipping_method", "orders"."placed_at" from (select $3::text as tenant, k.id, t."number", t."customer_id", t."status", t."subtotal", t."shipping_amount", t."total", t."currency", t."shipping_name", t."shipping_address", t."shipping_method", t."placed_at" from (select k.id, to_jsonb(p) as present from (select p.id from "commerce"."orders" p where p.tenant = $4 and p."number" = any($5::text::text[]) union select f.record_key::bigint from audit.former_value f
    where f.tenant = $6 and f.table_key = $7::int and f.column_name = 'number' and f.value = any(($8::text::text[])::text[]) union select e.record_key::bigint from "audit"."shown_entry" e
      where e.tenant = $9 and e.table_key = $10::int and e.entity_key = any($11::text::text[]) and e.record_key is not null) k (id) left join "commerce"."orders" p on p.tenant = $12 and p.id = k.id) k
   cross join lateral (
     select audit.row_at($13, $14::int, k.id::text, row('OCCURRED', $15::text::timestamptz, $16::text::pg_snapshot, $17::text::int, null, (select audit.highest_id_at($18, $19::text, $20::text::timestamptz)))::audit.point, $21::text::jsonb, k.present, array(select e.id from audit.uncounted($22, 2147483647) u join "audit"."shown_entry" e on e.tenant = $23 and e.id = u
      where e.table_key = $24::int and e.operation = 'DELETE')) as image offset 0) a
   cross join lateral jsonb_populate_record(null::"commerce"."orders", a.image) t
   where a.image is not null) "orders" where "orders"."tenant" = $25 and "orders"."number" = any($26::text::text[]) order by "orders"."number", "orders"."id"
-- ["***","***","demo","demo","{...}","demo",4,"{...}","demo",4,"{...}","demo","demo",4,"2026-01-27T12:00:00.000000Z","<snapshot>","1","demo","OCCURRED","2026-01-27T12:00:00.000000Z",null,"demo","demo",4,"demo","{...}"]

/* commerce.products.byId */ select "commerce"."products"."id", "commerce"."products"."sku", "commerce"."products"."name", to_jsonb("commerce"."products"."categories") as "categories", "commerce"."products"."price", "commerce"."products"."currency", "commerce"."products"."stock_quantity", "commerce"."products"."safety_stock", "commerce"."products"."is_active", "commerce"."products"."created_at" from "commerce"."products" where "commerce"."products"."tenant" = $1 and "commerce"."products"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* commerce.products.byId */ select "products"."id", "products"."sku", "products"."name", to_jsonb("products"."categories") as "categories", "products"."price", "products"."currency", "products"."stock_quantity", "products"."safety_stock", "products"."is_active", "products"."created_at" from (select $1::text as tenant, k.id, t."sku", t."name", t."categories", t."price", t."currency", t."stock_quantity", t."safety_stock", t."is_active", t."created_at" from (select k.id, to_jsonb(p) as present from (select unnest($2::text::bigint[])) k (id) left join "commerce"."products" p on p.tenant = $3 and p.id = k.id) k
   cross join lateral (
     select audit.row_at($4, $5::int, k.id::text, row('OCCURRED', $6::text::timestamptz, $7::text::pg_snapshot, $8::text::int, null, (select audit.highest_id_at($9, $10::text, $11::text::timestamptz)))::audit.point, $12::text::jsonb, k.present, array(select e.id from audit.uncounted($13, 2147483647) u join "audit"."shown_entry" e on e.tenant = $14 and e.id = u
      where e.table_key = $15::int and e.operation = 'DELETE')) as image offset 0) a
   cross join lateral jsonb_populate_record(null::"commerce"."products", a.image) t
   where a.image is not null) "products" where "products"."tenant" = $16 and "products"."id" = any($17::text::bigint[])
-- ["demo","{...}","demo","demo",3,"2026-01-27T12:00:00.000000Z","<snapshot>","1","demo","OCCURRED","2026-01-27T12:00:00.000000Z",null,"demo","demo",3,"demo","{...}"]

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
-- ["{...}","{...}","demo",4,"demo",4,2,"demo"]

/* provenance.newestAt */
    select r.place::int, newest.id from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
      left join lateral (
        select e.id from "audit"."shown_entry" e
         where "e"."tenant" = $3 and "e"."table_key" = $4::int and (e.record_key, e.id) >= (r.record_key, 0)
           and (e.record_key, e.id) <= (r.record_key, (select audit.highest_id_at($5, $6::text, $7::text::timestamptz))) and "e"."operation" in ('INSERT', 'UPDATE', 'DELETE') and (e.occurred_at <= $8::text::timestamptz and (e.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(e.xid, $9::text::pg_snapshot) and (select max(epoch) from audit.epoch) = $10::text::int)))
         order by e.record_key desc, e.id desc limit 1) newest on true
-- ["{...}","{...}","demo",4,"demo","OCCURRED","2026-01-27T12:00:00.000000Z","2026-01-27T12:00:00.000000Z","<snapshot>","1"]

/* provenance.numbers */
    select r.place::int, m.stretch, m.count::int
      from (select w.place, w.record_key, w.points::bigint[] as points
              from unnest($1::text::text[], $2::text::text[]) with ordinality w (record_key, points, place)) r
     cross join lateral (
       select width_bucket("e"."id" - 1, r.points) as stretch, count(*) as count from "audit"."shown_entry" e
        where "e"."tenant" = $3 and "e"."table_key" = $4::int and "e"."record_key" = r.record_key
          and "e"."operation" in ('INSERT', 'UPDATE') and "e"."id" <= r.points[cardinality(r.points)] group by 1) m
-- ["{...}","{...}","demo",4]

/* provenance.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at", (
        select jsonb_agg(jsonb_build_object('tableKey', v.table_key, 'schemaVersion', v.schema_version, 'incarnation', v.incarnation,
            'columns', v.columns, 'keyColumns', v.key_columns) order by v.schema_version)
          from audit.table_version v where v.table_key = "audit"."tracked_table"."table_key") as versions
    from "audit"."tracked_table" where "audit"."tracked_table"."table_name" = any($1::text::text[]) and ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $2)
-- ["{...}","demo"]
