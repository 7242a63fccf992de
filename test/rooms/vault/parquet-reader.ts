import { parquetReadObjects } from 'hyparquet';

/** Rows of a file as another program reads them: integers and instants (microseconds since 1970) as bigint, all else as text. */
export async function parquetRows(file: Buffer): Promise<Record<string, unknown>[]> {
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
  return await parquetReadObjects({ file: bytes, parsers: { timestampFromMicroseconds: (instant) => instant } });
}
