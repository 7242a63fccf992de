import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { sql } from 'drizzle-orm';
import { afterAll, expect } from 'vitest';
import { bundle } from '../../../src/commands/bundle.ts';
import { exportData } from '../../../src/commands/export.ts';
import { type BundleOptions, writeBundle } from '../../../src/rooms/vault/bundle.ts';
import { archiveColumns, entriesBefore } from '../../../src/rooms/vault/bundle-entries.ts';
import { inSnapshot } from '../../../src/rooms/vault/bundle-source.ts';
import { tableFile, tableFormats } from '../../../src/rooms/vault/table-file.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { bytesOf, filesOf } from './archive.ts';
import { parquetRows } from './parquet-reader.ts';

const output = mkdtempSync(join(tmpdir(), 'whence-bundle-'));
afterAll(() => rmSync(output, { recursive: true, force: true }));

let minute = 0;
/** A bundle of its own second. */
async function made({ owner }: TestDatabase, options: Partial<BundleOptions> = {}): Promise<string> {
  minute += 1;
  const usual = { output, auditLimit: 1000, isCompressed: false, withPersonal: false, withBackup: false, settings: { PORT: '4000' } };
  const now = new Date(Date.UTC(2026, 1, 17, 14, minute));
  return (await inSnapshot(owner, null, (source) => writeBundle(source, { ...usual, now, ...options }))).path;
}

const jsonOf = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

