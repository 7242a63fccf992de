import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import { trackedTables as t } from '../../database/tables/audit.ts';
import { anyOf, type FieldCompiler } from '../../shared/filter.ts';
import { type Operators, textField } from '../../shared/filter-fields.ts';
import { camelCase, entityFields } from './entity-fields.ts';
import { e } from './entry.queries.ts';
import { fits, type Match, manyTexts } from './text-sources.ts';

/** A field whose name in the API is not its column's in camelCase: `customer` of `customer_id`, `price` of `currency`. */
interface OtherName {
  readonly entityType: string;
  readonly field: string;
  readonly column: string;
  /** The entry must hold this column, too: a change of currency is one of those amounts that it holds. */
  readonly held: string;
}

const otherNames: readonly OtherName[] = Object.entries(entityFields).flatMap(([entityType, fields]) =>
  fields.flatMap(({ field, columns }) =>
    columns.filter((column) => camelCase(column) !== field).map((column) => ({ entityType, field, column, held: columns[0] })),
  ),
);

/**
 * Entries with a changed field of that name: the column's own name and, for business entities, its name in the API. The same rule as
 * `changedColumns` in changes.ts. No index serves it (jsonb operators get none under row level security): narrow it by record, time or run.
 */
export const changedFieldCondition: FieldCompiler<Operators<string>> = manyTexts((match, argument) => {
  const isNamed = match.isNull === false ? sql`` : sql` and ${named(match, argument)}`;
  return sql`(${heldColumns(match)}exists (
    select 1 from (${images}) image
     cross join lateral jsonb_object_keys(image.before || image.after) k(name)
      left join ${t} on ${t.tableKey} = ${e.tableKey}
     where ${e.operation} in ('INSERT', 'UPDATE', 'DELETE') and k.name is distinct from ${t.tenantColumn}
       and (${e.operation} <> 'UPDATE' or ${differs(sql`k.name`, sql`${t.keyColumns}`)})${isNamed}))`;
});

/** Both images of the entry `e`, personal columns merged in. */
export const images: SQL = sql`select coalesce(${e.before}, '{}') || coalesce(${e.personalBefore}, '{}') as before,
                          coalesce(${e.after}, '{}') || coalesce(${e.personalAfter}, '{}') as after`;

/** Whether a column differs between the images `image` of an UPDATE: the same rule as `changedColumns` in changes.ts. */
export function differs(column: SQL, keyColumns: SQL): SQL {
  return sql`(image.before -> ${column} is distinct from image.after -> ${column}
            or (image.before -> ${column} = '"***"' and not coalesce(image.after ?| ${keyColumns}, false)))`;
}

/** Whether the column `k.name` of a table `t` is called so. */
function named(match: Match, argument: string): SQL {
  const camel = sql`(lower(left(k.name, 1)) || substr(replace(initcap(replace(k.name, '_', ' ')), ' ', ''), 2))`;
  const others = otherNames.filter(({ field }) => fits(match, field));
  return anyOf([
    textField(sql`k.name`)(match, argument),
    sql`(${t.entityType} <> 'RECORD' and ${textField(camel)(match, argument)})`,
    ...others.map(
      ({ entityType, column, held }) =>
        sql`(${t.entityType} = ${entityType} and k.name = ${column} and (image.before || image.after) ? ${held}::text)`,
    ),
  ]);
}

/** A cheap look first, where the possible columns are known: most entries do not hold any of them. */
function heldColumns({ eq, in: among }: Match): SQL {
  const names = eq ? [eq] : among;
  if (!names) return sql``;
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/(?<=[a-z])(?=[0-9])/g, '_');
  const columns = new Set(names.flatMap((name) => [name, snake(name), name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]));
  for (const { field, column } of otherNames) if (names.includes(field)) columns.add(column);
  const list = sql`${textArray([...columns])}::text::text[]`;
  const holds = [e.before, e.after, e.personalBefore, e.personalAfter].map((image) => sql`${image} ?| ${list}`);
  return sql`${anyOf(holds)} and `;
}
