import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { ConfigError } from '../../shared/errors.ts';
import type { Reject } from './import.model.ts';

const header = 'file,line,cause,text\n';

/** Takes what could not be taken as CSV (file, line, cause, text); written as it comes, made with the first reject. */
export class RejectFile {
  private file: number | null = null;

  constructor(readonly path: string) {}

  /** @throws ConfigError when something else lies there, such as the file that is imported: it would be lost. */
  refuseOtherFile(): void {
    const found = statSync(this.path, { throwIfNoEntry: false });
    if (!found?.isFile() || found.size === 0) return;
    const begin = Buffer.alloc(header.length);
    const file = openSync(this.path, 'r');
    readSync(file, begin);
    closeSync(file);
    if (begin.toString() !== header)
      throw new ConfigError(`${this.path} is there and holds no rejected lines: --rejects names another file.`);
  }

  add({ file = '', line, cause, text }: Reject): void {
    if (this.file === null) {
      this.file = this.open();
      writeSync(this.file, header);
    }
    writeSync(this.file, `${[file, String(line), cause, text].map(quoted).join(',')}\n`);
  }

  private open(): number {
    try {
      return openSync(this.path, 'w');
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new ConfigError(`The rejected lines cannot be written to ${this.path} (${code}): --rejects names another file.`, { cause });
    }
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }
}

const longestText = 500;

/** A text of the source that can be shown on one line: control characters as U+FFFD, cut after 500 characters. */
export function shown(bytes: Buffer): string {
  const text = bytes
    .subarray(0, longestText * 4)
    .toString('utf8')
    .replace(/\p{Cc}/gu, '\uFFFD');
  return text.length > longestText ? `${text.slice(0, longestText)}...` : text;
}

function quoted(field: string): string {
  return /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
