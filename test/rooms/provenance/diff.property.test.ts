import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect } from 'vitest';
import { decodeGlobalId, encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer } from './asking.ts';
import { type Holds, type PromisedDiff, promisedDiff } from './diff-snapshots.ts';
import { History } from './history-model.ts';
import { recordInQuery } from './history-promises.ts';
import { history, type Step, Writer } from './history-steps.ts';
import { type TableName, tables, trackCrates } from './history-tables.ts';

// biome-ignore lint/suspicious/noExplicitAny: the query states the shape of its answer
type Answer = any;

/** A point as it is asked for, and what it holds. */
interface Asked {
  readonly input: string | null;
  /** Of the sources' clock its time: a table is known from its first change on. */
  readonly sourceTime?: string;
  readonly holds: Holds;
}

const diffFields = 'id kind changes { field before after } auditEntries { id }';
const entity = '{ id ... on Traceable { key } }';
const kinds: Partial<Record<TableName, string>> = {
  users: 'USER',
  customers: 'CUSTOMER',
  products: 'PRODUCT',
  orders: 'ORDER',
  items: 'ORDER_ITEM',
  payments: 'PAYMENT',
};

let tenants = 0;

/** Compares everything between two points with the model's own snapshots, page by page. */
class Comparison {
  constructor(
    private readonly context: TestDatabase,
    private readonly tenant: string,
    private readonly model: History,
    private readonly serials: ReadonlyMap<string, number>,
  ) {}

  async compare(from: Asked, to: Asked): Promise<void> {
    const promised = this.promised(from, to);
    const args = `from: { ${from.input} }${to.input === null ? '' : `, to: { ${to.input} }`}`;
    const told = new Map<string, Answer>();
    const { counts } = await this.ask(
      `{ counts: dataDiff(${args}) { statistics { entityType added modified removed } entities { totalCount } } }`,
    );
    expect(counts).toEqual({ statistics: counted(promised), entities: { totalCount: promised.size } });
    for (let after: string | null = null; ; ) {
      const position: string = after === null ? '' : `, after: "${after}"`;
      const { dataDiff } = await this.ask(`{ dataDiff(${args}) {
        entities(first: 5${position}) { nodes { ${diffFields} entityBefore ${entity} entityAfter ${entity} } pageInfo { endCursor hasNextPage } } } }`);
      for (const node of dataDiff.entities.nodes) told.set(nameOf(node), node);
      if (!dataDiff.entities.pageInfo.hasNextPage) break;
      after = dataDiff.entities.pageInfo.endCursor;
    }
    const comparable = [...told].map(([name, diff]): [string, unknown] => [name, this.comparable(diff)]);
    expect(new Map(comparable)).toEqual(promised);
    for (const [name, { kind, entityBefore, entityAfter }] of told) {
      expect([entityBefore === null, entityAfter === null], name).toEqual([kind === 'ADDED', kind === 'REMOVED']);
    }
    await this.compareOneByOne(args, [from, to], promised, told);
  }

  /** Each record by itself, and each difference by its id, says the same. */
  private async compareOneByOne(
    args: string,
    points: readonly Asked[],
    promised: ReadonlyMap<string, PromisedDiff>,
    told: ReadonlyMap<string, Answer>,
  ): Promise<void> {
    const isKnown = (table: TableName) => {
      const first =
        this.model.entries
          .filter((entry) => entry.table === table)
          .map(({ at }) => at)
          .sort()[0] ?? '';
      return points.every(({ sourceTime = first }) => sourceTime >= first);
    };
    const records = this.model.records().filter(({ table, key }) => isKnown(table) && (table === 'crates' || this.model.row(table, key)));
    const queries = records.map(
      ({ table, key }, nth) => `r${nth}: ${recordInQuery(table, key)} { ... on Traceable { diff(${args}) { ${diffFields} } } }`,
    );
    const nodes = [...told.values()].map(({ id }, nth) => `n${nth}: node(id: "${id}") { ... on EntityDiff { ${diffFields} } }`);
    if (queries.length + nodes.length === 0) return;
    const data = await this.ask(`{ ${[...queries, ...nodes].join('\n')} }`);
    for (const [nth, { table, key }] of records.entries()) {
      const { kind, changes } = this.comparable(data[`r${nth}`].diff);
      const expected = promised.get(`${tables[table].name}:${key}`) ?? { kind: 'MODIFIED', changes: [] };
      expect({ kind, changes }, `${table} ${key}`).toEqual({ kind: expected.kind, changes: expected.changes });
    }
    for (const [nth, diff] of [...told.values()].entries()) expect(this.comparable(data[`n${nth}`])).toEqual(this.comparable(diff));
  }

  private promised(from: Asked, to: Asked): Map<string, PromisedDiff> {
    const found = new Map<string, PromisedDiff>();
    for (const { table, key } of this.model.records()) {
      const diff = promisedDiff(this.model, table, key, from.holds, to.holds);
      if (diff) found.set(`${tables[table].name}:${key}`, diff);
    }
    return found;
  }

