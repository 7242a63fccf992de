import type { Command } from './command.ts';
import { neat } from './neat.ts';
import { withOwner } from './owner.ts';

export const tables: Command = {
  name: 'tables',
  summary: 'List the tables that are tracked.',
  usage: `whence tables [--json]

Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.`,
  options: { json: { type: 'boolean' } },
  async run({ options, environment, out }) {
    const { trackedNow } = await import('../rooms/audit/tracking.queries.ts');
    const rows = await withOwner(environment, (owner) => owner.run(trackedNow));
    if (options['json'] === true) out(JSON.stringify(rows, null, 2));
    else
      out(
        rows.length === 0
          ? 'No table is tracked; whence track TABLE begins.'
          : neat([columns.map(([head]) => head), ...rows.map((row) => columns.map(([, cell]) => cell(row)))]),
      );
    return 0;
  },
};

type Listed = Readonly<Record<string, unknown>>;

/** Column heads and what stands below them. */
const columns: readonly (readonly [head: string, cell: (row: Listed) => string])[] = [
  ['TABLE', (row) => String(row['table_name'])],
  ['KEY', (row) => listed(row['key_columns'])],
  ['TENANT', (row) => (row['tenant_column'] === null ? `all rows: ${String(row['tenant'])}` : `column ${String(row['tenant_column'])}`)],
  ['CAPTURING', (row) => (row['is_capturing'] === true ? 'yes' : 'NO')],
  ['SINCE', (row) => String(row['tracked_since']).slice(0, 19)],
  ['OPTIONS', optionsOf],
];

function optionsOf(row: Listed): string {
  const lists = ['ignored', 'masked', 'personal', 'reason_required'].map(
    (name) => [name.replace('_', ' '), listed(row[`${name}_columns`])] as const,
  );
  const told = lists.filter(([, names]) => names !== '').map(([name, names]) => `${name}: ${names}`);
  if (row['truncate_policy'] === 'REFUSE') told.push('truncate refused');
  if (row['status_column'] !== null) told.push(`status: ${String(row['status_column'])}`);
  return told.join('; ');
}

const listed = (names: unknown): string => (Array.isArray(names) ? names.join(', ') : '');
