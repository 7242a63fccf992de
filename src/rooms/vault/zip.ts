import { createReadStream } from 'node:fs';
import { crc32, createDeflateRaw } from 'node:zlib';

interface Packed {
  readonly name: Buffer;
  readonly crc: number;
  readonly size: number;
  readonly packedSize: number;
  readonly offset: number;
}

// A name in UTF-8, sizes behind the data; deflated; 1 January 1980.
const flags = 0x0808;
const deflated = 8;
const date = 0x21;

/**
 * One ZIP archive of files up to 4 GB each, as it is read: memory does not grow with them.
 * @param files path in the archive and on the disk.
 */
export async function* zipped(files: readonly (readonly [name: string, path: string])[]): AsyncGenerator<Buffer> {
  let offset = 0;
  const sent = (chunk: Buffer) => {
    offset += chunk.length;
    return chunk;
  };
  const packed: Packed[] = [];
  for (const [path, source] of files) {
    const name = Buffer.from(path, 'utf8');
    const start = offset;
    const head = numbers([4, 0x04034b50], [2, 20], [2, flags], [2, deflated], [2, 0], [2, date], [12, 0], [2, name.length], [2, 0]);
    yield sent(Buffer.concat([head, name]));
    const begin = offset;
    let [crc, size] = [0, 0];
    const reading = createReadStream(source);
    const deflate = createDeflateRaw();
    reading.on('data', (chunk) => {
      crc = crc32(chunk, crc);
      size += chunk.length;
    });
    reading.once('error', (error) => deflate.destroy(error));
    for await (const chunk of reading.pipe(deflate)) yield sent(chunk);
    const entry = { name, crc, size, packedSize: offset - begin, offset: start };
    packed.push(entry);
    yield sent(numbers([4, 0x08074b50], [4, crc], [4, entry.packedSize], [4, size]));
  }
  const directory = offset;
  for (const { name, crc, size, packedSize, offset: start } of packed) {
    const head = numbers(
      [4, 0x02014b50],
      [2, 20],
      [2, 20],
      [2, flags],
      [2, deflated],
      [2, 0],
      [2, date],
      [4, crc],
      [4, packedSize],
      [4, size],
      [2, name.length],
    );
    yield sent(Buffer.concat([head, numbers([12, 0], [4, start]), name]));
  }
  const count = packed.length;
  yield numbers([4, 0x06054b50], [4, 0], [2, count], [2, count], [4, offset - directory], [4, directory], [2, 0]);
}

/** Little-endian numbers of so many bytes; more than four only hold zero. */
function numbers(...fields: readonly (readonly [bytes: number, value: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      if (value !== 0) field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );
}