onEachDatabase(
  'A10 A11 A12 A13 a bundle holds the documented files, with true counts and a SHA-256 for each',
  async (context) => {
    await context.owner.run(`select audit.log_event('COUNTED', 'shelf ' || n, 'SKU' || n, 'ann') from generate_series(1, 2345) n`);
    const seen: number[] = [];
    const folder = await made(context, { auditLimit: 2200, progress: (written) => seen.push(written) });
    expect(basename(folder)).toMatch(/^debug_bundle_20260217_\d{6}$/);
    const files = ['audit_log.csv', 'database_stats.json', 'system_info.json', 'settings.json', 'README.txt'];
    expect(readdirSync(folder).sort()).toEqual([...files, 'manifest.json'].sort());
    const rows: string[][] = parse(readFileSync(join(folder, 'audit_log.csv')));
    expect(rows[0]).toEqual(['id', 'timestamp', 'operation', 'sku', 'details', 'user', 'run_id', 'tenant']);
    expect(rows).toHaveLength(2201);
    expect(rows[1]?.slice(2)).toEqual(['COUNTED', 'SKU2345', 'shelf 2345', '***', '', 'demo']);
    expect(seen).toEqual([1000, 2000, 2200]);
    const manifest = jsonOf(folder, 'manifest.json');
    expect(manifest).toMatchObject({
      ...{
        bundle_id: basename(folder),
        audit_records_count: 2345,
        audit_records_exported: 2200,
        settings_included: true,
        node_version: process.version,
      },
      ...{
        created_at: expect.stringMatching(/^2026-02-17T14/),
        postgresql_version: expect.stringContaining('PostgreSQL'),
        database_size_mb: expect.any(Number),
      },
    });
    for (const name of files) {
      const content = readFileSync(join(folder, name));
      expect(manifest.files[name]).toEqual({ bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
    }
    const stats = jsonOf(folder, 'database_stats.json');
    expect(stats.row_counts).toMatchObject({ 'audit.entry': 2345, 'commerce.products': 0 });
    expect([stats.schema_version, stats.tables_count]).toEqual([manifest.schema_version, manifest.tables_count]);
    expect(stats.indices.length).toBeGreaterThan(5);
  },
  { fresh: true },
);

onEachDatabase('A14 a compressed bundle is one archive with sound sums, and nothing beside it', async (context) => {
  const path = await made(context, { isCompressed: true });
  expect(path).toMatch(/\.zip$/);
  expect(readdirSync(output)).not.toContain(basename(path, '.zip'));
  const id = basename(path, '.zip');
  const files = filesOf(readFileSync(path));
  expect([...files.keys()]).toEqual(
    ['audit_log.csv', 'database_stats.json', 'system_info.json', 'settings.json', 'README.txt', 'manifest.json'].map(
      (name) => `${id}/${name}`,
    ),
  );
  expect(JSON.parse(String(files.get(`${id}/manifest.json`)))).toMatchObject({ bundle_id: id });
});

onEachDatabase(
  'A14 no cell of the audit log is a formula to a spreadsheet, and people are named only when it is asked for',
  async (context) => {
    for (const text of ['=1+2', '+cmd', '-2+3', '@sum', '\t=1'])
      await context.owner.run(`select audit.log_event('NOTED', '${text}', 'say "hi", all', 'ann')`);
    const cells = (folder: string): string[][] => parse(readFileSync(join(folder, 'audit_log.csv')), { from: 2 });
    const details = cells(await made(context)).map((row) => row[4]);
    expect(details).toEqual(["'\t=1", "'@sum", "'-2+3", "'+cmd", "'=1+2"]);
    const [named] = cells(await made(context, { withPersonal: true }));
    expect([named?.[3], named?.[5]]).toEqual(['say "hi", all', 'ann']);
  },
  { fresh: true },
);

onEachDatabase(
  'A10 whence bundle shows the settings and no secret',
  async ({ url }) => {
    const environment = { DATABASE_URL: url ?? '', DATABASE_OWNER_URL: url ?? '', WHENCE_JWT_SECRET: 'x'.repeat(40), PORT: '4321' };
    const lines: string[] = [];
    const say = (line: string) => void lines.push(line);
    const options = { output: join(output, 'by-command'), 'audit-limit': '5' };
    expect(await bundle.run({ positionals: [], options, environment, out: say, err: say, stop: new AbortController().signal })).toBe(0);
    const settings = jsonOf(lines[0] ?? '', 'settings.json');
    expect(settings).toMatchObject({ PORT: '4321', WHENCE_JWT_SECRET: '***', DATABASE_URL: '***', HOST: 'not set (127.0.0.1)' });
    for (const name of readdirSync(lines[0] ?? ''))
      expect(readFileSync(join(lines[0] ?? '', name), 'utf8')).not.toMatch(/x{40}|postgres(ql)?:\/\//);
  },
  { only: 'postgresql' },
);

/** Microseconds since 1970 as RFC 3339 text. */
function instantOf(microseconds: unknown): string {
  const micros = BigInt(String(microseconds));
  return new Date(Number(micros / 1000n)).toISOString().replace('Z', `${String(micros % 1000n).padStart(3, '0')}Z`);
}

onEachDatabase('A22 the audit log of a bundle also comes as JSON, NDJSON and Parquet, with the same entries', async ({ owner }) => {
  await owner.run(`select set_config('app.tenant', 'a22', false);
      select audit.log_event('COUNTED', 'shelf "' || n || '", größer', case when n % 3 > 0 then 'SKU' || n end, 'ann') from generate_series(1, 1234) n;
      select set_config('app.tenant', '', false)`);
  const options = { output, auditLimit: 2000, isCompressed: false, withPersonal: true, withBackup: false, settings: {}, now: new Date() };
  const { path, manifest } = await inSnapshot(owner, 'a22', (source) =>
    writeBundle(source, { ...options, formats: ['json', 'ndjson', 'parquet'] }),
  );
  expect(manifest).toMatchObject({ audit_records_count: 1234, audit_records_exported: 1234 });
  expect(Object.keys(manifest['files'] as object)).toEqual(expect.arrayContaining(tableFormats.map((format) => `audit_log.${format}`)));
  const file = (format: string) => readFileSync(join(path, `audit_log.${format}`));
  const rows: Record<string, unknown>[] = JSON.parse(String(file('json')));
  expect(rows).toHaveLength(1234);
  const [id, sku] = [expect.any(Number), null];
  expect(rows[1]).toMatchObject({ id, sku, operation: 'COUNTED', details: 'shelf "1233", größer', user: 'ann', tenant: 'a22' });
  const lines = String(file('ndjson')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
  const asText = (row: object) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? '' : String(value)]));
  expect(parse(file('csv'), { columns: true })).toEqual(rows.map(asText));
  const read = (await parquetRows(file('parquet'))).map((row) => asText({ ...row, timestamp: instantOf(row['timestamp']) }));
  expect(read).toEqual(rows.map(asText));
  rmSync(path, { recursive: true });
});

onEachDatabase('A20 what is older than a year goes into an archive in the order of the trail, and the trail keeps it', async (context) => {
  const { owner, source: importer } = context;
  await owner.run(`create table public.crate (tenant text, id int primary key, weight int, owner_name text); grant select, insert, update on public.crate to whence_source;
    select audit.track('public.crate', personal_columns => '{owner_name}')`);
  const at = (day: number) => new Date(Date.now() - day * 86_400_000).toISOString();
  const write = (tenant: string, day: number, statement: ReturnType<typeof sql>) =>
    importer.write({ tenant, actor: 'ann', occurredAt: at(day), reason: 'Weighed' }, (tx) => tx.run(statement));
  await write('a20', 500, sql`insert into public.crate values ('a20', 1, 5, 'Eve Adams')`);
  await write('a20', 10, sql`update public.crate set weight = 6 where id = 1`);
  await write('a20', 400, sql`update public.crate set weight = 7 where id = 1`);
  await write('a20-other', 400, sql`insert into public.crate values ('a20-other', 2, 5, 'Eve Adams')`);
  const archived = (withPersonal: boolean) =>
    inSnapshot(owner, 'a20', (source) =>
      bytesOf(
        tableFile(
          'json',
          archiveColumns,
          entriesBefore(source, { before: at(365), withPersonal }, () => {}),
        ),
      ),
    );
  const text = String(await archived(false));
  const rows: Record<string, unknown>[] = JSON.parse(text);
  expect(rows.map(({ kind, table, before, after, user, reason }) => [kind, table, before, after, user, reason])).toEqual([
    ['INSERT', 'public.crate', null, { id: 1, tenant: 'a20', weight: 5 }, '***', 'Weighed'],
    ['UPDATE', 'public.crate', { weight: 6 }, { weight: 7 }, '***', 'Weighed'],
  ]);
  expect(JSON.parse(String(await archived(true)))[0]).toMatchObject({ user: 'ann' });
  expect(String(await archived(true))).not.toContain('Eve');
  await expect(owner.run(`delete from audit.entry where tenant = 'a20'`)).rejects.toThrow(/append-only|refused/i);
  expect(await owner.run(`select count(*)::int as count from audit.entry where tenant = 'a20'`)).toEqual([{ count: 3 }]);
});

onEachDatabase(
  'A20 whence export audit-log writes the archive with its count and SHA-256, and never over a file',
  async ({ url, owner }) => {
    await owner.run(`select set_config('app.tenant', 'a20-cli', false);
      select audit.log_event('NOTED', 'note ' || n, null, 'ann') from generate_series(1, 1500) n; select set_config('app.tenant', '', false)`);
    const environment = { DATABASE_URL: url ?? '', DATABASE_OWNER_URL: url ?? '' };
    const tenant = 'a20-cli';
    const said: string[] = [];
    const call = (options: Record<string, string>) => {
      const say = (line: string) => void said.push(line);
      return exportData.run({
        positionals: ['audit-log'],
        options: { tenant, ...options },
        environment,
        out: say,
        err: say,
        stop: new AbortController().signal,
      });
    };
    const out = join(output, 'archive.ndjson.gz');
    expect(await call({ out, format: 'ndjson', 'older-than': '0' })).toBe(0);
    const file = readFileSync(out);
    expect(said).toEqual([expect.stringMatching(/archive\.ndjson\.gz: 1,?500 entries, .* sha256 [0-9a-f]{64}$/)]);
    expect(said[0]).toContain(createHash('sha256').update(file).digest('hex'));
    expect(String(gunzipSync(file)).trimEnd().split('\n')).toHaveLength(1500);
    await expect(call({ out, format: 'csv' })).rejects.toThrow(/exist/);
    expect(readFileSync(out)).toEqual(file);
    const year = join(output, 'year.csv');
    expect(await call({ out: year })).toBe(0);
    expect(parse(readFileSync(year))).toHaveLength(1);
    await expect(call({ out: join(output, 'x.doc'), format: 'doc' })).rejects.toThrow('--format names csv, json, ndjson, parquet');
    expect(existsSync(join(output, 'x.doc'))).toBe(false);
  },
  { only: 'postgresql' },
);
