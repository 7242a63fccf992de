// npm run bench:live [-- --help]
import { existsSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import postgres from 'postgres';
import { capture, latency, longWrite, stall, throughput, withSubscribers } from './cases.ts';
import { type BenchDatabase, makeDatabase } from './database.ts';
import { help, type Options, optionsFrom } from './options.ts';
import { type Figures, report } from './report.ts';
import { type ServerName, startServer } from './servers.ts';
import { webhooks } from './webhooks.ts';

const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const say = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** Entries a second at which delays are measured, by the number of subscribers. */
const ratesOf = (subscribers: number) => (subscribers <= 100 ? [100] : subscribers <= 1_000 ? [3, 100] : [3]);

async function measure(name: ServerName, database: BenchDatabase, { subscribers, seconds }: Options, figures: Figures): Promise<void> {
  for (const count of subscribers) {
    const server = await startServer(name, database);
    try {
      await withSubscribers(database, server, count, 0, async (measured) => {
        for (const rate of ratesOf(count)) {
          // At 10,000 subscribers a peer takes a second and more for an entry.
          const found = await latency(measured, rate, rate < 10 ? seconds * 2 : seconds);
          figures.latencies.push({ server: name, ...found });
        }
        if (count <= 1_000 || name === 'whence') figures.throughputs.push({ server: name, ...(await throughput(measured, seconds)) });
      });
      say(`${name}: ${count} subscribers measured`);
    } finally {
      await server.stop();
    }
  }
}

async function measureOurs(database: BenchDatabase, { seconds, stallSeconds }: Options, figures: Figures): Promise<void> {
  const server = await startServer('whence', database);
  try {
    figures.longWrite = await withSubscribers(database, server, 100, 0, (measured) => longWrite(measured, 100, 5));
    say('long write measured');
    figures.capture = await withSubscribers(database, server, 100, 0, (measured) => capture(measured, Math.max(2, seconds * 2)));
    say('capture measured');
    figures.stall = await stall(database, server, 1, 500, stallSeconds);
    say('stall measured');
    for (const endpoints of [1, 10]) figures.webhooks.push(await webhooks(database, server, endpoints, seconds));
    say('webhooks measured');
  } finally {
    await server.stop();
  }
}

async function main(options: Options): Promise<void> {
  const { out, replaces } = options;
  if (out !== null && existsSync(out) && !replaces) throw new Error(`${out} is there already: give --replace, or another --out`);
  const figures: Figures = { throughputs: [], latencies: [], webhooks: [] };
  const loadBefore = loadavg()[0] ?? Number.NaN;
  const database = await makeDatabase(admin);
  try {
    for (const name of options.servers) await measure(name, database, options, figures);
    if (options.stallSeconds > 0) await measureOurs(database, options, figures);
    const text = report(figures, { ...options, loadBefore, postgresVersion: await postgresVersion() });
    process.stdout.write(text);
    if (out !== null) writeFileSync(out, text);
  } finally {
    await database.drop();
  }
}

async function postgresVersion(): Promise<string> {
  const sql = postgres(admin, { max: 1 });
  const [row] = await sql`select current_setting('server_version') as version`.finally(() => sql.end());
  return String(row?.['version']);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // its servers end with it
try {
  const options = optionsFrom(process.argv.slice(2));
  if (options) await main(options);
  else process.stdout.write(help);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
}
