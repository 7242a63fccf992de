// What reading at another time costs: the whole operation in this process, and its statements as PostgreSQL accounts for them.
import { graphql } from 'graphql';
import postgres, { type Sql } from 'postgres';
import { schemaOf } from '../../../src/app.ts';
import type { Observe, Statement } from '../../../src/database/database.ts';
import { openDatabase } from '../../../src/database/open.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { median, quantile } from '../capture/measure.ts';
import { dataDiffQuestions } from './data-diff.ts';
import { busyProduct, productsIn, type Trail, trailIn } from './trail.ts';

const repeats = process.argv.includes('quick') ? 3 : 30;
const warmUps = Math.min(repeats, 10);
/** A slow question is asked less often. */
const longestMs = 20_000;

interface Milliseconds {
  readonly fastest: number;
  readonly median: number;
  readonly p95: number;
}

export interface TimeTravelTime {
  readonly what: string;
  readonly statements: number;
  readonly took: Milliseconds;
  readonly executed: Milliseconds;
}

/** A question about a trail; `i` counts the times it is asked. */
interface Question {
  readonly what: string;
  readonly source: (i: number, trail: Trail) => string;
}

const secondsAgo = ({ endsAt }: Trail, seconds: number) => new Date(endsAt - seconds * 1000).toISOString().replace('Z', '000Z');
const product = (i: number, total: number) => encodeGlobalId('Product', String(((i * 7919) % (productsIn(total) - 1)) + 1));
const fields = 'id sku name price { amount currency } stockQuantity';
const busy = (total: number) => encodeGlobalId('Product', String(busyProduct(total)));
/** How far back, as a share of the whole history. */
const shares = [0.1, 0.5, 0.9];
/** Changes since then: one a second. */
const since = [
  { ago: 'ten minutes (600 changes) ago', seconds: 600 },
  { ago: 'a day (86,400 changes) ago', seconds: 86_400 },
];
const clocks = ['systemTime', 'sourceTime'] as const;

const questions: readonly Question[] = [
  ...clocks.flatMap((clock) =>
    shares.map((share) => ({
      what: `a product by id, ${clock}, ${share * 100} % of the history ago`,
      source: (i: number, trail: Trail) =>
        `{ product(by: { id: "${product(i, trail.total)}" }, asOf: { ${clock}: "${secondsAgo(trail, trail.total * share + i)}" }) { ${fields} } }`,
    })),
  ),
  ...shares.map((share) => ({
    what: `the busy product (20,000 entries) by id, systemTime, ${share * 100} % of the history ago`,
    source: (i: number, trail: Trail) =>
      `{ product(by: { id: "${busy(trail.total)}" }, asOf: { systemTime: "${secondsAgo(trail, trail.total * share + i * 97)}" }) { ${fields} } }`,
  })),
  {
    what: 'a product by its sku, in the middle of the log',
    source: (i, trail) =>
      `{ product(by: { sku: "SKU${((i * 7919) % (productsIn(trail.total) - 1)) + 1}" }, asOf: { sequence: "${Math.floor(trail.total / 2) + i}" }) { ${fields} } }`,
  },
  {
    what: 'a product by id with history and blame, in the middle of the log',
    source: (i, trail) =>
      `{ product(by: { id: "${product(i, trail.total)}" }, asOf: { sequence: "${Math.floor(trail.total / 2) + i}" }) { ${fields} history(first: 5) { nodes { id } } blame { field value } } }`,
  },
  ...shares.map((share) => ({
    what: `a list of 100 products, systemTime, ${share * 100} % of the history ago`,
    source: (i: number, trail: Trail) =>
      `{ products(first: 100, asOf: { systemTime: "${secondsAgo(trail, trail.total * share + i)}" }) { nodes { ${fields} } } }`,
  })),
  ...since.flatMap(({ ago, seconds }) => [
    {
      what: `a list of 100 products by price, ${ago}`,
      source: (i: number, trail: Trail) =>
        `{ products(first: 100, orderBy: [{ field: PRICE, direction: DESC }], asOf: { systemTime: "${secondsAgo(trail, seconds + i)}" }) { nodes { ${fields} } } }`,
    },
    {
      what: `how many products there were, ${ago}`,
      source: (i: number, trail: Trail) =>
        `{ products(first: 1, asOf: { systemTime: "${secondsAgo(trail, seconds + i)}" }) { totalCount } }`,
    },
  ]),
  ...shares.map((share) => ({
    what: `a list of 100 products of which one in ten fits a filter, systemTime, ${share * 100} % of the history ago`,
    source: (i: number, trail: Trail) =>
      `{ products(first: 100, filter: { price: { gte: "100" } }, asOf: { systemTime: "${secondsAgo(trail, trail.total * share + i)}" }) { nodes { ${fields} } } }`,
  })),
  ...dataDiffQuestions,
];

async function executionMs(sql: Sql, { text, params }: Statement): Promise<number> {
  const values = params.map((value) => (value === null ? null : String(value)));
  const [row] = await sql.unsafe(`explain (analyze, timing off, format json) ${text}`, values, { prepare: true });
  const plan: unknown = row?.['QUERY PLAN'];
  return (plan as { 'Execution Time': number }[])[0]?.['Execution Time'] ?? Number.NaN;
}

export async function measureTimeTravel(url: string, total: number): Promise<TimeTravelTime[]> {
  const sent: Statement[] = [];
  const observe: Observe = ({ sent: statement }) => sent.push(statement);
  const database = await openDatabase({ url, limits: { connections: 1, statementMs: 60_000 } });
  database.observe(observe);
  const app = postgres(url, { max: 1, onnotice: () => {}, connection: { role: 'whence_app', jit: 'off' } as Record<string, string> });
  const trail = await trailIn(url, total);
  const schema = schemaOf(database, 'a secret for the benchmark');
  const summary = (values: number[]) => ({ fastest: Math.min(...values), median: median(values), p95: quantile(values, 0.95) });
  try {
    const times: TimeTravelTime[] = [];
    for (const { what, source } of questions) {
      const took: number[] = [];
      const executed: number[] = [];
      const ends = performance.now() + longestMs;
      for (let i = 0; i < repeats + warmUps && (took.length < 3 || performance.now() < ends); i++) {
        sent.length = 0;
        const begun = performance.now();
        const { errors } = await graphql({ schema, source: source(i, trail), contextValue: requestContext(fixedCaller, 'bench') });
        if (errors?.[0]) throw errors[0];
        const ms = performance.now() - begun;
        let inDatabase = 0;
        for (const statement of sent) inDatabase += await executionMs(app, statement);
        if (i < warmUps) continue;
        took.push(ms);
        executed.push(inDatabase);
      }
      times.push({ what, statements: sent.length, took: summary(took), executed: summary(executed) });
    }
    return times;
  } finally {
    await app.end();
    await database.close();
  }
}
