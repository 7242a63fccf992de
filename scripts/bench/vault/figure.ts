import postgres, { type Sql } from 'postgres';

/** One line of the results. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  /** What the documents of the old systems say. */
  readonly promised?: string;
  readonly isKept?: boolean;
}

export function connect(url: string, connections = 1): Sql {
  return postgres(url, { max: connections, onnotice: () => {}, connection: { search_path: 'public' } });
}

/** Milliseconds of one call, in the middle of `rounds`, after a tenth of them to warm up. */
export async function medianMs(rounds: number, call: (round: number) => Promise<unknown>): Promise<number> {
  for (let round = 0; round < rounds / 10; round++) await call(-1 - round);
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await call(round);
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)] ?? Number.NaN;
}

export function atMost(what: string, ms: number, limit: number): Figure {
  return { what, measured: `${ms.toFixed(2)} ms`, promised: `< ${limit} ms`, isKept: ms < limit };
}

export function atLeast(what: string, perSecond: number, limit: number): Figure {
  return {
    what,
    measured: `${Math.round(perSecond).toLocaleString('en')}/s`,
    promised: `>= ${limit.toLocaleString('en')}/s`,
    isKept: perSecond >= limit,
  };
}

export interface Bytes {
  readonly heap: number;
  readonly indexes: number;
}

/** Of a table with its partitions. */
export async function bytesOf(sql: Sql, ...tables: string[]): Promise<Bytes> {
  const [row] = await sql`select sum(pg_table_size(p.relid))::float8 as heap, sum(pg_indexes_size(p.relid))::float8 as indexes
    from unnest(${tables}::text[]) name cross join lateral (select relid from pg_partition_tree(name::regclass) where isleaf
      union select name::regclass) p`;
  return { heap: row?.['heap'] as number, indexes: row?.['indexes'] as number };
}
