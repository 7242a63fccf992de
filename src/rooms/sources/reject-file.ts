import { closeSync, openSync, writeSync } from 'node:fs';
import type { Reject } from './import.model.ts';

/** Takes what could not be taken as CSV (file, line, cause, text); written as it comes, made with the first reject. */
export class RejectFile {
  private file: number | null = null;

  constructor(readonly path: string) {}

  add({ file = '', line, cause, text }: Reject): void {
    if (this.file === null) {
      this.file = openSync(this.path, 'w');
      writeSync(this.file, 'file,line,cause,text\n');
    }
    writeSync(this.file, `${[file, String(line), cause, text].map(quoted).join(',')}\n`);
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
