import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { writeRetailFile } from '../../../scripts/bench/retail-file.ts';
import { importData } from '../../../src/commands/import.ts';
import { batchesOf } from '../../../src/rooms/sources/online-retail.batches.ts';
import { readOnlineRetail } from '../../../src/rooms/sources/online-retail.reader.ts';
import { importOnlineRetail } from '../../../src/rooms/sources/online-retail.service.ts';
import { compileSources, startChild } from '../../support/child.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'whence-resume-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

onEachDatabase('an import that is stopped goes on where it ended, and both together make what one makes', async ({ source, owner }) => {
  const path = join(folder, 'stopped.csv');
  await writeRetailFile(path, 1_600);
  const stop = new AbortController();
  const first = await importOnlineRetail(source, path, { tenant: 'stopped', stop: stop.signal, progress: () => stop.abort() });
  expect(first).toMatchObject({ stopped: true, alreadyTaken: 0 });
  const second = await importOnlineRetail(source, path, { tenant: 'stopped' });
  expect(second).toMatchObject({ linesRead: 1_600, stopped: false, alreadyTaken: first.taken, taken: 1_600 - first.taken });
  await importOnlineRetail(source, path, { tenant: 'whole' });
  expect(await trailOf(owner, 'stopped')).toEqual(await trailOf(owner, 'whole'));
});

onEachDatabase('lines that cannot be read are told with their cause, the others are taken', async ({ source, owner }) => {
  const path = join(folder, 'bad.csv');
  const line = (invoice: string, rest = 'A,APPLE,1,2010-12-01 08:00:00,1.0,,France') => `${invoice},${rest}`;
  const parts = [
    `\uFEFF${header}\r`,
    line('1'),
    'x',
    line('2', 'A,\0,1,2010-12-01 08:00:00,1.0,,France'),
    '',
    'y'.repeat(200_000),
    `${line('3')}\r`,
  ];
  writeFileSync(path, Buffer.concat([Buffer.from(`${parts.join('\n')}\n`), Buffer.from([0xff, 0x0a]), Buffer.from(line('4'))]));
  const rejects: string[] = [];
  const report = await importOnlineRetail(source, path, { tenant: 'bad', reject: (one) => rejects.push(`${one.line} ${one.cause}`) });
  expect(rejects).toEqual(['3 has 1 columns instead of 8', '4 holds a NUL byte', '6 longer than 65536 bytes', '8 is not UTF-8']);
  expect(report).toMatchObject({ linesRead: 7, taken: 3, rejected: 4 });
  const orders = await owner.run<{ number: string }>(`select number from commerce.orders where tenant = 'bad' order by number`);
  expect(orders.map(({ number }) => number)).toEqual(['1', '3', '4']);
});

onEachDatabase('a cancellation goes to the newest earlier line of its customer and product with enough left', async ({ source, owner }) => {
  const path = join(folder, 'cancelled.csv');
  const lines = [
    '1,A,APPLE,10,9:00,2,7',
    '2,A,APPLE,5,9:01,3,7',
    '3,A,APPLE,20,9:02,3,8',
    'C4,A,,-4,9:03,3,7',
    'C5,A,,-4,9:04,3,7',
    'C6,A,,-7,9:05,3,7',
    'C7,A,,-1,9:06,3,',
  ];
  writeFileSync(
    path,
    [header, ...lines.map((text) => text.replace(/,(9:\d\d),(\d),(\d?)$/, ',2010-12-01 0$1:00,$2.0,$3,France'))].join('\n'),
  );
  const report = await importOnlineRetail(source, path, { tenant: 'cancel' });
  expect(report).toMatchObject({ taken: 7, made: { cancellationsMatched: 2, cancellationsUnmatched: 2 } });
  const items = await owner.run(`select i.key, i.quantity, i.line_total, i.status, o.total from commerce.order_items i
    join commerce.orders o on o.tenant = i.tenant and o.id = i.order_id where i.tenant = 'cancel' order by i.key`);
  expect(items).toEqual([
    { key: '1/1', quantity: 6, line_total: '12.0000', status: 'CANCELLED', total: '12.0000' },
    { key: '2/1', quantity: 1, line_total: '3.0000', status: 'CANCELLED', total: '3.0000' },
    { key: '3/1', quantity: 20, line_total: '60.0000', status: 'ORDERED', total: '60.0000' },
  ]);
});

