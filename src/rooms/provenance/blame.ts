import type { Image } from '../audit/audit.model.ts';
import { shownValue } from '../audit/changes.ts';
import type { EntityField } from '../audit/entity-fields.ts';
import type { Writer } from './life.queries.ts';
import type { FieldBlame } from './version.model.ts';

/** Blame of every field, in their order. A field that no entry of the row's life states is older than the log. */
export function blameOf(
  fields: readonly EntityField[],
  writers: readonly Writer[],
  image: Image,
  changeCount: (field: string) => Promise<number>,
): FieldBlame[] {
  const writerOf = new Map(writers.flatMap(({ entryId, fields: written }) => written.map((field) => [field, entryId] as const)));
  const told = [...new Set(fields.flatMap(({ field }) => writerOf.get(field) ?? []))];
  const ages = new Map(told.sort((a, b) => (BigInt(a) > BigInt(b) ? -1 : 1)).map((id, age): [string, number] => [id, age]));
  return fields.map((field) => {
    const entryId = writerOf.get(field.field) ?? null;
    return {
      age: (entryId !== null ? ages.get(entryId) : undefined) ?? ages.size,
      entryId,
      field: field.field,
      changeCount: () => changeCount(field.field),
      value: shownValue(field, image),
    };
  });
}
