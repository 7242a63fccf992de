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

/* commerce.products.by_sku */ select distinct on ("commerce"."products"."sku") "commerce"."products"."id", "commerce"."products"."sku", "commerce"."products"."name", to_jsonb("commerce"."products"."categories") as "categories", "commerce"."products"."price", "commerce"."products"."currency", "commerce"."products"."stock_quantity", "commerce"."products"."safety_stock", "commerce"."products"."is_active", "commerce"."products"."created_at" from "commerce"."products" where "commerce"."products"."tenant" = $1 and "commerce"."products"."sku" = any($2::text::text[]) order by "commerce"."products"."sku", "commerce"."products"."id"
-- ["demo","{...}"]

/* commerce.users.by_key */ select distinct on ("commerce"."users"."key") "commerce"."users"."id", "commerce"."users"."key", case when "commerce"."users"."email" is null or audit.sees_personal() then "commerce"."users"."email" else $1::text end as "email", case when "commerce"."users"."display_name" is null or audit.sees_personal() then "commerce"."users"."display_name" else $2::text end as "display_name", to_jsonb("commerce"."users"."roles") as "roles", "commerce"."users"."is_active", "commerce"."users"."created_at" from "commerce"."users" where "commerce"."users"."tenant" = $3 and "commerce"."users"."key" = any($4::text::text[]) order by "commerce"."users"."key", "commerce"."users"."id"
-- ["***","***","demo","{...}"]

/* provenance.blame.counts */
    select r.place::int, m.field, m.count::int
      from unnest($1::text::text[], $2::text::bigint[]) with ordinality as r(record_key, up_to, place)
     cross join lateral (
       select f.field, count(distinct e.id)::int as count
         from audit.shown_entry e
        cross join lateral jsonb_each(e.after || coalesce(e.personal_after, '{}')) c
        cross join lateral jsonb_array_elements_text($3::text::jsonb -> e.schema_version::text -> c.key) f(field)
        where e.tenant = $4 and e.table_key = $5::int and e.record_key = r.record_key and e.schema_version >= $6::int and e.id <= r.up_to and e.operation = 'UPDATE' and (c.value <> coalesce((e.before || coalesce(e.personal_before, '{}')) -> c.key, 'null')
            or (c.value = to_jsonb($7::text) and not e.after ?| $8::text::text[]))
          and e.id >= coalesce((select e.id from audit.shown_entry e where e.tenant = $9 and e.table_key = $10::int and e.record_key = r.record_key and e.schema_version >= $11::int and e.id <= r.up_to and e.operation = 'INSERT' order by e.id desc limit 1), 0)
        group by 1) m
-- ["{...}","{...}","{\"1\":{\"tenant\":[],\"id\":[\"id\"],\"sku\":[\"sku\"],\"name\":[\"name\"],\"categories\":[\"categories\"],\"price\":[\"price\"],\"currency\":[\"price\"],\"stock_quantity\":[\"stockQuantity\"],\"safety_stock\":[\"safetyStock\"],\"is_active\":[\"isActive\"],\"created_at\":[\"createdAt\"]}}","demo",3,1,"***","{...}","demo",3,1]

