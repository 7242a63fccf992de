// What capture adds to a write: the same statements on two equal tables, one of them tracked, in short turns within one run.
import postgres, { type Sql } from 'postgres';
import { beginningOf } from '../../../src/database/settings.ts';
import { backendOf, type Cost, costOf, median } from './measure.ts';
import { idOf, makeTables, rowsPerTable } from './tables.ts';

export interface Factor {
  readonly what: string;
  /** Medians. */
  readonly plain: Cost;
  readonly tracked: Cost;
  /** Tracked over untracked: the median of the rounds' own factors, since a round's two turns share the state of the machine. */
  readonly times: Cost;
}

interface Workload {
  readonly what: string;
  readonly tables: 'bare' | 'shop';
  /** Statements in a turn, and how many turns each table takes. */
  readonly turns: number;
  readonly rounds: number;
  readonly write: (sql: Sql, table: string, i: number) => Promise<unknown>;
}

const prepared = { prepare: true };
const beginContext = 'select audit.begin(actor => $1, role => $2, reason => $3, reason_code => $4)';
const contextValues = ['ann.smith', 'PRICING', 'Spring promotion', 'PROMOTION'];
const serverContext = beginningOf(
  {
    tenant: 'demo',
    actor: 'ann.smith',
    role: 'PRICING',
    reason: 'Spring promotion',
    reasonCode: 'PROMOTION',
  },
  null,
).settings;

const updateBare: Workload['write'] = (sql, table, i) =>
  sql.unsafe(`update bench.${table} set stock_quantity = stock_quantity + 1 where tenant = $1 and id = $2`, ['demo', idOf(i)], prepared);

/** Begin, the context where the table is tracked, one update, commit. */
const updateWith =
  (context: string | null, values: string[] = []): Workload['write'] =>
  (sql, table, i) =>
    sql.begin(async (tx) => {
      if (context && table.endsWith('tracked')) await tx.unsafe(context, values, prepared);
      await updateBare(tx as unknown as Sql, table, i);
    });

const insertRows = (table: string, from: number, count: number) =>
  `insert into bench.${table} select 'demo', i, 'MORE' || i, 'Another ' || i, 9.99, 'EUR', 5, true, now(), 'a note of some length'
     from generate_series(${from}, ${from + count - 1}) i`;
const updateRows = (count: number) => (sql: Sql, table: string) =>
  sql.unsafe(`update bench.${table} set stock_quantity = stock_quantity + 1 where tenant = 'demo' and id <= ${count}`);

const firstNewId = 1_000_000;
const many = (count: number) => count.toLocaleString('en');

const workloads = (rounds: number): readonly Workload[] => [
  { what: 'UPDATE of one row, no index touched', tables: 'bare', turns: 500, rounds, write: updateBare },
  { what: "UPDATE of one row of the shop's products, one index touched", tables: 'shop', turns: 500, rounds, write: updateBare },
  { what: 'the same, begin and commit around it', tables: 'shop', turns: 400, rounds, write: updateWith(null) },
  {
    what: 'the same, actor and reason set as the server does',
    tables: 'shop',
    turns: 400,
    rounds,
    write: updateWith(serverContext.text, serverContext.params.map(String)),
  },
  { what: 'the same, actor and reason by audit.begin', tables: 'shop', turns: 400, rounds, write: updateWith(beginContext, contextValues) },
  {
    what: 'INSERT of one row',
    tables: 'bare',
    turns: 400,
    rounds,
    write: (sql, table, i) =>
      sql.unsafe(
        `insert into bench.${table} values ($1, $2, $3, $4, 9.99, 'EUR', 5, true, now(), $5)`,
        ['demo', firstNewId + i, `MORE${firstNewId + i}`, `Another ${i}`, 'a note of some length'],
        prepared,
      ),
  },
  {
    what: 'DELETE of one row',
    tables: 'bare',
    turns: 400,
    rounds,
    write: (sql, table, i) => sql.unsafe(`delete from bench.${table} where tenant = $1 and id = $2`, ['demo', firstNewId + i], prepared),
  },
  { what: `UPDATE of ${many(10_000)} rows`, tables: 'bare', turns: 1, rounds, write: updateRows(10_000) },
  { what: `UPDATE of ${many(100_000)} rows`, tables: 'bare', turns: 1, rounds: 3, write: updateRows(100_000) },
  {
    what: `INSERT of ${many(100_000)} rows`,
    tables: 'bare',
    turns: 1,
    rounds: 3,
    write: (sql, table, i) => sql.unsafe(insertRows(table, firstNewId * (i + 2), 100_000)),
  },
  {
    what: `DELETE of ${many(100_000)} rows`,
    tables: 'bare',
    turns: 1,
    rounds: 3,
    write: (sql, table, i) => {
      const from = firstNewId * (i + 2);
      return sql.unsafe(`delete from bench.${table} where tenant = 'demo' and id between ${from} and ${from + 99_999}`);
    },
  },
];

