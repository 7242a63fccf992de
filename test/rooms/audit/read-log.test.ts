import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Database } from '../../../src/database/database.ts';
import { ReadLog } from '../../../src/rooms/audit/read-log.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { DomainError } from '../../../src/shared/errors.ts';
import { openLog } from '../../../src/shared/log.ts';
import type { RequestReads } from '../../../src/shared/read-notes.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { openShop } from '../commerce/shop.ts';
import { openReading } from './reading.ts';

const question = '{ customer(by: { key: "C1" }) { name } }';
const silent = openLog('silent');
const count = async ({ owner }: TestDatabase, tenant: string) =>
  Number((await owner.run(sql`select count(*) as count from audit.read_access where tenant = ${tenant}`))[0]?.['count']);

const reads = (tenant: string, keys: readonly string[] = ['1'], rowCount = keys.length): RequestReads => ({
  caller: { ...fixedCaller, tenant },
  requestId: 'r1',
  operationName: null,
  purpose: null,
  application: null,
  clientIp: null,
  kinds: [{ isAllowed: true, fields: ['Customer.name'], entityType: 'CUSTOMER', tableKey: null, keys, rowCount }],
});

onEachDatabase('strict: the row is there when the answer is', async (context) => {
  await openShop(context, 'strict');
  const reading = await openReading(context, 'strict', 'strict');
  for (let asked = 1; asked <= 3; asked++) {
    expect((await reading.as('ann', ['PII_READ'], question)).status).toBe(200);
    expect(await count(context, 'strict')).toBe(asked);
  }
  await reading.close();
});

onEachDatabase('strict: requests that come together share a statement, and none is answered before its row is there', async (context) => {
  await openShop(context, 'together');
  const reading = await openReading(context, 'together', 'strict');
  const statements: string[] = [];
  const stop = context.observe(({ asked }) => statements.push(asked.text));
  const missing = await Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      await reading.as(`actor ${i}`, ['PII_READ'], question);
      return (
        (await context.owner.run(sql`select 1 from audit.read_access where tenant = 'together' and actor = ${`actor ${i}`}`)).length === 0
      );
    }),
  );
  stop();
  await reading.close();
  expect(missing.filter(Boolean)).toEqual([]);
  expect(statements.filter((text) => text.includes('write_reads')).length).toBeLessThan(30);
});

onEachDatabase('strict: without the log there is no answer, and UNAVAILABLE says so', async (context) => {
  await openShop(context, 'away');
  const reading = await openReading(context, 'away', 'strict');
  await context.owner.run('revoke execute on function audit.write_reads(jsonb) from whence_app');
  try {
    const answer = await reading.as('ann', ['PII_READ'], question);
    expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(answer.text).not.toContain('Cara');
    expect((await reading.as('ann', ['PII_READ'], '{ viewer { tenantKey } }')).status).toBe(200);
  } finally {
    await context.owner.run('grant execute on function audit.write_reads(jsonb) to whence_app');
  }
  expect((await reading.as('ann', ['PII_READ'], question)).text).toContain('Cara');
  expect(await count(context, 'away')).toBe(1);
  await reading.close();
});

onEachDatabase('batched: no request waits for a statement of the log, and one statement writes what many read', async (context) => {
  await openShop(context, 'batch');
  const reading = await openReading(context, 'batch', 'batched');
  const statements: string[] = [];
  const stop = context.observe(({ asked }) => statements.push(asked.text));
  await Promise.all(Array.from({ length: 20 }, (_, i) => reading.as(`actor ${i}`, ['PII_READ'], question)));
  expect(statements.filter((text) => text.includes('write_reads'))).toEqual([]);
  await reading.close();
  stop();
  expect(statements.filter((text) => text.includes('write_reads'))).toHaveLength(1);
  expect(await count(context, 'batch')).toBe(20);
});

onEachDatabase('batched: what was read is there within two seconds', async (context) => {
  const log = new ReadLog(context.database, 'batched', silent);
  await log.keep(reads('soon'));
  expect(await count(context, 'soon')).toBe(0);
  await expect.poll(() => count(context, 'soon'), { timeout: 5_000, interval: 100 }).toBe(1);
  const [late] = await context.owner.run(
    sql`select extract(epoch from now() - occurred_at) as age from audit.read_access where tenant = 'soon'`,
  );
  expect(Number(late?.['age'])).toBeGreaterThan(0.5); // the time of the read, not of the writing
});

onEachDatabase('batched: reads of several tenants go in together, and a read of thousands is told in parts', async (context) => {
  const log = new ReadLog(context.database, 'batched', silent);
  await log.keep(reads('one'));
  await log.keep(
    reads(
      'two',
      Array.from({ length: 2_500 }, (_, i) => String(i + 1)),
    ),
  );
  await log.close();
  expect(await count(context, 'one')).toBe(1);
  expect(await count(context, 'two')).toBe(3);
  const [found] = await context.owner.run(
    sql`select count(distinct entity_key) as count from audit.read_access_entity where tenant = 'two'`,
  );
  expect(Number(found?.['count'])).toBe(2_500);
});

onEachDatabase(
  'batched: what cannot be written while the database is away is written later, and memory stays bounded',
  async (context) => {
    let isAway = true;
    let attempts = 0;
    const database: Pick<Database, 'write'> = {
      write(of, work) {
        attempts++;
        return isAway ? Promise.reject(new DomainError('UNAVAILABLE', 'away')) : context.database.write(of, work);
      },
    };
    const log = new ReadLog(database, 'batched', silent);
    for (let i = 0; i < 120; i++)
      await log.keep(
        reads(
          'later',
          Array.from({ length: 1_000 }, (_, key) => String(key)),
        ),
      );
    await expect.poll(() => attempts, { timeout: 5_000 }).toBeGreaterThan(1);
    isAway = false;
    await log.close();
    const kept = await count(context, 'later');
    expect(kept).toBeGreaterThan(50);
    expect(kept).toBeLessThan(100); // 100,000 entities are held, the others are reported lost
  },
  { only: 'postgresql', timeoutMs: 30_000 },
);
