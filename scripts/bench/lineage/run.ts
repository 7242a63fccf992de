// npm run bench:lineage [-- quick]: what lineage graphs cost, statement by statement, in a shop of 500,000 entries beside a vault of 100,000 operations.
// On PostgreSQL at TEST_DATABASE_URL (else 127.0.0.1:5432), in a database of its own that is dropped afterwards. Writes results.md; quick writes nothing.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { customersIn, fillShop, ordersPerCustomer } from '../journey/trail.ts';
import { fillVault, givePositions } from './operations.ts';
import { type GraphTime, measureGraphs, type Spread } from './reads.ts';

const isQuick = process.argv.includes('quick');
const size = isQuick ? 50_000 : 500_000;
const operations = size / 5;
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const name = `whence_lineage_bench_${process.pid}`;
const url = new URL(admin);
url.pathname = `/${name}`;
const server = await openOwner({ url: admin });
const orders = customersIn(size) * ordersPerCustomer;
let times: GraphTime[] = [];
let version = 'unknown';
try {
  const [about] = await server.run<{ version: string }>(`select current_setting('server_version') as version`);
  version = about?.version ?? version;
  await server.run(`create database ${name}`);
  const owner = await openOwner({ url: url.href });
  await migrate(owner).finally(() => owner.close());
  process.stderr.write(`filling ${size} entries ...\n`);
  await fillShop(url.href, size);
  await givePositions(url.href);
  await fillVault(url.href, orders, operations);
  const most: Record<string, number> = { Customer: customersIn(size), Product: 1000 };
  times = await measureGraphs(url.href, isQuick ? 5 : 20, (kind, nth) => ((nth * 7919 + 350) % (most[kind] ?? orders)) + 1);
} finally {
  await server.run(`drop database if exists ${name} with (force)`);
  await server.close();
}

const three = ({ median, p95, most }: Spread) => `${median.toFixed(1)} / ${p95.toFixed(1)} / ${most.toFixed(1)}`;
const tables = times.map(({ what, nodes, edges, took, parts }) => {
  const rows = parts.map((part) => `| ${part.name} | ${three(part.planned)} | ${three(part.executed)} |`);
  return `## ${what}\n\n${nodes} nodes, ${edges} edges; the whole answer took ${three(took)}.\n\n| statement | planned | executed |\n|---|---|---|\n${rows.join('\n')}\n`;
});
const text = `# What lineage graphs cost

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), default settings.
Command: \`npm run bench:lineage${isQuick ? ' -- quick' : ''}\`. ${size.toLocaleString('en')} entries, ${operations.toLocaleString('en')} operations in the vault. Milliseconds, median / 95th percentile / most;
planned and executed by PostgreSQL's own account, the whole answer with GraphQL in process, on a machine that does other things too. Rerun, don't trust.

${tables.join('\n')}`;
process.stdout.write(text);
if (!isQuick) writeFileSync(join(packageRoot, 'scripts', 'bench', 'lineage', 'results.md'), text);
