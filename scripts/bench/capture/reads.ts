// What a page of the trail costs as the trail grows: the statements that the server sends, as whence_app, with the tenant inside.
import { graphql } from 'graphql';
import postgres, { type Sql } from 'postgres';
import { schemaOf } from '../../../src/app.ts';
import type { Observe, Statement } from '../../../src/database/database.ts';
import { openDatabase, openOwner } from '../../../src/database/open.ts';
import { entryCursors, entryCursorValues, wholeTrail } from '../../../src/rooms/audit/entry-pages.queries.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { median, quantile } from './measure.ts';

const repeats = 60;
const secret = 'a secret for the benchmark';

export interface Milliseconds {
  readonly median: number;
  readonly p95: number;
}

export interface ReadTime {
  readonly what: string;
  /** From sending to the answer, with whatever else the machine does. */
  readonly waited: Milliseconds;
  /** By PostgreSQL's own account. */
  readonly executed: Milliseconds;
}

/** Entries until the trail holds `total`: 20 a record, 500 actors, one in ten in a run of 100. Partitions are made on the way, as the server does. */
export async function fillTrail(url: string, total: number): Promise<void> {
  const owner = await openOwner({ url });
  try {
    await owner.run(`set synchronous_commit = off`);
    for (;;) {
      const [row] = await owner.run<{ n: string }>(`select last_value as n from audit.entry_id`);
      const from = Number(row?.n ?? 0);
      if (from >= total) break;
      await owner.run(`select audit.ensure_partitions();
        insert into audit.entry (tenant, table_key, schema_version, operation, record_key, entity_key, actor, application, reason, run_id, occurred_at, before, after)
        select 'demo', 3, 1, 'UPDATE', r::text, 'SKU' || r, 'actor' || (i % 500), 'webshop', case when i % 3 = 0 then 'Order placed' end,
          case when i % 10 = 0 then 'run_20260101_000000_' || lpad(to_hex(i / 1000), 8, '0') end, timestamptz '2025-01-01' + i * interval '1 second',
          jsonb_build_object('stock_quantity', i % 100), jsonb_build_object('stock_quantity', i % 100 + 1)
          from generate_series(${from + 1}, ${Math.min(total, from + 250_000)}) i cross join lateral (select (i * 7919::bigint) % ${Math.ceil(total / 20)} as r) r`);
    }
    await owner.run('vacuum analyze audit.entry');
  } finally {
    await owner.close();
  }
}

/** The place of one entry in the trail as it is now. */
async function cursorAt(url: string, entryId: number): Promise<string> {
  const owner = await openOwner({ url });
  try {
    const [row] = await owner.run<{ snapshot: string; epoch: number }>(
      'select pg_current_snapshot()::text as snapshot, max(epoch) as epoch from audit.epoch',
    );
    const pin = { snapshot: row?.snapshot ?? '', epoch: String(row?.epoch), sequence: '0', tick: '0', mark: '0' };
    return new CursorCodec(secret).encode('demo', entryCursors(wholeTrail, 'DESC'), entryCursorValues(String(entryId), pin));
  } finally {
    await owner.close();
  }
}

/** What PostgreSQL says executing a statement took: explain runs it once more. */
async function executionMs(sql: Sql, { text, params }: Statement): Promise<number> {
  const values = params.map((value) => (value === null ? null : String(value)));
  const [row] = await sql.unsafe(`explain (analyze, timing off, format json) ${text}`, values, { prepare: true });
  const plan: unknown = row?.['QUERY PLAN'];
  return (plan as { 'Execution Time': number }[])[0]?.['Execution Time'] ?? Number.NaN;
}

/** Per page of 50, all its statements together. */
export async function measureReads(url: string, total: number): Promise<ReadTime[]> {
  let tookMs = 0;
  const sent: Statement[] = [];
  const observe: Observe = (observation) => {
    tookMs += observation.tookMs;
    sent.push(observation.sent);
  };
  const database = await openDatabase({ url });
  database.observe(observe);
  const app = postgres(url, { max: 1, onnotice: () => {}, connection: { role: 'whence_app' } as Record<string, string> });
  const schema = schemaOf(database, secret);
  const ask = async (source: string): Promise<void> => {
    const { errors } = await graphql({ schema, source, contextValue: requestContext(fixedCaller, 'bench') });
    if (errors?.[0]) throw errors[0];
  };
  const page = (filter: string, after = '') =>
    `{ auditEntries(first: 50, filter: { ${filter} }${after}) { nodes { id occurredAt operation } pageInfo { hasNextPage } } }`;
  const records = Math.ceil(total / 20);
  const middle = await cursorAt(url, Math.floor(total / 2));
  const questions: readonly { what: string; source: (i: number) => string }[] = [
    { what: 'record', source: (i) => page(`entityId: "${encodeGlobalId('Product', String((i * 7919) % records))}"`) },
    { what: 'business key', source: (i) => page(`entityKey: { eq: "SKU${(i * 104_729) % records}" }`) },
    { what: 'actor', source: (i) => page(`actorName: { eq: "actor${(i * 37) % 500}" }`) },
    {
      what: 'run',
      source: (i) =>
        `{ run(runId: "run_20260101_000000_${((i * 31) % Math.floor(total / 1000)).toString(16).padStart(8, '0')}") { entries(first: 50) { nodes { id operation } } } }`,
    },
    { what: 'newest page', source: () => page('') },
    { what: 'page in the middle, by its cursor', source: () => page('', `, after: "${middle}"`) },
  ];
  try {
    const times: ReadTime[] = [];
    for (const { what, source } of questions) {
      const waited: number[] = [];
      const executed: number[] = [];
      for (let i = 0; i < repeats + 10; i++) {
        tookMs = 0;
        sent.length = 0;
        await ask(source(i + 1));
        if (i < 10) continue; // warms up
        waited.push(tookMs);
        let ms = 0;
        for (const statement of sent) ms += await executionMs(app, statement);
        executed.push(ms);
      }
      const summary = (values: number[]) => ({ median: median(values), p95: quantile(values, 0.95) });
      times.push({ what, waited: summary(waited), executed: summary(executed) });
    }
    return times;
  } finally {
    await app.end();
    await database.close();
  }
}
