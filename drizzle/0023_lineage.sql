-- Which entries say that their row refers to another: the references of the shop read backwards, from the row that is referred to. The indexes hold
-- only entries that state such a column, so that no other writer pays for them; with the id behind the value, a version's time is one stretch.
create index entry_created_by on audit.entry (tenant, (after ->> 'created_by'), id) where after ? 'created_by';
create index entry_customer_id on audit.entry (tenant, (after ->> 'customer_id'), id) where after ? 'customer_id';
create index entry_order_id on audit.entry (tenant, (after ->> 'order_id'), id) where after ? 'order_id';
create index entry_product_id on audit.entry (tenant, (after ->> 'product_id'), id) where after ? 'product_id';

-- Under row level security ->> gets no index (it is not leakproof): the view reads as its owner and keeps to the tenant of the session itself.
create view audit.stated_reference as
  select tenant, id, table_key, 'created_by' as column_name, after ->> 'created_by' as refers_to from audit.entry
   where tenant = nullif(current_setting('app.tenant', true), '') and operation in ('INSERT', 'UPDATE') and after ? 'created_by'
  union all
  select tenant, id, table_key, 'customer_id', after ->> 'customer_id' from audit.entry
   where tenant = nullif(current_setting('app.tenant', true), '') and operation in ('INSERT', 'UPDATE') and after ? 'customer_id'
  union all
  select tenant, id, table_key, 'order_id', after ->> 'order_id' from audit.entry
   where tenant = nullif(current_setting('app.tenant', true), '') and operation in ('INSERT', 'UPDATE') and after ? 'order_id'
  union all
  select tenant, id, table_key, 'product_id', after ->> 'product_id' from audit.entry
   where tenant = nullif(current_setting('app.tenant', true), '') and operation in ('INSERT', 'UPDATE') and after ? 'product_id';
comment on view audit.stated_reference is 'Entries of the tenant of the session that state one of the indexed references, and the key that each refers to.';
revoke all on audit.stated_reference from public;
grant select on audit.stated_reference to whence_app;
