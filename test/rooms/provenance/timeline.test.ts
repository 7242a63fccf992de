import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry, TableColumn } from '../../../src/rooms/audit/audit.model.ts';
import { percentChange } from '../../../src/rooms/audit/decimal.ts';
import type { EntityType } from '../../../src/rooms/commerce/commerce.model.ts';
import { itemsOf } from '../../../src/rooms/provenance/timeline.ts';
import { timelineTableOf } from '../../../src/rooms/provenance/timeline-slots.ts';
import type { TableHistory } from '../../../src/rooms/provenance/tracked-table.queries.ts';

const column = (name: string, position: number): TableColumn => ({ name, position, type: 'text', nullable: true });

/** A table whose columns are called so, version by version. */
function table(entityType: EntityType, versions: readonly (readonly string[])[], more: Partial<TableHistory> = {}) {
  return timelineTableOf({
    ...{ tableKey: 1, tableName: 'a.b', entityType, keyColumns: ['id'], entityKeyColumn: null, tenantColumn: 'tenant', ignoredColumns: [] },
    ...{
      maskedColumns: [],
      personalColumns: [],
      reasonRequiredColumns: [],
      statusColumn: null,
      transitions: null,
      truncatePolicy: 'REFUSE',
    },
    ...{ schemaVersion: versions.length, trackedSince: '', untrackedAt: null },
    ...more,
    versions: versions.map((columns, index) => ({
      ...{ tableKey: 1, schemaVersion: index + 1, incarnation: 1, keyColumns: ['id'], columns: columns.map(column) },
    })),
  });
}

function entry(
  operation: AuditEntry['operation'],
  before: AuditEntry['before'],
  after: AuditEntry['after'],
  schemaVersion = 1,
): AuditEntry {
  return {
    id: '7',
    operation,
    before,
    after,
    schemaVersion,
    occurredAt: '2026-01-01 00:00:00+00',
    operationName: null,
    details: null,
  } as AuditEntry;
}

const product = table('PRODUCT', [['id', 'price', 'currency', 'stock_quantity', 'safety_stock', 'name']]);
const order = table('ORDER', [['id', 'status', 'subtotal', 'shipping_amount', 'total', 'currency']], {
  statusColumn: 'status',
  transitions: [{ from: 'PENDING', to: 'CONFIRMED' }],
});
const plain = table('RECORD', [['id', 'state', 'weight']]);

/** What the items of an update are, in short. */
const told = (of: typeof product, before: AuditEntry['before'], after: AuditEntry['after']) =>
  itemsOf(entry('UPDATE', before, after), of).map(
    ({ __typename, key, changes }) => `${__typename} ${key} ${changes.map(({ field }) => field)}`,
  );

