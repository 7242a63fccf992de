import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { json, type Observation, textArray } from '../../src/database/database.ts';
import { DatabaseFault } from '../../src/database/faults.ts';
import { openDatabase } from '../../src/database/open.ts';
import { onEachDatabase } from '../support/databases.ts';

const writer = { tenant: 'acme', actor: 'ann' };

describe('values', () => {
  onEachDatabase('arrive alike from both databases', async ({ database }) => {
    const [row] = await database.read(
      'acme',
      sql`select 1::int2 as int2, 2::int4 as int4, 3::int8 as int8, 1.50::numeric(19,4) as numeric, 0.1::float8 as float8, true as bool, false as no,
        timestamptz '2024-02-29 23:59:59.123456+02' as at, date '2024-02-29' as day, 'é😀' as text, null as nothing,
        '00000000-0000-0000-0000-00000000000a'::uuid as uuid, '{"a":[1,null]}'::jsonb as jsonb, '[1]'::json as json, 'EUR'::char(3) as char3, '\\x00ff'::bytea as bytes`,
    );
    expect(row).toEqual({
      int2: 1,
      int4: 2,
      int8: '3',
      numeric: '1.5000',
      float8: 0.1,
      bool: true,
      no: false,
      at: '2024-02-29 21:59:59.123456+00',
      day: '2024-02-29',
      text: 'é😀',
      nothing: null,
      uuid: '00000000-0000-0000-0000-00000000000a',
      jsonb: { a: [1, null] },
      json: [1],
      char3: 'EUR',
      bytes: '\\x00ff',
    });
  });

  onEachDatabase('of parameters reach the database untouched', async ({ database }) => {
    const odd = ['', 'NULL', '"quoted"', 'back\\slash', 'a,b', '{}', ' ', null];
    const [row] = await database.read(
      'acme',
      sql`select ${'2024-01-01'}::date as day, ${'"text"'}::text::jsonb as text, ${json({ a: 'b"\\' })}::text::jsonb as json, ${true}::boolean as bool, ${12}::int as number,
        ${'12345678901234567890.5'}::numeric as numeric, ${null}::text as nothing, to_jsonb(${textArray(odd)}::text::text[]) as texts`,
    );
    expect(row).toEqual({
      day: '2024-01-01',
      text: 'text',
      json: { a: 'b"\\' },
      bool: true,
      number: 12,
      numeric: '12345678901234567890.5',
      nothing: null,
      texts: odd,
    });
  });

  onEachDatabase('that are no text PostgreSQL can hold are refused with BAD_TEXT', async ({ database }) => {
    const refused = { code: 'BAD_TEXT' };
    await expect(database.read('acme', sql`select ${'a\0b'} as x`)).rejects.toMatchObject(refused);
    await expect(database.read('acme', sql`select ${'a\ud800'} as x`)).rejects.toMatchObject(refused);
    await expect(database.read('acme', sql`select ${json('a\0b')}::text::jsonb as x`)).rejects.toMatchObject(refused);
    await expect(database.read('acme', sql`select ${json('\udc00')}::text::jsonb as x`)).rejects.toMatchObject(refused);
    await expect(database.read('acme', sql`select ${'nonsense'}::text::jsonb as x`)).rejects.toMatchObject({ sqlState: '22P02' });
    await expect(database.read('acme', sql`select ${new Date()} as x`)).rejects.toBeInstanceOf(TypeError);
  });
});

