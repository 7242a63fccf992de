import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, expect } from 'vitest';
import { bundle } from '../../../src/commands/bundle.ts';
import { type BundleOptions, writeBundle } from '../../../src/rooms/vault/bundle.ts';
import { inSnapshot } from '../../../src/rooms/vault/bundle-source.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { filesOf } from './archive.ts';

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