/* provenance.rows */ select record_key, image || coalesce(personal, '{}') as image from audit_capture.t3_rows($1::text::text[])
-- ["{...}"]

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
       select e.*, slot.place as slot, row_number() over (order by "e"."id" asc, slot.place asc)::int as item_place
         from (
           select * from (
             select "e"."xid"::text as transaction_id, "e"."id", "e"."occurred_at", "e"."recorded_at", "e"."table_key", "e"."record_key", "e"."entity_key", "e"."operation", "e"."operation_name", "e"."actor", "e"."actor_kind", "e"."actor_role", "e"."actor_verified", "e"."db_user", "e"."session", case when audit.sees_personal() then "e"."client_ip" end as client_ip, "e"."application", "e"."record_source", "e"."host_name", "e"."statement", "e"."request_id", "e"."trace_parent", "e"."reason", "e"."reason_code", "e"."reason_source", "e"."reference", "e"."approved_by", "e"."cause_id", "e"."reason_for", "e"."run_id", "e"."schema_version", "e"."details", "e"."before", "e"."after", "e"."personal_before", "e"."personal_after", array_remove(array[case when "e"."operation" = $3::text then $4::int end, case when "e"."operation" = $5::text then $6::int end, case when ("e"."operation" = 'UPDATE' and ((image.before ? $7::text or image.after ? $8::text) and ((image.before -> $9::text is distinct from image.after -> $10::text
            or (image.before -> $11::text = '"***"' and not coalesce(image.after ?| $12::text::text[], false))) or (image.before -> $13::text is distinct from image.after -> $14::text
            or (image.before -> $15::text = '"***"' and not coalesce(image.after ?| $16::text::text[], false))))) and ((coalesce(image.before ->> $17::text ~ '^-?[0-9]+([.][0-9]+)?$', false) and coalesce(jsonb_typeof(image.before -> $18::text) = 'string', false)
            and image.before ->> $19::text <> $20::text) and (coalesce(image.after ->> $21::text ~ '^-?[0-9]+([.][0-9]+)?$', false) and coalesce(jsonb_typeof(image.after -> $22::text) = 'string', false)
            and image.after ->> $23::text <> $24::text))) then $25::int end, case when ("e"."operation" = 'UPDATE' and (image.before -> $26::text is distinct from image.after -> $27::text
            or (image.before -> $28::text = '"***"' and not coalesce(image.after ?| $29::text::text[], false))) and ((case when coalesce(jsonb_typeof(image.before -> $30::text), 'null') = 'number' then abs((image.before -> $31::text)::numeric) <= 2147483647 and (image.before -> $32::text)::numeric % 1 = 0
            else coalesce(jsonb_typeof(image.before -> $33::text), 'null') = 'null' end) and (case when coalesce(jsonb_typeof(image.after -> $34::text), 'null') = 'number' then abs((image.after -> $35::text)::numeric) <= 2147483647 and (image.after -> $36::text)::numeric % 1 = 0
            else coalesce(jsonb_typeof(image.after -> $37::text), 'null') = 'null' end) and (coalesce(jsonb_typeof(image.before -> $38::text), 'null') = 'number' or coalesce(jsonb_typeof(image.after -> $39::text), 'null') = 'number'))) then $40::int end, case when ("e"."operation" = 'UPDATE' and (image.before -> $41::text is distinct from image.after -> $42::text
            or (image.before -> $43::text = '"***"' and not coalesce(image.after ?| $44::text::text[], false))) and ((case when coalesce(jsonb_typeof(image.before -> $45::text), 'null') = 'number' then abs((image.before -> $46::text)::numeric) <= 2147483647 and (image.before -> $47::text)::numeric % 1 = 0
            else coalesce(jsonb_typeof(image.before -> $48::text), 'null') = 'null' end) and (case when coalesce(jsonb_typeof(image.after -> $49::text), 'null') = 'number' then abs((image.after -> $50::text)::numeric) <= 2147483647 and (image.after -> $51::text)::numeric % 1 = 0
            else coalesce(jsonb_typeof(image.after -> $52::text), 'null') = 'null' end) and (coalesce(jsonb_typeof(image.before -> $53::text), 'null') = 'number' or coalesce(jsonb_typeof(image.after -> $54::text), 'null') = 'number'))) then $55::int end, case when ("e"."operation" = 'UPDATE' and (exists (select 1 from jsonb_object_keys(image.before || image.after) k(name)
            where k.name <> all($56::text::text[]) and (image.before -> k.name is distinct from image.after -> k.name
            or (image.before -> k.name = '"***"' and not coalesce(image.after ?| $57::text::text[], false)))) or (((image.before ? $58::text or image.after ? $59::text) and ((image.before -> $60::text is distinct from image.after -> $61::text
            or (image.before -> $62::text = '"***"' and not coalesce(image.after ?| $63::text::text[], false))) or (image.before -> $64::text is distinct from image.after -> $65::text
            or (image.before -> $66::text = '"***"' and not coalesce(image.after ?| $67::text::text[], false))))) and not ((coalesce(image.before ->> $68::text ~ '^-?[0-9]+([.][0-9]+)?$', false) and coalesce(jsonb_typeof(image.before -> $69::text) = 'string', false)
            and image.before ->> $70::text <> $71::text) and (coalesce(image.after ->> $72::text ~ '^-?[0-9]+([.][0-9]+)?$', false) and coalesce(jsonb_typeof(image.after -> $73::text) = 'string', false)
            and image.after ->> $74::text <> $75::text))) or ((image.before -> $76::text is distinct from image.after -> $77::text
            or (image.before -> $78::text = '"***"' and not coalesce(image.after ?| $79::text::text[], false))) and not ((case when coalesce(jsonb_typeof(image.before -> $80::text), 'null') = 'number' then abs((image.before -> $81::text)::numeric) <= 2147483647 and (image.before -> $82::text)::numeric % 1 = 0
            else coalesce(jsonb_typeof(image.before -> $83::text), 'null') = 'null' end) and (case when coalesce(jsonb_typeof(image.after -> $84::text), 'null') = 'number' then abs((image.after -> $85::text)::numeric) <= 2147483647 and (image.after -> $86::text)::numeric % 1 = 0
            else coalesce(jsonb_typeof(image.after -> $87::text), 'null') = 'null' end) and (coalesce(jsonb_typeof(image.before -> $88::text), 'null') = 'number' or coalesce(jsonb_typeof(image.after -> $89::text), 'null') = 'number'))) or ((image.before -> $90::text is distinct from image.after -> $91::text
            or (image.before -> $92::text = '"***"' and not coalesce(image.after ?| $93::text::text[], false))) and not ((case when coalesce(jsonb_typeof(image.before -> $94::text), 'null') = 'number' then abs((image.before -> $95::text)::numeric) <= 2147483647 and (image.before -> $96::text)::numeric % 1 = 0
            else coalesce(jsonb_typeof(image.before -> $97::text), 'null') = 'null' end) and (case when coalesce(jsonb_typeof(image.after -> $98::text), 'null') = 'number' then abs((image.after -> $99::text)::numeric) <= 2147483647 and (image.after -> $100::text)::numeric % 1 = 0
            else coalesce(jsonb_typeof(image.after -> $101::text), 'null') = 'null' end) and (coalesce(jsonb_typeof(image.before -> $102::text), 'null') = 'number' or coalesce(jsonb_typeof(image.after -> $103::text), 'null') = 'number'))))) then $104::int end, case when "e"."operation" = $105::text then $106::int end]::int[], null) as places from "audit"."shown_entry" e cross join lateral (select coalesce("e"."before", '{}') || coalesce("e"."personal_before", '{}') as before,
                          coalesce("e"."after", '{}') || coalesce("e"."personal_after", '{}') as after offset 0) image
              where "e"."tenant" = $107 and "e"."table_key" = $108::int and ("e"."record_key", "e"."id") >= (r.record_key, 0) and ("e"."record_key", "e"."id") <= (r.record_key, r.up_to) and true order by "e"."record_key" asc, "e"."id" asc offset 0) e
            where cardinality(places) > 0 order by "e"."record_key" asc, "e"."id" asc limit $109) e
        cross join lateral unnest(e.places) slot(place)
        where true order by "e"."id" asc, slot.place asc limit $110) item
     order by r.place, item.item_place
