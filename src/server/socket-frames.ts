import type { SharedAnswer } from './graphql-subscription.ts';

const suffix = Buffer.from('}');
const finalText = 0x81;

/** One text message per answer (`prefix`, its JSON, `}`), as a server frames them after RFC 6455, section 5.2: unmasked, none in pieces. */
export function textFrames(prefix: Buffer, answers: readonly SharedAnswer[]): Buffer {
  let size = 0;
  for (const { json } of answers) size += headerSize(prefix.length + json.length + 1) + prefix.length + json.length + 1;
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { json } of answers) {
    at = writeHeader(frames, at, prefix.length + json.length + 1);
    at += prefix.copy(frames, at);
    at += json.copy(frames, at);
    at += suffix.copy(frames, at);
  }
  return frames;
}

function headerSize(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

function writeHeader(frames: Buffer, at: number, length: number): number {
  frames[at] = finalText;
  if (length < 126) return frames.writeUInt8(length, at + 1);
  if (length < 65_536) return frames.writeUInt16BE(length, frames.writeUInt8(126, at + 1));
  return frames.writeBigUInt64BE(BigInt(length), frames.writeUInt8(127, at + 1));
}
