-- Search by words. Under row level security the operator @@ gets no index (it is not leakproof), so these functions run as the owner and
-- keep to the tenant of the session themselves: without one they find nothing.

-- Words are what lies between spaces and punctuation, in any case: LAPTOP-15 is the words laptop and 15.
create function audit.words_of(said text) returns tsvector language sql immutable parallel safe as $$
  select to_tsvector('pg_catalog.simple', translate(said, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '))
$$;

-- What an entry says in words, beside the values it changed.
create function audit.entry_words(reason text, reason_code text, reference text, operation_name text, details jsonb) returns tsvector
language sql immutable parallel safe as $$
  select audit.words_of(coalesce(reason, '') || ' ' || coalesce(reason_code, '') || ' ' || coalesce(reference, '') || ' ' || coalesce(operation_name, '')
    || ' ' || coalesce(details::text, ''))
$$;

-- All of the words of `complete`, and words that begin with those of `begun`; null when there are none.
create function audit.search_query(complete text, begun text) returns tsquery language sql immutable parallel safe as $$
  select string_agg(quote_literal(w.lexeme) || w.mark, ' & ')::tsquery
    from (select lexeme, '' as mark from unnest(audit.words_of(complete)) union all select lexeme, ':*' from unnest(audit.words_of(begun))) w
$$;

create function commerce.product_words(sku text, name text, categories text[]) returns tsvector language sql immutable parallel safe as $$
  select audit.words_of(sku || ' ' || name || ' ' || categories::text)
$$;
create index products_by_words on commerce.products using gin (commerce.product_words(sku, name, categories));
create index customers_by_words on commerce.customers using gin (audit.words_of(name || ' ' || coalesce(email, '')));
create index users_by_words on commerce.users using gin (audit.words_of(display_name || ' ' || coalesce(email, '')));

-- Entries that give no reason and no details are not in it: they cost nothing. One with a reason costs a writer 40 microseconds of the
-- processor more, and 33 in a statement of many rows. The list of what is still to be sorted in is kept short: whoever fills it sorts it in.
create index entry_words on audit.entry using gin (audit.entry_words(reason, reason_code, reference, operation_name, details))
  with (gin_pending_list_limit = 512)
  where num_nonnulls(reason, reason_code, reference, details) > 0;

-- Products, customers and users with these words in their names, newest first; names and mail addresses of people only with `personal`.
create function commerce.search_names(complete text, begun text, personal boolean, at_most integer)
returns table (entity_type text, id bigint) language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  of_tenant text := nullif(current_setting('app.tenant', true), '');
  wanted tsquery := audit.search_query(complete, begun);
begin
  return query execute $query$
    (select 'PRODUCT', p.id from commerce.products p
      where p.tenant = $1 and commerce.product_words(p.sku, p.name, p.categories) @@ $2 order by p.id desc limit $3)
    union all
    (select 'CUSTOMER', c.id from commerce.customers c
      where $4 and c.tenant = $1 and audit.words_of(c.name || ' ' || coalesce(c.email, '')) @@ $2 order by c.id desc limit $3)
    union all
    (select 'USER', u.id from commerce.users u
      where $4 and u.tenant = $1 and audit.words_of(u.display_name || ' ' || coalesce(u.email, '')) @@ $2 order by u.id desc limit $3)
    $query$ using of_tenant, wanted, at_most, personal;
end
$$;

-- Entries about a row that give a reason or details, with these words there or in the operation's name; newest first.
create function audit.search_entries(complete text, begun text, at_most integer)
returns table (id bigint, table_key integer, record_key text, said text) language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  of_tenant text := nullif(current_setting('app.tenant', true), '');
  wanted tsquery := audit.search_query(complete, begun);
begin
  return query execute $query$
    select e.id, e.table_key, e.record_key, concat_ws(' · ', e.reason, e.reason_code, e.reference, e.operation_name, e.details::text)
      from audit.entry e
     where e.tenant = $1 and e.record_key is not null and num_nonnulls(e.reason, e.reason_code, e.reference, e.details) > 0
       and audit.entry_words(e.reason, e.reason_code, e.reference, e.operation_name, e.details) @@ $2
     order by e.id desc limit $3
    $query$ using of_tenant, wanted, at_most;
end
$$;
revoke all on function commerce.search_names(text, text, boolean, integer), audit.search_entries(text, text, integer) from public;
grant execute on function commerce.search_names(text, text, boolean, integer), audit.search_entries(text, text, integer) to whence_app;
