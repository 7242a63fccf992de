import { type SQL, sql } from 'drizzle-orm';
import { json, type Row, textArray } from '../../database/database.ts';
import { entries } from '../../database/tables/audit.ts';
import { allOf, anyOf } from '../../shared/filter.ts';
import { mask } from '../../shared/mask.ts';
import type { PageWindow } from '../../shared/page.ts';
import { beyond, type Direction, orderBy, type SortTerm } from '../../shared/page-keyset.ts';
import type { PagedList } from '../../shared/page-read.ts';
import type { TimeRange } from '../../shared/time-range.ts';
import { differs, images } from '../audit/changed-field.queries.ts';
import { e, entryColumns } from '../audit/entry.queries.ts';
import type { MoneyField, Slot, StatusTransition, TimelineItem, TimelineItemType, TimelineTable } from './timeline.model.ts';
import type { RecordRef } from './version.model.ts';
import { entriesOfRecord, type RecordQuestion, records, stretchOf } from './version.queries.ts';
import { during } from './version-filter.queries.ts';

/** Kind of the cursors, and name of the statements. */
export const timelineName = 'provenance.timeline';

/** Which items. */
export interface TimelineFilter {
  /** Null for all. */
  readonly itemTypes?: readonly TimelineItemType[] | null;
  /** When they occurred. */
  readonly range?: TimeRange | null;
}

/** Items in the order in which the log took their entries in, those of one entry by slot. */
export function timelineOrder(direction: Direction): SortTerm[] {
  const entry = { name: 'entry', sql: sql`${e.id}`, type: 'bigint', rowColumn: 'id' } as const;
  // It is never null, but no index has it: said to be nullable, the bound on the entry's id is stated by itself, where an index serves it.
  const slot = { name: 'slot', sql: sql`slot.place`, type: 'integer', rowColumn: 'slot', nullable: true } as const;
  return [
    { column: entry, direction },
    { column: slot, direction },
  ];
}

/** What `pageOf` wants to know of the list; its statements are those of this file. */
export function timelineList(order: readonly SortTerm[], toRecord: (row: Row) => TimelineItem): PagedList<TimelineItem> {
  return { name: timelineName, columns: entryColumns, from: sql`${entries} e`, where: sql`true`, order, toRecord };
}

/** @throws DomainError `BAD_USER_INPUT` for a range that ends before it begins. */
export function timelineWhere({ range }: TimelineFilter): SQL {
  return range ? during(sql`${e.occurredAt}`, range, 'range') : sql`true`;
}

/** The slots that are asked for. */
export function wantedSlots({ slots }: TimelineTable, { itemTypes }: TimelineFilter): readonly Slot[] {
  return itemTypes ? slots.filter(({ type }) => itemTypes.includes(type)) : slots;
}

/** Entries `e` of records `r`, a row for each of these slots. */
export interface ItemRows {
  readonly table: TimelineTable;
  readonly slots: readonly Slot[];
  readonly where: SQL;
}

/**
 * The items of records in one window, in reading order, `limit + 1` for each record. First come as many entries as can be needed: each has an item
 * that is wanted, only that of a cursor may have told all of its own. Index: entry_record, as a stretch of its table (see `stretchOf`).
 */
export function itemsOfRecords(
  tenant: string,
  rows: ItemRows,
  refs: readonly RecordRef[],
  order: readonly SortTerm[],
  window: PageWindow,
): SQL {
  const { after, before, backward, limit } = window;
  const ordered = orderBy(order, backward);
  const stretch = stretchOf(tenant, rows.table.history, order, window);
  const conditions = [...(after ? [beyond(order, after, 'after')] : []), ...(before ? [beyond(order, before, 'before')] : [])];
  return sql`/* provenance.timeline */
    select r.place::int as record_place, item.*
      from ${records(refs)}
     cross join lateral (
       select e.*, slot.place as slot, row_number() over (order by ${ordered})::int as item_place
         from (
           select * from (
             select ${entryColumns}, ${places(rows)} as places from ${entries} e cross join lateral (${images} offset 0) image
              where ${stretch.where} and ${rows.where} order by ${stretch.order} offset 0) e
            where cardinality(places) > 0 order by ${stretch.order} limit ${limit + 2}) e
        cross join lateral unnest(e.places) slot(place)
        where ${allOf(conditions)} order by ${ordered} limit ${limit + 1}) item
     order by r.place, item.item_place`;
}

