-- The shop of the benchmark as its peers know it: schema bench, the same rows for the same bench.scale (1: 20,000 customers, 200,000 orders,
-- 2,000,000 audit rows). Every value is a hash of the row's number and a salt. Loaded by database.ts, which sets bench.scale.
set synchronous_commit = off;
set timezone = 'UTC';
drop schema if exists bench cascade;
create schema bench;
set search_path = bench;

create function many(n bigint) returns bigint language sql stable as $$ select (n * current_setting('bench.scale')::numeric)::bigint $$;
create function rnd(i bigint, salt int, n bigint) returns bigint language sql immutable parallel safe
  as $$ select (hashint8extended(i, salt) & 9223372036854775807) % n $$;
create function pick(i bigint, salt int, variadic choices text[]) returns text language sql immutable parallel safe
  as $$ select choices[1 + (hashint8extended(i, salt) & 9223372036854775807) % array_length(choices, 1)] $$;

create table users (id int primary key, name text not null, email text not null, role text not null, created_at timestamptz not null);
create table customers (id int primary key, name text not null, email text not null, country text not null, created_at timestamptz not null);
create table products (id int primary key, sku text not null, name text not null, category text not null, price_cents int not null,
  active boolean not null, updated_at timestamptz not null);
create table orders (id int primary key, customer_id int not null, status text not null, total_cents int not null, placed_at timestamptz not null);
create table order_items (id int primary key, order_id int not null, product_id int not null, quantity int not null, unit_price_cents int not null);
create table payments (id int primary key, order_id int not null, amount_cents int not null, method text not null, status text not null,
  paid_at timestamptz not null);
create table audit_log (id bigint primary key, occurred_at timestamptz not null, table_name text not null, record_id text not null,
  operation text not null, actor_id int not null, actor_role text not null, reason text, run_id uuid not null, old jsonb, new jsonb, changed text[] not null);

insert into users
  select i, 'User ' || i, 'user' || i || '@example.com', pick(i, 1, 'admin', 'clerk', 'system', 'analyst'), timestamptz '2024-01-01' + i * interval '1 hour'
    from generate_series(1, 50) i;
insert into customers
  select i, 'Customer ' || i, 'c' || i || '@example.com', pick(i, 2, 'DE', 'FR', 'US', 'IN', 'BR', 'JP'),
         timestamptz '2024-01-01' + rnd(i, 3, 31536000) * interval '1 second'
    from generate_series(1, many(20000)) i;
insert into products
  select i, 'SKU-' || lpad(i::text, 8, '0'), 'Product ' || i, pick(i, 4, 'books', 'tools', 'toys', 'garden', 'audio'), 100 + rnd(i, 5, 99900),
         rnd(i, 6, 10) > 0, timestamptz '2025-01-01' + rnd(i, 7, 31536000) * interval '1 second'
    from generate_series(1, many(5000)) i;
insert into orders
  select i, 1 + rnd(i, 8, many(20000)), pick(i, 9, 'placed', 'paid', 'shipped', 'delivered', 'cancelled'), 500 + rnd(i, 10, 500000),
         timestamptz '2025-01-01' + i * (interval '365 days' / many(200000))
    from generate_series(1, many(200000)) i;
insert into order_items
  select i, 1 + (i - 1) / 3, 1 + rnd(i, 11, many(5000)), 1 + rnd(i, 12, 5), 100 + rnd(i, 13, 99900) from generate_series(1, 3 * many(200000)) i;
insert into payments
  select i, case when i <= many(200000) then i else 1 + rnd(i, 14, many(200000)) end, 500 + rnd(i, 15, 500000), pick(i, 16, 'card', 'paypal', 'transfer'),
         pick(i, 17, 'captured', 'captured', 'refunded', 'failed'), timestamptz '2025-01-01' + rnd(i, 18, 31536000) * interval '1 second'
    from generate_series(1, many(220000)) i;

