import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OpenDatabase, openDatabase, openOwner } from '../../src/database/open.ts';
import { type Compiled, compileSources, startChild } from '../support/child.ts';

const writer = { tenant: 'acme', actor: 'ann' };
const slow = sql`select count(*) from generate_series(1, 10000000000)`;
const scene = 'create table commerce.kept (n int primary key); grant select, insert on commerce.kept to whence_app';

let compiled: Compiled;
let home: string;

beforeAll(async () => {
  compiled = compileSources('database', 'shared');
  home = mkdtempSync(join(tmpdir(), 'whence-pglite-'));
  await (await openFolder('first')).close();
});
afterAll(() => {
  compiled.remove();
  rmSync(home, { recursive: true, force: true });
});

/** A new folder starts as a copy of the one made first, which is quicker than to make it. */
async function openFolder(name: string, limits = {}): Promise<OpenDatabase> {
  const folder = join(home, name);
  if (!existsSync(folder) && existsSync(join(home, 'first'))) cpSync(join(home, 'first'), folder, { recursive: true });
  return await openDatabase({ dataDirectory: folder, migrate: true, limits });
}

const insert = (database: OpenDatabase, n: number) =>
  database.write(writer, (tx) => tx.run(sql`insert into commerce.kept values (${n}::int)`));
const kept = async (database: OpenDatabase) =>
  (await database.read<{ n: number }>('acme', sql`select n from commerce.kept order by n`)).map(({ n }) => n);

it('a statement over its time ends, what was acknowledged stays, and later calls work', async () => {
  const database = await openFolder('slow', { statementMs: 400, transactionMs: 600 });
  await database.owner?.run(scene);
  await insert(database, 1);
  const deadline = { code: 'DEADLINE_EXCEEDED', extensions: { retryable: true } };
  await expect(database.read('acme', slow)).rejects.toMatchObject(deadline);
  expect(await kept(database)).toEqual([1]);
  const torn = database.write(writer, async (tx) => {
    await tx.run(sql`insert into commerce.kept values (2)`);
    await tx.run(slow);
  });
  await expect(torn).rejects.toMatchObject(deadline);
  const idle = database.write(writer, async (tx) => {
    await tx.run(sql`insert into commerce.kept values (3)`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  });
  await expect(idle).rejects.toMatchObject(deadline);
  await insert(database, 4);
  expect(await kept(database)).toEqual([1, 4]);
  await database.close();
});

it('callers waiting behind a statement over its time are served after it', async () => {
  const database = await openFolder('queue', { statementMs: 400 });
  const outcomes = await Promise.allSettled([
    database.read('acme', slow),
    database.read('acme', sql`select 1 as one`),
    database.write(writer, (tx) => tx.run(sql`select 2 as two`)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  await database.close();
  await expect(database.read('acme', sql`select 1`)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

it('every acknowledged write survives a kill -9, and the lock of the dead process is taken over', async () => {
  const folder = join(home, 'killed');
  const made = await openFolder('killed');
  await made.owner?.run(scene);
  await made.close();
  const child = startChild(
    compiled,
    `import { sql } from 'drizzle-orm';
    import { openDatabase } from '@/database/open.js';
    const database = await openDatabase({ dataDirectory: process.argv[2] });
    for (let n = 1; ; n++) {
      await database.write({ tenant: 'acme', actor: 'ann' }, (tx) => tx.run(sql\`insert into commerce.kept values (\${n}::int)\`));
      console.log(n);
    }`,
    [folder],
  );
  await child.until((line) => line === '60');
  child.process.kill('SIGKILL');
  expect(await child.ended).toBe('SIGKILL');
  const acknowledged = Number(child.lines.at(-1));
  expect(existsSync(join(folder, 'whence.lock'))).toBe(true);
  const database = await openFolder('killed');
  const found = await kept(database);
  expect(found.length).toBeGreaterThanOrEqual(acknowledged);
  expect(found.length).toBeLessThanOrEqual(acknowledged + 1);
  await insert(database, 1_000_000);
  await database.close();
  expect(existsSync(join(folder, 'whence.lock'))).toBe(false);
});

it('a second opener of the folder is refused in one line that names folder and process', async () => {
  const folder = join(home, 'shared');
  const database = await openFolder('shared');
  const message = `The data folder ${folder} is in use by process ${process.pid}; stop it or set another folder.`;
  await expect(openFolder('shared')).rejects.toMatchObject({ code: 'UNAVAILABLE', message });
  const child = startChild(
    compiled,
    `import { openDatabase } from '@/database/open.js';
    await openDatabase({ dataDirectory: process.argv[2] }).catch((error) => console.log(error.message));`,
    [folder],
  );
  expect(await child.ended).toBe(0);
  expect(child.lines).toEqual([message]);
  expect(await database.read('acme', sql`select 1 as one`)).toEqual([{ one: 1 }]);
  await database.close();
});

it('a lock of a process number that another process has by now is stale', async () => {
  const database = await openFolder('reused');
  await database.close();
  writeFileSync(join(home, 'reused', 'whence.lock'), JSON.stringify({ pid: process.pid, startTicks: '1' }));
  await (await openFolder('reused')).close();
});

it.runIf(existsSync('/proc/self/stat'))('a lock of a process that has ended, but that nobody has asked how, is stale', async () => {
  await (await openFolder('zombie')).close();
  const shell = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(shell.stdout, 'data');
  const stat = () =>
    readFileSync(`/proc/${Number(line)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  await expect.poll(() => stat()[0], { timeout: 5_000 }).toBe('Z');
  writeFileSync(join(home, 'zombie', 'whence.lock'), JSON.stringify({ pid: Number(line), startTicks: stat()[19] }));
  await (await openFolder('zombie')).close();
  shell.kill();
});

it('an opener waits for a holder that lets go in a moment', async () => {
  const child = startChild(
    compiled,
    `import { openOwner } from '@/database/open.js';
    const owner = await openOwner({ dataDirectory: process.argv[2] });
    console.log('open');
    setTimeout(() => owner.close(), 500);`,
    [join(home, 'handed-over')],
  );
  await child.until((line) => line === 'open');
  await (await openOwner({ dataDirectory: join(home, 'handed-over') })).close();
  expect(await child.ended).toBe(0);
});

it('a folder whose making was cut short is made anew', async () => {
  const folder = join(home, 'half');
  const child = startChild(
    compiled,
    `import { openOwner } from '@/database/open.js';
    console.log('started');
    await openOwner({ dataDirectory: process.argv[2] });`,
    [folder],
  );
  await child.until((line) => line === 'started');
  while (!existsSync(join(folder, 'pgdata.new'))) await new Promise((resolve) => setTimeout(resolve, 10));
  child.process.kill('SIGKILL');
  await child.ended;
  const database = await openFolder('half');
  expect(await database.read('acme', sql`select 1 as one`)).toEqual([{ one: 1 }]);
  await database.close();
});
