// Random histories of a table of the shop and of one of another application, against copies that the test keeps itself: whatever was there at a
// point must be what the product says was there, in lists, by key and as records. AS_OF_POINTS=1000 asks at a thousand points of each kind.
import { setTimeout as later } from 'node:timers/promises';
import { type SQL, sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Row, Transaction } from '../../../src/database/database.ts';
import { PointService } from '../../../src/rooms/audit/point.service.ts';
import { ShopMoments } from '../../../src/rooms/audit/shop-moments.ts';
import { CommerceService } from '../../../src/rooms/commerce/commerce.service.ts';
import type { AsOf } from '../../../src/shared/as-of.input.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer } from '../audit/trail.ts';
import { codec, contextOf } from '../provenance/callers.ts';

const pointsAsked = Number(process.env['AS_OF_POINTS'] ?? 16);
const tenant = 'truth';
const table = 'public.truth_parts';
const fields = 'nodes { id sku name categories price { amount currency } stockQuantity safetyStock isActive }';

type Products = ReadonlyMap<string, Record<string, unknown>>;

/** What the test saw between two transactions, and how the point is called in each way. */
interface Truth {
  readonly products: Products;
  readonly parts: ReadonlyMap<string, Row>;
  readonly systemTime: string;
  readonly sourceTime: string;
  readonly entryId: string;
  readonly sequence: string;
}

/** A reproducible sequence: mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const money = (text: unknown) => String(text).replace(/(\.\d\d)0+$/, '$1');

async function look({ owner }: TestDatabase, step: number): Promise<Truth> {
  const products =
    await owner.run<Row>(sql`select id, sku, name, to_jsonb(categories) as categories, price, currency, stock_quantity, safety_stock, is_active
    from commerce.products where tenant = ${tenant} order by id`);
  const parts = await owner.run<Row>(sql`select to_jsonb(p) - 'tenant' as row from truth_parts p where tenant = ${tenant}`);
  await owner.run(`select from audit.feed_step('{}', null, null, 1000, '5 s')`);
  const [now] = await owner.run<Record<string, string>>(
    sql`select audit.instant(clock_timestamp()) as at, max(id)::text as id, (select max(sequence)::text from audit.position where tenant = ${tenant}) as sequence from audit.entry where tenant = ${tenant}`,
  );
  return {
    products: new Map(
      products.map((row) => [
        String(row['id']),
        {
          ...{ id: encodeGlobalId('Product', String(row['id'])), sku: row['sku'], name: row['name'], categories: row['categories'] },
          ...{ price: { amount: money(row['price']), currency: row['currency'] }, stockQuantity: row['stock_quantity'] },
          ...{ safetyStock: row['safety_stock'], isActive: row['is_active'] },
        },
      ]),
    ),
    parts: new Map(parts.map(({ row }) => [String((row as Row)['name']), row as Row])),
    systemTime: now?.['at'] ?? '',
    sourceTime: occurredAt(step),
    entryId: now?.['id'] ?? '',
    sequence: now?.['sequence'] ?? '',
  };
}

const occurredAt = (step: number) => new Date(Date.UTC(2026, 0, 1) + step * 60_000).toISOString().replace('Z', '000Z');

/** One statement of a writer: most change a row, some make, delete, rename or move one. */
function statement(pick: (below: number) => number, weightColumn: string): SQL {
  const weight = sql.identifier(weightColumn);
  const id = pick(9) + 1;
  const part = `part ${pick(6)}`;
  const ofProduct = sql`tenant = ${tenant} and id = ${id}::bigint`;
  const ofPart = sql`tenant = ${tenant} and name = ${part}`;
  const values = sql`(${tenant}, ${id}::bigint, ${`SKU-${pick(50)}-${id}`}, ${`Product ${pick(9)}`}, ${`{c${pick(3)}}`}::text::text[], ${`${pick(90)}.5`}::text::numeric, 'EUR', ${pick(30)}::int)`;
  const all = [
    sql`update commerce.products set stock_quantity = stock_quantity + ${pick(3)}::int where ${ofProduct}`,
    sql`update commerce.products set price = price + ${pick(2)}::int, safety_stock = nullif(${pick(3)}::int, 0) where ${ofProduct}`,
    sql`update commerce.products set sku = sku || 'x', is_active = not is_active where ${ofProduct}`,
    sql`update commerce.products set name = name || '!' where tenant = ${tenant} and id <= ${pick(9)}::bigint`,
    sql`delete from commerce.products where ${ofProduct}`,
    sql`insert into commerce.products (tenant, id, sku, name, categories, price, currency, stock_quantity) values ${values} on conflict do nothing`,
    sql`update commerce.products set id = id + 9 where ${ofProduct} and not exists (select from commerce.products where tenant = ${tenant} and id = ${id}::bigint + 9)`,
    sql`update commerce.products set id = id - 9 where tenant = ${tenant} and id = ${id}::bigint + 9 and not exists (select from commerce.products where ${ofProduct})`,
    sql`insert into truth_parts (tenant, name, ${weight}) values (${tenant}, ${part}, ${pick(90)}::int) on conflict (tenant, name) do update set ${weight} = excluded.${weight}`,
    sql`update truth_parts set ${weight} = ${weight} + 1 where ${ofPart}`,
    sql`delete from truth_parts where ${ofPart}`,
    sql`update truth_parts set name = ${`part ${pick(6)} b`} where ${ofPart} and not exists (select from truth_parts where tenant = ${tenant} and name like '% b')`,
  ];
  return all[pick(all.length)] ?? sql`select`;
}

