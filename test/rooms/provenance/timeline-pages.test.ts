import 'reflect-metadata';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Image } from '../../../src/rooms/audit/audit.model.ts';
import { AuditService } from '../../../src/rooms/audit/audit.service.ts';
import { PointService } from '../../../src/rooms/audit/point.service.ts';
import { ShopMoments } from '../../../src/rooms/audit/shop-moments.ts';
import type { Entity, EntityType } from '../../../src/rooms/commerce/commerce.model.ts';
import { CommerceService } from '../../../src/rooms/commerce/commerce.service.ts';
import { ProvenanceService } from '../../../src/rooms/provenance/provenance.service.ts';
import { type TimelineItem, TimelineItemType } from '../../../src/rooms/provenance/timeline.model.ts';
import type { TimelineFilter } from '../../../src/rooms/provenance/timeline.queries.ts';
import { TimelineService } from '../../../src/rooms/provenance/timeline.service.ts';
import { itemsOf } from '../../../src/rooms/provenance/timeline.ts';
import { timelineTableOf } from '../../../src/rooms/provenance/timeline-slots.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { codec, contextOf } from './callers.ts';

const tenant = 'random';

/** One entry of a random history, `minute` minutes after midnight. */
interface Step {
  readonly operation: string;
  readonly before: Image | null;
  readonly after: Image | null;
  readonly personalBefore: Image | null;
  readonly personalAfter: Image | null;
  readonly minute: number;
}

const tables: Readonly<
  Record<string, { readonly entityType: EntityType; readonly columns: Readonly<Record<string, fc.Arbitrary<unknown>>> }>
> = {
  'commerce.products': {
    entityType: 'PRODUCT',
    columns: {
      id: fc.constant('1'),
      price: fc.constantFrom('1.0000', '2.0000', '0.0000', '***', 'NaN', null),
      currency: fc.constantFrom('USD', 'EUR', '***', null),
      stock_quantity: fc.constantFrom(1, 2, 2_147_483_647, '***', null, 1.5, '7'),
      safety_stock: fc.constantFrom(1, 2, null),
      name: fc.constantFrom('a', 'b', '***', null),
      tenant: fc.constantFrom('x', 'y'),
    },
  },
  'commerce.orders': {
    entityType: 'ORDER',
    columns: {
      id: fc.constant('1'),
      status: fc.constantFrom('PENDING', 'CONFIRMED', 'SHIPPED', '***', null, ''),
      subtotal: fc.constantFrom('1.0000', '2.0000', null),
      total: fc.constantFrom('1.0000', '2.0000', '***'),
      currency: fc.constantFrom('USD', 'EUR', '***'),
      shipping_name: fc.constantFrom('a', 'b', null),
    },
  },
};

