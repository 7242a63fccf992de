import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { entries } from '../../../src/database/tables/audit.ts';
import { e } from '../../../src/rooms/audit/entry.queries.ts';
import {
  entryCursors,
  entryCursorValues,
  entryOrder,
  pagesOfEntries,
  pinFrom,
  wholeTrail,
} from '../../../src/rooms/audit/entry-pages.queries.ts';
import { cursorOf } from '../../../src/rooms/audit/feed-cursor.ts';
import type { Point } from '../../../src/rooms/audit/point.model.ts';
import { atOrBefore } from '../../../src/rooms/audit/point.queries.ts';
import { PointService } from '../../../src/rooms/audit/point.service.ts';
import type { AsOf } from '../../../src/shared/as-of.input.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { openedRun } from './busy-trail.ts';
import { change, insert, laptop } from './trail.ts';

const codec = new CursorCodec('a secret for tests only');
const run = 'run_20260301_100000_00000009';

function opened({ database }: TestDatabase, tenant: string) {
  const ctx = requestContext({ ...fixedCaller, tenant }, 'request of a test');
  const points = new PointService(database, codec);
  return {
    resolve: (asOf: AsOf) => points.resolve(ctx, asOf),
    requireKnown: (point: Point, table: string) => points.requireKnown(ctx, point, table),
    /** Ids of the entries at or before a point. */
    held: async (asOf: AsOf) => {
      const point = await points.resolve(ctx, asOf);
      const rows = await database.read(
        ctx.caller,
        sql`select ${e.id} from ${entries} e where ${e.tenant} = ${tenant} and ${atOrBefore(tenant, point)} order by ${e.id}`,
      );
      return rows.map((row) => String(row['id']));
    },
  };
}

/** Three changes of a laptop a month apart, the last one in a run; gives their entries. */
async function threeChanges(context: TestDatabase, tenant: string): Promise<{ id: string; recorded_at: string }[]> {
  const who = { tenant, actor: 'ann' };
  await change(context, { ...who, occurredAt: '2026-01-01T08:00:00Z' }, insert('products', tenant, laptop));
  const cheaper = sql`update commerce.products set price = price - 1 where tenant = ${tenant}`;
  await change(context, { ...who, occurredAt: '2026-02-01T08:00:00Z' }, cheaper);
  await change(context, { ...who, occurredAt: '2026-03-01T08:00:00Z', runId: run }, cheaper);
  return context.owner.run(
    sql`select id::text as id, audit.instant(recorded_at) as recorded_at from audit.entry where tenant = ${tenant} order by id`,
  );
}

const place = ({ owner }: TestDatabase) => owner.run(`select from audit.feed_step('{}', null, null, 1000, '1 s')`);

onEachDatabase('each kind of point holds the entries up to it, before and after the log gave them positions', async (context) => {
  const tenant = `points-${context.kind}`;
  const [first, second, third] = await threeChanges(context, tenant);
  for (const isPlaced of [false, true]) {
    if (isPlaced) await place(context);
    const { held } = opened(context, tenant);
    expect(await held({ sourceTime: '2026-02-01T08:00:00.000000Z' })).toEqual([first?.id, second?.id]);
    expect(await held({ sourceTime: '2026-02-01T07:59:59.999999Z' })).toEqual([first?.id]);
    expect(await held({ systemTime: second?.recorded_at })).toEqual([first?.id, second?.id]);
    expect(await held({ auditEntryId: encodeGlobalId('AuditEntry', second?.id ?? '') })).toEqual([first?.id, second?.id]);
    expect(await held({ runId: run })).toEqual([first?.id, second?.id, third?.id]);
  }
  const { held } = opened(context, tenant);
  expect(await held({ sequence: '1' })).toEqual([first?.id]);
  expect(await held({ sequence: '3' })).toEqual([first?.id, second?.id, third?.id]);
  const [row] = await context.database.read(
    tenant,
    pagesOfEntries(
      { ...wholeTrail, where: sql`${e.tenant} = ${tenant}`, direction: 'DESC' },
      entryOrder('DESC'),
      { limit: 1, backward: false, after: null, before: null },
      null,
      [],
      tenant,
    ),
  );
  const pin = pinFrom(row ?? {});
  expect(await held({ cursor: codec.encode(tenant, entryCursors(wholeTrail, 'DESC'), entryCursorValues(second?.id ?? '', pin)) })).toEqual([
    first?.id,
    second?.id,
  ]);
  expect(await held({ cursor: feedCursor(tenant, 2, { number: Number(pin.tick), mark: pin.mark }) })).toEqual([first?.id, second?.id]);
});