/** Changes of columns, in this order. Those of the shop do not last: the product names its columns. */
const alterations = [
  `alter table truth_parts add column colour text default 'grey'`,
  'alter table truth_parts rename column weight to grams',
  `alter table commerce.products rename column safety_stock to low_stock;
   update commerce.products set low_stock = coalesce(low_stock, 0) + 7, name = name || '?' where tenant = '${tenant}';
   alter table commerce.products rename column low_stock to safety_stock`,
  'alter table truth_parts drop column colour; alter table truth_parts add column note text',
];

async function writeHistory(context: TestDatabase, steps: number): Promise<Truth[]> {
  const pick = random(20260217);
  const { owner } = context;
  // Rows that are older than the log.
  await owner.run(`create table truth_parts (tenant text, name text, weight int, primary key (tenant, name));
    grant select, insert, update, delete on truth_parts to whence_source;
    insert into truth_parts select '${tenant}', 'part ' || i, i from generate_series(0, 2) i;
    alter table commerce.products disable trigger user;
    insert into commerce.products (tenant, id, sku, name, price, currency) select '${tenant}', i, 'OLD-' || i, 'Old ' || i, i, 'EUR' from generate_series(1, 4) i;
    alter table commerce.products enable trigger user;
    select audit.track('${table}')`);
  const writers = [context.source, context.database.as('whence_source', { connections: 1 })];
  const seen: Truth[] = [];
  let altered = 0;
  for (let step = 1; step <= steps; step++) {
    if (step % Math.ceil(steps / (alterations.length + 1)) === 0 && alterations[altered]) {
      await owner.transaction(async (tx) => {
        await tx.run(`set local audit.occurred_at = '${occurredAt(step)}'`);
        await tx.run(alterations[altered++] ?? '');
      });
    }
    const work = async (tx: Transaction) => {
      for (let i = pick(3); i >= 0; i--) await tx.run(statement(pick, altered > 1 ? 'grams' : 'weight'));
      if (pick(6) === 0) throw new Error('rolled back');
    };
    const writer = writers[pick(2)] ?? context.source;
    await writer.write({ tenant, actor: `writer ${pick(3)}`, occurredAt: occurredAt(step) }, work).catch((error: Error) => {
      if (error.message !== 'rolled back') throw error;
    });
    seen.push(await look(context, step));
    await later(2); // the clock of the embedded database shows milliseconds
  }
  return seen;
}