onEachDatabase(
  'an import that was killed and repeated makes what one makes that was not',
  async ({ source, owner, url }) => {
    const path = join(folder, 'killed.csv');
    await writeRetailFile(path, 3_000);
    const sources = compileSources('');
    try {
      const run = `import { importData } from '@/commands/import.js';
        process.exitCode = await importData.run({ options: { tenant: 'killed' }, positionals: ['online-retail', process.argv[2]],
          environment: { DATABASE_URL: process.argv[3] }, out: console.log, err: console.error, stop: new AbortController().signal });`;
      const child = startChild(sources, run, [path, url ?? '']);
      const taken = async () =>
        (
          await owner.run<{ n: number }>(`select coalesce(max(lines_taken), 0)::int as n from sources.file_import where tenant = 'killed'`)
        )[0]!.n;
      while ((await taken()) < 500 && child.process.exitCode === null) await sleep(10);
      child.process.kill('SIGKILL');
      expect(await child.ended, child.lines.join('\n')).toBe('SIGKILL');
      expect(await taken()).toBeLessThan(3_000);
      const second = startChild(sources, run, [path, url ?? '']);
      expect(await second.ended, second.lines.join('\n')).toBe(0);
      expect(second.lines.join('\n')).toMatch(/already taken +[1-9]/);
    } finally {
      sources.remove();
    }
    await importOnlineRetail(source, path, { tenant: 'unharmed' });
    expect(await trailOf(owner, 'killed')).toEqual(await trailOf(owner, 'unharmed'));
  },
  { only: 'postgresql', timeoutMs: 120_000 },
);

onEachDatabase(
  'the command ends with 130 when it was stopped, and keeps the rejects in a file',
  async ({ url }) => {
    const path = join(folder, 'command.csv');
    writeFileSync(path, [header, 'bad', '1,A,APPLE,1,2010-12-01 08:00:00,1.0,,France', ''].join('\n'));
    const rejects = join(folder, 'rejects.csv');
    const said: string[] = [];
    const say = (text: string) => void said.push(text);
    const invocation = { positionals: ['online-retail', path], environment: { DATABASE_URL: url ?? '' }, out: say, err: say };
    const options = { tenant: 'command', rejects };
    expect(await importData.run({ ...invocation, options, stop: AbortSignal.abort() })).toBe(130);
    expect(said.at(-1)).toContain('The same command goes on');
    expect(await importData.run({ ...invocation, options, stop: new AbortController().signal })).toBe(0);
    expect(readFileSync(rejects, 'utf8')).toBe('file,line,cause,text\n,2,has 1 columns instead of 8,bad\n');
    expect(said.at(-1)).toMatch(/orders +1\n/);
    await expect(importData.run({ ...invocation, positionals: ['nothing', path], options, stop: AbortSignal.abort() })).rejects.toThrow(
      'There is no source',
    );
    await expect(
      importData.run({ ...invocation, positionals: ['online-retail', folder], options, stop: AbortSignal.abort() }),
    ).rejects.toThrow('is not a file');
    const pipe = { ...invocation, positionals: ['online-retail', '/dev/null'], options, stop: AbortSignal.abort() };
    await expect(importData.run(pipe)).rejects.toThrow('can be read only once');
    const link = join(folder, 'link.csv');
    symlinkSync(path, link);
    const overItself = { ...invocation, options: { tenant: 'command', rejects: link }, stop: AbortSignal.abort() };
    await expect(importData.run(overItself)).rejects.toThrow('is there and holds no rejected lines');
    expect(readFileSync(path, 'utf8')).toContain('APPLE');
    const nowhere = { tenant: 'nowhere', rejects: join(folder, 'no-such-folder', 'rejects.csv') };
    await expect(importData.run({ ...invocation, options: nowhere, stop: new AbortController().signal })).rejects.toThrow(
      'cannot be written to',
    );
  },
  { only: 'postgresql' },
);

it('reads a long file without keeping it', async () => {
  const path = join(folder, 'long.csv');
  await writeRetailFile(path, 20_000);
  let lines = 0;
  let longest = 0;
  for await (const batch of batchesOf(readOnlineRetail(path), 0, { reject: () => {}, already: () => {} })) {
    lines += batch.lines.length;
    longest = Math.max(longest, batch.lines.length);
  }
  expect(lines).toBe(20_000);
  expect(longest).toBeLessThanOrEqual(540);
});

/** Everything that the import left of a tenant, record by record in order, without the numbers that the database gave. */
async function trailOf(owner: TestDatabase['owner'], tenant: string): Promise<string[]> {
  const own = `'{id,order_id,product_id,customer_id,tenant}'::text[]`;
  const entries = await owner.run<{
    line: string;
  }>(`select concat_ws('|', operation, operation_name, entity_key, occurred_at, reason, reason_code, reference, details,
      run_id, before - ${own}, after - ${own}, personal_after) as line from audit.entry where tenant = '${tenant}' order by table_key, entity_key, id`);
  const items = await owner.run<{
    line: string;
  }>(`select concat_ws('|', key, quantity, line_total, status) as line from commerce.order_items
    where tenant = '${tenant}' order by key`);
  const counts = await owner.run<{ line: string }>(
    `select concat_ws('|', lines_taken, counts, open_run) as line from sources.file_import where tenant = '${tenant}'`,
  );
  return [...entries, ...items, ...counts].map(({ line }) => line);
}
