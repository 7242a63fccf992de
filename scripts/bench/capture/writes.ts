// What capture adds to a write: the same statements on two equal tables, one of them tracked, in turns within one run.
import postgres, { type Sql } from 'postgres';
import { backendOf, type Cost, costOf, median } from './measure.ts';

const rows = 20_000;
const bulk = 10_000;

/** A product table as shops have them: ten columns, a key of two, a unique business key, an index on the price. */
const tableOf = (name: string) => `create table bench.${name} (
  tenant text not null, id bigint not null, sku text not null, name text not null, price numeric(19, 4) not null, currency char(3) not null,
  stock integer not null, is_active boolean not null, changed_at timestamptz not null, note text,
  primary key (tenant, id), unique (tenant, sku));
create index on bench.${name} (tenant, price, id);
insert into bench.${name} select 'demo', i, 'SKU' || i, 'Product number ' || i, i, 'EUR', 5, true, now(), 'a note of some length about ' || i
  from generate_series(1, ${rows}) i`;

export interface Factor {
  readonly what: string;
  readonly plain: Cost;
  readonly tracked: Cost;
}

type Writer = (sql: Sql, table: string, i: number) => Promise<unknown>;

const context = `select audit.begin(actor => 'ann.smith', role => 'PRICING', reason => 'Spring promotion', reason_code => 'PROMOTION')`;
const idOf = (i: number) => ((i * 7919) % rows) + 1;
const update: Writer = (sql, table, i) =>
  sql.unsafe(`update bench.${table} set stock = stock + 1, changed_at = now() where tenant = $1 and id = $2`, ['demo', idOf(i)], {
    prepare: true,
  });

const workloads: readonly { what: string; turns: number; write: Writer }[] = [
  { what: 'UPDATE of one row', turns: 4000, write: update },
  {
    what: 'UPDATE of one row, in a transaction with actor and reason',
    turns: 2000,
    write: (sql, table, i) =>
      sql.begin(async (tx) => {
        if (table === 'tracked') await tx.unsafe(context, [], { prepare: true });
        await update(tx as unknown as Sql, table, i);
      }),
  },
  {
    what: 'INSERT of one row',
    turns: 2000,
    write: (sql, table, i) =>
      sql.unsafe(
        `insert into bench.${table} values ($1, nextval('bench.more'), 'MORE' || currval('bench.more'), $2, 9.99, 'EUR', 5, true, now(), $3)`,
        ['demo', `Another ${i}`, 'a note of some length'],
        { prepare: true },
      ),
  },
  {
    what: `UPDATE of ${bulk.toLocaleString('en')} rows`,
    turns: 1,
    write: (sql, table) =>
      sql.unsafe(`update bench.${table} set stock = stock + 1, changed_at = now() where tenant = 'demo' and id <= ${bulk}`),
  },
  {
    what: `DELETE and INSERT of ${bulk.toLocaleString('en')} rows`,
    turns: 1,
    write: (sql, table) =>
      sql.begin(async (tx) => {
        await tx.unsafe(`create temp table kept on commit drop as select * from bench.${table} where id <= ${bulk}`);
        await tx.unsafe(`delete from bench.${table} where id <= ${bulk}`);
        await tx.unsafe(`insert into bench.${table} select * from kept`);
      }),
  },
];

/** Medians over `rounds`, in which plain and tracked take turns. */
export async function measureWrites(url: string, rounds: number): Promise<Factor[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, fetch_types: false });
  try {
    await sql.unsafe(`create schema bench; create sequence bench.more start 1000000; ${tableOf('plain')}; ${tableOf('tracked')}; analyze`);
    await sql.unsafe(`select audit.track('bench.tracked')`);
    const cpuNow = await backendOf(sql);
    const factors: Factor[] = [];
    for (const { what, turns, write } of workloads) {
      const costs: Record<'plain' | 'tracked', Cost[]> = { plain: [], tracked: [] };
      for (let round = 0; round <= rounds; round++) {
        for (const table of ['plain', 'tracked'] as const) {
          await sql.unsafe('vacuum bench.plain, bench.tracked');
          const cost = await costOf(cpuNow, turns, (i) => write(sql, table, i));
          if (round > 0) costs[table].push(cost); // the first round warms up
        }
      }
      const middle = (table: 'plain' | 'tracked') => ({
        cpu: median(costs[table].map(({ cpu }) => cpu)),
        elapsed: median(costs[table].map(({ elapsed }) => elapsed)),
      });
      factors.push({ what, plain: middle('plain'), tracked: middle('tracked') });
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
        update bench.tracked set stock = stock + 1, changed_at = clock_timestamp() where tenant = 'demo' and id = (i * 7919::bigint) % ${rows} + 1;
        commit;
      end loop;
    end $$`);
    const after = await sizes();
    return (after.bytes - before.bytes) / (after.entries - before.entries);
  } finally {
    await sql.end();
  }
}
