import { type BusinessEntityType, entityFields, isBusinessEntity } from '../audit/entity-fields.ts';
import type { EntityType } from '../commerce/commerce.model.ts';
import { copyRulesThrough } from '../provenance/copies.ts';
import type { Reference } from './lineage.model.ts';

/** Columns that may stand behind names of fields: those of the API, and those of other tables under their own names. */
export function columnsNamed(fields: readonly string[]): string[] {
  const known = Object.values(entityFields)
    .flat()
    .filter(({ field }) => fields.includes(field))
    .map(({ columns }) => columns[0]);
  const inSnakeCase = fields.map((field) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  return [...new Set([...known, ...fields, ...inSnakeCase])];
}

/** Name of a column in the API. */
export function fieldOf(entityType: EntityType, column: string): string {
  const known = isBusinessEntity(entityType) ? entityFields[entityType].find(({ columns }) => columns[0] === column) : undefined;
  return known?.field ?? column;
}

/** Whether one of these fields is made by a reference: the one that refers, or one that is copied along it, at either end. */
export function touching(
  { childTable, column }: Reference,
  fields: readonly string[],
  entityTypeOf: (tableKey: number) => EntityType,
): boolean {
  const child = entityTypeOf(childTable);
  const copied = isBusinessEntity(child) ? copyRulesThrough(child as BusinessEntityType, column) : [];
  const made = [column, fieldOf(child, column), ...copied.flatMap(({ field, source }) => [field, source.field])];
  return made.some((name) => fields.includes(name));
}
