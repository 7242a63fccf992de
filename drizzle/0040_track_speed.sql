-- role: login
set local role whence_owner;

-- What tracking asks of a table's columns and key, with plans that are kept: a function in SQL is planned at every call. Writing the capture of one
-- table calls these three hundreds of times, and where no event trigger may be created every statement on it asks the last two.
create or replace function audit.base_type(type oid) returns oid language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  base oid;
begin
  loop
    select t.typbasetype into base from pg_type t where t.oid = base_type.type and t.typtype = 'd';
    if not found then
      return type;
    end if;
    type := base;
  end loop;
end
$$;

create or replace function audit.columns_of(relation oid) returns table (
  "position" integer, name text, type oid, type_name text, collation_id oid, modifier integer, nullable boolean, is_computed boolean, has_initial boolean
) language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select a.attnum::integer, a.attname::text, a.atttypid, format_type(a.atttypid, a.atttypmod), a.attcollation, a.atttypmod, not a.attnotnull,
           a.atthasdef or a.attidentity <> '', a.atthasmissing
      from pg_attribute a
     where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v'
     order by a.attnum;
end
$$;

create or replace function audit.key_of(relation oid) returns text[] language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return (select array_agg(a.attname::text order by k.nth)
    from pg_index i cross join unnest(i.indkey) with ordinality k (attnum, nth)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
   where i.indrelid = relation and i.indisprimary and k.nth <= i.indnkeyatts);
end
$$;
