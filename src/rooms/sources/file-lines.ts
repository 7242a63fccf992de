import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DomainError } from '../../shared/errors.ts';

/** One line as it lies in the file, without its line end; `bytes` null: longer than `longestLine`. */
export interface FileLine {
  /** Counted from 1. */
  readonly number: number;
  readonly bytes: Buffer | null;
}

/** In bytes. A quote that is never closed must not swallow the file, nor a file without line ends the memory. */
export const longestLine = 65_536;
const newline = 0x0a;
const carriageReturn = 0x0d;

/** The sha256 of a file's content in hex, and how many lines it has. */
export async function fingerprint(path: string): Promise<{ sha256: string; lines: number }> {
  const hash = createHash('sha256');
  let lines = 0;
  let last = newline;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) lines++;
    last = chunk.at(-1) ?? last;
  }
  return { sha256: hash.digest('hex'), lines: last === newline ? lines : lines + 1 };
}

/**
 * The lines of a file in their order, as many at a time as one read gave; memory does not grow with the file.
 * @throws DomainError `UNAVAILABLE` when the file changed while it was read.
 */
export async function* linesOf(path: string): AsyncGenerator<FileLine[]> {
  const before = await stat(path);
  let number = 0;
  let rest: Buffer[] = [];
  let restLength = 0;
  const ended = (): FileLine => {
    const bytes = restLength > longestLine ? null : withoutReturn(rest.length === 1 ? rest[0]! : Buffer.concat(rest));
    rest = [];
    restLength = 0;
    return { number: ++number, bytes };
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const lines: FileLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      rest.push(chunk.subarray(start, end));
      restLength += end - start;
      lines.push(ended());
      start = end + 1;
    }
    if (start < chunk.length) {
      restLength += chunk.length - start;
      if (restLength > longestLine) rest = [];
      else rest.push(chunk.subarray(start));
    }
    if (lines.length > 0) yield lines;
  }
  if (restLength > 0) yield [ended()];
  const after = await stat(path);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    throw new DomainError('UNAVAILABLE', 'The file changed while it was read: take it again when it is complete.');
  }
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes;
}
