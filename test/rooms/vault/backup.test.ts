import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { afterAll, expect } from 'vitest';
import { migrationsFolder, readMigrations } from '../../../src/database/migrate.ts';
import { writeBundle } from '../../../src/rooms/vault/bundle.ts';
import { type BundleSource, inSnapshot, tenantSource } from '../../../src/rooms/vault/bundle-source.ts';
import { restoreBackup } from '../../../src/rooms/vault/restore.ts';
import { onEachDatabase, sharedDatabase, type TestDatabase } from '../../support/databases.ts';
import { ann, change, insert, laptop, openTrail } from '../audit/trail.ts';

const folder = mkdtempSync(join(tmpdir(), 'whence-backup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const version = readMigrations(migrationsFolder()).at(-1)?.number ?? 0;

let minute = 0;
async function backedUp(source: BundleSource): Promise<{ file: string; manifest: Record<string, unknown> }> {
  const usual = { output: folder, auditLimit: 10, isCompressed: false, withPersonal: false, withBackup: true, settings: {} };
  const { path, manifest } = await writeBundle(source, { ...usual, now: new Date(Date.UTC(2026, 1, 17, 15, ++minute)) });
  return { file: join(path, 'database_backup.sql.gz'), manifest };
}

/** A trail of two tenants, a tracked table of the application's own with every kind of text in it, and an operation of the vault. */
async function filled(context: TestDatabase): Promise<void> {
  const [done] = await context.owner.run(`select to_regclass('depot."Odd ; table"') is not null as is_there`);
  if (done?.['is_there'] === true) return;
  await openTrail(context, 'one');
  await change(
    context,
    { tenant: 'two', actor: 'setup' },
    insert('users', 'two', { ...ann, key: 'secret-of-two' }),
    insert('products', 'two', laptop),
  );
  await context.owner.run(`create schema depot; create type depot.size as enum ('S', 'L');
    create table depot."Odd ; table" (tenant text, id int generated always as identity, note text, size depot.size, tags text[], doc jsonb, at timestamptz, raw bytea,
      twice int generated always as (id * 2) stored, primary key (tenant, id)); select audit.track('depot."Odd ; table"', tenant_column => 'tenant')`);
  await context.owner.run(sql`insert into depot."Odd ; table" (tenant, note, size, tags, doc, at, raw) values
    ('one', ${"it's a \\ line;\nand another;\r\u2028end"}, 'L', '{a,NULL,"b,c"}', 'null', '2026-02-17 14:30:22.123456+00', '\\x00ff'), ('one', null, null, null, null, null, null), ('two', 'of two', 'S', null, '{}', null, null)`);
  await context.database.write({ tenant: 'one', actor: 'ann' }, async (tx) => {
    await tx.run(sql`select script_tracking.complete_operation(script_tracking.track_operation('Load', 'ETL'), false, 'no file') as done`);
  });
}

const kept = [
  'select * from audit.entry order by id',
  'select * from commerce.products order by tenant, id',
  'select * from commerce.users order by tenant, id',
  `select tenant, id, note, size::text, tags::text, doc::text, doc is null as has_none, at, raw from depot."Odd ; table" order by tenant, id`,
  'select * from script_tracking.script_execution_s order by script_execution_hk, load_date',
  'select table_key, table_name, key_columns, tenant_column from audit.tracked_table order by 1',
];
const everything = (context: TestDatabase) =>
  Promise.all(kept.map((text) => context.owner.run(text.replace(/tags::text/, 'to_jsonb(tags) as tags'))));

onEachDatabase(
  'A11 A14 a backup restores into an empty database: every row as it was, and capture goes on there',
  async (target) => {
    const origin = await sharedDatabase(target.kind);
    await filled(origin);
    const { file, manifest } = await inSnapshot(origin.owner, null, backedUp);
    expect(manifest).toMatchObject({ backup_included: true, personal_included: true, backup_left_out: [] });
    const text = gunzipSync(readFileSync(file)).toString();
    expect(text).not.toMatch(/audit\.setting|actor_secret|api_key|cursor_secret/);
    expect(text.match(/^\(/gm)?.length).toBe(manifest['backup_rows']);

    // Transaction ids say nothing here: this cluster may have had more of them than the other one, or fewer.
    await target.owner.run(
      'update audit.feed_tick set snapshot = pg_current_snapshot(); update audit.execution_placed set snapshot = pg_current_snapshot()',
    );
    const seen: number[] = [];
    expect(await restoreBackup(target.owner, file, version, (rows) => seen.push(rows))).toBe(manifest['backup_rows']);
    expect(seen.at(-1)).toBe(manifest['backup_rows']);
    expect(await everything(target)).toEqual(await everything(origin));
    await expect(restoreBackup(target.owner, file, version)).rejects.toThrow(/empty one/);
    for (let steps = 0; steps < 2; steps++) await target.owner.run(`select from audit.feed_step('{}', null, null, 100000, '10 s')`);
    const places = `select (select count(*) from audit.entry) - (select count(*) from audit.position) as entries,
      (select count(*) from script_tracking.script_execution_s) - (select count(*) from audit.execution_position) as versions`;
    expect(await target.owner.run(places)).toEqual([{ entries: '0', versions: '0' }]);

    await target.owner.run(
      `update depot."Odd ; table" set note = 'new' where tenant = 'two'; insert into depot."Odd ; table" (tenant, id) values ('two', 9)`,
    );
    await target.database.write({ tenant: 'one', actor: 'ann' }, (tx) => tx.run(sql`select audit.log_event('AFTER', 'restored') as id`));
    const [last] = await origin.owner.run<{ id: string }>('select max(id) as id from audit.entry');
    const fresh = await target.owner.run(
      sql`select operation, tenant from audit.entry where id > ${last?.id ?? ''}::text::bigint order by id`,
    );
    expect(fresh).toEqual([
      { operation: 'UPDATE', tenant: 'two' },
      { operation: 'INSERT', tenant: 'two' },
      { operation: 'EVENT', tenant: 'one' },
    ]);
  },
  { fresh: true, timeoutMs: 60_000 },
);

onEachDatabase(
  'A14 the server backs up one tenant alone, and what is cut off or of another version is not restored',
  async (target) => {
    const origin = await sharedDatabase(target.kind);
    await filled(origin);
    const { file, manifest } = await backedUp(tenantSource(origin.database, { tenant: 'one', scopes: new Set(['ADMIN', 'PII_READ']) }));
    const text = gunzipSync(readFileSync(file)).toString();
    expect(text).toContain('ann@shop.example');
    expect(text).not.toContain('secret-of-two');
    expect(text).not.toContain("'two'");
    expect(manifest).toMatchObject({ tenant: 'one', database_size_mb: null });
    const cut = join(folder, 'cut.sql.gz');
    writeFileSync(cut, gzipSync(text.slice(0, text.lastIndexOf('\n('))));
    await expect(restoreBackup(target.owner, cut, version)).rejects.toThrow(/not whole/);
    expect(await target.owner.run('select count(*) as n from audit.entry')).toEqual([{ n: '0' }]);
    await expect(restoreBackup(target.owner, file, version + 1)).rejects.toThrow(/schema version/);
    await expect(restoreBackup(target.owner, join(folder, 'nothing.gz'), version)).rejects.toThrow(/ENOENT/);
    await restoreBackup(target.owner, file, version);
    const rows = (text: string) => Promise.all([origin, target].map(({ owner }) => owner.run(text)));
    const [before, after] = await rows(`select to_jsonb(e) - 'personal_salt' as entry from audit.entry e where tenant = 'one' order by id`);
    expect(after).toEqual(before);
    expect(await target.owner.run(`select count(*) as n from audit.entry where tenant <> 'one'`)).toEqual([{ n: '0' }]);
  },
  { fresh: true, timeoutMs: 60_000 },
);
