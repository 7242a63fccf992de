import { mask } from '../../shared/mask.ts';
import type { TableColumn } from '../audit/audit.model.ts';
import { type ChangeKind, changesOf, type FieldChange } from '../audit/changes.ts';
import type { NetColumn } from './diff.model.ts';
import type { TableHistory } from './tracked-table.queries.ts';

const operations = { ADDED: 'INSERT', MODIFIED: 'UPDATE', REMOVED: 'DELETE' } as const;

/**
 * The fields that differ between two states of one record, under the names that its columns have now, in the order of the table. A record that was
 * added has all of them, and so has one that was removed. A column that the table got or lost between counts where changes of the record state it.
 * Of a record that stayed the key is left out: it would pass for that of a whole row. With `isBackward` the older state is the one that it came to.
 */
export function netChanges(kind: ChangeKind, columns: readonly NetColumn[], table: TableHistory, isBackward = false): FieldChange[] {
  const [old, now] = isBackward ? (['after', 'before'] as const) : (['before', 'after'] as const);
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  const present = columns.map((column) => presentColumn(column, table));
  for (const [place, column] of columns.entries()) {
    const { name } = present[place] as TableColumn;
    if (kind === 'MODIFIED' && (table.keyColumns.includes(name) || !isTold(column))) continue;
    if (old in column) before[name] = column[old];
    if (now in column) after[name] = column[now];
  }
  const images = { before: kind === 'ADDED' ? null : before, after: kind === 'REMOVED' ? null : after };
  return changesOf({ operation: operations[kind], ...images }, table, { columns: present });
}

/** Whether two states hold the column for us: not what neither has, nor what nobody can compare. */
function isTold({ before = null, after = null, isMaskedChange }: NetColumn): boolean {
  return (before !== null || after !== null) && (before !== mask || after !== mask || isMaskedChange);
}

/** A column is its place in the table: what it is called and holds now, or did last. */
function presentColumn({ name, schemaVersion }: NetColumn, { versions }: TableHistory): TableColumn {
  const then = versions.find((version) => version.schemaVersion === schemaVersion);
  const column = then?.columns.find((one) => one.name === name);
  const newest = versions.findLast(
    ({ incarnation, columns }) => incarnation === then?.incarnation && columns.some(({ position }) => position === column?.position),
  );
  return newest?.columns.find(({ position }) => position === column?.position) ?? { position: 0, name, type: 'text', nullable: true };
}
