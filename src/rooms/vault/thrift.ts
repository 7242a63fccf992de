/** The compact protocol of Apache Thrift, as far as Parquet's own descriptions need it (struct fields by ascending number). */
type Kind = 'i32' | 'i64' | 'text' | 'list' | 'struct';
const kinds: Readonly<Record<Kind, number>> = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 };

/** Number, kind and value; lists and structs are given written. */
export type Field = readonly [id: number, kind: Kind, value: number | string | Buffer];

export function structOf(fields: readonly Field[]): Buffer {
  let last = 0;
  const parts = fields.flatMap(([id, kind, value]) => {
    const head = Buffer.from([((id - last) << 4) | kinds[kind]]);
    last = id;
    return [head, written(value)];
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

export function listOf(kind: Kind, values: readonly Field[2][]): Buffer {
  const head =
    values.length < 15 ? Buffer.from([(values.length << 4) | kinds[kind]]) : Buffer.from([0xf0 | kinds[kind], ...varint(values.length)]);
  return Buffer.concat([head, ...values.map(written)]);
}

function written(value: Field[2]): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'number') return Buffer.from(varint(value < 0 ? -2 * value - 1 : 2 * value));
  const text = Buffer.from(value);
  return Buffer.concat([Buffer.from(varint(text.length)), text]);
}

/** Seven bits a byte, the low ones first. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) + 128);
  }
}
