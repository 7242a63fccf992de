import type { AuditEntry } from '../audit/audit.model.ts';
import { changesOf, type FieldChange } from '../audit/changes.ts';
import type { FieldMap } from './field-map.ts';
import type { TableHistory } from './tracked-table.queries.ts';

/**
 * Of the changes of one record, newest first, those of its present life: down to its newest creation, or to where a deletion shows that it was
 * made anew out of the log's sight. A deletion that is the newest change ends the life that is told.
 */
export function presentLife<T>(newestFirst: readonly T[], entryOf: (item: T) => Pick<AuditEntry, 'operation'>): T[] {
  const life: T[] = [];
  for (const item of newestFirst) {
    const { operation } = entryOf(item);
    if (operation === 'DELETE' && life.length > 0) break;
    life.push(item);
    if (operation === 'INSERT') break;
  }
  return life;
}

/** The fields that an entry changed, under the names that the record's fields have now. */
export function changesIn(entry: AuditEntry, table: TableHistory, map: FieldMap): FieldChange[] {
  const version = table.versions.find(({ schemaVersion }) => schemaVersion === entry.schemaVersion) ?? null;
  const changes = changesOf(entry, table, version);
  if (table.entityType !== 'RECORD') return changes;
  const names = map.byVersion[entry.schemaVersion ?? ''] ?? {};
  return changes.map((change) => ({ ...change, field: names[change.field]?.[0] ?? change.field }));
}

/** The change of one field; null where the entry did not change it. A new row's field without a value counts as no change. */
export function changeIn(entry: AuditEntry, field: string, table: TableHistory, map: FieldMap): FieldChange | null {
  const change = changesIn(entry, table, map).find((candidate) => candidate.field === field);
  return !change || (entry.operation === 'INSERT' && change.after === null) ? null : change;
}
