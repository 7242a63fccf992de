import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { tableFile, tableFormats } from '../../../src/rooms/vault/table-file.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { askPython, findPython } from '../../support/python.ts';
import { bytesOf } from './archive.ts';
import { parquetRows } from './parquet-reader.ts';

const output = mkdtempSync(join(tmpdir(), 'whence-tables-'));
afterAll(() => rmSync(output, { recursive: true, force: true }));

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
  expect(await parquetRows(await none('parquet'))).toEqual([]);
});