/** Filtered lists as they are read where much has changed since. */
async function allReadByKey({ database }: TestDatabase, asOf: AsOf): Promise<unknown[]> {
  const moments = new ShopMoments(database, new PointService(database, codec), -1);
  const commerce = new CommerceService(database, codec, moments);
  const page = await commerce.products(contextOf(tenant), { first: 100, asOf, filter: { price: { gte: '0' } } });
  return page.nodes.map((product) => encodeGlobalId('Product', product.id));
}

/** A record comes in the columns that it had at its last change. */
const inFirstColumns = (row: Row | undefined) => row && { name: row['name'], weight: row['grams'] ?? row['weight'] };

type Answered = { products: { nodes: { id: string }[]; totalCount: number } };

onEachDatabase(
  'as of any point of either clock and of the log, every row is what it was: lists, filters, single rows and records',
  async (context) => {
    const seen = (await writeHistory(context, Math.max(30, Math.ceil(pointsAsked / 4)))).filter(({ sequence }) => sequence !== '');
    const pick = random(7);
    for (let asked = 0; asked < pointsAsked; asked++) {
      const truth = seen[pick(seen.length)] as Truth;
      const { systemTime, sourceTime, sequence, entryId } = truth;
      const points = [{ systemTime }, { sourceTime }, { sequence }, { auditEntryId: encodeGlobalId('AuditEntry', entryId) }];
      const asOf = points[asked % points.length];
      const id = String(pick(18) + 1);
      const all = [...truth.products.values()];
      const sku = String(all[pick(all.length)]?.['sku'] ?? 'OLD-1');
      const name = [...truth.parts.keys(), 'part 0', 'part 4'][pick(truth.parts.size + 2)] ?? '';
      const given = await answer(
        context,
        tenant,
        `query ($asOf: AsOfInput!, $id: ID!, $sku: String!, $key: JSONObject!, $least: Decimal!) {
          products(first: 100, asOf: $asOf) { ${fields} totalCount }
          dear: products(first: 100, asOf: $asOf, filter: { price: { gte: $least } }, orderBy: [{ field: PRICE, direction: DESC }]) { nodes { id } totalCount }
          backwards: products(last: 3, asOf: $asOf) { nodes { id } }
          bySku: product(asOf: $asOf, by: { sku: $sku }) { id }
          product(asOf: $asOf, by: { id: $id }) { ${fields.slice(8, -2)} history(first: 1) { nodes { snapshot } } }
          record(asOf: $asOf, tableName: "${table}", key: $key) { values version { systemTo } } }`,
        { asOf, id: encodeGlobalId('Product', id), sku, key: { name }, least: '20' },
      );
      expect((given as Answered).products.nodes, JSON.stringify(asOf)).toEqual(all);
      expect(given.backwards.nodes).toEqual(all.slice(-3).map((product) => ({ id: product['id'] })));
      expect(given.bySku?.id).toBe(all.find((product) => product['sku'] === sku)?.['id']);
      expect(await allReadByKey(context, asOf as AsOf)).toEqual(all.map((product) => product['id']));
      expect(given.products.totalCount).toBe(truth.products.size);
      const dear = all.filter(({ price }) => Number((price as { amount: string }).amount) >= 20);
      expect(new Set(given.dear.nodes.map((node: { id: string }) => node.id))).toEqual(new Set(dear.map((product) => product['id'])));
      expect(given.dear.totalCount).toBe(dear.length);
      const { history, ...product } = given.product ?? { history: null };
      expect(given.product && product).toEqual(truth.products.get(id) ?? null);
      if (history) expect(String(history.nodes[0].snapshot.name)).toBe(product.name);
      const part = truth.parts.get(name);
      if (part) expect(inFirstColumns(given.record?.values), JSON.stringify([asOf, name])).toEqual(inFirstColumns(part));
      else if (given.record) expect(given.record.version.systemTo).not.toBeNull();
    }
  },
  { timeoutMs: 60_000 + pointsAsked * 2_000 },
);
