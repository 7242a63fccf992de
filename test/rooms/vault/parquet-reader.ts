import { gunzipSync } from 'node:zlib';

type Value = number | bigint | Buffer | Value[] | Struct;
type Struct = Map<number, Value>;

/** Thrift's compact protocol, whatever it says. */
class Thrift {
  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  struct(): Struct {
    const fields: Struct = new Map();
    for (let id = 0; ; ) {
      const head = this.byte();
      if (head === 0) return fields;
      id = head >> 4 === 0 ? Number(this.signed()) : id + (head >> 4);
      fields.set(id, this.value(head & 15));
    }
  }

  private value(kind: number): Value {
    if (kind === 5 || kind === 6) return this.signed();
    if (kind === 8) return this.take(Number(this.unsigned()));
    if (kind === 12) return this.struct();
    if (kind !== 9) throw new Error(`kind ${kind} at ${this.at}`);
    const head = this.byte();
    const size = head >> 4 === 15 ? Number(this.unsigned()) : head >> 4;
    return Array.from({ length: size }, () => this.value(head & 15));
  }

  private byte(): number {
    return this.take(1)[0] ?? 0;
  }

  take(length: number): Buffer {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  unsigned(): bigint {
    for (let [value, shift] = [0n, 0n]; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  private signed(): bigint {
    const value = this.unsigned();
    return (value >> 1n) ^ -(value & 1n);
  }
}

const structs = (value: Value | undefined) => value as Struct[];
const number = (value: Value | undefined) => Number(value);

/** Rows of a file whose columns are optional, each page plain and gzipped: integers as bigint, all else as text. */
export function parquetRows(file: Buffer): Record<string, bigint | string | null>[] {
  if (file.toString('latin1', 0, 4) !== 'PAR1' || file.toString('latin1', file.length - 4) !== 'PAR1') throw new Error('no Parquet');
  const about = new Thrift(file, file.length - 8 - file.readUInt32LE(file.length - 8)).struct();
  const leaves = structs(about.get(2)).slice(1);
  const rows: Record<string, bigint | string | null>[] = [];
  for (const group of structs(about.get(4))) {
    const first = rows.length;
    for (let n = 0; n < number(group.get(3)); n++) rows.push({});
    for (const [place, chunk] of structs(group.get(1)).entries()) {
      const name = String(leaves[place]?.get(4));
      const values = valuesOf(file, chunk.get(3) as Struct);
      if (values.length !== rows.length - first) throw new Error(`${name} has ${values.length} values`);
      for (const [n, value] of values.entries()) Object.assign(rows[first + n] ?? {}, { [name]: value });
    }
  }
  if (rows.length !== number(about.get(3))) throw new Error('not as many rows as the file says');
  return rows;
}

function valuesOf(file: Buffer, column: Struct): (bigint | string | null)[] {
  const thrift = new Thrift(file, number(column.get(9)));
  const begin = thrift.at;
  const page = thrift.struct();
  const body = gunzipSync(thrift.take(number(page.get(3))));
  if (thrift.at - begin !== number(column.get(7)) || body.length !== number(page.get(2))) throw new Error('a length that lies');
  const levels = new Thrift(body.subarray(4, 4 + body.readUInt32LE(0)), 0);
  const isThere: boolean[] = [];
  const count = number((page.get(5) as Struct).get(1));
  while (isThere.length < count) {
    const run = Number(levels.unsigned()) / 2;
    const level = levels.take(1)[0] === 1;
    for (let n = 0; n < run; n++) isThere.push(level);
  }
  const plain = new Thrift(body, 4 + body.readUInt32LE(0));
  const value = () => (number(column.get(1)) === 2 ? plain.take(8).readBigInt64LE() : plain.take(plain.take(4).readUInt32LE()).toString());
  return isThere.map((there) => (there ? value() : null));
}
