import { expect } from 'vitest';
import { onEachDatabase } from '../../support/databases.ts';

onEachDatabase(
  'V6 signing in and registering are recorded with their outcome, and no secret is kept anywhere',
  async ({ owner }) => {
    await owner.run(`create function auth.login_user(email varchar, password text, tenant_hk bytea) returns jsonb language plpgsql as $$
      begin
        if password = 'broken-Hunter2' then raise exception 'no such password: %', password; end if;
        return jsonb_build_object('success', password = 'right-Hunter2', 'token', 'session-Hunter2');
      end $$;
      create function auth.register_user(user_data jsonb) returns jsonb language sql as $$ select '{"success": true, "user": 7}'::jsonb $$`);
    const login = async (password: string) => {
      const [row] = await owner.run<{ answer: Record<string, unknown> }>(
        `select auth.login_user_tracking('Ann@Shop.example', '${password}', null) as answer`,
      );
      return row?.answer;
    };
    expect(await login('right-Hunter2')).toMatchObject({ success: true, result: { token: 'session-Hunter2' } });
    expect(await login('wrong-Hunter2')).toMatchObject({ success: false, error: 'refused' });
    expect(await login('broken-Hunter2')).toMatchObject({ success: false, error: 'failed with SQLSTATE P0001' });
    const [made] = await owner.run<{ answer: object }>(
      `select auth.register_user_tracking('{"email": "bob@shop.example", "password": "Hunter2"}') as answer`,
    );
    expect(made?.answer).toMatchObject({ success: true, result: { user: 7 } });
    const kept =
      await owner.run(`select script_name as name, script_type as type, execution_status as status, error_message as error, metadata
      from script_tracking.current_script_execution where script_type = 'SECURITY' order by execution_timestamp`);
    const email = { email_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    expect(kept).toEqual([
      { name: 'USER_LOGIN', type: 'SECURITY', status: 'COMPLETED', error: null, metadata: email },
      { name: 'USER_LOGIN', type: 'SECURITY', status: 'FAILED', error: 'refused', metadata: email },
      { name: 'USER_LOGIN', type: 'SECURITY', status: 'FAILED', error: 'failed with SQLSTATE P0001', metadata: email },
      { name: 'USER_REGISTRATION', type: 'SECURITY', status: 'COMPLETED', error: null, metadata: { fields: ['email', 'password'] } },
    ]);
    const [all] = await owner.run<{
      text: string;
    }>(`select (select string_agg(to_jsonb(s)::text, '') from script_tracking.script_execution_s s)
      || (select string_agg(to_jsonb(e)::text, '') from audit.entry e) as text`);
    expect(all?.text).toContain('USER_LOGIN');
    expect(all?.text).not.toMatch(/Hunter2|Ann@Shop/i);
  },
  { fresh: true },
);

onEachDatabase('V6 without a function of the application a sign-in fails, and that is recorded', async ({ owner }) => {
  const [row] = await owner.run(`select auth.login_user_tracking('ann@shop.example', 'x', null) ->> 'error' as error`);
  expect(row).toEqual({ error: 'This database has no function for it.' });
});
