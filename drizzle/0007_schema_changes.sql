-- role: login
-- Keeps capture in step with ALTER TABLE, and takes a table up again that was dropped and made anew. Event triggers need a
-- superuser; where they may not be made, capture functions compare the table's shape themselves (see audit.write_functions).
create function audit.after_schema_change() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  changed record;
  key integer;
begin
  for changed in
    select audit.parent_of(c.objid) as relation, bool_or(c.objid <> audit.parent_of(c.objid) or r.relkind = 'p') as has_parts
      from pg_event_trigger_ddl_commands() c join pg_class r on r.oid = c.objid
     where c.classid = 'pg_class'::regclass and r.relkind in ('r', 'p') and r.relpersistence <> 't'
     group by 1
  loop
    -- A table that carries our triggers is known by them, whatever its name is now.
    select substring(p.proname from '^t([0-9]+)_')::integer into key
      from pg_trigger g join pg_proc p on p.oid = g.tgfoid
     where g.tgrelid = changed.relation and p.pronamespace = 'audit_capture'::regnamespace limit 1;
    if key is not null then
      if exists (select from audit.tracked_table t where t.table_key = key and t.untracked_at is null
                  and (changed.has_parts or t.shape <> audit.shape_of(changed.relation))) then
        perform audit.let_read(changed.relation);
        perform audit.adopt(key, changed.relation);
        perform audit.set_triggers(key, changed.relation);
      end if;
    else
      select t.table_key into key from audit.tracked_table t
        join pg_class c on c.relname = t.relation_name join pg_namespace n on n.oid = c.relnamespace and n.nspname = t.schema_name
       where c.oid = changed.relation and t.untracked_at is null;
      if key is not null and audit.key_of(changed.relation) is not null then
        perform audit.let_read(changed.relation);
        perform audit.adopt(key, changed.relation);
        perform audit.set_triggers(key, changed.relation);
      end if;
    end if;
  end loop;
end
$$;

do $$
begin
  create event trigger whence_ddl on ddl_command_end when tag in ('ALTER TABLE', 'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
    execute function audit.after_schema_change();
exception when insufficient_privilege then
  raise notice 'No event trigger (it needs a superuser): capture functions will watch for schema changes themselves.';
end
$$;
