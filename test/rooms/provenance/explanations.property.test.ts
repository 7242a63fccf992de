import fc from 'fast-check';
import { expect } from 'vitest';
import { decodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer } from './asking.ts';
import { History } from './history-model.ts';
import { Promised, question, recordInQuery, timelineItems } from './history-promises.ts';
import { checkSentences } from './history-sentences.ts';
import { history, type Step, Writer } from './history-steps.ts';
import { type TableName, trackCrates } from './history-tables.ts';

// biome-ignore lint/suspicious/noExplicitAny: the query states the shape of its answer
type Answer = any;

/** Entries as the serial numbers of the tenant's, instants in one spelling. */
function comparable(value: unknown, serials: ReadonlyMap<string, number>): Answer {
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/.test(value) ? new Date(value).toISOString() : value;
  if (Array.isArray(value)) return value.map((one) => comparable(one, serials));
  if (typeof value !== 'object' || value === null) return value;
  if ('id' in value && Object.keys(value).length === 1 && isEntry(value.id)) {
    return serials.get(decodeGlobalId(String(value.id), 'id').key) ?? 'an entry that this tenant does not have';
  }
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, comparable(of, serials)]));
}

function isEntry(id: unknown): boolean {
  return typeof id === 'string' && /^[\w-]{8,}$/.test(id) && decodeGlobalId(id, 'id').type === 'AuditEntry';
}

const byEntry = (reasons: Answer[]) =>
  reasons.toSorted((a, b) => b.auditEntry - a.auditEntry || (a.change.field < b.change.field ? -1 : 1));
const without = ({ narrative: _, ...rest }: Answer) => rest;

class Asked {
  constructor(
    private readonly context: TestDatabase,
    private readonly writer: Writer,
    private readonly serials: ReadonlyMap<string, number>,
  ) {}

  async ask(query: string): Promise<Answer> {
    const data = await answer<Answer>(this.context, this.writer.tenant, query);
    expect(JSON.stringify(data)).not.toContain(foreignSign);
    return comparable(data, this.serials);
  }
}

const foreignSign = '~';
const maxAsked = 14;

/** The rows that can be asked for: of the shop those that are there. */
function askable(model: History): { table: TableName; key: string }[] {
  return model
    .records()
    .filter(({ table, key }) => table === 'crates' || model.row(table, key))
    .slice(-maxAsked);
}

async function compare(asked: Asked, model: History): Promise<void> {
  const records = askable(model).map(({ table, key }, nth) => {
    const promised = new Promised(model, table, key);
    const counts = promised.blame().sort((a, b) => Number(b['changeCount']) - Number(a['changeCount']));
    const copied = promised.where().flatMap(({ field, copiedFrom }) => ((copiedFrom as unknown[]).length > 0 ? [String(field)] : []));
    const fields = [
      ...new Set([
        ...counts.slice(0, 2).map(({ field }) => String(field)),
        ...copied,
        ...(nth % 3 === 0 ? [String(counts.at(-1)?.['field'])] : []),
      ]),
    ];
    const values = new Map(
      fields.flatMap((field) => {
        const after = model.changesOf(table, key, field).map((entry) => model.changeIn(entry, field)?.after ?? null);
        const value = after[nth % Math.max(after.length, 1)] ?? null;
        return value === null || value === '***' ? [] : [[field, value] as const];
      }),
    );
    return { table, key, promised, fields, values };
  });
  if (records.length === 0) return;
  const query = records.map(
    ({ table, key, fields, values }, nth) => `r${nth}: ${recordInQuery(table, key)} { ${question(fields, values)} }`,
  );
  const data = await asked.ask(`{ ${query.join('\n')} }`);
  for (const [nth, { table, key, promised, fields, values }] of records.entries()) {
    const found = data[`r${nth}`];
    const at = `${table} ${key}`;
    const promisedTimeline = promised.timeline();
    expect(found.timeline, at).toEqual({ totalCount: promisedTimeline.length, nodes: promisedTimeline });
    expect(found.blame, at).toEqual(promised.blame());
    const origins = found.where.fields.map((one: Answer) => ({ ...one, actor: one.actor?.key }));
    expect(
      origins.map((one: Answer) => ({ ...one, actor: null })),
      at,
    ).toEqual(promised.where().map((one) => ({ ...one, actor: null })));
    for (const [place, { actor }] of promised.where().entries()) if (actor !== null) expect(origins[place].actor, at).toBe(actor);
    const all = promised.why(null);
    expect({ ...without(found.why), reasons: byEntry(found.why.reasons) }, at).toEqual({ ...all, reasons: byEntry(all.reasons) });
    expect(found.why.reasons.map((one: Answer) => one.auditEntry)).toEqual(all.reasons.map((one) => one['auditEntry']));
    expect(without(found.how), at).toEqual(promised.how(null));
    checkSentences(promised, found.why.narrative, { kind: 'why', field: null });
    checkSentences(promised, found.how.narrative, { kind: 'how', field: null });
    checkSentences(promised, found.where.narrative, { kind: 'where', field: null });
    for (const [place, field] of fields.entries()) {
      expect(without(found[`why${place}`]), `${at} ${field}`).toEqual(promised.why(field));
      expect(without(found[`how${place}`]), `${at} ${field}`).toEqual(promised.how(field));
      checkSentences(promised, found[`why${place}`].narrative, { kind: 'why', field });
      checkSentences(promised, found[`how${place}`].narrative, { kind: 'how', field });
      if (!values.has(field)) continue;
      expect(without(found[`value${place}`]), `${at} ${field} = ${JSON.stringify(values.get(field))}`).toEqual(
        promised.why(field, values.get(field)),
      );
      checkSentences(promised, found[`value${place}`].narrative, { kind: 'why', field });
    }
  }
  await comparePages(
    asked,
    records.map(({ promised }) => promised),
  );
}

