-- What readers look entries up by beside records, runs and actors, noted behind the ticks. An index of the trail is paid for by every writer, also
-- where the entry is not in it: these nine cost an update of one row a seventh of what capturing it took, and the words of a reason as much again.

drop index audit.entry_created_by, audit.entry_customer_id, audit.entry_order_id, audit.entry_product_id, audit.entry_deleted,
  audit.entry_former_customer, audit.entry_former_order, audit.entry_former_key, audit.entry_words;

create table audit.entry_value (
  tenant text not null,
  kind text not null check (kind in ('STATED', 'FORMER')),
  table_key integer not null,
  column_name text not null,
  value text not null,
  record_key text not null,
  entry_id bigint not null
);
comment on table audit.entry_value is 'Of entries that have a position: references that they state, and values that rows had before.';
create index entry_value_found on audit.entry_value (tenant, kind, table_key, column_name, value, entry_id);

create table audit.entry_word (
  tenant text not null,
  entry_id bigint not null,
  words tsvector not null
);
comment on table audit.entry_word is 'What entries about a row say in words, of those that have a position and give a reason or details.';
create index entry_word_found on audit.entry_word using gin (words);

-- The references of the shop, and the columns by which its rows were found before they changed.
create function audit.values_of(entry audit.entry) returns table (kind text, column_name text, value text) language sql immutable as $$
  select 'STATED', c.name, entry.after ->> c.name
    from (values ('created_by'), ('customer_id'), ('order_id'), ('product_id')) c (name)
   where entry.operation in ('INSERT', 'UPDATE') and entry.after ->> c.name is not null
  union all
  select 'FORMER', c.name, entry.before ->> c.name
    from (values ('customer_id'), ('order_id'), ('sku'), ('number'), ('key')) c (name)
   where (entry.operation = 'UPDATE' or c.name in ('customer_id', 'order_id')) and entry.before ->> c.name is not null
$$;

-- Whether there may be any: cheaper.
create function audit.has_values(entry audit.entry) returns boolean language sql immutable as $$
  select entry.record_key is not null and entry.table_key is not null
    and (entry.after ?| '{created_by,customer_id,order_id,product_id}' or entry.before ?| '{customer_id,order_id,sku,number,key}')
$$;

create function audit.says_words(entry audit.entry) returns boolean language sql immutable as $$
  select entry.record_key is not null and num_nonnulls(entry.reason, entry.reason_code, entry.reference, entry.details) > 0
$$;

create function audit.note_values() returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  insert into audit.entry_value
    select e.tenant, v.kind, e.table_key, v.column_name, v.value, e.record_key, e.id
      from placed p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id cross join lateral audit.values_of(e) v
     where audit.has_values(e);
  insert into audit.entry_word
    select e.tenant, e.id, strip(audit.entry_words(e.reason, e.reason_code, e.reference, e.operation_name, e.details))
      from placed p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
     where audit.says_words(e);
  return null;
end
$$;
create trigger note_values after insert on audit.position referencing new table as placed for each statement execute function audit.note_values();

-- Those of entries that have no position yet, of the tenant of the session.
create function audit.unplaced_values(of_tenant text)
returns table (kind text, table_key integer, column_name text, value text, record_key text, entry_id bigint)
language sql stable security definer rows 10 set search_path = pg_catalog, pg_temp as $$
  select v.kind, e.table_key, v.column_name, v.value, e.record_key, e.id
    from audit.uncounted(of_tenant, 2147483647) u join audit.entry e on e.tenant = of_tenant and e.id = u cross join lateral audit.values_of(e) v
   where audit.has_values(e)
$$;

-- The views read as their owner and keep to the tenant of the session themselves.
create or replace view audit.stated_reference as
  select v.tenant, v.entry_id as id, v.table_key, v.column_name, v.value as refers_to from audit.entry_value v
   where v.tenant = nullif(current_setting('app.tenant', true), '') and v.kind = 'STATED'
  union all
  select nullif(current_setting('app.tenant', true), ''), u.entry_id, u.table_key, u.column_name, u.value
    from audit.unplaced_values(nullif(current_setting('app.tenant', true), '')) u where u.kind = 'STATED';
comment on view audit.stated_reference is 'Entries of the tenant of the session that state a reference of the shop, and the key that each refers to.';

create or replace view audit.former_value as
  select v.tenant, v.table_key, v.record_key, v.column_name, v.value from audit.entry_value v
   where v.tenant = nullif(current_setting('app.tenant', true), '') and v.kind = 'FORMER'
  union all
  select nullif(current_setting('app.tenant', true), ''), u.table_key, u.record_key, u.column_name, u.value
    from audit.unplaced_values(nullif(current_setting('app.tenant', true), '')) u where u.kind = 'FORMER';

create or replace function audit.search_entries(complete text, begun text, at_most integer)
returns table (id bigint, table_key integer, record_key text, said text) language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  of_tenant text := nullif(current_setting('app.tenant', true), '');
  wanted tsquery := audit.search_query(complete, begun);
begin
  return query execute $query$
    select e.id, e.table_key, e.record_key, concat_ws(' · ', e.reason, e.reason_code, e.reference, e.operation_name, e.details::text)
      from (
        (select w.entry_id from audit.entry_word w where w.tenant = $1 and w.words @@ $2 order by w.entry_id desc limit $3)
        union all
        (select e.id from audit.uncounted($1, 2147483647) u join audit.entry e on e.tenant = $1 and e.id = u
          where audit.says_words(e) and audit.entry_words(e.reason, e.reason_code, e.reference, e.operation_name, e.details) @@ $2)) found (id)
      join audit.entry e on e.tenant = $1 and e.id = found.id
     order by e.id desc limit $3
    $query$ using of_tenant, wanted, at_most;
end
$$;

do $$
declare
  t text;
begin
  foreach t in array array['audit.entry_value', 'audit.entry_word'] loop
    execute format('alter table %s enable row level security', t);
    execute format('create policy one_tenant on %s for select to whence_app, whence_source
      using (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    execute format('create policy all_tenants on %s for select to whence_worker using (true)', t);
  end loop;
end
$$;
revoke all on function audit.values_of(audit.entry), audit.has_values(audit.entry), audit.says_words(audit.entry), audit.note_values(), audit.unplaced_values(text) from public;
grant execute on function audit.unplaced_values(text) to whence_app;

-- The entries that have a position already.
insert into audit.entry_value
  select e.tenant, v.kind, e.table_key, v.column_name, v.value, e.record_key, e.id
    from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id cross join lateral audit.values_of(e) v
   where audit.has_values(e);
insert into audit.entry_word
  select e.tenant, e.id, strip(audit.entry_words(e.reason, e.reason_code, e.reference, e.operation_name, e.details))
    from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
   where audit.says_words(e);
