-- The rows of schema bench in our tables, for the tenant demo, with the same ids. Not captured: the entries are those of the dataset, in the
-- shape that capture writes. session_replication_role keeps the triggers out, and wants a superuser.
set synchronous_commit = off;
set timezone = 'UTC';
set session_replication_role = replica;

insert into commerce.users (tenant, id, key, email, display_name, roles, created_at)
  select 'demo', id, id::text, email, name, array[role], created_at from bench.users;
-- A customer of ours has no country: it goes where another short text is.
insert into commerce.customers (tenant, id, key, email, name, phone, created_at)
  select 'demo', id, id::text, email, name, country, created_at from bench.customers;
insert into commerce.products (tenant, id, sku, name, categories, price, currency, is_active, created_at)
  select 'demo', id, sku, name, array[category], price_cents / 100.0, 'EUR', active, updated_at from bench.products;
insert into commerce.orders (tenant, id, number, customer_id, status, subtotal, total, currency, placed_at)
  select 'demo', id, id::text, customer_id, status, total_cents / 100.0, total_cents / 100.0, 'EUR', placed_at from bench.orders;
insert into commerce.order_items (tenant, id, order_id, line, key, product_id, quantity, unit_price, line_total, currency)
  select 'demo', id, order_id, 1 + (id - 1) % 3, id::text, product_id, quantity, unit_price_cents / 100.0, quantity * unit_price_cents / 100.0, 'EUR'
    from bench.order_items;
insert into commerce.payments (tenant, id, key, order_id, method, status, amount, currency, settled_at, created_at)
  select 'demo', id, id::text, order_id, method, status, amount_cents / 100.0, 'EUR', paid_at, paid_at from bench.payments;

-- Amounts are text with four digits and carry their currency.
create function bench.amount(cents text) returns text language sql immutable as $$ select (cents::numeric / 100)::numeric(19, 4)::text $$;
create function bench.image(table_name text, i jsonb) returns jsonb language sql immutable as $$
  select case when i is not null then case table_name
    when 'orders' then jsonb_build_object('status', i -> 'status', 'total', bench.amount(i ->> 'total_cents'), 'currency', 'EUR')
    when 'payments' then jsonb_build_object('status', i -> 'status', 'amount', bench.amount(i ->> 'amount_cents'), 'currency', 'EUR')
    when 'products' then jsonb_build_object('is_active', i -> 'active', 'price', bench.amount(i ->> 'price_cents'), 'currency', 'EUR')
    else '{}' end end $$;
create function bench.personal_image(table_name text, i jsonb) returns jsonb language sql immutable as $$
  select case when i is not null and table_name = 'customers' then jsonb_build_object('email', i -> 'email', 'phone', i -> 'country') end $$;

insert into audit.entry (tenant, id, occurred_at, recorded_at, table_key, record_key, entity_key, operation, actor, actor_kind, actor_role,
    application, reason, reason_source, run_id, schema_version, before, after, personal_before, personal_after, personal_salt)
  select 'demo', a.id, occurred_at, occurred_at, t.table_key, record_id,
         case a.table_name when 'products' then 'SKU-' || lpad(record_id, 8, '0') else record_id end, operation, actor_id::text, 'USER', actor_role,
         'webshop', reason, case when reason is not null then 'CALLER' end,
         'run_' || to_char(occurred_at, 'YYYYMMDD') || '_000000_' || left(run_id::text, 8), t.schema_version,
         bench.image(a.table_name, old), bench.image(a.table_name, new), bench.personal_image(a.table_name, old), bench.personal_image(a.table_name, new),
         case a.table_name when 'customers' then gen_random_uuid() end
    from bench.audit_log a join audit.tracked_table t on t.table_name = 'commerce.' || a.table_name
   order by a.id;
select setval('audit.entry_id', (select max(id) from audit.entry));
