import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { sql } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { exportData } from '../../../src/commands/export.ts';
import { writeBundle } from '../../../src/rooms/vault/bundle.ts';
import { archiveColumns, entriesBefore } from '../../../src/rooms/vault/bundle-entries.ts';
import { inSnapshot } from '../../../src/rooms/vault/bundle-source.ts';
import { tableFile, tableFormats } from '../../../src/rooms/vault/table-file.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { askPython, findPython } from '../../support/python.ts';
import { parquetRows } from './parquet-reader.ts';

const output = mkdtempSync(join(tmpdir(), 'whence-tables-'));
afterAll(() => rmSync(output, { recursive: true, force: true }));

async function bytesOf(file: AsyncIterable<string | Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of file) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
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
  const read = parquetRows(file('parquet')).map((row) => asText({ ...row, timestamp: instantOf(row['timestamp']) }));
  expect(read).toEqual(rows.map(asText));
  rmSync(path, { recursive: true });
});

/** Microseconds since 1970 as RFC 3339 text. */
function instantOf(microseconds: unknown): string {
  const micros = BigInt(String(microseconds));
  return new Date(Number(micros / 1000n)).toISOString().replace('Z', `${String(micros % 1000n).padStart(3, '0')}Z`);
}

const python = findPython(['pyarrow']);

it.skipIf(python === null)('A22 Apache Arrow reads the Parquet files as they are meant', async () => {
  const columns = [
    { name: 'id', type: 'integer' },
    { name: 'seen', type: 'instant' },
    { name: 'name', type: 'text' },
    { name: 'said', type: 'json' },
    { name: 'never', type: 'text' },
  ] as const;
  async function* pages() {
    yield [];
    for (const page of [1, 2, 3])
      yield Array.from({ length: 300 }, (_, n) => ({
        id: page * 1000 + n,
        seen: '1969-12-31T23:59:59.999999Z',
        name: n % 2 ? null : `ü${n}`,
        said: { n },
      }));
  }
  const path = join(output, 'arrow.parquet');
  writeFileSync(path, await bytesOf(tableFile('parquet', columns, pages())));
  const read = askPython<{ types: object; rows: object[] }>(python ?? '', join(packageRoot, 'test/rooms/vault/read_parquet.py'), path);
  expect(read.types).toMatchObject({ id: 'int64', seen: 'timestamp[us, tz=UTC]', name: 'string', never: 'string' });
  expect(read.rows).toHaveLength(900);
  expect(read.rows.slice(300, 302)).toEqual([
    { id: 2000, seen: '1969-12-31T23:59:59.999999Z', name: 'ü0', said: '{"n":0}', never: null },
    { id: 2001, seen: '1969-12-31T23:59:59.999999Z', name: null, said: '{"n":1}', never: null },
  ]);
});

it('A22 a table without rows is a whole file in every form', async () => {
  const none = (format: (typeof tableFormats)[number]) =>
    bytesOf(tableFile(format, [{ name: 'id', type: 'integer' }], (async function* () {})()));
  expect(JSON.parse(String(await none('json')))).toEqual([]);
  expect(String(await none('ndjson'))).toBe('');
  expect(String(await none('csv'))).toBe('id\r\n');
  expect(parquetRows(await none('parquet'))).toEqual([]);
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
  expect(rows.map(({ operation, table, before, after, user, reason }) => [operation, table, before, after, user, reason])).toEqual([
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