describe('the items of an entry', () => {
  it('are several where it changed several things, each with its own changes alone', () => {
    const before = { price: '10.0000', currency: 'USD', stock_quantity: 5, safety_stock: null, name: 'a' };
    const after = { price: '12.5000', currency: 'USD', stock_quantity: 4, safety_stock: 2, name: 'b' };
    expect(told(product, before, after)).toEqual([
      'PriceChange 7 price',
      'StockChange 7.ON_HAND stockQuantity',
      'StockChange 7.SAFETY safetyStock',
      'FieldsChanged 7 name',
    ]);
    expect(itemsOf(entry('UPDATE', before, after), product)).toMatchObject([
      { priceBefore: { amount: '10.00', currency: 'USD' }, priceAfter: { amount: '12.50', currency: 'USD' }, changePercent: 25 },
      { level: 'ON_HAND', levelBefore: 5, levelAfter: 4 },
      { level: 'SAFETY', levelBefore: null, levelAfter: 2 },
      { changes: [{ field: 'name', before: 'a', after: 'b' }] },
    ]);
  });

  it('tell a change of currency as one of every amount that the entry holds, without a percentage', () => {
    const [item] = itemsOf(entry('UPDATE', { price: '10', currency: 'USD' }, { price: '10', currency: 'EUR' }), product);
    expect(item).toMatchObject({ __typename: 'PriceChange', changePercent: null, priceAfter: { amount: '10.00', currency: 'EUR' } });
    const amounts = { subtotal: '1', shipping_amount: '2', total: '3' };
    expect(told(order, { ...amounts, currency: 'USD' }, { ...amounts, currency: 'EUR' })).toEqual([
      ...['AmountChange 7.subtotal subtotal', 'AmountChange 7.shippingAmount shippingAmount', 'AmountChange 7.total total'],
    ]);
  });

  it.each([
    ['a masked price', { price: '***', currency: 'USD' }, { price: '***', currency: 'USD' }],
    ['a price without its currency', { price: '1' }, { price: '2' }],
    ['a price in a masked currency', { price: '1', currency: '***' }, { price: '2', currency: '***' }],
    ['a price that is no number', { price: '1', currency: 'USD' }, { price: 'NaN', currency: 'USD' }],
    ['a price that was not there', { price: null, currency: 'USD' }, { price: '2', currency: 'USD' }],
  ])('tell %s as a changed field', (_, before, after) => {
    expect(told(product, before, after)).toEqual(['FieldsChanged 7 price']);
  });

  it('tell a masked stock level as a changed field', () => {
    expect(told(product, { safety_stock: '***' }, { safety_stock: '***' })).toEqual(['FieldsChanged 7 safetyStock']);
  });

  it('tell a status that is masked or gone as a changed field', () => {
    expect(told(order, { status: '***' }, { status: '***' })).toEqual(['FieldsChanged 7 status']);
    expect(told(order, { status: 'PENDING' }, { status: null })).toEqual(['FieldsChanged 7 status']);
  });

  it('are the creation and the first status of an INSERT, the end of a DELETE, the event of an EVENT', () => {
    const row = { id: '1', status: 'PENDING', total: '3', currency: 'USD' };
    expect(itemsOf(entry('INSERT', null, row), order)).toMatchObject([
      { __typename: 'RecordCreated' },
      { __typename: 'StatusTransition', statusBefore: null, statusAfter: 'PENDING', isExpected: true },
    ]);
    expect(itemsOf(entry('INSERT', null, { ...row, status: null }), order).map(({ __typename }) => __typename)).toEqual(['RecordCreated']);
    expect(itemsOf(entry('DELETE', row, null), order).map(({ __typename }) => __typename)).toEqual(['RecordDeleted']);
    expect(itemsOf({ ...entry('EVENT', null, null), operationName: 'CALL' }, order)).toMatchObject([
      { operationName: 'CALL', details: null },
    ]);
    for (const operation of ['READ', 'ERASE', 'DDL'] as const) expect(itemsOf(entry(operation, null, null), order)).toEqual([]);
  });

  it('know which steps of a status are declared', () => {
    const step = (from: string, to: string) => itemsOf(entry('UPDATE', { status: from }, { status: to }), order)[0];
    expect(step('PENDING', 'CONFIRMED')).toMatchObject({ isExpected: true, statusBefore: 'PENDING', statusAfter: 'CONFIRMED' });
    expect(step('CONFIRMED', 'PENDING')).toMatchObject({ isExpected: false });
    const free = table('RECORD', [['id', 'state']], { statusColumn: 'state' });
    expect(itemsOf(entry('UPDATE', { state: 1 }, { state: true }), free)).toMatchObject([
      { statusBefore: '1', statusAfter: 'true', isExpected: true },
    ]);
  });

  it('follow a status column through its renaming, and tell the columns of a record without a status as they are', () => {
    const renamed = table(
      'RECORD',
      [
        ['id', 'state'],
        ['id', 'status'],
      ],
      { statusColumn: 'status' },
    );
    expect(itemsOf(entry('UPDATE', { state: 'a' }, { state: 'b' }, 1), renamed)).toMatchObject([{ statusBefore: 'a', statusAfter: 'b' }]);
    expect(itemsOf(entry('UPDATE', { status: 'b' }, { status: 'c' }, 2), renamed)).toMatchObject([{ statusBefore: 'b', statusAfter: 'c' }]);
    expect(told(plain, { state: 'a', weight: 1 }, { state: 'b', weight: 2 })).toEqual(['FieldsChanged 7 state,weight']);
  });

  it('are none for a whole image in which nothing differs', () => {
    const row = { id: '1', price: '1', currency: 'USD', name: '***' };
    expect(told(product, row, row)).toEqual([]);
  });
});

describe('a change in per cent', () => {
  it('is exact to four decimals', () => {
    expect(percentChange('1299.99', '1199.99')).toBe(-7.6924);
    expect(percentChange('3', '4')).toBe(33.3333);
    expect(percentChange('1.0000', '1.00000049')).toBe(0);
    expect(percentChange('1', '1.0000005')).toBe(0.0001);
    expect(percentChange('0.0000', '5')).toBeNull();
    expect(percentChange('NaN', '5')).toBeNull();
    expect(Object.is(percentChange('1', '0.9999999999'), 0)).toBe(true);
  });

  it('is within half of the last decimal of the true value', () => {
    const cents = fc.integer({ min: 1, max: 100_000_000 });
    fc.assert(
      fc.property(cents, cents, (old, now) => {
        const text = (value: number) => `${Math.trunc(value / 100)}.${String(value % 100).padStart(2, '0')}`;
        const percent = percentChange(text(old), text(now)) ?? Number.NaN;
        const exact = ((now - old) / old) * 100;
        expect(Math.abs(percent - exact)).toBeLessThanOrEqual(0.000_051 + Math.abs(exact) * 1e-12);
      }),
    );
  });
});