/** The longest timeline, three items at a time, forwards and backwards. */
async function comparePages(asked: Asked, records: readonly Promised[]): Promise<void> {
  const [longest] = records.toSorted((a, b) => b.timeline().length - a.timeline().length);
  if (!longest) return;
  const promised = longest.timeline();
  for (const [size, cursor, more, way] of [
    ['first', 'after', 'hasNextPage', 'endCursor'],
    ['last', 'before', 'hasPreviousPage', 'startCursor'],
  ] as const) {
    const read: Answer[] = [];
    for (let position: string | null = null; ; ) {
      const from: string = position === null ? '' : `, ${cursor}: "${position}"`;
      const { row } = await asked.ask(
        `{ row: ${recordInQuery(longest.table, longest.key)} { ... on Traceable { timeline(${size}: 3${from}) { pageInfo { ${more} ${way} } ${timelineItems} } } } }`,
      );
      if (size === 'first') read.push(...row.timeline.nodes);
      else read.unshift(...row.timeline.nodes);
      if (!row.timeline.pageInfo[more]) break;
      position = row.timeline.pageInfo[way];
    }
    expect(read).toEqual(promised);
  }
}

let tenants = 0;

async function explains(context: TestDatabase, steps: readonly Step[]): Promise<void> {
  tenants += 1;
  const model = new History();
  const writer = new Writer(context, `tenant ${tenants}`, model, '');
  const stranger = new Writer(context, `stranger ${tenants}`, new History(), foreignSign);
  for (const step of steps) {
    await writer.take(step);
    if (step.isForeign) await stranger.take(step);
  }
  const ids = await writer.ids();
  expect(ids, 'one entry for each change, none for what changed nothing or was rolled back').toHaveLength(model.entries.length);
  await compare(new Asked(context, writer, new Map(ids.map((id, serial) => [id, serial]))), model);
}

onEachDatabase(
  'timelines, blame, reasons, causes, steps, origins and every sentence say what happened, and nothing else',
  async (context) => {
    await trackCrates(context);
    await fc.assert(
      fc.asyncProperty(history, (steps) => explains(context, steps)),
      {
        // The same eight histories each time; RUNS=100 looks at a hundred new ones, FC_SEED repeats those of a run.
        numRuns: Number(process.env['RUNS'] ?? 8),
        endOnFailure: process.env['RUNS'] === undefined,
        seed: process.env['FC_SEED'] ? Number(process.env['FC_SEED']) : process.env['RUNS'] ? Date.now() : 20_260_217,
      },
    );
  },
  { fresh: true, timeoutMs: 120_000 },
);
