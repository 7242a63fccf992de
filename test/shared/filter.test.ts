import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilter, type FilterFields, type FilterTree } from '../../src/shared/filter.ts';
import {
  booleanField,
  decimalField,
  instantField,
  integerField,
  likeLiteral,
  type Operators,
  spelledField,
  textField,
} from '../../src/shared/filter-fields.ts';
import { onEachDatabase, type TestDatabase } from '../support/databases.ts';

type Colour = 'RED' | 'BLUE' | 'OTHER';
interface Thing {
  readonly id: number;
  readonly name: string | null;
  readonly count: number | null;
  readonly price: string | null;
  readonly at: string | null;
  readonly flag: boolean;
  readonly colour: string;
}
interface ThingFilter extends FilterTree<ThingFilter> {
  readonly name?: Operators<string>;
  readonly count?: Operators<number>;
  readonly price?: Operators<string>;
  readonly at?: Operators<string>;
  readonly flag?: boolean;
  readonly colour?: Operators<Colour>;
}

const fields: FilterFields<ThingFilter> = {
  name: textField(sql`name`),
  count: integerField(sql`count`),
  price: decimalField(sql`price`),
  at: instantField(sql`at`),
  flag: booleanField(sql`flag`),
  colour: spelledField(sql`colour`, ['RED', 'BLUE']),
};

const names = ['', 'a', 'A', 'ab', 'a%b', 'a_b', 'a\\b', '%', '_', '\\', "it's", '{a,"b"}', 'NULL', ' a'];
const prices = ['-1.5', '0', '1.0', '1', '1199.99', '12345678901234567890.0001'];
const instants = ['2026-02-17T14:30:22.104512Z', '2026-02-17T14:30:22.104513Z', '1999-01-01T00:00:00.000000Z'];
const colours = ['red', 'RED', 'Blue', 'green', ''];
const pick = <T>(values: readonly T[], n: number) => values[n % values.length] as T;
const things: Thing[] = Array.from({ length: 60 }, (_, n) => ({
  id: n,
  name: n % 7 === 3 ? null : pick(names, n),
  count: n % 5 === 1 ? null : (n % 4) - 1,
  price: n % 6 === 2 ? null : pick(prices, n),
  at: n % 4 === 3 ? null : pick(instants, n),
  flag: n % 2 === 0,
  colour: pick(colours, n),
}));

const some = <T>(values: readonly T[]) => fc.constantFrom(...values);
function operators<T extends string | number>(values: readonly T[], names: readonly string[]): fc.Arbitrary<Operators<T>> {
  const all: Record<string, fc.Arbitrary<unknown>> = {
    ...{ eq: some(values), ne: some(values), gt: some(values), gte: some(values), lt: some(values), lte: some(values) },
    ...{ in: fc.array(some(values), { maxLength: 4 }), notIn: fc.array(some(values), { maxLength: 4 }) },
    ...{ contains: some(values), startsWith: some(values), isNull: fc.boolean() },
  };
  const record = fc.record(Object.fromEntries(names.map((name) => [name, all[name] as fc.Arbitrary<unknown>])), { requiredKeys: [] });
  // One operator most of the time: several of them rarely leave a row.
  return fc.tuple(record, fc.nat()).map(([full, n]) => {
    const entries = Object.entries(full);
    return Object.fromEntries(n % 4 === 0 ? entries : entries.slice(n % (entries.length || 1)).slice(0, 1)) as Operators<T>;
  });
}
const equality = ['eq', 'ne', 'in', 'notIn', 'isNull'];
const comparison = [...equality, 'gt', 'gte', 'lt', 'lte'];

const leaf: fc.Arbitrary<ThingFilter> = fc.oneof(
  fc.record({ name: operators([...names, 'B', '%b'], [...equality, 'contains', 'startsWith']) }),
  fc.record({ count: operators([-1, 0, 1, 2, 5], comparison) }),
  fc.record({ price: operators(prices, comparison) }),
  fc.record({ at: operators(instants, comparison) }),
  fc.record({ flag: fc.boolean() }),
  fc.record({ colour: operators<Colour>(['RED', 'BLUE', 'OTHER'], equality) }),
);

function filterOf(depth: number): fc.Arbitrary<ThingFilter> {
  if (depth === 0) return leaf;
  const inner = filterOf(depth - 1);
  const list = fc.array(inner, { maxLength: 3 });
  const branch = fc.oneof(fc.record({ and: list }), fc.record({ or: list }), fc.record({ not: inner }));
  return fc.oneof(
    leaf,
    branch,
    fc.tuple(leaf, branch, leaf).map(([one, two, three]) => ({ ...one, ...two, ...three })),
  );
}