const middle = (costs: readonly Cost[]): Cost => ({
  cpu: median(costs.map(({ cpu }) => cpu)),
  elapsed: median(costs.map(({ elapsed }) => elapsed)),
});
const over = (a: Cost, b: Cost): Cost => ({ cpu: a.cpu / b.cpu, elapsed: a.elapsed / b.elapsed });

/** Rounds in which plain and tracked take turns. */
export async function measureWrites(url: string, rounds: number): Promise<Factor[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, fetch_types: false });
  try {
    await makeTables(sql);
    const cpuNow = await backendOf(sql);
    const factors: Factor[] = [];
    for (const workload of workloads(rounds)) {
      const { tables, turns, write } = workload;
      const costs: Record<'plain' | 'tracked', Cost[]> = { plain: [], tracked: [] };
      for (let round = 0; round <= workload.rounds; round++) {
        await sql.unsafe(`vacuum bench.${tables}_plain, bench.${tables}_tracked`);
        for (const kind of ['plain', 'tracked'] as const) {
          const cost = await costOf(cpuNow, turns, (i) => write(sql, `${tables}_${kind}`, round * turns + i));
          if (round > 0) costs[kind].push(cost); // the first round warms up
        }
      }
      factors.push({
        what: workload.what,
        plain: middle(costs.plain),
        tracked: middle(costs.tracked),
        times: middle(costs.plain.map((plain, i) => over(costs.tracked[i]!, plain))),
      });
    }
    return factors;
  } finally {
    await sql.end();
  }
}

/** Bytes per change with all indexes, of single-row updates that name an actor and a reason, each in a transaction of its own. */
export async function measureBytes(url: string, changes: number): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const sizes = async () => {
    const [row] = await sql`select sum(pg_total_relation_size(relid))::float8 as bytes,
      (select count(*)::float8 from audit.entry) as entries from pg_partition_tree('audit.entry')`;
    return row as unknown as { bytes: number; entries: number };
  };
  try {
    await sql`set synchronous_commit = off`;
    const before = await sizes();
    await sql.unsafe(`do $$ begin
      for i in 1..${changes} loop
        perform audit.begin(actor => 'ann.smith', role => 'PRICING', reason => 'Spring promotion', reason_code => 'PROMOTION');
        update bench.shop_tracked set stock_quantity = stock_quantity + 1 where tenant = 'demo' and id = (i * 7919::bigint) % ${rowsPerTable} + 1;
        commit;
      end loop;
    end $$`);
    await sql.unsafe('checkpoint');
    const after = await sizes();
    return (after.bytes - before.bytes) / (after.entries - before.entries);
  } finally {
    await sql.end();
  }
}

/** Updates per second of `writers` connections at once, each row its own transaction; medians over rounds in which the tables take turns. */
export async function measureThroughput(
  url: string,
  writers: number,
  rounds: number,
  seconds: number,
): Promise<{ plain: number; tracked: number }> {
  const pool = Array.from({ length: writers }, () => postgres(url, { max: 1, onnotice: () => {}, fetch_types: false }));
  const perSecond: Record<'plain' | 'tracked', number[]> = { plain: [], tracked: [] };
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const kind of ['plain', 'tracked'] as const) {
        const start = performance.now();
        const until = start + (round === 0 ? 500 : seconds * 1000);
        const counts = await Promise.all(
          pool.map(async (sql, writer) => {
            let done = 0;
            for (; performance.now() < until; done++) await updateBare(sql, `shop_${kind}`, done * writers + writer);
            return done;
          }),
        );
        const total = counts.reduce((sum, count) => sum + count, 0);
        if (round > 0) perSecond[kind].push(total / ((performance.now() - start) / 1000));
      }
    }
    return { plain: median(perSecond.plain), tracked: median(perSecond.tracked) };
  } finally {
    await Promise.all(pool.map((sql) => sql.end()));
  }
}
