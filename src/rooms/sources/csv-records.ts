import { parse } from 'csv-parse/sync';

export interface CsvRecord {
  /** Of its first line in the file, counted from 1. */
  readonly line: number;
  /** Null when its quotes are not closed, or stand in the wrong place. */
  readonly fields: readonly string[] | null;
  readonly text: string;
}

/** In characters. */
const longestRecord = 1_048_576;

/**
 * The records of a file, in order; empty lines are left out. A record spans lines only when it is one that the source takes: a quote that is
 * never closed, or closed far below, costs its own line and takes none of those behind it along.
 */
export function* recordsOf(content: Buffer, takes: (fields: readonly string[]) => boolean): Generator<CsvRecord> {
  const lines = content
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((text) => text.replace(/\r$/, ''));
  for (let at = 0; at < lines.length; at++) {
    const text = lines[at]!;
    if (text === '') continue;
    const whole = joined(lines, at);
    const fields = whole && parsed(whole.join('\n'));
    const isOne = fields !== null && (whole?.length === 1 || takes(fields));
    yield { line: at + 1, fields: isOne ? fields : null, text };
    if (isOne) at += (whole?.length ?? 1) - 1;
  }
}

/** The line, with those behind it until all quotes are closed; null when they never are. */
function joined(lines: readonly string[], from: number): string[] | null {
  let isOpen = false;
  let length = 0;
  for (let at = from; at < lines.length && length <= longestRecord; at++) {
    const line = lines[at]!;
    length += line.length;
    if (line.split('"').length % 2 === 0) isOpen = !isOpen;
    if (!isOpen) return lines.slice(from, at + 1);
  }
  return null;
}

function parsed(text: string): string[] | null {
  if (!text.includes('"')) return text.split(',');
  try {
    const records: string[][] = parse(text, { relax_column_count: true, record_delimiter: '\n' });
    return records.length === 1 ? records[0]! : null;
  } catch {
    return null;
  }
}
