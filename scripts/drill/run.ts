// npm run drill [-- --help]
import { postgresPrograms } from '../support/private-postgres.ts';
import { drillFaults, everyScenario } from './faults/drill.ts';
import { help, optionsFrom } from './options.ts';
import { table } from './report.ts';

const start = performance.now();
const say = (text: string) => process.stderr.write(`${String(Math.round((performance.now() - start) / 1_000)).padStart(4)} s  ${text}\n`);

const options = optionsFrom(process.argv.slice(2));
if (options === 'help') {
  const scenarios = everyScenario.map(({ name, summary }) => `  ${name.padEnd(20)} ${summary}`);
  process.stdout.write(`${[help, '', 'Scenarios:', ...scenarios].join('\n')}\n`);
} else {
  const programs = postgresPrograms();
  if (!programs) throw new Error('the drill needs initdb and pg_ctl of PostgreSQL 15 or newer (Debian: the package postgresql)');
  const seen = await drillFaults(programs, options, say);
  process.stdout.write(`\n${table(seen)}\n`);
  process.exitCode = seen.some(({ broken }) => broken.length > 0) ? 1 : 0;
}
