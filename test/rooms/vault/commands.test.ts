import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { cleanup } from '../../../src/commands/cleanup.ts';
import type { Command } from '../../../src/commands/command.ts';
import { doctor } from '../../../src/commands/doctor.ts';
import { run as runTracked } from '../../../src/commands/run.ts';
import { uninstall } from '../../../src/commands/uninstall.ts';
import type { Owner, Row } from '../../../src/database/database.ts';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';

type Options = Parameters<Command['run']>[0]['options'];

/** A database that commands open by themselves: the PostgreSQL of the test, or an embedded one in a folder. */
async function place({ url }: TestDatabase, test: (on: Place) => Promise<void>): Promise<void> {
  const folder = url ? null : mkdtempSync(join(tmpdir(), 'whence-vault-'));
  const environment = {
    PATH: process.env['PATH'],
    ...(url ? { DATABASE_URL: url, DATABASE_OWNER_URL: url } : { WHENCE_DATA_DIR: folder ?? '' }),
  };
  const owned = async <T>(work: (owner: Owner) => Promise<T>): Promise<T> => {
    const owner = await openOwner(url ? { ownerUrl: url } : { dataDirectory: folder ?? '' });
    return await work(owner).finally(() => owner.close());
  };
  const command = async (one: Command, positionals: string[] = [], options: Options = {}) => {
    const lines: string[] = [];
    const say = (line: string) => void lines.push(line);
    const code = await one.run({ positionals, options, environment, out: say, err: say, stop: new AbortController().signal });
    return { code, said: lines.join('\n') };
  };
  try {
    await test({ owned, command });
  } finally {
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

interface Place {
  owned<T>(work: (owner: Owner) => Promise<T>): Promise<T>;
  command(one: Command, positionals?: string[], options?: Options): Promise<{ code: number; said: string }>;
}

onEachDatabase(
  'V5 V13 V25 V26 a command that fails is kept with exit code, duration and the end of its output; the doctor looks; the vault is cleaned up; capture is taken off',
  (context) =>
    place(context, async ({ owned, command }) => {
      const script =
        'process.stdout.write("rows 3, password=hunter2\\n"); process.stderr.write(process.env.WHENCE_RUN_ID); process.exitCode = 3';
      const failed = await command(runTracked, [process.execPath, '-e', script], {
        name: 'load prices',
        type: 'ETL',
        reason: 'new season',
        actor: 'ann',
      });
      expect(failed).toMatchObject({ code: 3, said: expect.stringMatching(/^whence: load prices: exit code 3 \(run_/) });
      expect((await command(runTracked, ['no-such-program-here'])).code).toBe(127);
      const kept = await owned((owner) =>
        owner.run<
          Row & { metadata: { outputTail: string } }
        >(`select script_name as name, script_type as type, execution_status as status, error_message as error, actor,
          execution_duration_ms > 0 as took_time, run_id, metadata from script_tracking.current_script_execution where script_type <> 'DDL' order by execution_timestamp`),
      );
      expect(kept).toMatchObject([
        {
          name: 'load prices',
          type: 'ETL',
          status: 'FAILED',
          error: 'exit code 3',
          actor: 'ann',
          took_time: true,
          metadata: { exitCode: 3 },
        },
        { name: 'no-such-program-here', type: 'OTHER', status: 'FAILED', metadata: { exitCode: 127 } },
      ]);
      expect(kept[0]?.metadata.outputTail).toBe(`rows 3, password=***\n${String(kept[0]?.['run_id'])}`);
      const runs = await owned((owner) => owner.run(`select name, status, reason from audit.run order by started_at`));
      expect(runs[0]).toEqual({ name: 'load prices', status: 'FAILED', reason: 'new season' });

      const health = await command(doctor);
      expect(health).toMatchObject({ code: 0, said: expect.stringMatching(/^CHECK +STATE +DETAIL\nconnection +ok/) });
      for (const check of ['clock', 'rights', 'migrations', 'event triggers', 'capture', 'indexes'])
        expect(health.said).toMatch(new RegExp(`\n${check} +ok`));

      await owned((owner) =>
        owner.run(`select script_tracking.import_operation('old', 'Old', 'ETL', 'COMPLETED', now() - interval '100 days', 5, 'cron')`),
      );
      expect(await command(cleanup, [], { days: '90' })).toEqual({ code: 0, said: '2 rows removed.' });
      await expect(command(cleanup)).rejects.toThrow('--days is missing');

      expect((await command(uninstall, [], { yes: true })).said).toMatch(/^\d+ tables are no longer captured; the trail stays\.$/);
      const left = await owned((owner) =>
        owner.run(sql`select (select count(*) from pg_event_trigger) as triggers, (select count(*) > 0 from audit.entry) as has_trail,
        (select count(*) from audit.tracked_table where untracked_at is null) as tracked`),
      );
      expect(left).toEqual([{ triggers: '0', has_trail: true, tracked: '0' }]);
      expect((await command(doctor)).said).toMatch(/\nevent triggers +warning .*whence_ddl/);
      expect((await command(uninstall, [], { yes: true, 'with-trail': true })).code).toBe(0);
      expect(
        await owned((owner) =>
          owner.run(
            `select nspname::text as name from pg_namespace where nspname in ('access', 'audit', 'commerce', 'script_tracking', 'sources', 'whence')`,
          ),
        ),
      ).toEqual([]);
    }),
  { fresh: true, timeoutMs: 180_000 },
);

onEachDatabase(
  'V5 what psql changes in a tracked command names its run, so that WHY ends there',
  (context) =>
    place(context, async ({ owned, command }) => {
      await owned((owner) =>
        owner.run(
          `create table public.fare (id int primary key, price int); select audit.track('public.fare'); insert into public.fare values (1, 5)`,
        ),
      );
      const words = ['psql', context.url ?? '', '-qc', 'update public.fare set price = 6'];
      expect((await command(runTracked, words, { name: 'raise fares', actor: 'ann o' })).code).toBe(0);
      const entries = await owned((owner) =>
        owner.run(
          `select e.operation, e.actor, r.name, r.status from audit.entry e join audit.run r on r.run_id = e.run_id where e.operation = 'UPDATE'`,
        ),
      );
      expect(entries).toEqual([{ operation: 'UPDATE', actor: 'ann o', name: 'raise fares', status: 'SUCCEEDED' }]);
    }),
  { fresh: true, only: 'postgresql' },
);

onEachDatabase(
  'A26 an order that finds the database locked is kept with what the database said, though its own transaction is undone',
  (context) =>
    place(context, async ({ owned, command }) => {
      await owned((owner) =>
        owner.run('create table public.stall (id int primary key, price int); insert into public.stall values (1, 5)'),
      );
      const confirm = [
        'psql',
        context.url ?? '',
        '-v',
        'ON_ERROR_STOP=1',
        '-qc',
        `set lock_timeout = '50ms'; update public.stall set price = 6`,
      ];
      await owned((owner) =>
        owner.transaction(async (tx) => {
          await tx.run('update public.stall set price = 7');
          expect((await command(runTracked, confirm, { name: 'confirm orders' })).code).toBe(1);
        }),
      );
      const [kept] = await owned((owner) =>
        owner.run(
          `select execution_status, metadata ->> 'outputTail' as tail from script_tracking.current_script_execution where script_name = 'confirm orders'`,
        ),
      );
      expect(kept).toEqual({ execution_status: 'FAILED', tail: expect.stringContaining('lock timeout') });
    }),
  { fresh: true, only: 'postgresql' },
);

onEachDatabase(
  'V27 on a database whose owner is no superuser everything but the capture of DDL works, and the doctor says so',
  async ({ url }) => {
    const server = await openOwner({ ownerUrl: url ?? '' });
    const name = `whence_low_${process.pid}`;
    const low = Object.assign(new URL(url ?? ''), { username: name, pathname: `/${name}` }).href;
    const environment = { DATABASE_URL: low, DATABASE_OWNER_URL: low };
    const owned = async <T>(work: (owner: Owner) => Promise<T>): Promise<T> => {
      const owner = await openOwner({ ownerUrl: low });
      return await work(owner).finally(() => owner.close());
    };
    try {
      await server.run(`create role ${name} login createrole; grant whence_owner, whence_app, whence_worker, whence_source to ${name}`);
      await server.run(`create database ${name} owner ${name}`);
      await owned((owner) => migrate(owner));
      const lines: string[] = [];
      const say = (line: string) => void lines.push(line);
      const stop = new AbortController().signal;
      expect(await doctor.run({ positionals: [], options: {}, environment, out: say, err: say, stop })).toBe(0);
      expect(lines.join('\n')).toMatch(/\nevent triggers +warning .*et_ddl_command_start.* a superuser makes them/);
      const answers = await owned((owner) =>
        owner.run(`select script_tracking.complete_operation(script_tracking.track_operation('Load', 'ETL'), true) as done,
          (select status from script_tracking.get_system_health() where check_name = 'ddl_capture') as ddl`),
      );
      expect(answers).toEqual([{ done: true, ddl: 'DEGRADED' }]);
    } finally {
      await server.run(`drop database if exists ${name} with (force)`);
      await server.run(`drop role if exists ${name}`);
      await server.close();
    }
  },
  { only: 'postgresql', timeoutMs: 60_000 },
);
