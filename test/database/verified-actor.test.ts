import { createHmac } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { graphql } from 'graphql';
import { expect } from 'vitest';
import { schemaOf } from '../../src/app.ts';
import type { OwnerTransaction } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { fixedCaller } from '../../src/shared/caller.ts';
import { requestContext } from '../../src/shared/request-context.ts';
import { migratedCopy, onEachDatabase, type TestDatabase } from '../support/databases.ts';

const secret = 'a secret that the database and its applications share';
const other = 'another secret, long enough to be taken for one';
const macOf = (nonce: string, tenant: string, actor: string, key = secret) =>
  createHmac('sha256', key).update(`${nonce}\n${tenant}\n${actor}`).digest('hex');

/** A table of its own whose rows carry their tenant. */
async function toys({ owner }: TestDatabase, name: string): Promise<void> {
  await owner.run(
    `create table public.${name} (tenant text, id int, a int default 0, primary key (tenant, id)); select audit.track('public.${name}')`,
  );
}

const knows = ({ owner }: TestDatabase, value: string | null) => owner.run(sql`select audit.set_actor_secret(${value}::text)::text`);

async function nonceOf(tx: OwnerTransaction): Promise<string> {
  const [row] = await tx.run<{ nonce: string }>('select audit.nonce() as nonce');
  return row!.nonce;
}

/** Who an entry of the table says acted, and whether that was proven, oldest first. */
async function told({ owner, database }: TestDatabase, table: string, tenant = 'acme'): Promise<unknown[]> {
  const schema = schemaOf(database, 'a secret for tests only', owner);
  const source = `{ auditEntries(direction: ASC, filter: { tableName: { eq: "public.${table}" } }) { nodes { operationName actor { key isVerified } } } }`;
  const answer = await graphql({ schema, source, contextValue: requestContext({ ...fixedCaller, tenant }, 'r1') });
  if (answer.errors?.[0]) throw answer.errors[0];
  const { nodes } = JSON.parse(JSON.stringify(answer.data)).auditEntries as { nodes: { actor: { key: string; isVerified: boolean } }[] };
  return nodes.map(({ actor }) => [actor.key, actor.isVerified ? 'verified' : 'asserted']);
}

onEachDatabase('a right mac makes the entries of its transaction verified, and of no other one', async (context) => {
  await toys(context, 'kites');
  await knows(context, secret);
  await context.owner.transaction(async (tx) => {
    const mac = macOf(await nonceOf(tx), 'acme', 'ann');
    await tx.run(sql`select audit.begin(actor => 'ann', tenant => 'acme', mac => ${mac})`);
    await tx.run("insert into public.kites values ('acme', 1)");
    await tx.run('savepoint here');
    await tx.run('update public.kites set a = 1');
    await tx.run("set local audit.actor = 'bob'");
    await tx.run('update public.kites set a = 2');
  });
  await context.owner.transaction(async (tx) => {
    await tx.run(`select audit.begin(actor => 'ann', tenant => 'acme')`);
    await tx.run('update public.kites set a = 3');
  });
  expect(await told(context, 'kites')).toEqual([
    ['ann', 'verified'],
    ['ann', 'verified'],
    ['bob', 'asserted'],
    ['ann', 'asserted'],
  ]);
});

onEachDatabase('a mac that is wrong, of another actor, another tenant or another secret is refused', async (context) => {
  await knows(context, secret);
  const begin = (mac: (nonce: string) => string, actor = 'ann', tenant = 'acme') =>
    context.owner.transaction(async (tx) => {
      const nonce = await nonceOf(tx);
      await tx.run(sql`select audit.begin(actor => ${actor}, tenant => ${tenant}, mac => ${mac(nonce)})`);
    });
  const refused = 'The mac does not prove that ann acts for tenant acme in this transaction.';
  await expect(begin((nonce) => macOf(nonce, 'acme', 'ann').toUpperCase())).resolves.toBeUndefined();
  for (const mac of [
    () => '',
    () => 'nonsense',
    (nonce: string) => macOf(nonce, 'acme', 'ann').slice(0, -2),
    (nonce: string) => macOf(nonce, 'acme', 'bob'),
    (nonce: string) => macOf(nonce, 'globex', 'ann'),
    (nonce: string) => macOf(nonce, 'acme', 'ann', other),
    () => macOf('0'.repeat(64), 'acme', 'ann'),
  ]) {
    await expect(begin(mac)).rejects.toThrow(refused);
  }
  await expect(begin((nonce) => macOf(nonce, 'acme\nx', 'ann'), 'ann', 'acme\nx')).rejects.toThrow('does not prove');
  await expect(begin((nonce) => macOf(nonce, 'acme', ''), '')).rejects.toThrow('does not prove that nobody acts');
});

