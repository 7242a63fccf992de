import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import type { Owner } from '../../src/database/database.ts';

/** One change of a table that nobody has seen before; the numbers choose rows and columns of whatever is there then. */
export type Step =
  | { readonly kind: 'insert' | 'upsert' | 'update' | 'rekey'; readonly row: number; readonly from: number; readonly values: Values }
  | { readonly kind: 'delete' | 'updateAll'; readonly row: number; readonly from: number; readonly values: Values }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'drift'; readonly way: number; readonly from: number };

interface Values {
  readonly a: string;
  readonly n: number;
  readonly j: unknown;
  readonly arr: readonly (string | null)[] | null;
  readonly num: string | null;
  readonly ts: string | null;
  readonly b: string;
  readonly t: string | null;
}

export const columnsOfAnyTable =
  'a uuid, n int, j jsonb, arr text[], num numeric(30,10), ts timestamptz, b bytea, t text, primary key (n, a)';

const text = fc.string({ unit: 'binary', maxLength: 8 }).filter((value) => !/[\0\p{Surrogate}]/u.test(value));
const values: fc.Arbitrary<Values> = fc.record({
  a: fc.constantFrom('00000000-0000-4000-8000-000000000001', 'ffffffff-ffff-4fff-bfff-ffffffffffff'),
  n: fc.integer({ min: -3, max: 3 }),
  j: fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme' }).filter((value) => !/\\u(0000|d[89a-f])/.test(JSON.stringify(value))),
  arr: fc.option(fc.array(fc.option(text), { maxLength: 3 })),
  num: fc.option(
    fc.bigInt({ min: -(10n ** 29n), max: 10n ** 29n }).map(
      (value) =>
        `${value / 10n ** 10n}.${String(value < 0n ? -value : value)
          .slice(-10)
          .padStart(10, '0')}`,
    ),
  ),
  ts: fc.option(
    fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString()),
  ),
  b: fc.uint8Array({ maxLength: 5 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`),
  t: fc.option(text),
});
const at = { row: fc.nat(20), from: fc.nat(20), values };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('insert', 'upsert', 'update', 'update', 'rekey'), ...at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('delete', 'updateAll'), ...at }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'truncate' } as const) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drift' as const), way: fc.nat(5), from: fc.nat(20) }) },
);

export const steps = (length: number): fc.Arbitrary<Step[]> => fc.array(step, { minLength: length, maxLength: length });

export const insertions = (length: number): fc.Arbitrary<Step[]> =>
  fc.array(fc.record({ kind: fc.constant('insert' as const), ...at }), { minLength: length, maxLength: length });

/** Makes one change, in a table whose columns may have drifted; one that does not fit (a key that is there already) changes nothing. */
export async function take(owner: Owner, table: string, change: Step, serial: number): Promise<void> {
  const t = sql.raw(table);
  const columns = await columnsNow(owner, table);
  const others = columns.filter(({ name }) => !['a', 'n'].includes(name));
  const chosen = (from: number) => others[from % Math.max(others.length, 1)];
  if (change.kind === 'truncate') return void (await owner.run(sql`truncate ${t}`));
  if (change.kind === 'drift') {
    const column = chosen(change.from);
    const drift = driftOf(change.way, column, serial);
    return void (drift && (await owner.run(`alter table ${table} ${drift}`)));
  }
  const row = sql`jsonb_populate_record(null::${t}, ${JSON.stringify(await rowOf(columns, change.values))}::text::jsonb)`;
  const where = sql`ctid = (select ctid from ${t} order by n, a offset ${change.row % 5}::int limit 1)`;
  const column = chosen(change.from)?.name;
  const set = column === undefined ? sql`n = n` : sql`${sql.identifier(column)} = (select r.${sql.identifier(column)} from ${row} r)`;
  const statements: Readonly<Record<string, SQL>> = {
    insert: sql`insert into ${t} select * from ${row} on conflict do nothing`,
    upsert: sql`insert into ${t} select * from ${row} on conflict (n, a) do update set ${set}`,
    update: sql`update ${t} set ${set} where ${where}`,
    updateAll: sql`update ${t} set ${set}`,
    rekey: sql`update ${t} set n = ${change.values.n}::int, ${column === undefined ? sql`a = a` : set} where ${where}
      and not exists (select from ${t} o where o.n = ${change.values.n}::int)`,
    delete: sql`delete from ${t} where ${where}`,
  };
  await owner.run(statements[change.kind] ?? sql`select 1`);
}

interface NamedColumn {
  readonly name: string;
  readonly type: string;
}

async function columnsNow(owner: Owner, table: string): Promise<NamedColumn[]> {
  return owner.run<NamedColumn & Record<string, unknown>>(
    sql`select attname::text as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = ${table}::text::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
}

/** Values by type, so that a renamed column still gets some. */
function rowOf(columns: readonly NamedColumn[], values: Values): Record<string, unknown> {
  const byType: Readonly<Record<string, unknown>> = {
    jsonb: values.j,
    'text[]': values.arr,
    'numeric(30,10)': values.num,
    'timestamp with time zone': values.ts,
    bytea: values.b,
    text: values.t,
    'character varying': values.t,
    integer: values.n,
    uuid: values.a,
  };
  return Object.fromEntries(
    columns.map(({ name, type }) => [name, name === 'a' ? values.a : name === 'n' ? values.n : (byType[type] ?? null)]),
  );
}

function driftOf(way: number, column: NamedColumn | undefined, serial: number): string | null {
  const quoted = column && `"${column.name}"`;
  switch (way) {
    case 0:
      return `add column "new ${serial}" text default 'const ''${serial}'''`;
    case 1:
      return `add column "id ${serial}" uuid default gen_random_uuid()`;
    case 2:
      return `add column "plain ${serial}" int`;
    case 3:
      return quoted ? `drop column ${quoted}` : null;
    case 4:
      return quoted ? `rename column ${quoted} to "was ${serial}"` : null;
    default:
      return column?.type === 'text' ? `alter column ${quoted} type varchar using 'v' || ${quoted}` : null;
  }
}
