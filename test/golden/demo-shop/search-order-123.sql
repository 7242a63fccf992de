/* commerce.orders.byId */ select "commerce"."orders"."id", "commerce"."orders"."number", "commerce"."orders"."customer_id", "commerce"."orders"."status", "commerce"."orders"."subtotal", "commerce"."orders"."shipping_amount", "commerce"."orders"."total", "commerce"."orders"."currency", case when "commerce"."orders"."shipping_name" is null or audit.sees_personal() then "commerce"."orders"."shipping_name" else $1::text end as "shipping_name", case when "commerce"."orders"."shipping_address" is null or audit.sees_personal() then "commerce"."orders"."shipping_address" else $2::text end as "shipping_address", "commerce"."orders"."shipping_method", "commerce"."orders"."placed_at" from "commerce"."orders" where "commerce"."orders"."tenant" = $3 and "commerce"."orders"."id" = any($4::text::bigint[])
-- ["***","***","demo","{...}"]

/* commerce.payments.byId */ select "commerce"."payments"."id", "commerce"."payments"."key", "commerce"."payments"."order_id", "commerce"."payments"."method", "commerce"."payments"."status", "commerce"."payments"."amount", "commerce"."payments"."currency", "commerce"."payments"."reference", "commerce"."payments"."settled_at", "commerce"."payments"."created_at" from "commerce"."payments" where "commerce"."payments"."tenant" = $1 and "commerce"."payments"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* commerce.products.byId */ select "commerce"."products"."id", "commerce"."products"."sku", "commerce"."products"."name", to_jsonb("commerce"."products"."categories") as "categories", "commerce"."products"."price", "commerce"."products"."currency", "commerce"."products"."stock_quantity", "commerce"."products"."safety_stock", "commerce"."products"."is_active", "commerce"."products"."created_at" from "commerce"."products" where "commerce"."products"."tenant" = $1 and "commerce"."products"."id" = any($2::text::bigint[])
-- ["demo","{...}"]

