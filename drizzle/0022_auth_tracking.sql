-- Signing in and registering through the database, tracked: the wrappers call the application's own functions auth.login_user(email, password, tenant_hk)
-- and auth.register_user(user_data), each of which gives JSON with `success`, and keep who, when and how it ended; never a password.
-- Where a schema auth belongs to somebody else, they are left out.
do $$
begin
  create schema if not exists auth;
  grant usage on schema auth to public;
  execute $functions$
create function auth.tracked_call(operation text, about jsonb, wanted regprocedure, call text, argument_1 text, argument_2 text, argument_3 bytea, argument_4 jsonb) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare
  key bytea := script_tracking.track_operation(operation, 'SECURITY', about);
  answer jsonb;
  fault text;
begin
  if wanted is null then
    fault := 'This database has no function for it.';
  else
    begin
      execute call into answer using argument_1, argument_2, argument_3, argument_4;
      fault := case when answer -> 'success' = 'true' then null else coalesce(answer ->> 'error', answer ->> 'message', 'refused') end;
    exception when others then
      -- The message may quote what was given: only its kind is kept.
      fault := 'failed with SQLSTATE ' || sqlstate;
    end;
  end if;
  perform script_tracking.complete_operation(key, fault is null, case when fault like 'failed with %' or wanted is null then fault when fault is not null then 'refused' end);
  return jsonb_build_object('success', fault is null, 'execution_hk', encode(key, 'hex'))
    || case when answer is null then '{}' else jsonb_build_object('result', answer) end
    || case when fault is null then '{}' else jsonb_build_object('error', fault) end;
end
$body$;

create function auth.login_user_tracking(email varchar, password text, tenant_hk bytea default null) returns jsonb
language sql set search_path = pg_catalog, pg_temp as $body$
  select auth.tracked_call('USER_LOGIN', jsonb_build_object('email_sha256', encode(sha256(convert_to(lower($1), 'UTF8')), 'hex')),
    to_regprocedure('auth.login_user(varchar, text, bytea)'), 'select to_jsonb(auth.login_user($1, $2, $3))', $1, $2, $3, null)
$body$;

create function auth.register_user_tracking(user_data jsonb) returns jsonb
language sql set search_path = pg_catalog, pg_temp as $body$
  select auth.tracked_call('USER_REGISTRATION', jsonb_build_object('fields', (select coalesce(jsonb_agg(name order by name), '[]') from jsonb_object_keys($1) name)),
    to_regprocedure('auth.register_user(jsonb)'), 'select to_jsonb(auth.register_user($4))', null, null, null, $1)
$body$
  $functions$;
exception when insufficient_privilege then
  raise notice 'The schema auth belongs to somebody else: sign-ins are tracked through script_tracking.track_operation.';
end
$$;
