import { type BackupTable, backupCount, backupFacts, backupPage, backupTables } from './backup.queries.ts';
import type { BundleSource } from './bundle-source.ts';

/** What the first line of a backup says of it. */
export interface BackupHead {
  readonly format: 1;
  /** Number of the newest migration. */
  readonly schema_version: number;
  readonly tenant: string | null;
  readonly rows: number;
}

export interface Backup {
  readonly rows: number;
  /** Tables that are no part of it: no right to read them, or no primary key. */
  readonly leftOut: readonly string[];
  /** SQL, line by line: a statement ends where a line ends with `;`. `written` is told the rows of each page. */
  lines(written: (rows: number) => void): AsyncGenerator<string>;
}

export const headMark = '-- whence backup ';
const rowsPerPage = 200;

/**
 * A backup that a migrated database of the same version takes: rows of the trail, the vault, the shop and every tracked table, without secrets
 * and keys of callers. A page is in memory at a time.
 */
export async function backupOf(source: BundleSource): Promise<Backup> {
  const { tenant } = source;
  const all = (await source.run(backupTables(source))) as unknown as BackupTable[];
  const isIn = (table: BackupTable) => table.is_readable && table.key.length > 0;
  const isMine = ({ only_tenant }: BackupTable) => tenant === null || only_tenant === null || only_tenant === tenant;
  const tables = all.filter((table) => isMine(table) && isIn(table));
  const [facts] = await source.run(backupFacts(source));
  let rows = 0;
  for (const table of tables) rows += Number((await source.run(backupCount(table, source)))[0]?.['count']);
  const head: BackupHead = { format: 1, schema_version: Number(facts?.['migration']), tenant, rows };
  return {
    rows,
    leftOut: all.filter((table) => isMine(table) && !isIn(table)).map(({ name }) => name),
    async *lines(written) {
      yield `${headMark}${JSON.stringify(head)}\n`;
      yield 'set local session_replication_role = replica;\n';
      yield `truncate ${tables
        .filter((table) => table.is_ours)
        .map(({ name }) => name)
        .join(', ')} cascade;\n`;
      yield `select setval('audit.entry_id', greatest(${String(facts?.['newest'])}, 1));\nselect audit.ensure_partitions();\n`;
      for (const table of tables) {
        if (!table.is_ours) yield* definition(table);
        yield* insertions(source, table, written);
        if (table.identity !== null) {
          yield `select setval(pg_get_serial_sequence(${literal(table.name)}, ${literal(bare(table.identity))}), greatest((select max(${table.identity}) from ${table.name}), 1));\n`;
        }
      }
      yield 'set local session_replication_role = origin;\n';
      yield `select audit.let_read(r), audit.adopt(k, r), audit.set_triggers(k, r) from (select table_key as k, to_regclass(format('%I.%I', schema_name, relation_name)) as r from audit.tracked_table where untracked_at is null) t where r is not null;\n`;
      // Transaction ids of another cluster say nothing where this is restored, also when all of them are lower.
      yield 'insert into audit.epoch (epoch, last_entry_id_before) select max(epoch) + 1, greatest(max(last_entry_id_before), (select max(id) from audit.entry)) from audit.epoch;\n';
    },
  };
}

function* definition({ name, columns, key }: BackupTable): Generator<string> {
  const parts = columns.map((column) => `${column.name} ${column.type}${column.is_required ? ' not null' : ''}`);
  yield `create schema if not exists ${name.slice(0, name.indexOf('.', name.startsWith('"') ? name.indexOf('"', 1) : 0))};\n`;
  yield `create table if not exists ${name} (${[...parts, `primary key (${key.map((column) => column.name).join(', ')})`].join(', ')});\n`;
}

async function* insertions(source: BundleSource, table: BackupTable, written: (rows: number) => void): AsyncGenerator<string> {
  const into = `insert into ${table.name} (${table.columns.map(({ name }) => name).join(', ')}) overriding system value values\n`;
  for (let after: readonly (string | null)[] | null = null; ; ) {
    const page = await source.run(backupPage(table, source, after, rowsPerPage));
    if (page.length === 0) return;
    const rows = page.map((row) => row['cells'] as (string | null)[]);
    yield `${into}${rows.map((cells) => `(${cells.map(literal).join(',')})`).join(',\n')};\n`;
    after = rows.at(-1) ?? null;
    written(rows.length);
  }
}

/** One line whatever it holds, so that lines end statements. */
function literal(value: string | null): string {
  if (value === null) return 'null';
  const plain = value.replaceAll("'", "''");
  if (!/[\\\n\r]/.test(plain)) return `'${plain}'`;
  return `E'${plain.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
}

/** A name without its quotes. */
function bare(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
