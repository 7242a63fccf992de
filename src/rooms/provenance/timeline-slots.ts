import { camelCase, entityFields, isBusinessEntity } from '../audit/entity-fields.ts';
import { fieldMapOf } from './field-map.ts';
import { type Slot, TimelineItemType, type TimelineTable } from './timeline.model.ts';
import type { TableHistory } from './tracked-table.queries.ts';

/** Places never change: a cursor outlives a table that gets a status. */
const places = { created: 0, deleted: 1, status: 2, own: 3, fields: 8, event: 9 };

export function timelineTableOf(history: TableHistory): TimelineTable {
  const statusColumns = statusColumnsOf(history);
  const slots: Slot[] = [
    { place: places.created, type: 'RECORD_CREATED', operation: 'INSERT' },
    { place: places.deleted, type: 'RECORD_DELETED', operation: 'DELETE' },
    ...(Object.keys(statusColumns).length > 0 ? [{ place: places.status, type: TimelineItemType.STATUS_TRANSITION }] : []),
    ...ownSlots(history),
    { place: places.fields, type: 'FIELDS_CHANGED' },
    { place: places.event, type: 'APPLICATION_EVENT', operation: 'EVENT' },
  ];
  return { history, slots, statusColumns };
}

/** The name in the API of a column; of a record the column's own. */
export function fieldOfColumn({ entityType }: TableHistory, column: string): string {
  if (!isBusinessEntity(entityType)) return column;
  return entityFields[entityType].find(({ columns: [first] }) => first === column)?.field ?? camelCase(column);
}

/** What the shop's entities have beside a status. */
function ownSlots({ entityType }: TableHistory): Slot[] {
  if (!isBusinessEntity(entityType)) return [];
  const type = entityType === 'PRODUCT' || entityType === 'ORDER_ITEM' ? 'PRICE_CHANGE' : 'AMOUNT_CHANGE';
  const money = entityFields[entityType].filter((field) => field.shape === 'money');
  const slots = money.map((field, index): Slot => {
    // Of an order line only the unit price is a price.
    return { place: places.own + index, type: field.field === 'lineTotal' ? 'AMOUNT_CHANGE' : type, field };
  });
  if (entityType !== 'PRODUCT') return slots;
  return [
    ...slots,
    { place: places.own + slots.length, type: 'STOCK_CHANGE', level: 'ON_HAND', column: 'stock_quantity' },
    { place: places.own + slots.length + 1, type: 'STOCK_CHANGE', level: 'SAFETY', column: 'safety_stock' },
  ];
}

function statusColumnsOf(history: TableHistory): Record<string, string> {
  const { statusColumn } = history;
  if (statusColumn === null) return {};
  const { byVersion } = fieldMapOf(history);
  const field = fieldOfColumn(history, statusColumn);
  const named = Object.entries(byVersion).flatMap(([version, columns]) => {
    const column = Object.keys(columns).find((name) => columns[name]?.includes(field));
    return column === undefined ? [] : [[version, column] as const];
  });
  return Object.fromEntries(named);
}
