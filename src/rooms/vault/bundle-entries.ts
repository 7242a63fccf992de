import type { Row } from '../../database/database.ts';
import { archivePage, entryPage } from './bundle.queries.ts';
import type { BundleSource } from './bundle-source.ts';
import type { ParquetColumn } from './parquet.ts';

const entriesPerPage = 1_000;
const text = (name: string): ParquetColumn => ({ name, type: 'text' });

/** The audit log as its users know it. */
export const entryColumns: readonly ParquetColumn[] = [
  { name: 'id', type: 'integer' },
  { name: 'timestamp', type: 'instant' },
  ...['operation', 'sku', 'details', 'user', 'run_id', 'tenant'].map(text),
];

/** All that an entry says, except how it hangs together with others. `operation` is the application's name of it where it has one, `kind` INSERT and the like. */
export const archiveColumns: readonly ParquetColumn[] = [
  ...entryColumns,
  { name: 'recorded_at', type: 'instant' },
  ...['kind', 'table', 'record_key'].map(text),
  { name: 'before', type: 'json' },
  { name: 'after', type: 'json' },
  ...['reason', 'reason_code', 'reference', 'application', 'database_user', 'client_ip', 'request_id'].map(text),
];

/** Columns that name people. */
const personal = ['user', 'database_user', 'client_ip'];

export interface EntriesWanted {
  /** Id of the newest entry that counts. */
  readonly newest: string;
  readonly wanted: number;
  readonly withPersonal: boolean;
}

/** The newest entries page by page, newest first; `written` is told the rows of each. */
export async function* newestEntries(
  source: BundleSource,
  { newest, wanted, withPersonal }: EntriesWanted,
  written: (rows: number) => void,
): AsyncGenerator<Row[]> {
  let [from, left] = [newest, wanted];
  while (left > 0) {
    const rows = await source.run(entryPage(source, from, Math.min(entriesPerPage, left)));
    if (rows.length === 0) return;
    yield shown(rows, withPersonal);
    from = String(BigInt(String(rows.at(-1)?.['id'])) - 1n);
    left -= rows.length;
    written(rows.length);
  }
}

/** What happened before an instant, page by page in the order of the trail; `written` is told the rows of each. */
export async function* entriesBefore(
  source: BundleSource,
  { before, withPersonal }: { readonly before: string; readonly withPersonal: boolean },
  written: (rows: number) => void,
): AsyncGenerator<Row[]> {
  for (let last = '0'; ; ) {
    const rows = await source.run(archivePage(source, last, before, entriesPerPage));
    if (rows.length === 0) return;
    yield shown(rows, withPersonal);
    last = String(rows.at(-1)?.['id']);
    written(rows.length);
  }
}

function shown(rows: Row[], withPersonal: boolean): Row[] {
  if (withPersonal) return rows;
  const masked = (row: Row) => personal.filter((name) => row[name] !== null && row[name] !== undefined).map((name) => [name, '***']);
  return rows.map((row) => ({ ...row, ...Object.fromEntries(masked(row)) }));
}