/** Number of items, for each record. */
export function itemCounts(tenant: string, rows: ItemRows, refs: readonly RecordRef[]): SQL {
  return sql`/* provenance.timeline.count */
    select r.place::int as record_place, (
        select coalesce(sum(cardinality(${places(rows)})), 0) from ${entries} e cross join lateral (${images} offset 0) image
         where ${entriesOfRecord(tenant, rows.table.history)} and ${rows.where}) as count
      from ${records(refs)}`;
}

/** The places, from 0, of the questions that are answered with yes. */
export function itemAnswers(tenant: string, rows: ItemRows, questions: readonly RecordQuestion[]): SQL {
  const answers = questions.map(
    ({ ref, condition }, place) => sql`select ${place}::int as place where exists (
      select 1 from ${records([ref])}, ${entries} e cross join lateral (${images} offset 0) image cross join lateral unnest(${places(rows)}) slot(place)
       where ${entriesOfRecord(tenant, rows.table.history)} and ${rows.where} and ${condition})`,
  );
  return sql`/* provenance.timeline.any */ ${sql.join(answers, sql` union all `)}`;
}

/** For each status transition when the status before was set, in this life of the row; none where the log does not hold it. Index: entry_record. */
export function statusesBefore(tenant: string, table: TimelineTable, transitions: readonly StatusTransition[]): SQL {
  const ids = textArray(transitions.map(({ entry }) => entry.id));
  const keys = textArray(transitions.map(({ entry }) => entry.recordKey));
  const firsts = textArray(transitions.map(({ entry }) => firstVersionOf(table, entry.schemaVersion)));
  return sql`/* provenance.timeline.statusBefore */
    select w.id::text as id, earlier.occurred_at
      from unnest(${ids}::text::bigint[], ${keys}::text::text[], ${firsts}::text::int[]) w(id, record_key, first_version)
     cross join lateral (
       select ${e.operation}, ${e.occurredAt} from ${entries} e cross join lateral (${images} offset 0) image
        where ${e.tenant} = ${tenant} and ${e.tableKey} = ${table.history.tableKey}::int and ${e.recordKey} = w.record_key and ${e.id} < w.id
          and ${e.schemaVersion} >= w.first_version
          and (${e.operation} in ('INSERT', 'DELETE') or (${e.operation} = 'UPDATE' and ${differs(statusColumn(table), keyColumns(table))}))
        order by ${e.id} desc limit 1) earlier
     where earlier.operation <> 'DELETE'`;
}

/** Of the incarnation: a table that was dropped and made anew has other rows. */
function firstVersionOf({ history }: TimelineTable, schemaVersion: number | null): number {
  const incarnation = history.versions.find((version) => version.schemaVersion === schemaVersion)?.incarnation;
  return history.versions.find((version) => version.incarnation === incarnation)?.schemaVersion ?? 0;
}

/** Those of the slots in which the entry `e` is told. */
function places({ table, slots }: ItemRows): SQL {
  const held = slots.map((slot) => sql`case when ${holds(slot, table)} then ${slot.place}::int end`);
  return sql`array_remove(array[${sql.join(held, sql`, `)}]::int[], null)`;
}

/** Whether an entry is told in this slot: `holds` of timeline.ts. */
function holds(slot: Slot, table: TimelineTable): SQL {
  const isUpdate = sql`${e.operation} = 'UPDATE'`;
  if ('operation' in slot) return sql`${e.operation} = ${slot.operation}::text`;
  if (slot.type === 'FIELDS_CHANGED') return sql`(${isUpdate} and ${othersDiffer(table)})`;
  if (slot.type !== 'STATUS_TRANSITION') return sql`(${isUpdate} and ${slotDiffers(slot, table)} and ${isTold(slot, table)})`;
  const isFirst = sql`(${e.operation} = 'INSERT' and ${isStatus(sql`image.after`, table)})`;
  return anyOf([isFirst, sql`(${isUpdate} and ${slotDiffers(slot, table)} and ${isTold(slot, table)})`]);
}

