import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { microsecondsSince1970 } from '../audit/duration.ts';
import { type Field, listOf, structOf, varint } from './thrift.ts';

/** `instant`: RFC 3339 text in UTC with microseconds. `json` and `text` are UTF-8. Every column may hold null. */
export interface ParquetColumn {
  readonly name: string;
  readonly type: 'integer' | 'instant' | 'json' | 'text';
}

const magic = Buffer.from('PAR1');
const [physicalInt64, physicalBytes] = [2, 6];
const converted = { integer: null, text: 0, instant: 10, json: 19 } as const;
const [plain, runLength, gzipCodec, optional] = [0, 3, 2, 1];
const compress = promisify(gzip);

interface Chunk {
  readonly fields: readonly Field[];
  readonly bytes: number;
}

/**
 * A file of Apache Parquet, piece by piece: each page of rows is a row group, with one plain, gzipped data page per column. Memory holds one page
 * of rows, and for the end of the file some 60 bytes for each column of each.
 */
export async function* parquetFile(
  columns: readonly ParquetColumn[],
  pages: AsyncIterable<readonly Readonly<Record<string, unknown>>[]>,
): AsyncGenerator<Buffer> {
  yield magic;
  let [offset, total] = [magic.length, 0];
  const groups: Buffer[] = [];
  for await (const rows of pages) {
    if (rows.length === 0) continue;
    const chunks: Chunk[] = [];
    for (const column of columns) {
      const { header, page, plainBytes } = await dataPage(column, rows);
      chunks.push(
        chunkOf(column, { offset, rows: rows.length, plainBytes: header.length + plainBytes, bytes: header.length + page.length }),
      );
      offset += header.length + page.length;
      yield header;
      yield page;
    }
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    const list = listOf(
      'struct',
      chunks.map(({ fields }) => structOf(fields)),
    );
    groups.push(structOf([[1, 'list', list], [2, 'i64', bytes], [3, 'i64', rows.length]])); // biome-ignore format: one struct
    total += rows.length;
  }
  const footer = structOf([
    ...([[1, 'i32', 1], [2, 'list', listOf('struct', schemaOf(columns))], [3, 'i64', total]] as const),
    ...([[4, 'list', listOf('struct', groups)], [6, 'text', 'whence']] as const),
  ]); // biome-ignore format: one struct
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  yield Buffer.concat([footer, length, magic]);
}

function schemaOf(columns: readonly ParquetColumn[]): Buffer[] {
  const root = structOf([[4, 'text', 'schema'], [5, 'i32', columns.length]]); // biome-ignore format: one struct
  const leaves = columns.map(({ name, type }) => {
    const kind = converted[type];
    return structOf([
      ...([[1, 'i32', physicalOf(type)], [3, 'i32', optional], [4, 'text', name]] as const),
      ...(kind === null ? [] : ([[6, 'i32', kind]] as const)),
    ]); // biome-ignore format: one struct
  });
  return [root, ...leaves];
}

function chunkOf(
  { name, type }: ParquetColumn,
  { offset, rows, plainBytes, bytes }: Readonly<Record<'offset' | 'rows' | 'plainBytes' | 'bytes', number>>,
): Chunk {
  const encodings = listOf('i32', [plain, runLength]);
  const about = structOf([
    ...([[1, 'i32', physicalOf(type)], [2, 'list', encodings], [3, 'list', listOf('text', [name])], [4, 'i32', gzipCodec]] as const),
    ...([[5, 'i64', rows], [6, 'i64', plainBytes], [7, 'i64', bytes], [9, 'i64', offset]] as const),
  ]); // biome-ignore format: one struct
  return { fields: [[2, 'i64', offset], [3, 'struct', about]], bytes: plainBytes }; // biome-ignore format: one struct
}

async function dataPage({ name, type }: ParquetColumn, rows: readonly Readonly<Record<string, unknown>>[]) {
  const values = rows.map((row) => row[name] ?? null);
  const there = values.filter((value) => value !== null);
  const body = Buffer.concat([
    levelsOf(values),
    ...there.map(physicalOf(type) === physicalInt64 ? (value) => int64(type, value) : bytesOf),
  ]);
  const page = await compress(body);
  const about = structOf([[1, 'i32', values.length], [2, 'i32', plain], [3, 'i32', runLength], [4, 'i32', runLength]]); // biome-ignore format: one struct
  const header = structOf([[1, 'i32', 0], [2, 'i32', body.length], [3, 'i32', page.length], [5, 'struct', about]]); // biome-ignore format: one struct
  return { header, page, plainBytes: body.length };
}

function physicalOf(type: ParquetColumn['type']): number {
  return type === 'integer' || type === 'instant' ? physicalInt64 : physicalBytes;
}

/** Which values are there, as runs of alike ones. */
function levelsOf(values: readonly unknown[]): Buffer {
  const runs: number[] = [];
  for (let at = 0; at < values.length; ) {
    const begin = at;
    const isNull = values[at] === null;
    while (at < values.length && (values[at] === null) === isNull) at += 1;
    runs.push(...varint((at - begin) * 2), isNull ? 0 : 1);
  }
  const length = Buffer.alloc(4);
  length.writeUInt32LE(runs.length);
  return Buffer.concat([length, Buffer.from(runs)]);
}

function int64(type: ParquetColumn['type'], value: unknown): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(type === 'instant' ? within64Bits(microsecondsSince1970(String(value))) : BigInt(String(value)));
  return bytes;
}

/** The last 30 years of PostgreSQL's calendar are beyond. */
function within64Bits(value: bigint): bigint {
  const most = 2n ** 63n - 1n;
  return value > most ? most : value;
}

function bytesOf(value: unknown): Buffer {
  const text = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text]);
}
