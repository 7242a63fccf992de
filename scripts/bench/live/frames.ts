/** Frames as a client sends them: masked, with a mask of zeros, since nobody lies in between. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const length = payload.length;
  const header =
    length < 126 ? Buffer.from([0x80 | opcode, 0x80 | length]) : Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 255]);
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}

/** Walks whole frames of a server, unmasked; gives where the first frame begins that is not all there. */
export function walkFrames(bytes: Buffer, take: (opcode: number, start: number, end: number) => void): number {
  let at = 0;
  while (bytes.length - at >= 2) {
    let length = bytes[at + 1]! & 127;
    let start = at + 2;
    if (length === 126) {
      if (bytes.length < at + 4) break;
      length = bytes.readUInt16BE(at + 2);
      start = at + 4;
    } else if (length === 127) {
      if (bytes.length < at + 10) break;
      length = Number(bytes.readBigUInt64BE(at + 2));
      start = at + 10;
    }
    if (start + length > bytes.length) break;
    take(bytes[at]! & 15, start, start + length);
    at = start + length;
  }
  return at;
}