describe('a read', () => {
  onEachDatabase(
    'runs as whence_app for its tenant, keeps its order and its comment, and may be recursive',
    async ({ database, source }) => {
      const rows = await database.read(
        'acme',
        sql`/* test.count */ with recursive n as (select 3 as n union all select n - 1 from n where n > 1)
        select n, current_setting('app.tenant') as tenant, current_user::text as "user" from n order by n -- a comment at the end`,
      );
      expect(rows).toEqual([1, 2, 3].map((n) => ({ n, tenant: 'acme', user: 'whence_app' })));
      const [other] = await source.read('globex', sql`select current_user::text as "user", current_setting('app.tenant') as tenant`);
      expect(other).toEqual({ user: 'whence_source', tenant: 'globex' });
    },
  );

  onEachDatabase('never sees rows of another tenant, nor the tenant of an earlier statement', async ({ database, owner }) => {
    await owner.run(`create table commerce.probe (tenant text, value int);
      insert into commerce.probe select t, n from unnest(array['acme', 'globex']) t, generate_series(1, 3) n;
      grant select, insert on commerce.probe to whence_app;
      alter table commerce.probe enable row level security;
      create policy tenant on commerce.probe using (tenant = nullif(current_setting('app.tenant', true), ''))`);
    const seen = (tenant: string) => database.read(tenant, sql`select distinct tenant from commerce.probe`);
    expect(await Promise.all(['acme', 'globex', '', 'acme', 'nobody'].map(seen))).toEqual([
      [{ tenant: 'acme' }],
      [{ tenant: 'globex' }],
      [],
      [{ tenant: 'acme' }],
      [],
    ]);
    const foreign = database.write(writer, (tx) => tx.run(sql`insert into commerce.probe values ('globex', 9)`));
    await expect(foreign).rejects.toMatchObject({ sqlState: '42501' });
  });

  onEachDatabase('survives a change of its table between two runs', async ({ database, owner }) => {
    await owner.run(
      'create table commerce.shape (a int); insert into commerce.shape values (1); grant select on commerce.shape to whence_app',
    );
    const statement = sql`select * from commerce.shape`;
    expect(await database.read('acme', statement)).toEqual([{ a: 1 }]);
    await owner.run('alter table commerce.shape add column b int default 2');
    expect(await database.read('acme', statement)).toEqual([{ a: 1, b: 2 }]);
    expect(await database.read('acme', statement)).toEqual([{ a: 1, b: 2 }]);
  });

  onEachDatabase('is seen by the observer as asked and as sent', async ({ database, observe }) => {
    const seen: Observation[] = [];
    const stop = observe((observation) => seen.push(observation));
    await database.read('acme', sql`/* test.one */ select ${7}::int as n`);
    await database.read('acme', sql`select 1 / ${0}::int`).catch(() => {});
    stop();
    await database.read('acme', sql`select 1 as n`);
    expect(seen.map(({ asked, rows, failed }) => ({ ...asked, rows, failed }))).toEqual([
      { text: '/* test.one */ select $1::int as n', params: [7], rows: 1, failed: false },
      { text: 'select 1 / $1::int', params: [0], rows: 0, failed: true },
    ]);
    expect(seen[0]?.sent.params).toEqual([7, 'acme', 'masked']);
  });
});