/** The meaning of a filter in two values: what is unknown in SQL does not hold, and its negation holds. */
function holds(tree: ThingFilter, thing: Thing): boolean {
  return Object.entries(tree).every(([field, value]) => {
    if (value === undefined) return true;
    if (field === 'and') return (value as ThingFilter[]).every((inner) => holds(inner, thing));
    if (field === 'or') return (value as ThingFilter[]).some((inner) => holds(inner, thing));
    if (field === 'not') return !holds(value as ThingFilter, thing);
    if (field === 'flag') return thing.flag === value;
    return Object.entries(value as object).every(([operator, operand]) => operatorHolds(thing, field as keyof Thing, operator, operand));
  });
}

function operatorHolds(thing: Thing, field: keyof Thing, operator: string, operand: unknown): boolean {
  const actual = field === 'colour' ? spelled(thing.colour) : thing[field];
  if (operator === 'isNull') return (actual === null) === operand;
  if (operator === 'ne') return !operatorHolds(thing, field, 'eq', operand);
  if (operator === 'notIn') return !operatorHolds(thing, field, 'in', operand);
  if (actual === null) return false;
  if (operator === 'in') return (operand as unknown[]).some((value) => operatorHolds(thing, field, 'eq', value));
  if (operator === 'contains') return String(actual).toLowerCase().includes(String(operand).toLowerCase());
  if (operator === 'startsWith') return String(actual).startsWith(String(operand));
  const order =
    field === 'price' ? Number(scaled(actual) - scaled(operand)) : actual === operand ? 0 : actual < (operand as typeof actual) ? -1 : 1;
  const outcomes: Record<string, boolean> = { eq: order === 0, gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 };
  return outcomes[operator] as boolean;
}

function spelled(colour: string): Colour {
  const upper = colour.toUpperCase();
  return upper === 'RED' || upper === 'BLUE' ? upper : 'OTHER';
}

/** Ten-thousandths, exact. */
function scaled(decimal: unknown): bigint {
  const [whole = '', fraction = ''] = String(decimal).split('.');
  return BigInt(whole + fraction.padEnd(4, '0'));
}

async function openThings({ owner }: TestDatabase): Promise<void> {
  await owner.run(`
    create schema if not exists filtered;
    create table if not exists filtered.thing (id integer, name text, count integer, price numeric, at timestamptz, flag boolean, colour text);
    grant usage on schema filtered to whence_app;
    grant select on filtered.thing to whence_app;
    truncate filtered.thing`);
  await owner.run(
    sql`insert into filtered.thing select * from jsonb_populate_recordset(null::filtered.thing, ${JSON.stringify(things)}::text::jsonb)`,
  );
}

onEachDatabase('any filter keeps the rows that its meaning keeps', async (context) => {
  await openThings(context);
  let kept = 0;
  await fc.assert(
    fc.asyncProperty(filterOf(3), async (tree) => {
      const rows = await context.database.read('acme', sql`select id from filtered.thing where ${compileFilter(tree, fields)} order by id`);
      kept += rows.length;
      expect(rows.map((row) => row['id'])).toEqual(things.filter((thing) => holds(tree, thing)).map((thing) => thing.id));
    }),
    { numRuns: 300 },
  );
  expect(kept).toBeGreaterThan(1000); // the comparison was about rows, not about empty answers
});

onEachDatabase('no filter keeps all; an empty "and" keeps all, an empty "or" or "in" nothing, an empty "notIn" all', async (context) => {
  await openThings(context);
  const count = async (tree: ThingFilter | null) =>
    (await context.database.read('acme', sql`select id from filtered.thing where ${compileFilter(tree, fields)}`)).length;
  expect(await Promise.all([count(null), count({}), count({ and: [] }), count({ name: { notIn: [] } })])).toEqual([60, 60, 60, 60]);
  expect(await Promise.all([count({ or: [] }), count({ name: { in: [] } }), count({ not: {} })])).toEqual([0, 0, 0]);
  expect(await count({ or: [{}] })).toBe(60);
});

describe('patterns', () => {
  it('take every character for itself', () => {
    expect(likeLiteral('100%_\\')).toBe('100\\%\\_\\\\');
  });
});