/** A column without a slot differs, or one whose slot cannot tell it. */
function othersDiffer(table: TimelineTable): SQL {
  const { tenantColumn } = table.history;
  const own = table.slots.filter((slot) => 'field' in slot || 'column' in slot || slot.type === 'STATUS_TRANSITION');
  const columns = own.flatMap((slot) => ('field' in slot ? slot.field.columns : 'column' in slot ? [slot.column] : []));
  const elsewhere = sql`${textArray([...new Set([...columns, ...(tenantColumn === null ? [] : [tenantColumn])])])}::text::text[]`;
  const hasStatus = own.some(({ type }) => type === 'STATUS_TRANSITION');
  const isNoStatus = hasStatus ? sql` and k.name is distinct from ${statusColumn(table)}` : sql``;
  return anyOf([
    sql`exists (select 1 from jsonb_object_keys(image.before || image.after) k(name)
            where k.name <> all(${elsewhere})${isNoStatus} and ${differs(sql`k.name`, keyColumns(table))})`,
    ...own.map((slot) => sql`(${slotDiffers(slot, table)} and not ${isTold(slot, table)})`),
  ]);
}

/** Whether the columns of a slot differ. A currency is part of every amount; it makes those change that the entry holds. */
function slotDiffers(slot: Slot, table: TimelineTable): SQL {
  if ('field' in slot) {
    const [amount, currency] = slot.field.columns;
    const held = sql`(image.before ? ${amount}::text or image.after ? ${amount}::text)`;
    return sql`(${held} and (${differs(sql`${amount}::text`, keyColumns(table))} or ${differs(sql`${currency}::text`, keyColumns(table))}))`;
  }
  return differs('column' in slot ? sql`${slot.column}::text` : statusColumn(table), keyColumns(table));
}

/** Whether the type of the slot can say both values: `isTold` of timeline.ts. Never null. */
function isTold(slot: Slot, table: TimelineTable): SQL {
  const { before, after } = { before: sql`image.before`, after: sql`image.after` };
  if ('field' in slot) return allOf([isMoney(before, slot.field), isMoney(after, slot.field)]);
  if ('column' in slot) {
    const [old, now] = [sql`${before} -> ${slot.column}::text`, sql`${after} -> ${slot.column}::text`];
    return allOf([isLevel(old), isLevel(now), sql`(${isNumber(old)} or ${isNumber(now)})`]);
  }
  return sql`(coalesce(${before} ->> ${statusColumn(table)}, '') <> ${mask}::text and ${isStatus(after, table)})`;
}

function isStatus(image: SQL, table: TimelineTable): SQL {
  return sql`coalesce(${image} ->> ${statusColumn(table)}, ${mask}::text) <> ${mask}::text`;
}

function isMoney(image: SQL, { columns: [amount, currency] }: MoneyField): SQL {
  return sql`(coalesce(${image} ->> ${amount}::text ~ '^-?[0-9]+([.][0-9]+)?$', false) and coalesce(jsonb_typeof(${image} -> ${currency}::text) = 'string', false)
            and ${image} ->> ${currency}::text <> ${mask}::text)`;
}

const isNumber = (value: SQL): SQL => sql`coalesce(jsonb_typeof(${value}), 'null') = 'number'`;

function isLevel(value: SQL): SQL {
  return sql`(case when ${isNumber(value)} then abs((${value})::numeric) <= 2147483647 and (${value})::numeric % 1 = 0
            else coalesce(jsonb_typeof(${value}), 'null') = 'null' end)`;
}

function keyColumns({ history }: TimelineTable): SQL {
  return sql`${textArray(history.keyColumns)}::text::text[]`;
}

/** What the status is called in the entry `e`; null where it had none. */
function statusColumn({ statusColumns }: TimelineTable): SQL {
  const names = [...new Set(Object.values(statusColumns))];
  return names.length === 1 ? sql`${names[0] ?? ''}::text` : sql`(${json(statusColumns)}::text::jsonb ->> ${e.schemaVersion}::text)`;
}