/* search.hits */ select h.entity_type, h.table_key, h.table_name, h.record_key, h.rank, h.newest, h.said from (
    select distinct on (c.entity_type, c.table_key, c.record_key) c.entity_type, c.table_key, t.table_name, c.record_key, c.rank, c.newest, c.said
      from (select $1::text, t.table_key, f.id::text, case when f.key = k.key then 0 else 1 end, f.id, null::text
          from audit.tracked_table t cross join unnest($2::text::text[]) k(key)
         cross join lateral (
           select s.id, s."key" as key from "commerce"."customers" s where s.tenant = $3 and s."key" >= k.key and s."key" < k.key || chr(1114111)
            order by s."key" limit $4) f
         where t.table_name = 'commerce.' || lower($5::text) || 's'
      union all
      select $6::text, t.table_key, f.id::text, case when f.key = k.key then 0 else 1 end, f.id, null::text
          from audit.tracked_table t cross join unnest($7::text::text[]) k(key)
         cross join lateral (
           select s.id, s."number" as key from "commerce"."orders" s where s.tenant = $8 and s."number" >= k.key and s."number" < k.key || chr(1114111)
            order by s."number" limit $9) f
         where t.table_name = 'commerce.' || lower($10::text) || 's'
      union all
      select $11::text, t.table_key, f.id::text, case when f.key = k.key then 0 else 1 end, f.id, null::text
          from audit.tracked_table t cross join unnest($12::text::text[]) k(key)
         cross join lateral (
           select s.id, s."key" as key from "commerce"."order_items" s where s.tenant = $13 and s."key" >= k.key and s."key" < k.key || chr(1114111)
            order by s."key" limit $14) f
         where t.table_name = 'commerce.' || lower($15::text) || 's'
      union all
      select $16::text, t.table_key, f.id::text, case when f.key = k.key then 0 else 1 end, f.id, null::text
          from audit.tracked_table t cross join unnest($17::text::text[]) k(key)
         cross join lateral (
           select s.id, s."key" as key from "commerce"."payments" s where s.tenant = $18 and s."key" >= k.key and s."key" < k.key || chr(1114111)
            order by s."key" limit $19) f
         where t.table_name = 'commerce.' || lower($20::text) || 's'
      union all
      select $21::text, t.table_key, f.id::text, case when f.key = k.key then 0 else 1 end, f.id, null::text
          from audit.tracked_table t cross join unnest($22::text::text[]) k(key)
         cross join lateral (
           select s.id, s."sku" as key from "commerce"."products" s where s.tenant = $23 and s."sku" >= k.key and s."sku" < k.key || chr(1114111)
            order by s."sku" limit $24) f
         where t.table_name = 'commerce.' || lower($25::text) || 's'
      union all
      select $26::text, t.table_key, f.id::text, case when f.key = k.key then 0 else 1 end, f.id, null::text
          from audit.tracked_table t cross join unnest($27::text::text[]) k(key)
         cross join lateral (
           select s.id, s."key" as key from "commerce"."users" s where s.tenant = $28 and s."key" >= k.key and s."key" < k.key || chr(1114111)
            order by s."key" limit $29) f
         where t.table_name = 'commerce.' || lower($30::text) || 's'
      union all
      select 'PAYMENT', t.table_key, s.id::text, 0, s.id, null
          from audit.tracked_table t join commerce.payments s on s.tenant = $31 and s.reference = any($32::text::text[])
         where t.table_name = 'commerce.payments'
      union all
      select 'RECORD', t.table_key, f.record_key, 0, f.id, null
          from audit.tracked_table t cross join unnest($33::text::text[]) k(key)
         cross join lateral (
           select e.record_key, e.id from audit.shown_entry e
            where e.tenant = $34 and e.table_key = t.table_key and e.record_key = k.key order by e.id desc limit 1) f
         where t.entity_type = 'RECORD'
      union all
      select n.entity_type, t.table_key, n.id::text, 2, n.id, null::text
          from commerce.search_names($35, $36, $37::boolean, $38::int) n join audit.tracked_table t on t.table_name = 'commerce.' || lower(n.entity_type) || 's'
      union all
      select t.entity_type, e.table_key, e.record_key, 3, e.id, e.said
          from audit.search_entries($39, $40, $41::int) e join audit.tracked_table t on t.table_key = e.table_key) c(entity_type, table_key, record_key, rank, newest, said)
      join audit.tracked_table t on t.table_key = c.table_key
     where (t.entity_type = 'RECORD' or t.table_name = 'commerce.' || lower(t.entity_type) || 's')
     order by c.entity_type, c.table_key, c.record_key, c.rank, c.newest desc) h where true and case h.entity_type when $42 then exists (select from "commerce"."customers" s where s.tenant = $43 and s.id = h.record_key::bigint) when $44 then exists (select from "commerce"."orders" s where s.tenant = $45 and s.id = h.record_key::bigint) when $46 then exists (select from "commerce"."order_items" s where s.tenant = $47 and s.id = h.record_key::bigint) when $48 then exists (select from "commerce"."payments" s where s.tenant = $49 and s.id = h.record_key::bigint) when $50 then exists (select from "commerce"."products" s where s.tenant = $51 and s.id = h.record_key::bigint) when $52 then exists (select from "commerce"."users" s where s.tenant = $53 and s.id = h.record_key::bigint) else true end order by h.rank asc, h.newest desc, h.entity_type collate "C" asc, h.table_key asc, h.record_key collate "C" asc limit $54
-- ["CUSTOMER","{...}","demo",500,"CUSTOMER","ORDER","{...}","demo",500,"ORDER","ORDER_ITEM","{...}","demo",500,"ORDER_ITEM","PAYMENT","{...}","demo",500,"PAYMENT","PRODUCT","{...}","demo",500,"PRODUCT","USER","{...}","demo",500,"USER","demo","{...}","{...}","demo","order","123",true,500,"order","123",5000,"CUSTOMER","demo","ORDER","demo","ORDER_ITEM","demo","PAYMENT","demo","PRODUCT","demo","USER","demo",5]