  private comparable({ kind, changes, auditEntries }: Answer): PromisedDiff {
    return {
      kind,
      changes: changes.map(spelled),
      entries: auditEntries.map(({ id }: Answer) => this.serials.get(decodeGlobalId(id, 'id').key)),
    };
  }

  private ask(query: string): Promise<Answer> {
    return answer<Answer>(this.context, this.tenant, query);
  }
}

function spelled(change: Answer): Answer {
  const plain = (value: unknown) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/.test(value) ? new Date(value).toISOString() : value;
  return { ...change, before: plain(change.before), after: plain(change.after) };
}

/** Table and key of the record that a difference is about. */
function nameOf({ id }: Answer): string {
  return /^\d+:\d+:[A-Z_]+:([\s\S]*)$/.exec(decodeGlobalId(id, 'id').key)?.[1] ?? '';
}

function counted(promised: ReadonlyMap<string, PromisedDiff>): Answer[] {
  const counts = new Map<string, { entityType: string; added: number; modified: number; removed: number }>();
  for (const [name, { kind }] of promised) {
    const table = (Object.keys(tables) as TableName[]).find((one) => name.startsWith(`${tables[one].name}:`)) as TableName;
    const entityType = kinds[table] ?? 'RECORD';
    const count = counts.get(entityType) ?? { entityType, added: 0, modified: 0, removed: 0 };
    count[kind.toLowerCase() as 'added'] += 1;
    counts.set(entityType, count);
  }
  return [...counts.values()].sort((a, b) => (a.entityType < b.entityType ? -1 : 1));
}

async function tells(context: TestDatabase, steps: readonly Step[], picks: readonly number[]): Promise<void> {
  tenants += 1;
  const model = new History();
  const writer = new Writer(context, `diffs ${tenants}`, model, '');
  const place = () => context.owner.run(`select from audit.feed_step('{}', null, null, 1000, '1 s')`);
  for (const [nth, step] of steps.entries()) {
    await writer.take(step);
    if (nth % 7 === 3) await place(); // of the others the worker knows nothing yet
  }
  const rows =
    await context.owner.run(sql`select e.id::text as id, audit.instant(e.recorded_at) as recorded_at, p.sequence::text as sequence
    from audit.entry e left join audit.position p on p.tenant = e.tenant and p.entry_id = e.id where e.tenant = ${writer.tenant} order by e.id`);
  expect(rows).toHaveLength(model.entries.length);
  const points = pointsOf(model, rows);
  const comparison = new Comparison(context, writer.tenant, model, new Map(rows.map(({ id }, serial) => [String(id), serial])));
  for (let nth = 0; nth + 1 < picks.length; nth += 2) {
    const from = points[(picks[nth] as number) % (points.length - 1)] as Asked; // not up to now, which is the last
    await comparison.compare(from, points[(picks[nth + 1] as number) % points.length] as Asked);
  }
}

/** Every point that the history can be asked at: each entry by its id, both clocks, and its position where it has one; and now. */
function pointsOf({ entries }: History, rows: readonly Record<string, unknown>[]): Asked[] {
  const first =
    entries
      .filter(({ table }) => table)
      .map(({ at }) => at)
      .sort()[0] ?? '';
  const points = entries.flatMap(({ serial, at }): Asked[] => {
    const { id, recorded_at: recordedAt, sequence } = rows[serial] as Record<string, string | null>;
    const recorded = (entry: { serial: number }) => String(rows[entry.serial]?.['recorded_at']) <= String(recordedAt);
    return [
      { input: `auditEntryId: "${encodeGlobalId('AuditEntry', String(id))}"`, holds: (entry) => entry.serial <= serial },
      { input: `systemTime: "${recordedAt}"`, holds: recorded },
      ...(at < first ? [] : [{ input: `sourceTime: "${at}"`, sourceTime: at, holds: (entry: { at: string }) => entry.at <= at }]),
      ...(sequence ? [{ input: `sequence: "${sequence}"`, holds: (entry: { serial: number }) => entry.serial <= serial }] : []),
    ];
  });
  return [...points, { input: null, holds: () => true }];
}

const seed = process.env['FC_SEED'] ? Number(process.env['FC_SEED']) : process.env['RUNS'] ? Date.now() : 20_260_218;

for (const [only, runs, pairs] of [
  ['postgresql', 5, 8],
  ['pglite', 1, 3],
] as const) {
  onEachDatabase(
    'whatever happened between two points of any clock, all data and each record differ as two snapshots of them do',
    async (context) => {
      await trackCrates(context);
      // The same histories each time; RUNS=100 looks at a hundred new ones, FC_SEED repeats those of a run.
      const numRuns = Number(process.env['RUNS'] ?? runs);
      await fc.assert(
        fc.asyncProperty(history, fc.array(fc.nat(10_000), { minLength: 2 * pairs, maxLength: 2 * pairs }), (steps, picked) =>
          tells(context, steps, picked),
        ),
        { numRuns, seed, endOnFailure: process.env['RUNS'] === undefined },
      );
    },
    { fresh: true, only, timeoutMs: 120_000 },
  );
}
