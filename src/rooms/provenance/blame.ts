import type { Image } from '../audit/audit.model.ts';
import { shownValue } from '../audit/changes.ts';
import type { EntityField } from '../audit/entity-fields.ts';
import type { BlameFacts } from './blame.queries.ts';
import type { FieldBlame } from './version.model.ts';

/** Blame of every field, in their order. A field that no entry of the row's life states is older than the log. */
export function blameOf(fields: readonly EntityField[], facts: readonly BlameFacts[], image: Image): FieldBlame[] {
  const known = new Map(facts.map((fact) => [fact.field, fact]));
  const writers = [...new Set(fields.flatMap(({ field }) => known.get(field)?.entryId ?? []))];
  const ages = new Map(writers.sort((a, b) => (BigInt(a) > BigInt(b) ? -1 : 1)).map((id, age): [string, number] => [id, age]));
  return fields.map((field) => {
    const fact = known.get(field.field);
    return {
      age: (fact && ages.get(fact.entryId)) ?? ages.size,
      entryId: fact?.entryId ?? null,
      field: field.field,
      changeCount: fact?.changeCount ?? 0,
      value: shownValue(field, image),
    };
  });
}