const feedCursor = (tenant: string, sequence: number, tick: { number: number; mark: string }) =>
  cursorOf(codec, tenant, { kind: 'POSITION', sequence, tick, except: null, isOfEntry: true });

onEachDatabase('a point that there is not is refused, and one before tracking names the oldest there is', async (context) => {
  const tenant = `no-points-${context.kind}`;
  await threeChanges(context, tenant);
  await place(context);
  const [since] = await context.owner.run(
    `select audit.instant(min(tracked_since)) as since, (select audit.instant(tracked_since) from audit.tracked_table where table_name = 'commerce.products') as products from audit.tracked_table`,
  );
  const { resolve, requireKnown } = opened(context, tenant);
  await expect(resolve({ systemTime: '2020-01-01T00:00:00.000000Z' })).rejects.toMatchObject({
    code: 'HISTORY_UNAVAILABLE',
    extensions: { argument: 'asOf.systemTime', oldest: since?.['since'] },
  });
  await expect(resolve({ sourceTime: '2025-12-31T00:00:00.000000Z' })).rejects.toMatchObject({
    code: 'HISTORY_UNAVAILABLE',
    extensions: { oldest: '2026-01-01T08:00:00.000000Z' },
  });
  await expect(resolve({ sequence: '0' })).rejects.toMatchObject({ code: 'HISTORY_UNAVAILABLE', extensions: { oldest: '1' } });
  await expect(resolve({ sequence: '4' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(resolve({ auditEntryId: encodeGlobalId('AuditEntry', '999999999') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(resolve({ auditEntryId: encodeGlobalId('Product', '1') })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  await expect(resolve({ runId: openedRun })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(resolve({ cursor: 'made up' })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  await expect(resolve({ cursor: feedCursor('other', 2, { number: 1, mark: '1' }) })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  await expect(resolve({ cursor: feedCursor(tenant, 9, { number: 1, mark: '1' }) })).rejects.toMatchObject({ code: 'CURSOR_AHEAD' });
  await expect(resolve({})).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  await expect(resolve({ sequence: '1', runId: run })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  const early = await resolve({ sourceTime: '2026-01-01T08:00:00.000000Z' });
  await expect(requireKnown(early, 'commerce.products')).resolves.toBeUndefined();
  await expect(requireKnown(early, 'public.nothing')).rejects.toMatchObject({ code: 'HISTORY_UNAVAILABLE' });
  await expect(requireKnown(early, 'commerce.customers')).rejects.toMatchObject({ code: 'HISTORY_UNAVAILABLE' });
});

onEachDatabase(
  'what commits late belongs to no point of the past: not to a position, and not to a clock that was asked before',
  async (context) => {
    const tenant = 'late';
    const { held: first } = opened(context, tenant);
    await change(context, { tenant, actor: 'ann' }, insert('products', tenant, laptop));
    const other = { ...context, source: context.database.as('whence_source', { connections: 1 }) };
    const last = { systemTime: '2099-01-01T00:00:00.000000Z' };
    let seen: string[] = [];
    await context.source.write({ tenant, actor: 'late' }, async (tx) => {
      await tx.run(insert('products', tenant, { ...laptop, id: 2, sku: 'B' }));
      await change(other, { tenant, actor: 'ann' }, insert('products', tenant, { ...laptop, id: 3, sku: 'C' }));
      await place(context);
      seen = await first(last);
    });
    await place(context);
    const { held } = opened(context, tenant);
    expect(seen).toHaveLength(2);
    expect(await first(last)).toEqual(seen);
    expect(await held(last)).toHaveLength(3);
    expect(await held({ sequence: '2' })).toEqual(seen);
    expect(await held({ sequence: '3' })).toHaveLength(3);
  },
  { only: 'postgresql' },
);