function steps(columns: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Step[]> {
  const image = fc.option(fc.record(columns, { requiredKeys: [] }), { freq: 20 });
  const personal = fc.option(
    fc.record({ name: fc.constantFrom('a', 'b', '***', null), email: fc.constantFrom('x', 'y') }, { requiredKeys: [] }),
  );
  const step = fc.record({
    operation: fc.constantFrom('UPDATE', 'UPDATE', 'UPDATE', 'UPDATE', 'INSERT', 'DELETE', 'EVENT', 'READ', 'ERASE'),
    ...{ before: image, after: image, personalBefore: personal, personalAfter: personal },
    minute: fc.integer({ min: 0, max: 59 }),
  });
  return fc.array(step, { minLength: 1, maxLength: 14 });
}

const instant = (minute: number): string => `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000000Z`;

/** Puts a history into the trail as if it had been captured. */
async function write({ owner }: TestDatabase, tableName: string, recordKey: string, history: readonly Step[]): Promise<void> {
  const rows = JSON.stringify(history.map((step, place) => ({ ...step, place, at: instant(step.minute) })));
  await owner.run(sql`insert into audit.entry (tenant, table_key, record_key, operation, operation_name, schema_version, occurred_at, before, after, personal_before, personal_after)
    select ${tenant}, t.table_key, ${recordKey}, s.operation, case when s.operation = 'EVENT' then 'CALL' end, t.schema_version, s.at, s.before, s.after, s."personalBefore", s."personalAfter"
      from audit.tracked_table t, jsonb_to_recordset(${rows}::text::jsonb) s(place int, operation text, at timestamptz, before jsonb, after jsonb, "personalBefore" jsonb, "personalAfter" jsonb)
     where t.table_name = ${tableName} order by s.place`);
}

function rooms({ database }: TestDatabase) {
  const moments = new ShopMoments(database, new PointService(database, codec));
  const audit = new AuditService(database, codec, new CommerceService(database, codec, moments));
  const provenance = new ProvenanceService(database, codec, audit, moments);
  return { audit, provenance, timelines: new TimelineService(database, codec, audit, provenance) };
}

/** Every item of a record, told entry by entry without the statements of pages. */
async function wholeTimeline(context: TestDatabase, tableName: string, recordKey: string): Promise<TimelineItem[]> {
  const { audit, provenance } = rooms(context);
  const ctx = contextOf(tenant);
  const history = await provenance.loaders(ctx).table(tableName);
  if (!history) throw new Error(`${tableName} is tracked`);
  const ids = await context.owner.run<{ id: string }>(
    sql`select id::text from audit.entry where tenant = ${tenant} and table_key = ${history.tableKey}::int and record_key = ${recordKey} order by audit.entry.id`,
  );
  const entries = await Promise.all(ids.map(({ id }) => audit.loaders(ctx).entry(id)));
  const table = timelineTableOf(history);
  return entries.flatMap((entry) => (entry ? itemsOf(entry, table) : []));
}

const typeOf = (item: TimelineItem) => item.__typename.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
const nameOf = (item: TimelineItem) => `${item.__typename} ${item.key}`;

let records = 0;

for (const [tableName, { entityType, columns }] of Object.entries(tables)) {
  onEachDatabase(
    `pages of a random timeline in ${tableName} are the whole list cut up, forward and backward, whatever is kept of it`,
    async (context) => {
      const { timelines } = rooms(context);
      const kept = fc.record({
        itemTypes: fc.option(fc.uniqueArray(fc.constantFrom(...Object.values(TimelineItemType)))),
        range: fc.option(fc.tuple(fc.integer({ min: 0, max: 59 }), fc.option(fc.integer({ min: 0, max: 59 })))),
      });
      await fc.assert(
        fc.asyncProperty(
          steps(columns),
          fc.array(kept, { minLength: 3, maxLength: 3 }),
          fc.integer({ min: 1, max: 6 }),
          async (history, filters, size) => {
            const recordKey = String(++records);
            await write(context, tableName, recordKey, history);
            const whole = await wholeTimeline(context, tableName, recordKey);
            const entity = { entityType, id: recordKey, key: recordKey } as Entity;
            for (const { itemTypes, range } of [{ itemTypes: null, range: null }, ...filters]) {
              const [start, end] = range ?? [0, null];
              const from = instant(start);
              const to = end === null ? null : instant(Math.max(start, end));
              const wanted = whole.filter((item) => {
                const minute = instant(Number(item.occurredAt.slice(14, 16)));
                return (
                  (!itemTypes || itemTypes.some((type) => type === typeOf(item))) &&
                  (!range || (minute >= from && (to === null || minute < to)))
                );
              });
              const filter: TimelineFilter = { itemTypes, range: range && { from, to } };
              const page = (request: object) => timelines.timeline(contextOf(tenant), entity, { ...filter, ...request });
              const forward: string[] = [];
              for (let after: string | null = null; ; ) {
                const { nodes, pageInfo, totalCount } = await page({ first: size, after });
                forward.push(...nodes.map(nameOf));
                expect(await totalCount()).toBe(wanted.length);
                expect(await pageInfo.hasPreviousPage()).toBe(forward.length > nodes.length);
                expect(await pageInfo.hasNextPage()).toBe(forward.length < wanted.length);
                if (!(await pageInfo.hasNextPage())) break;
                after = pageInfo.endCursor;
              }
              expect(forward).toEqual(wanted.map(nameOf));
              const backward: string[] = [];
              for (let before: string | null = null; ; ) {
                const { nodes, pageInfo } = await page({ last: size, before });
                backward.unshift(...nodes.map(nameOf));
                expect(await pageInfo.hasNextPage()).toBe(backward.length > nodes.length);
                if (!(await pageInfo.hasPreviousPage())) break;
                before = pageInfo.startCursor;
              }
              expect(backward).toEqual(wanted.map(nameOf));
            }
          },
        ),
        { numRuns: 12 },
      );
    },
    { timeoutMs: 120_000 },
  );
}
