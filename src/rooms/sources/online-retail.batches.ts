import type { Reject } from './import.model.ts';
import type { InvoiceLine } from './online-retail.model.ts';
import { isReject, type ReadLine } from './online-retail.reader.ts';

/** Lines of one day that are taken in one transaction. */
export interface Batch {
  readonly lines: readonly InvoiceLine[];
  /** Number of lines read up to here, rejects and lines taken earlier among them. */
  readonly read: number;
}

const usualLines = 500;
const mostLines = 2_000;

/**
 * Cuts the lines after `taken` into batches. Where it cuts depends on the lines alone (a new day, or an invoice's end after 500 lines), so
 * an import that was stopped and goes on later cuts as one that was not.
 */
export async function* batchesOf(
  read: AsyncIterable<readonly ReadLine[]>,
  taken: number,
  seen: { reject(reject: Reject): void; already(): void },
): AsyncGenerator<Batch> {
  let lines: InvoiceLine[] = [];
  let number = 0;
  for await (const some of read) {
    for (const line of some) {
      if (isReject(line)) seen.reject(line);
      else if (line.number <= taken) seen.already();
      else {
        if (endsBatch(lines, line)) {
          yield { lines, read: number };
          lines = [];
        }
        lines.push(line);
      }
      number++;
    }
  }
  if (lines.length > 0) yield { lines, read: number };
}

function endsBatch(lines: readonly InvoiceLine[], next: InvoiceLine): boolean {
  const last = lines.at(-1);
  if (!last) return false;
  return last.day !== next.day || lines.length >= mostLines || (lines.length >= usualLines && last.invoice !== next.invoice);
}
