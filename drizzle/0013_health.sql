-- role: login
-- What the server looks at to say whether it is ready. The record of migrations belongs to the role that migrates.
grant usage on schema whence to whence_app;
grant select on whence.migration to whence_app;

-- Figures of the whole database, no row of anybody.
create function audit.health(out newest_entry bigint, out not_capturing integer)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select (select case when is_called then last_value else 0 end from audit.entry_id),
         (select count(*)::integer from audit.tracked_table t where t.untracked_at is null and not audit.is_capturing(t.table_key))
$$;
alter function audit.health() owner to whence_owner;
revoke all on function audit.health() from public;
grant execute on function audit.health() to whence_app, whence_worker;
