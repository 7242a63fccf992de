import { entryPage } from './bundle.queries.ts';
import type { BundleSource } from './bundle-source.ts';
import { csvLine } from './csv-line.ts';

const entriesPerPage = 1_000;
const columns = ['id', 'timestamp', 'operation', 'sku', 'details', 'user', 'run_id', 'tenant'] as const;

export interface EntriesWanted {
  /** Id of the newest entry that counts. */
  readonly newest: string;
  readonly wanted: number;
  readonly withPersonal: boolean;
}

/** audit_log.csv page by page, newest first; `written` is told the rows of each. */
export async function* entryLines(
  source: BundleSource,
  { newest, wanted, withPersonal }: EntriesWanted,
  written: (rows: number) => void,
): AsyncGenerator<string> {
  yield csvLine(columns);
  let [from, left] = [newest, wanted];
  while (left > 0) {
    const rows = await source.run(entryPage(source, from, Math.min(entriesPerPage, left)));
    if (rows.length === 0) return;
    yield rows.map((row) => csvLine(columns.map((column) => (column === 'user' && !withPersonal ? '***' : row[column])))).join('');
    from = String(BigInt(String(rows.at(-1)?.['id'])) - 1n);
    left -= rows.length;
    written(rows.length);
  }
}
