-- role: login
-- Three roles and one for importers. None can log in: a login role becomes one of them (`set role`, or `role=` when it connects).
do $$
declare
  wanted text;
begin
  foreach wanted in array array['whence_owner', 'whence_app', 'whence_worker', 'whence_source'] loop
    begin
      execute format('create role %I nologin', wanted);
    exception when duplicate_object or unique_violation then
      null; -- roles belong to the cluster: another database of it may have made them already
    end;
    if not pg_has_role(current_user, wanted, 'member') then
      begin
        execute format('grant %I to %I', wanted, current_user);
      exception when insufficient_privilege then
        raise exception 'The role % may not become %.', current_user, wanted
          using hint = format('As a superuser: grant %I to %I.', wanted, current_user);
      end;
    end if;
  end loop;
  begin
    grant whence_app to whence_source; -- an importer reads what the server reads
  exception when insufficient_privilege or object_in_use then
    null;
  end;
  execute format('grant create on database %I to whence_owner', current_database());
end
$$;

-- Where the tools keep what was applied is made before the first migration; it goes to the owner with everything else.
create schema audit authorization whence_owner;
create schema audit_capture authorization whence_owner;
create schema commerce authorization whence_owner;
create schema access authorization whence_owner;

comment on schema audit is 'The trail: who changed which row, when, where from and why.';
comment on schema audit_capture is 'Trigger functions written by audit.track; never edit them.';
comment on schema commerce is 'The shop: users, customers, products, orders, order items, payments.';
comment on schema access is 'Idempotency keys of mutations.';
