// What a journey costs: the whole operation in this process, and its statements as PostgreSQL accounts for them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { graphql } from 'graphql';
import postgres, { type Sql } from 'postgres';
import { schemaOf } from '../../../src/app.ts';
import type { Observe, Statement } from '../../../src/database/database.ts';
import { openDatabase } from '../../../src/database/open.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { median, quantile } from '../capture/measure.ts';
import { customersIn } from './trail.ts';

const repeats = 30;

export interface Milliseconds {
  readonly fastest: number;
  readonly median: number;
  readonly p95: number;
}

export interface JourneyTime {
  readonly what: string;
  readonly statements: number;
  /** Milliseconds of the operation in this process for customers that nobody asked about before: much of it is read from the disk. */
  readonly first: Milliseconds;
  /** The same asked again at once. */
  readonly took: Milliseconds;
  /** Milliseconds of a processor that this process needed, the database's own not counted. */
  readonly processor: Milliseconds;
  /** Milliseconds of all its statements, by PostgreSQL's own account. */
  readonly executed: Milliseconds;
  /** Medians of each statement, by its name. */
  readonly parts: readonly (readonly [name: string, ms: number])[];
}

async function executionMs(sql: Sql, { text, params }: Statement): Promise<number> {
  const values = params.map((value) => (value === null ? null : String(value)));
  const [row] = await sql.unsafe(`explain (analyze, timing off, format json) ${text}`, values, { prepare: true });
  const plan: unknown = row?.['QUERY PLAN'];
  return (plan as { 'Execution Time': number }[])[0]?.['Execution Time'] ?? Number.NaN;
}

const whole = readFileSync(join(packageRoot, 'schema', 'operations', 'customer-journey.graphql'), 'utf8');
const fields = 'stages { stage eventCount } metrics { lifetimeDays orderCount lifetimeValue { amount currency } }';
const questions = [
  {
    what: 'whole story: narrative, metrics, stages, first 100 events',
    source: () => whole,
    variables: (id: number) => ({ email: `${id}@mail.example` }),
  },
  { what: 'metrics and stages', source: (ids: string[]) => `{ customer(by: { id: "${ids[0]}" }) { journey { ${fields} } } }` },
  { what: 'narrative alone', source: (ids: string[]) => `{ customer(by: { id: "${ids[0]}" }) { journey { narrative { text } } } }` },
  {
    what: 'page of 50 events',
    source: (ids: string[]) =>
      `{ customer(by: { id: "${ids[0]}" }) { journey { events(first: 50) { nodes { occurredAt stage summary } } } } }`,
  },
  {
    what: 'ten customers: metrics, stages, first 100 events',
    source: (ids: string[]) =>
      `{ nodes(ids: ${JSON.stringify(ids)}) { ... on Customer { journey { ${fields} events(first: 100) { nodes { stage summary entity { id } } } } } } }`,
  },
];

export async function measureJourneys(url: string, total: number): Promise<JourneyTime[]> {
  const sent: { statement: Statement; name: string }[] = [];
  const observe: Observe = ({ asked, sent: statement }) => sent.push({ statement, name: /^\/\* (\S+) \*\//.exec(asked.text)?.[1] ?? '?' });
  const database = await openDatabase({ url });
  database.observe(observe);
  const app = postgres(url, { max: 1, onnotice: () => {}, connection: { role: 'whence_app' } as Record<string, string> });
  const schema = schemaOf(database, 'a secret for the benchmark');
  const summary = (values: number[]) => ({ fastest: Math.min(...values), median: median(values), p95: quantile(values, 0.95) });
  try {
    const times: JourneyTime[] = [];
    for (const [place, { what, source, variables }] of questions.entries()) {
      const first: number[] = [];
      const took: number[] = [];
      const processor: number[] = [];
      const executed: number[] = [];
      const parts = new Map<string, number[]>();
      for (let i = 0; i < repeats + 5; i++) {
        const ids = Array.from({ length: 10 }, (_, nth) => ((place * 397 + i * 7919 + nth * 31) % customersIn(total)) + 1);
        const names = ids.map((id) => encodeGlobalId('Customer', String(id)));
        const ask = async () => {
          sent.length = 0;
          const contextValue = requestContext(fixedCaller, 'bench');
          const begun = performance.now();
          const { errors } = await graphql({ schema, source: source(names), variableValues: variables?.(ids[0] ?? 1), contextValue });
          if (errors?.[0]) throw errors[0];
          return performance.now() - begun;
        };
        const firstMs = await ask();
        const cpu = process.cpuUsage();
        const ms = await ask();
        const { user, system } = process.cpuUsage(cpu);
        if (i < 5) continue; // warms up
        first.push(firstMs);
        took.push(ms);
        processor.push((user + system) / 1000);
        const here = new Map<string, number>();
        for (const { statement, name } of sent) here.set(name, (here.get(name) ?? 0) + (await executionMs(app, statement)));
        executed.push([...here.values()].reduce((a, b) => a + b, 0));
        for (const [name, one] of here) parts.set(name, [...(parts.get(name) ?? []), one]);
      }
      times.push({
        ...{
          what,
          statements: sent.length,
          first: summary(first),
          took: summary(took),
          processor: summary(processor),
          executed: summary(executed),
        },
        parts: [...parts].map(([name, values]) => [name, median(values)] as const).sort(([, a], [, b]) => b - a),
      });
    }
    return times;
  } finally {
    await app.end();
    await database.close();
  }
}