describe('a write', () => {
  const settings = sql`select current_setting('app.tenant', true) as tenant, current_setting('audit.actor', true) as actor,
    current_setting('audit.reason', true) as reason, current_setting('audit.details', true) as details, current_setting('audit.run_id', true) as run`;

  onEachDatabase('carries its context for its own transaction only', async ({ database }) => {
    const context = { ...writer, reason: `it's "needed"`, details: { ticket: 7 }, runId: 'run_1' };
    const [inside] = await database.write(context, (tx) => tx.run(settings));
    expect(inside).toEqual({ tenant: 'acme', actor: 'ann', reason: `it's "needed"`, details: '{"ticket":7}', run: 'run_1' });
    const [later] = await database.write({ tenant: 'globex', actor: 'bob' }, (tx) => tx.run(settings));
    expect({ ...later, reason: later?.['reason'] || null, details: later?.['details'] || null, run: later?.['run'] || null }).toEqual({
      tenant: 'globex',
      actor: 'bob',
      reason: null,
      details: null,
      run: null,
    });
  });

  onEachDatabase('that fails leaves nothing, also when the work swallowed the error', async ({ database, owner }) => {
    await owner.run('create table commerce.kept (n int primary key); grant select, insert on commerce.kept to whence_app');
    const insert = (n: number) => sql`insert into commerce.kept values (${n}::int)`;
    await expect(
      database.write(writer, async (tx) => {
        await tx.run(insert(1));
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await expect(
      database.write(writer, async (tx) => {
        await tx.run(insert(2));
        await tx.run(insert(2)).catch((error) => expect(error).toMatchObject({ sqlState: '23505', constraint: 'kept_pkey' }));
      }),
    ).rejects.toThrow('rolled back');
    await expect(
      database.write(writer, (tx) => Promise.all([tx.run(insert(3)), tx.run(insert(3)), tx.run(insert(4))])),
    ).rejects.toBeInstanceOf(DatabaseFault);
    expect(await owner.run('select * from commerce.kept')).toEqual([]);
    await database.write(writer, (tx) => tx.run(insert(5)));
    expect(await owner.run('select * from commerce.kept')).toEqual([{ n: 5 }]);
  });

  onEachDatabase('refuses statements past its transaction or after its end', async ({ database }) => {
    await expect(database.write(writer, () => database.read('acme', sql`select 1`))).rejects.toThrow('send the statement through tx');
    let late: (() => Promise<unknown>) | undefined;
    await database.write(writer, async (tx) => {
      late = () => tx.run(sql`select 1`);
    });
    await expect(late?.()).rejects.toThrow('the transaction is over');
  });

  onEachDatabase(
    'is repeated after a deadlock',
    async ({ database, owner }) => {
      await owner.run(`create table commerce.pair (n int primary key, value int); insert into commerce.pair values (1, 0), (2, 0);
        grant select, update on commerce.pair to whence_app`);
      let [attempts, holding] = [0, 0];
      let bothHold = () => {};
      const held = new Promise<void>((resolve) => {
        bothHold = resolve;
      });
      const add = (first: number, second: number) =>
        database.write(writer, async (tx) => {
          attempts++;
          await tx.run(sql`update commerce.pair set value = value + 1 where n = ${first}::int`);
          if (++holding === 2) bothHold();
          await held;
          await tx.run(sql`update commerce.pair set value = value + 1 where n = ${second}::int`);
        });
      await Promise.all([add(1, 2), add(2, 1)]);
      expect(attempts).toBeGreaterThanOrEqual(3);
      expect(await owner.run('select value from commerce.pair')).toEqual([{ value: 2 }, { value: 2 }]);
    },
    { only: 'postgresql' },
  );

  onEachDatabase('that always meets other writers is given up after four attempts, and leaves nothing', async ({ database, owner }) => {
    await owner.run(`create table commerce.tried (n int); grant select, insert on commerce.tried to whence_app;
      create function commerce.meet_others() returns void language plpgsql as $$ begin raise exception 'met' using errcode = 'serialization_failure'; end $$`);
    let attempts = 0;
    const writing = database.write(writer, async (tx) => {
      attempts++;
      await tx.run(sql`insert into commerce.tried values (${attempts}::int)`);
      await tx.run(sql`select commerce.meet_others()`);
    });
    await expect(writing).rejects.toMatchObject({ code: 'UNAVAILABLE', extensions: { retryable: true } });
    expect(attempts).toBe(4);
    expect(await owner.run('select * from commerce.tried')).toEqual([]);
  });
});

describe('limits', () => {
  onEachDatabase(
    'a statement over its time fails with DEADLINE_EXCEEDED and the next one works',
    async ({ database }) => {
      const hasty = database.as('whence_app', { statementMs: 300, transactionMs: 600 });
      const slow = sql`select count(*) from generate_series(1, 1000000000)`;
      await expect(hasty.read('acme', slow)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      await expect(hasty.write(writer, (tx) => tx.run(slow))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      await expect(hasty.write(writer, () => new Promise((resolve) => setTimeout(resolve, 3_000)))).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
      expect(await hasty.read('acme', sql`select 1 as one`)).toEqual([{ one: 1 }]);
      await hasty.close();
    },
    { only: 'postgresql' },
  );

  onEachDatabase('a full pool refuses instead of piling up', async ({ database }) => {
    const narrow = database.as('whence_app', { connections: 2, waiting: 3, acquireMs: 200 });
    const hold = () => narrow.write(writer, () => new Promise((resolve) => setTimeout(resolve, 500)));
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, hold));
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason);
    expect(failures.length).toBeGreaterThanOrEqual(8);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'UNAVAILABLE', extensions: { retryable: true } });
    expect(await narrow.read('acme', sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });

  onEachDatabase(
    'a role that may pass by row level security is refused at opening',
    async ({ url, owner }) => {
      if (!url) return;
      const all = await openDatabase({ url }).catch((error: unknown) => error);
      expect(all).toHaveProperty('read');
      await (all as { close(): Promise<void> }).close();
      await expect(openDatabase({ url, role: 'whence_owner' as 'whence_app' })).rejects.toThrow(/may pass by row level security/);
      await expect(openDatabase({ url, role: 'no_such_role' as 'whence_app' })).rejects.toMatchObject({ name: 'ConfigError' });
      const gone = new URL(url);
      gone.pathname = '/no_such_database';
      await expect(openDatabase({ url: gone.href })).rejects.toMatchObject({ name: 'ConfigError' });
      expect(await owner.run('select 1 as one')).toEqual([{ one: 1 }]);
    },
    { only: 'postgresql' },
  );
});
