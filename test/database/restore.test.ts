import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect } from 'vitest';
import { openDatabase, openOwner } from '../../src/database/open.ts';
import { type Stage, Witness } from '../rooms/provenance/witness.ts';
import { onEachDatabase } from '../support/databases.ts';
import { columnsOfAnyTable, insertions, type Step, steps, take } from './any-table.ts';
import { sceneOf } from './capture-scene.ts';

const run = promisify(execFile);
const tenant = 'a tenant';

/** Takes the steps in front of a witness; the failed one is named. */
async function takeAll(stage: Stage, witness: Witness, table: string, changes: readonly Step[], first = 0): Promise<void> {
  await witness.look();
  for (const [index, change] of changes.entries()) {
    await take(stage.owner, table, change, first + index).catch((error: Error) => {
      throw new Error(`step ${index} ${JSON.stringify(change)}: ${error.message}`, { cause: error });
    });
    await witness.look();
  }
}

onEachDatabase(
  'a table that nobody has seen, changed and drifted in every way: every version is rebuilt as it was',
  async (context) => {
    await fc.assert(
      fc.asyncProperty(steps(30), async (changes) => {
        const scene = await sceneOf(context, columnsOfAnyTable);
        const witness = new Witness(context, scene.table, tenant);
        await takeAll(context, witness, scene.table, changes);
        const { wrong, incomplete } = await witness.compare(scene.table);
        expect({ wrong, incomplete }).toEqual({ wrong: [], incomplete: [] });
      }),
      { numRuns: 4, endOnFailure: true },
    );
  },
  { timeoutMs: 240_000 },
);

/** A program of PostgreSQL: of the installation the tests may start, else of the PATH. */
function program(name: string): string {
  const installed = `/usr/lib/postgresql/15/bin/${name}`;
  return existsSync(installed) ? installed : name;
}

onEachDatabase(
  'dumped and restored, a table keeps its history and is captured on, though its columns are numbered anew',
  async ({ database, owner, url, ...context }) => {
    const scene = await sceneOf({ database, owner, url, ...context }, columnsOfAnyTable);
    const witness = new Witness({ database, owner }, scene.table, tenant);
    const [changes = [], later = []] = fc.sample(steps(25), { numRuns: 2, seed: 7 });
    const [inserts = []] = fc.sample(insertions(12), { numRuns: 1, seed: 1 });
    const dropped: Step = { kind: 'drift', way: 3, from: 1 };
    await takeAll({ database, owner }, witness, scene.table, [...inserts, dropped, ...changes, ...inserts, dropped]);
    const plain = await sceneOf({ database, owner, url, ...context }, 'id int primary key, x text, b text, c text');
    await plain.run("insert into :t values (1, 'x', 'b', 'c'); alter table :t drop column x");
    const before = await witness.compare(scene.table);
    expect(before.wrong).toEqual([]);
    expect(before.compared).toBeGreaterThan(15);

    const folder = mkdtempSync(join(tmpdir(), 'whence-dump-'));
    const target = new URL(url ?? '');
    target.pathname += '_restored';
    const name = target.pathname.slice(1);
    const admin = await openOwner({ url: url ?? '' });
    await admin.run(`create database "${name}"`);
    try {
      await run(program('pg_dump'), ['-Fc', '-f', join(folder, 'dump'), url ?? '']);
      await run(program('pg_restore'), ['--exit-on-error', '-d', target.href, join(folder, 'dump')]);
      const restored = await openDatabase({ url: target.href, ownerUrl: target.href, migrate: false });
      try {
        const stage = { database: restored, owner: restored.owner ?? owner };
        expect(await witness.compare(scene.table, stage)).toEqual(before);
        expect(await stage.owner.run('select audit.ensure_epoch() as epoch')).toEqual([{ epoch: 1 }]);

        const lateWitness = new Witness(stage, scene.table, tenant, true);
        await takeAll(stage, lateWitness, scene.table, [...inserts, { kind: 'drift', way: 4, from: 0 }, ...later, ...inserts], 100);
        const after = await lateWitness.compare(scene.table);
        expect(after).toMatchObject({ wrong: [], incomplete: [] });
        expect(after.compared).toBeGreaterThan(8);
        expect((await witness.compare(scene.table, stage)).wrong).toEqual([]);

        await stage.owner.run(`alter table ${plain.table} add column d text default 'd'; update ${plain.table} set b = 'B'`);
        const plainWitness = new Witness(stage, plain.table, tenant);
        await plainWitness.look();
        expect(await plainWitness.compare(plain.table)).toEqual({ compared: 1, wrong: [], incomplete: [] });

        await stage.owner.run(
          sql`insert into audit.entry (tenant, operation, operation_name, xid) values (${tenant}, 'EVENT', 'ELSEWHERE', '9000000000000000')`,
        );
        const epochs = await stage.owner.run('select audit.ensure_epoch() as epoch, audit.ensure_epoch() as again');
        expect(epochs).toEqual([{ epoch: 2, again: 2 }]);
        const [last] = await stage.owner.run(
          'select last_entry_id_before = (select max(id) from audit.entry) as is_newest from audit.epoch where epoch = 2',
        );
        expect(last).toEqual({ is_newest: true });
      } finally {
        await restored.close();
      }
    } finally {
      await admin.run(`drop database "${name}" with (force)`);
      await admin.close();
      rmSync(folder, { recursive: true });
    }
  },
  { only: 'postgresql', fresh: true, timeoutMs: 240_000 },
);

onEachDatabase(
  'a dump in plain SQL is restored by psql when its names are quoted',
  async (context) => {
    const { owner, url } = context;
    const scene = await sceneOf(context, 'id int primary key, x text');
    await scene.run("insert into :t values (1, 'x'); update :t set x = 'y'");
    const folder = mkdtempSync(join(tmpdir(), 'whence-dump-'));
    const target = new URL(url ?? '');
    target.pathname += '_plain';
    const name = target.pathname.slice(1);
    await owner.run(`create database "${name}"`);
    try {
      // psql takes an unquoted `create function audit.begin` for the start of a body, and sends nothing behind it.
      await run(program('pg_dump'), ['--quote-all-identifiers', '-f', join(folder, 'dump.sql'), url ?? '']);
      await run('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-d', target.href, '-f', join(folder, 'dump.sql')]);
      const restored = await openOwner({ url: target.href });
      try {
        await restored.run(`begin; select audit.begin(actor => 'ann'); update ${scene.table} set x = 'z'; commit`);
        expect(await restored.run('select operation, actor from audit.entry order by id')).toEqual([
          { operation: 'INSERT', actor: null },
          { operation: 'UPDATE', actor: null },
          { operation: 'UPDATE', actor: 'ann' },
        ]);
      } finally {
        await restored.close();
      }
    } finally {
      await owner.run(`drop database if exists "${name}" with (force)`);
      rmSync(folder, { recursive: true });
    }
  },
  { only: 'postgresql', fresh: true, timeoutMs: 120_000 },
);