-- Append-only: id and time grow together. Half the rows are about orders. An update changes both columns that its images hold.
insert into audit_log
  select i, timestamptz '2025-01-01' + i * (interval '365 days' / many(2000000)), t,
         (1 + rnd(i, 19, many(case t when 'orders' then 200000 when 'payments' then 220000 when 'products' then 5000 else 20000 end)))::text,
         op, a, pick(a, 1, 'admin', 'clerk', 'system', 'analyst'), case when rnd(i, 22, 3) > 0 then 'change request ' || rnd(i, 23, 9999) end,
         md5((i / 10)::text)::uuid,
         case when op = 'INSERT' then null else case t
           when 'customers' then jsonb_build_object('email', 'old' || i || '@example.com', 'country', pick(i, 24, 'DE', 'FR', 'US'))
           when 'products' then jsonb_build_object('active', false, 'price_cents', rnd(i, 25, 500000))
           when 'payments' then jsonb_build_object('status', pick(i, 24, 'pending', 'captured'), 'amount_cents', rnd(i, 25, 500000))
           else jsonb_build_object('status', pick(i, 24, 'placed', 'paid'), 'total_cents', rnd(i, 25, 500000)) end end,
         case when op = 'DELETE' then null else case t
           when 'customers' then jsonb_build_object('email', 'new' || i || '@example.com', 'country', pick(i, 26, 'IN', 'BR', 'JP'))
           when 'products' then jsonb_build_object('active', true, 'price_cents', 500000 + rnd(i, 27, 500000))
           when 'payments' then jsonb_build_object('status', pick(i, 26, 'refunded', 'failed'), 'amount_cents', 500000 + rnd(i, 27, 500000))
           else jsonb_build_object('status', pick(i, 26, 'shipped', 'delivered'), 'total_cents', 500000 + rnd(i, 27, 500000)) end end,
         case t when 'customers' then array['country', 'email'] when 'products' then array['active', 'price_cents']
           when 'payments' then array['amount_cents', 'status'] else array['status', 'total_cents'] end
    from generate_series(1, many(2000000)) i
   cross join lateral (
     select case when rnd(i, 28, 100) < 50 then 'orders' when rnd(i, 28, 100) < 72 then 'payments' when rnd(i, 28, 100) < 82 then 'products' else 'customers' end as t,
            pick(i, 20, 'UPDATE', 'UPDATE', 'UPDATE', 'INSERT', 'DELETE') as op, 1 + rnd(i, 21, 50) as a) x;

alter table orders add foreign key (customer_id) references customers;
alter table order_items add foreign key (order_id) references orders, add foreign key (product_id) references products;
alter table payments add foreign key (order_id) references orders;
alter table audit_log add foreign key (actor_id) references users;
create index on orders (customer_id, placed_at desc, id desc);
create index on order_items (order_id, id);
create index on order_items (product_id);
create index on payments (order_id, id);
create index on audit_log (table_name, record_id, id desc);
create index on audit_log (table_name, id desc);
create index on audit_log (table_name, occurred_at desc, id desc);
create index on audit_log (occurred_at, table_name, operation);
create index on audit_log (actor_id, id desc);
create index on audit_log (run_id);

-- What a user of PostGraphile adds by hand: relations and lists without a foreign key.
create function orders_audit(o orders) returns setof audit_log language sql stable
  as $$ select * from bench.audit_log where table_name = 'orders' and record_id = o.id::text order by id desc $$;
create function orders_versions(o orders) returns setof audit_log language sql stable
  as $$ select * from bench.audit_log where table_name = 'orders' and record_id = o.id::text and operation in ('INSERT', 'UPDATE') order by id desc $$;
create function payments_versions(p payments) returns setof audit_log language sql stable
  as $$ select * from bench.audit_log where table_name = 'payments' and record_id = p.id::text and operation in ('INSERT', 'UPDATE') order by id desc $$;
create function audit_feed("table" text, "from" timestamptz, "to" timestamptz) returns setof audit_log language sql stable
  as $$ select * from bench.audit_log where table_name = "table" and occurred_at >= "from" and occurred_at < "to" order by occurred_at desc, id desc $$;
create function audit_daily("from" timestamptz, "to" timestamptz) returns table (day text, table_name text, operation text, count int) language sql stable
  as $$ select a.occurred_at::date::text, a.table_name, a.operation, count(*)::int from bench.audit_log a
        where a.occurred_at >= "from" and a.occurred_at < "to" group by 1, 2, 3 order by 1, 2, 3 $$;