-- ["{...}","{...}","INSERT",0,"DELETE",1,"price","price","price","price","price","{...}","currency","currency","currency","{...}","price","currency","currency","***","price","currency","currency","***",3,"stock_quantity","stock_quantity","stock_quantity","{...}","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity",4,"safety_stock","safety_stock","safety_stock","{...}","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock",5,"{...}","{...}","price","price","price","price","price","{...}","currency","currency","currency","{...}","price","currency","currency","***","price","currency","currency","***","stock_quantity","stock_quantity","stock_quantity","{...}","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","stock_quantity","safety_stock","safety_stock","safety_stock","{...}","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock","safety_stock",8,"EVENT",9,"demo",3,52,51]

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
-- ["{...}","{...}","{...}","{...}","{...}","{\"1\":{\"tenant\":[],\"id\":[\"id\"],\"sku\":[\"sku\"],\"name\":[\"name\"],\"categories\":[\"categories\"],\"price\":[\"price\"],\"currency\":[\"price\"],\"stock_quantity\":[\"stockQuantity\"],\"safety_stock\":[\"safetyStock\"],\"is_active\":[\"isActive\"],\"created_at\":[\"createdAt\"]}}","***","{...}","demo",3,1,"{\"1\":{\"tenant\":[],\"id\":[\"id\"],\"sku\":[\"sku\"],\"name\":[\"name\"],\"categories\":[\"categories\"],\"price\":[\"price\"],\"currency\":[\"price\"],\"stock_quantity\":[\"stockQuantity\"],\"safety_stock\":[\"safetyStock\"],\"is_active\":[\"isActive\"],\"created_at\":[\"createdAt\"]}}","***","{...}"]
