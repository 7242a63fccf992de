import type { Sql } from 'postgres';
import { atLeast, atMost, connect, type Figure, medianMs } from './figure.ts';

const connections = 8;
const perCall = 100;

/** How many turns a second all connections make together. */
async function perSecond(
  url: string,
  seconds: number,
  turn: (sql: Sql, connection: number, n: number) => Promise<unknown>,
): Promise<number> {
  const clients = Array.from({ length: connections }, () => connect(url));
  let turns = 0;
  try {
    await Promise.all(clients.map((sql, connection) => turn(sql, connection, -1)));
    const start = performance.now();
    const end = start + seconds * 1_000;
    await Promise.all(
      clients.map(async (sql, connection) => {
        for (let n = 0; performance.now() < end; n++) {
          await turn(sql, connection, n);
          turns += 1;
        }
      }),
    );
    return (turns * 1_000) / (performance.now() - start);
  } finally {
    await Promise.all(clients.map((sql) => sql.end()));
  }
}

const operation = (sql: Sql) =>
  sql`select script_tracking.complete_operation(script_tracking.track_operation('Load prices', 'ETL'), true) as done`;
const table = (connection: number, n: number) => `ddl_${connection}_${n < 0 ? 'warm' : n}`;

/** Operations that are tracked by hand, and what the event triggers add to a command. */
export async function measureOperations(url: string, rounds: number, seconds: number): Promise<Figure[]> {
  const sql = connect(url);
  try {
    const one = await medianMs(rounds, () => operation(sql));
    const several = await perSecond(url, seconds, (client) => operation(client));
    const batched =
      perCall *
      (await perSecond(
        url,
        seconds,
        (client) => client`
      select count(script_tracking.complete_operation(script_tracking.track_operation('Load prices', 'ETL'), true)) from generate_series(1, ${perCall})`,
      ));

    const create = (prefix: string) =>
      medianMs(rounds, (n) => sql.unsafe(`create view public.${prefix}_${n < 0 ? `w${-n}` : n} as select 1 as one`));
    const setTriggers = (state: string) =>
      sql.unsafe(
        ['et_ddl_command_start', 'et_ddl_command_end', 'et_sql_drop'].map((name) => `alter event trigger ${name} ${state}`).join('; '),
      );
    const tracked = await create('seen');
    const ddl = await perSecond(url, seconds, (client, connection, n) =>
      client.unsafe(`create view public.${table(connection, n)} as select 1 as one`),
    );
    await setTriggers('disable');
    const plain = await create('unseen');
    const bare = await perSecond(url, seconds, (client, connection, n) =>
      client.unsafe(`create view public.bare_${table(connection, n)} as select 1 as one`),
    );
    await setTriggers('enable');
    return [
      { what: 'an operation tracked and completed, in a transaction of its own', measured: `${one.toFixed(2)} ms` },
      { what: `the same over ${connections} connections`, measured: `${Math.round(several).toLocaleString('en')}/s` },
      atLeast(`operations tracked and completed, ${perCall} a call, ${connections} connections`, batched, 5_000),
      atMost('what tracking adds to a DDL command', tracked - plain, 5),
      atLeast(`DDL commands tracked over ${connections} connections (${Math.round(bare).toLocaleString('en')}/s untracked)`, ddl, 1_000),
    ];
  } finally {
    await sql.end();
  }
}
