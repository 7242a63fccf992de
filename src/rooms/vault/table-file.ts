import { csvLine } from './csv-line.ts';
import { type ParquetColumn, parquetFile } from './parquet.ts';

export const tableFormats = ['csv', 'json', 'ndjson', 'parquet'] as const;
export type TableFormat = (typeof tableFormats)[number];

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * Rows as a file, piece by piece: `csv` with a line of names that no spreadsheet takes for formulas, `json` one array of objects, `ndjson` an object
 * a line, `parquet` as Apache Parquet. Integers are numbers where they are exact, JSON columns are values in `json` and `ndjson` and text elsewhere.
 */
export function tableFile(
  format: TableFormat,
  columns: readonly ParquetColumn[],
  pages: AsyncIterable<Rows>,
): AsyncGenerator<string | Buffer> {
  if (format === 'parquet') return parquetFile(columns, pages);
  return format === 'csv' ? csvFile(columns, pages) : jsonFile(columns, pages, format === 'json');
}

async function* csvFile(columns: readonly ParquetColumn[], pages: AsyncIterable<Rows>): AsyncGenerator<string> {
  yield csvLine(columns.map(({ name }) => name));
  for await (const rows of pages) yield rows.map((row) => csvLine(columns.map(({ name }) => row[name]))).join('');
}

async function* jsonFile(columns: readonly ParquetColumn[], pages: AsyncIterable<Rows>, isArray: boolean): AsyncGenerator<string> {
  const line = (row: Rows[number]) => `{${columns.map((column) => `${JSON.stringify(column.name)}:${jsonOf(column, row)}`).join(',')}}`;
  if (!isArray) {
    for await (const rows of pages) yield rows.map((row) => `${line(row)}\n`).join('');
    return;
  }
  let before = '[';
  for await (const rows of pages) {
    if (rows.length === 0) continue;
    yield `${before}\n${rows.map(line).join(',\n')}`;
    before = ',';
  }
  yield before === '[' ? '[]\n' : '\n]\n';
}

function jsonOf({ name, type }: ParquetColumn, row: Rows[number]): string {
  const value = row[name] ?? null;
  if (value === null) return 'null';
  if (type === 'json') return typeof value === 'string' ? value : JSON.stringify(value);
  if (type === 'integer' && Number.isSafeInteger(Number(value))) return String(value);
  return JSON.stringify(String(value));
}
