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

/* commerce.products.by_sku */ select distinct on ("commerce"."products"."sku") "commerce"."products"."id", "commerce"."products"."sku", "commerce"."products"."name", to_jsonb("commerce"."products"."categories") as "categories", "commerce"."products"."price", "commerce"."products"."currency", "commerce"."products"."stock_quantity", "commerce"."products"."safety_stock", "commerce"."products"."is_active", "commerce"."products"."created_at" from "commerce"."products" where "commerce"."products"."tenant" = $1 and "commerce"."products"."sku" = any($2::text::text[]) order by "commerce"."products"."sku", "commerce"."products"."id"
-- ["demo","{...}"]

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]

/* provenance.changes */
    with recursive step (place, record_key, up_to, id, fits, is_created, told) as (
      select r.place, r.record_key, r.up_to, null::bigint, true, false, 0 from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
      union all
      select s.place, s.record_key, c.id - 1, c.id, c.fits, c.is_created, s.told + 1
        from step s
       cross join lateral (
         select e.id, coalesce((case when (e.after || coalesce(e.personal_after, '{}')) ->> $3::text ~ '^-?\d{1,200}(\.\d{1,200})?([eE][+-]?\d{1,3})?$' then ((e.after || coalesce(e.personal_after, '{}')) ->> $4::text)::numeric = $5::text::numeric else false end and (e.after || coalesce(e.personal_after, '{}')) ->> $6::text = $7), false) as fits, e.operation = 'INSERT' as is_created from audit.shown_entry e
          where e.tenant = $8 and e.table_key = $9::int and e.record_key = s.record_key and e.schema_version >= $10::int and e.id <= s.up_to and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and (e.after ?| $11::text::text[] or e.personal_after ?| $12::text::text[]) is true and exists (
    select 1 from jsonb_each(coalesce(e.after, '{}') || coalesce(e.personal_after, '{}')) c
     where $13::text::jsonb -> e.schema_version::text -> c.key ?| $14::text::text[]
       and (case when e.operation = 'INSERT' then c.value <> 'null' else (c.value <> coalesce((e.before || coalesce(e.personal_before, '{}')) -> c.key, 'null')
            or (c.value = to_jsonb($15::text) and not e.after ?| $16::text::text[])) end)) and (case when (e.after || coalesce(e.personal_after, '{}')) ->> $17::text ~ '^-?\d{1,200}(\.\d{1,200})?([eE][+-]?\d{1,3})?$' then ((e.after || coalesce(e.personal_after, '{}')) ->> $18::text)::numeric = $19::text::numeric else false end and (e.after || coalesce(e.personal_after, '{}')) ->> $20::text = $21)))
          order by e.id desc limit 1) c
       where s.told < $22::int and not s.is_created)
    select s.place::int as record_place, s.fits, "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after"
      from step s join "audit"."shown_entry" e on "e"."tenant" = $23 and "e"."id" = s.id
     order by s.place, s.id desc
-- ["{...}","{...}","price","price","1199.99","currency","USD","demo",3,1,"{...}","{...}","{\"1\":{\"tenant\":[],\"id\":[\"id\"],\"sku\":[\"sku\"],\"name\":[\"name\"],\"categories\":[\"categories\"],\"price\":[\"price\"],\"currency\":[\"price\"],\"stock_quantity\":[\"stockQuantity\"],\"safety_stock\":[\"safetyStock\"],\"is_active\":[\"isActive\"],\"created_at\":[\"createdAt\"]}}","{...}","***","{...}","price","price","1199.99","currency","USD",100,"demo"]

/* provenance.impact */
    with extent as materialized (select (select o.placed_at from commerce.orders o where o.tenant = $1 order by o.placed_at asc, o.id asc limit 1) as first_order, (select o.placed_at from commerce.orders o where o.tenant = $2 order by o.placed_at desc, o.id desc limit 1) as last_order),
    period as materialized (
      select w.place, w.record_key, w.at, case when first_order is null then 0 else floor(extract(epoch from least($3::int * interval '24 hours',
          w.at - greatest(first_order, (
        select e.occurred_at from audit.shown_entry e
         where e.tenant = $4 and e.table_key = $5::int and e.record_key = w.record_key and e.id < w.id
           and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and e.after ? 'price'
             and (e.after -> 'price' is distinct from e.before -> 'price' or e.after -> 'currency' is distinct from e.before -> 'currency')))
         order by e.id desc limit 1)), least(last_order, now(), (
        select e.occurred_at from audit.shown_entry e
         where e.tenant = $6 and e.table_key = $7::int and e.record_key = w.record_key and e.id > w.id
           and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and e.after ? 'price'
             and (e.after -> 'price' is distinct from e.before -> 'price' or e.after -> 'currency' is distinct from e.before -> 'currency')))
         order by e.id asc limit 1)) - w.at)) / 86400)::int end as days
        from extent, unnest($8::text::text[], $9::text::bigint[],
    $10::text::timestamptz[]) with ordinality as w(record_key, id, at, place))
    select p.place::int, p.days, coalesce(sum(s.quantity) filter (where s.placed_at < p.at), 0)::text as before_units,
           coalesce(sum(s.quantity) filter (where s.placed_at >= p.at), 0)::text as after_units
      from period p
      left join lateral (
        select i.quantity, o.placed_at from commerce.order_items i join commerce.orders o on o.tenant = i.tenant and o.id = i.order_id
         where i.tenant = $11 and o.tenant = $12 and i.product_id = p.record_key::bigint and p.days >= 1 and upper(i.status) not in ('CANCELLED', 'REFUNDED')
           and o.placed_at >= p.at - p.days * interval '24 hours' and o.placed_at < p.at + p.days * interval '24 hours') s on true
     group by p.place, p.days
-- ["demo","demo",14,"demo",3,"demo",3,"{...}","{...}","{...}","demo","demo"]

/* provenance.impact.items */
    select sold.place::int, created.id::text as id from (
        select w.place, i.id, o.placed_at, row_number() over (partition by w.place, o.placed_at < w.at order by o.placed_at desc, i.id desc) as age
          from unnest($1::text::text[], $2::text::bigint[],
    $3::text::timestamptz[]) with ordinality as w(record_key, id, at, place)
          join unnest($4::text::int[]) with ordinality as p(days, place) on p.place = w.place
          join commerce.order_items i join commerce.orders o on o.tenant = i.tenant and o.id = i.order_id on i.tenant = $5 and o.tenant = $6 and i.product_id = w.record_key::bigint and upper(i.status) not in ('CANCELLED', 'REFUNDED')
           and o.placed_at >= w.at - p.days * interval '24 hours' and o.placed_at < w.at + p.days * interval '24 hours') sold
     cross join lateral (
        select e.id from audit.shown_entry e
         where e.tenant = $7 and e.table_key = $8::int and e.record_key = sold.id::text and e.operation = 'INSERT' order by e.id desc limit 1) created
     where sold.age <= $9::int order by sold.place, sold.placed_at desc, sold.id desc
-- ["{...}","{...}","{...}","{...}","demo","demo","demo",5,20]

/* provenance.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at", (
        select jsonb_agg(jsonb_build_object('tableKey', v.table_key, 'schemaVersion', v.schema_version, 'incarnation', v.incarnation,
            'columns', v.columns, 'keyColumns', v.key_columns) order by v.schema_version)
          from audit.table_version v where v.table_key = "audit"."tracked_table"."table_key") as versions
    from "audit"."tracked_table" where "audit"."tracked_table"."table_name" = any($1::text::text[]) and ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $2)
-- ["{...}","demo"]
