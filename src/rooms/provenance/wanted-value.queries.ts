import { type SQL, sql } from 'drizzle-orm';
import { json } from '../../database/database.ts';
import type { EntityField } from '../audit/entity-fields.ts';
import type { FieldMap } from './field-map.ts';
import type { WantedValue } from './wanted-value.ts';

const image = sql`(e.after || coalesce(e.personal_after, '{}'))`;

/** Whether the entry `e` holds this value of the field after it. A column is known under the name it had then. */
export function holdsValue(map: FieldMap, field: EntityField, wanted: WantedValue): SQL {
  if (wanted.kind === 'money') {
    const currencyColumn = field.columns[1] ?? '';
    const ofCurrency = wanted.currency === null ? sql`` : sql` and ${image} ->> ${currencyColumn}::text = ${wanted.currency}`;
    return sql`(${isNumber(sql`${image} ->> ${field.columns[0]}::text`, wanted.amount)}${ofCurrency})`;
  }
  return sql`exists (
    select 1 from jsonb_each(${image}) c
     where ${json(map.byVersion)}::text::jsonb -> e.schema_version::text -> c.key ? ${field.field}::text and ${isValue(wanted)})`;
}

function isValue(wanted: Exclude<WantedValue, { kind: 'money' }>): SQL {
  if (wanted.kind === 'number') return isNumber(sql`c.value #>> '{}'`, wanted.text);
  if (wanted.kind === 'text') return sql`c.value #>> '{}' = ${wanted.text}`;
  return sql`c.value = ${json(wanted.value)}::text::jsonb`;
}

/** A mask, or NaN, is no number. */
function isNumber(text: SQL, wanted: string): SQL {
  return sql`case when ${text} ~ '^-?\\d{1,200}(\\.\\d{1,200})?([eE][+-]?\\d{1,3})?$' then (${text})::numeric = ${wanted}::text::numeric else false end`;
}
