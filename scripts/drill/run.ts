// npm run drill [-- --help]
import { postgresPrograms } from '../support/private-postgres.ts';
import { drillFaults, everyScenario } from './faults/drill.ts';
import * as feed from './feed/drill.ts';
import { help, optionsFrom } from './options.ts';
import { table } from './report.ts';
import * as webhooks from './webhooks/drill.ts';

const start = performance.now();
const say = (text: string) => process.stderr.write(`${String(Math.round((performance.now() - start) / 1_000)).padStart(4)} s  ${text}\n`);

const everything = [...everyScenario, feed, webhooks];
const options = optionsFrom(process.argv.slice(2));
if (options === 'help') {
  const scenarios = everything.map(({ name, summary }) => `  ${name.padEnd(20)} ${summary}`);
  process.stdout.write(`${[help, '', 'Scenarios:', ...scenarios].join('\n')}\n`);
} else {
  const programs = postgresPrograms();
  if (!programs) throw new Error('the drill needs initdb and pg_ctl of PostgreSQL 15 or newer (Debian: the package postgresql)');
  const unknown = options.only?.filter((name) => !everything.some((one) => one.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`there is no scenario ${unknown.join(', ')}; there are ${everything.map(({ name }) => name).join(', ')}`);
  const seen = await drillFaults(programs, options, say);
  if (options.only?.includes(feed.name) ?? true) seen.push(...(await feed.drillFeed(programs, options, say)));
  if (options.only?.includes(webhooks.name) ?? true) seen.push(...(await webhooks.drillWebhooks(programs, options, say)));
  process.stdout.write(`\n${table(seen)}\n`);
  process.exitCode = seen.some(({ broken }) => broken.length > 0) ? 1 : 0;
}
