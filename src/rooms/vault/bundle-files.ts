import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DomainError } from '../../shared/errors.ts';

/** The files of a bundle, each written as it is made: memory does not grow with them. */
export class BundleFiles {
  readonly written = new Map<string, { readonly bytes: number; readonly sha256: string }>();
  private bytes = 0;

  constructor(
    readonly folder: string,
    private readonly options: { readonly limitBytes?: number; readonly signal?: AbortSignal | undefined },
  ) {}

  get names(): string[] {
    return [...this.written.keys()];
  }

  async write(name: string, lines: Iterable<string> | AsyncIterable<string | Buffer>): Promise<void> {
    const [path, hash, before] = [join(this.folder, name), createHash('sha256'), this.bytes];
    const counted = (chunks: AsyncIterable<Buffer | string>) => this.counted(chunks, hash);
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    const { signal } = this.options;
    if (name.endsWith('.gz')) await pipeline(Readable.from(lines), createGzip(), counted, file, { signal });
    else await pipeline(Readable.from(lines), counted, file, { signal });
    this.written.set(name, { bytes: this.bytes - before, sha256: hash.digest('hex') });
  }

  private async *counted(chunks: AsyncIterable<Buffer | string>, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer | string> {
    const { limitBytes = Number.POSITIVE_INFINITY } = this.options;
    for await (const chunk of chunks) {
      this.bytes += Buffer.byteLength(chunk);
      if (this.bytes > limitBytes) throw new DomainError('BAD_USER_INPUT', `The bundle is longer than ${limitBytes} bytes.`);
      hash.update(chunk);
      yield chunk;
    }
  }

  writeJson(name: string, value: unknown): Promise<void> {
    return this.write(name, [`${JSON.stringify(value, null, 2)}\n`]);
  }
}

/** SHA-256 of a file, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
