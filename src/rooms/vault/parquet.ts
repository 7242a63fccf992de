import type { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { microsecondsSince1970 } from '../audit/duration.ts';

/** `instant`: RFC 3339 text in UTC with microseconds. `json` and `text` are UTF-8. Every column may hold null. */
export interface ParquetColumn {
  readonly name: string;
  readonly type: 'integer' | 'instant' | 'json' | 'text';
}

type Rows = readonly Readonly<Record<string, unknown>>[];
type Schema = ConstructorParameters<typeof ParquetWriter>[0]['schema'];

const kinds = {
  integer: { type: 'INT64' },
  instant: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
  json: { type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const;

/** A file of Apache Parquet, piece by piece: each page of rows is a row group, compressed with Snappy. Memory holds one of them and the index of all. */
export async function* parquetFile(columns: readonly ParquetColumn[], pages: AsyncIterable<Rows>): AsyncGenerator<Buffer> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const writer = new ByteWriter();
  const schema = schemaOf(columns);
  const file = new ParquetWriter({ writer, schema, createdBy: 'whence' });
  for await (const rows of pages) {
    if (rows.length === 0) continue;
    file.write({
      columnData: columns.map((column) => ({
        name: column.name,
        data: rows.map((row) => written(column.type, row[column.name] ?? null)),
        statistics: column.type !== 'json',
      })),
      rowGroupSize: rows.length,
    });
    yield drained(writer);
  }
  // Known as JSON before, it would be read and written anew, and numbers would lose digits.
  for (const leaf of schema) if (leaf.logical_type?.type === 'JSON') leaf.converted_type = 'JSON';
  file.finish();
  yield drained(writer);
}

function drained(writer: ByteWriter): Buffer {
  const bytes = Buffer.from(writer.getBytes()); // a copy: the writer goes on in the same memory
  writer.index = 0;
  return bytes;
}

const schemaOf = (columns: readonly ParquetColumn[]): Schema => [
  { name: 'schema', num_children: columns.length },
  ...columns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...kinds[type] })),
];

function written(type: ParquetColumn['type'], value: unknown): bigint | string | Uint8Array | null {
  if (value === null) return null;
  if (type === 'instant') return within64Bits(microsecondsSince1970(String(value)));
  if (type === 'integer') return BigInt(String(value));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return type === 'json' ? Buffer.from(text) : text;
}

/** The last years of PostgreSQL's calendar do not fit. */
function within64Bits(microseconds: bigint): bigint {
  const last = 2n ** 63n - 1n;
  return microseconds > last ? last : microseconds;
}
