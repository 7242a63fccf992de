/* audit.entries.byId */ select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e where "e"."tenant" = $1 and "e"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* audit.entries.reasonsAdded */
    select added.* from unnest($1::text::bigint[]) as wanted(id)
     cross join lateral (
       select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after" from "audit"."shown_entry" e where "e"."tenant" = $2 and "e"."reason_for" = wanted.id order by "e"."id" limit $3) added
     order by added.reason_for, added.id
-- ["{...}","demo",20]

/* audit.runs.byId */ select "r"."run_id", "r"."name", "r"."status", "r"."started_at", "r"."finished_at", "r"."actor", "r"."actor_kind", "r"."reason", "r"."reason_code", "r"."reference" from "audit"."run" r where "r"."tenant" = $1 and "r"."run_id" = any($2::text::text[])
-- ["demo","{...}"]

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

/* commerce.customers.by_email */ select distinct on ("commerce"."customers"."email") "commerce"."customers"."id", "commerce"."customers"."key", case when "commerce"."customers"."email" is null or audit.sees_personal() then "commerce"."customers"."email" else $1::text end as "email", case when "commerce"."customers"."name" is null or audit.sees_personal() then "commerce"."customers"."name" else $2::text end as "name", case when "commerce"."customers"."phone" is null or audit.sees_personal() then "commerce"."customers"."phone" else $3::text end as "phone", "commerce"."customers"."created_by", "commerce"."customers"."created_at" from "commerce"."customers" where "commerce"."customers"."tenant" = $4 and "commerce"."customers"."email" = any($5::text::text[]) order by "commerce"."customers"."email", "commerce"."customers"."id"
-- ["***","***","***","demo","{...}"]

/* commerce.products.byId */ select "commerce"."products"."id", "commerce"."products"."sku", "commerce"."products"."name", to_jsonb("commerce"."products"."categories") as "categories", "commerce"."products"."price", "commerce"."products"."currency", "commerce"."products"."stock_quantity", "commerce"."products"."safety_stock", "commerce"."products"."is_active", "commerce"."products"."created_at" from "commerce"."products" where "commerce"."products"."tenant" = $1 and "commerce"."products"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]

/* lineage.journey.entries */
    with fact as materialized (
      select c.place::int as place, fact.* from unnest($1::text::bigint[]) with ordinality as c(id, place)
       cross join lateral (select r.kind, r.order_id, own.* from (
    select 'CUSTOMER' as kind, $2::int as table_key, c.id::text as record_key, null::bigint as order_id
    union all
    select 'ORDER', $3::int, "commerce"."orders"."id"::text, "commerce"."orders"."id" from "commerce"."orders" where "commerce"."orders"."tenant" = $4 and "commerce"."orders"."customer_id" = c.id
    union all
    select 'ORDER_ITEM', $5::int, of_order.id::text, of_order.order_id from "commerce"."orders" cross join lateral (
        select "commerce"."order_items"."id", "commerce"."order_items"."order_id" from "commerce"."order_items" where "commerce"."order_items"."tenant" = $6 and "commerce"."order_items"."order_id" = "commerce"."orders"."id" offset 0) of_order
     where "commerce"."orders"."tenant" = $7 and "commerce"."orders"."customer_id" = c.id
    union all
    select 'PAYMENT', $8::int, of_order.id::text, of_order.order_id from "commerce"."orders" cross join lateral (
        select "commerce"."payments"."id", "commerce"."payments"."order_id" from "commerce"."payments" where "commerce"."payments"."tenant" = $9 and "commerce"."payments"."order_id" = "commerce"."orders"."id" offset 0) of_order
     where "commerce"."orders"."tenant" = $10 and "commerce"."orders"."customer_id" = c.id) r cross join lateral (select "e"."id", "e"."xid"::text as transaction_id, "e"."occurred_at", "e"."record_key",
  "e"."operation", "e"."operation_name", "e"."reason_code", case when ("e"."after" ->> 'status') is distinct from ("e"."before" ->> 'status') then ("e"."after" ->> 'status') end as status,
  case when "e"."table_key" = $11::int and "e"."operation" = 'INSERT' then "e"."after" ->> 'total' end as total, "e"."after" ->> 'currency' as currency from "audit"."shown_entry" e
    where "e"."tenant" = $12 and "e"."table_key" = r.table_key and "e"."record_key" = r.record_key and "e"."operation" in ('INSERT', 'UPDATE', 'DELETE', 'EVENT') offset 0) own
         order by own.occurred_at desc, own.id desc limit $13) fact)
    select place, kind, order_id, record_key, id, transaction_id, occurred_at, operation, operation_name, reason_code, status, total, currency from fact
    union all
    select place, kind, order_id::bigint, record_key, null, null, null, null, null, null, null, null, null from (
    select distinct a.place, gone.kind, gone.record_key, case gone.kind when 'ORDER' then gone.record_key else a.order_id end as order_id
      from (select place, xid, order_id, record_key, id - $14::int as oldest, id + $15::int as newest from (select place, id, transaction_id::xid8 as xid, order_id::text as order_id, record_key from fact
    where kind in ('CUSTOMER', 'ORDER') and operation <> 'EVENT') anchor offset 0) a cross join lateral (
        select case "e"."table_key" when $16::int then 'ORDER' when $17::int then 'ORDER_ITEM' else 'PAYMENT' end as kind, "e"."record_key"
          from "audit"."shown_entry" e
         where "e"."tenant" = $18 and "e"."xid" = a.xid and "e"."id" >= a.oldest and "e"."id" <= a.newest
           and "e"."id" > (select max(last_entry_id_before) from audit.epoch) and "e"."operation" in ('INSERT', 'DELETE')
           and case when a.order_id is null then "e"."table_key" = $19::int and (case when "e"."operation" = 'DELETE' then "e"."before" else "e"."after" end) ->> 'customer_id' = a.record_key
             else "e"."table_key" in ($20::int, $21::int) and (case when "e"."operation" = 'DELETE' then "e"."before" else "e"."after" end) ->> 'order_id' = a.order_id end
        offset 0) gone) other
     where not exists (select from fact where fact.kind = other.kind and fact.record_key = other.record_key)
-- ["{...}",2,4,"demo",5,"demo","demo",6,"demo","demo",4,"demo",50000,100,100,4,5,"demo",4,5,6]

/* lineage.journey.figures */
    select c.place::int as place, figure.currency, figure.value
      from unnest($1::text::bigint[]) with ordinality as c(id, place) cross join lateral (
        select null::text as currency, count(*)::text as value from "commerce"."orders" where "commerce"."orders"."tenant" = $2 and "commerce"."orders"."customer_id" = c.id
        union all
        select paid.currency::text, sum(paid.amount)::text from "commerce"."orders" cross join lateral (
            select "commerce"."payments"."currency", "commerce"."payments"."amount" from "commerce"."payments"
             where "commerce"."payments"."tenant" = $3 and "commerce"."payments"."order_id" = "commerce"."orders"."id" and upper("commerce"."payments"."status") = 'SETTLED' offset 0) paid
         where "commerce"."orders"."tenant" = $4 and "commerce"."orders"."customer_id" = c.id group by paid.currency) figure
     order by c.place, figure.currency collate "C"
-- ["{...}","demo","demo","demo"]