onEachDatabase('a mac holds in its transaction alone: one that was seen is worth nothing', async (context) => {
  await knows(context, secret);
  let seen = '';
  await context.owner.transaction(async (tx) => {
    seen = macOf(await nonceOf(tx), 'acme', 'ann');
    await tx.run(sql`select audit.begin(actor => 'ann', tenant => 'acme', mac => ${seen})`);
    await tx.run(sql`select audit.begin(actor => 'ann', tenant => 'acme', mac => ${seen})`);
  });
  const again = sql`select audit.begin(actor => 'ann', tenant => 'acme', mac => ${seen})`;
  await expect(context.owner.transaction((tx) => tx.run(again))).rejects.toThrow('does not prove');
  await expect(context.database.write({ tenant: 'acme', actor: 'ann' }, (tx) => tx.run(again))).rejects.toThrow('does not prove');
});

onEachDatabase(
  'a mac of one session is refused in another one while the first is still at work',
  async (context) => {
    await knows(context, secret);
    await context.owner.transaction(async (tx) => {
      const mac = macOf(await nonceOf(tx), 'acme', 'ann');
      const stolen = context.database.write({ tenant: 'acme', actor: 'ann' }, (inner) =>
        inner.run(sql`select audit.verify_actor(${mac})::text as done`),
      );
      await expect(stolen).rejects.toThrow('does not prove');
      await tx.run(sql`select audit.begin(actor => 'ann', tenant => 'acme', mac => ${mac})`);
    });
  },
  { only: 'postgresql' },
);

onEachDatabase('nobody marks a transaction himself, reads the secret or changes what was proven', async (context) => {
  await knows(context, secret);
  const { database, source, owner } = context;
  const ann = { tenant: 'acme', actor: 'ann' };
  for (const writer of [database, source]) {
    for (const attempt of [
      sql`insert into audit.verified_actor values ('acme', pg_current_xact_id(), 'ann', 0, null)`,
      sql`update audit.verified_actor set last_entry = null`,
      sql`select inner_pad from audit.actor_secret`,
      sql`select audit.set_actor_secret('mine, mine, mine, mine, mine, mine')`,
      sql`select audit.newest_entry()`,
    ]) {
      await expect(writer.write(ann, (tx) => tx.run(attempt))).rejects.toThrow('permission denied');
    }
  }
  await context.owner.transaction(async (tx) => {
    const mac = macOf(await nonceOf(tx), 'acme', 'ann');
    await tx.run(sql`select audit.begin(actor => 'ann', tenant => 'acme', mac => ${mac})`);
  });
  await expect(owner.run('update audit.verified_actor set last_entry = 1000000')).rejects.toThrow('append-only');
  await expect(owner.run('delete from audit.verified_actor')).rejects.toThrow('append-only');
  await expect(owner.run('truncate audit.verified_actor')).rejects.toThrow('append-only');
  expect(await database.read('globex', sql`select actor from audit.verified_actor`)).toEqual([]);
});

onEachDatabase('a transaction id that a restored database uses again proves nothing', async (context) => {
  await toys(context, 'again');
  await knows(context, secret);
  await context.owner.transaction(async (tx) => {
    await tx.run(`select audit.begin(actor => 'ann', tenant => 'acme')`);
    await tx.run(`insert into public.again values ('acme', 1)`);
    // As if an earlier transaction of this id had been proven, before this one wrote its entry.
    await tx.run(`insert into audit.verified_actor values ('acme', pg_current_xact_id(), 'ann', 0, null)`);
    await tx.run('set constraints all immediate');
    await tx.run('update public.again set a = 1');
  });
  expect(await told(context, 'again')).toEqual([
    ['ann', 'verified'],
    ['ann', 'asserted'],
  ]);
});

