import { DomainError } from '../../shared/errors.ts';
import { camelCase, type EntityField, entityFields, isBusinessEntity } from '../audit/entity-fields.ts';
import type { TableHistory } from './tracked-table.queries.ts';

/** Names that callers use for the columns of a table: of a business entity those of the API, of a record the columns' own. */
export interface FieldMap {
  /** Fields of the newest columns, in the order they are told. */
  readonly fields: readonly EntityField[];
  /** schema version -> column -> names. A column can belong to several fields (a currency); a renamed one has its newest name in all versions. */
  readonly byVersion: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

const maxFields = 1_000;

export function fieldMapOf(table: TableHistory): FieldMap {
  const newestNames = new Map<string, string>();
  for (const { incarnation, columns } of table.versions)
    for (const { position, name } of columns) newestNames.set(`${incarnation}:${position}`, name);
  const byVersion: Record<string, Record<string, readonly string[]>> = {};
  for (const { schemaVersion, incarnation, columns } of table.versions) {
    const names = columns.map(
      ({ position, name }) => [name, fieldsOf(table, newestNames.get(`${incarnation}:${position}`) ?? name)] as const,
    );
    byVersion[schemaVersion] = Object.fromEntries(names.map(([name, fields]) => [name, fields.map(({ field }) => field)]));
  }
  const shown = (table.versions.at(-1)?.columns ?? []).map(({ name }) => name).filter((name) => !table.ignoredColumns.includes(name));
  const newest = new Map(shown.flatMap((name) => fieldsOf(table, name)).map((field) => [field.field, field]));
  const told = isBusinessEntity(table.entityType) ? entityFields[table.entityType] : [];
  return {
    fields: [...told.filter(({ field }) => newest.has(field)), ...[...newest.values()].filter((field) => !told.includes(field))],
    byVersion,
  };
}

/** Every name that a field of the table has or had. */
export function knownFields({ byVersion }: FieldMap): Set<string> {
  return new Set(Object.values(byVersion).flatMap((columns) => Object.values(columns).flat()));
}

/** @throws DomainError `BAD_USER_INPUT` naming the fields that there are not. */
export function refuseUnknownFields(wanted: readonly string[] | null | undefined, known: ReadonlySet<string>, argument: string): void {
  if (wanted && wanted.length > maxFields)
    throw new DomainError('BAD_USER_INPUT', `"${argument}" has more than ${maxFields} items.`, { argument });
  const unknown = (wanted ?? []).filter((name) => !known.has(name)).map((name) => JSON.stringify(name.slice(0, 100)));
  if (unknown.length === 0) return;
  const message = `"${argument}" names ${unknown.join(', ')}: there is no such field. Fields are ${[...known].join(', ')}.`;
  throw new DomainError('BAD_USER_INPUT', message, { argument });
}

/** Fields that a column is part of. The tenant's column is none: its value is the same for whoever may look. */
function fieldsOf(table: TableHistory, column: string): readonly EntityField[] {
  if (column === table.tenantColumn) return [];
  if (!isBusinessEntity(table.entityType)) return [{ field: column, shape: 'value', columns: [column] }];
  const known = entityFields[table.entityType].filter(({ columns }) => columns.some((name) => name === column));
  return known.length > 0 ? known : [{ field: camelCase(column), shape: 'value', columns: [column] }];
}
