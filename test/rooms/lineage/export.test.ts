import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { exportData } from '../../../src/commands/export.ts';
import { openDatabase } from '../../../src/database/open.ts';
import { fillDemoShop } from '../../../src/rooms/sources/demo-shop/demo-shop.service.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'whence-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(environment: Record<string, string>, positionals: string[], options: Record<string, string> = {}) {
  const said = { out: [] as string[], err: [] as string[] };
  const exitCode = await exportData.run({
    ...{ positionals, options, environment, stop: new AbortController().signal },
    out: (line) => said.out.push(line),
    err: (line) => said.err.push(line),
  });
  return { exitCode, out: said.out.join('\n'), err: said.err.join('\n') };
}

/** The first days of the demo shop, and what leads a command there. */
async function shop({ url, source }: TestDatabase): Promise<Record<string, string>> {
  const stop = new AbortController();
  const options = { stop: stop.signal, progress: ({ day }: { day: number }) => day >= 3 && stop.abort() };
  if (url) {
    await fillDemoShop(source, 'demo', options);
    return { DATABASE_URL: url, DATABASE_OWNER_URL: url };
  }
  const dataDirectory = join(folder, 'data');
  const database = await openDatabase({ dataDirectory, migrate: true });
  await fillDemoShop(database.as('whence_source'), 'demo', options);
  await database.close();
  return { WHENCE_DATA_DIR: dataDirectory };
}

onEachDatabase(
  'whence export lineage writes the graph of a row in every format, to standard output or a file, and says what was left out',
  async (context) => {
    const environment = await shop(context);
    const order = await run(environment, ['lineage', 'order', '1'], { format: 'prov-n', depth: '2' });
    expect(order).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^document\n {2}prefix whence [\s\S]+\nendDocument$/) });
    expect(order.out).toContain('order 1: ORDER_PLACED');

    const out = join(folder, `${context.kind}.jsonl`);
    const item = await run(environment, ['lineage', 'order-item', '1/1'], { format: 'openlineage', 'max-nodes': '3', out });
    expect(item).toMatchObject({
      exitCode: 0,
      out: '',
      err: expect.stringMatching(/^3 nodes, \d edges; depth or --max-nodes left others out\.$/),
    });
    const events = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.every(({ schemaURL }) => /\/2-0-2\//.test(schemaURL))).toBe(true);

    const record = await run(environment, ['lineage', 'commerce.products', '{"id": 1}'], { direction: 'upstream', depth: '1' });
    expect(Object.keys(JSON.parse(record.out))).toEqual([
      'prefix',
      'entity',
      'activity',
      'agent',
      'wasDerivedFrom',
      ...['wasGeneratedBy', 'wasAttributedTo', 'wasAssociatedWith'],
    ]);
    await expect(run(environment, ['lineage', 'order', 'none'])).rejects.toThrow('There is no order none.');
  },
  { fresh: true, timeoutMs: 120_000 },
);

it('what a call lacks is said before any database is opened', async () => {
  const wrong: [string[], Record<string, string>, string][] = [
    [['trail', 'order', '1'], {}, 'There is no export "trail": lineage KIND KEY, audit-log.'],
    [
      ['lineage', 'orders', '1'],
      {},
      'KIND is user, customer, product, order, order-item, payment or a table with its schema, not "orders".',
    ],
    [['lineage', 'public.toys', '5'], {}, 'KEY of a table is a JSON object of its key columns'],
    [['lineage', 'order', '1'], { format: 'csv' }, '--format is one of openlineage, prov-json, prov-jsonld, prov-n, not "csv".'],
    [['lineage', 'order', '1'], { depth: '11' }, '--depth is a whole number from 1 to 10, not "11".'],
  ];
  for (const [positionals, options, message] of wrong) await expect(run({}, positionals, options)).rejects.toThrow(message);
});