onEachDatabase('without a secret everything is asserted, and a mac is refused with what to do', async (context) => {
  await toys(context, 'plain');
  await knows(context, null);
  await context.owner.transaction(async (tx) => {
    await tx.run(`select audit.begin(actor => 'ann', tenant => 'acme')`);
    await tx.run(`insert into public.plain values ('acme', 1)`);
  });
  expect(await told(context, 'plain')).toEqual([['ann', 'asserted']]);
  const unknown = expect.objectContaining({
    message: 'This database knows no actor secret.',
    hint: expect.stringContaining('whence migrate'),
  });
  await expect(context.owner.run(`select audit.begin(actor => 'ann', tenant => 'acme', mac => 'x')`)).rejects.toEqual(unknown);
  await expect(context.owner.run('select audit.nonce()')).rejects.toEqual(unknown);
  await expect(knows(context, 'short')).rejects.toThrow('32 bytes');
});

onEachDatabase('HMAC is that of RFC 2104, whatever the length of the secret', async (context) => {
  for (const key of ['k'.repeat(32), 'schlüssel-'.repeat(6), 'x'.repeat(64), 'long '.repeat(40)]) {
    await knows(context, key);
    await context.owner.transaction(async (tx) => {
      const mac = macOf(await nonceOf(tx), 'Müller & Söhne', 'änn', key);
      await tx.run(sql`select audit.begin(actor => 'änn', tenant => 'Müller & Söhne', mac => ${mac})`);
    });
  }
});

onEachDatabase('capture neither asks nor stores whether an actor was proven', async (context) => {
  await toys(context, 'unchanged');
  const [found] =
    await context.owner.run(`select count(*)::int as functions, count(*) filter (where prosrc ~* 'verif|mac|nonce')::int as asking
    from pg_proc where pronamespace = 'audit_capture'::regnamespace and prosrc like '%audit.entry%'`);
  expect(found?.['functions']).toBeGreaterThan(5);
  expect(found?.['asking']).toBe(0);
});

onEachDatabase(
  'the server proves what callers with a credential write, and asserts the rest',
  async ({ url, ...context }) => {
    const options = url === null ? { dataDirectory: migratedCopy() } : { url, ownerUrl: url };
    const signing = await openDatabase({ ...options, migrate: true, actorSecret: secret });
    try {
      const owner = signing.owner!;
      await owner.run(`create table public.signed (tenant text, id int primary key); select audit.track('public.signed');
        grant insert on public.signed to whence_app`);
      const write = (actor: string, id: number, isVerified: boolean) =>
        signing.write({ tenant: 'acme', actor, isVerified }, (tx) => tx.run(sql`insert into public.signed values ('acme', ${id})`));
      await write('ann', 1, true);
      await write('bob', 2, false);
      expect(await told({ ...context, url, database: signing, owner }, 'signed')).toEqual([
        ['ann', 'verified'],
        ['bob', 'asserted'],
      ]);
      const start = async (isVerified: boolean) => {
        const source =
          'mutation { startRun(input: { name: "Stock count" }) { run { actor { key isVerified } entries { nodes { actor { isVerified } } } } } }';
        const contextValue = requestContext({ ...fixedCaller, tenant: 'acme', actor: 'ann', isVerified }, 'r1');
        return JSON.parse(
          JSON.stringify((await graphql({ schema: schemaOf(signing, 'a secret for tests only'), source, contextValue })).data),
        );
      };
      for (const isVerified of [true, false]) {
        const run = { actor: { key: 'ann', isVerified }, entries: { nodes: [{ actor: { isVerified } }] } };
        expect(await start(isVerified)).toEqual({ startRun: { run } });
      }
      if (url !== null) {
        const wrong = openDatabase({ url, actorSecret: other });
        await expect(wrong).rejects.toThrow(
          'WHENCE_ACTOR_SECRET is not the secret that this database knows: run "whence migrate" with it.',
        );
      }
    } finally {
      await signing.close();
    }
  },
  { fresh: true },
);
