import { expect, it } from 'vitest';
import type { TableColumn } from '../../../src/rooms/audit/audit.model.ts';
import type { NetColumn } from '../../../src/rooms/provenance/diff.model.ts';
import { netChanges } from '../../../src/rooms/provenance/net-change.ts';
import type { TableHistory } from '../../../src/rooms/provenance/tracked-table.queries.ts';

const column = (position: number, name: string, type = 'integer'): TableColumn => ({ position, name, type, nullable: true });
const versions = [
  { tableKey: 1, schemaVersion: 1, incarnation: 1, columns: [column(1, 'id'), column(2, 'a'), column(3, 'b', 'text')], keyColumns: ['id'] },
  { tableKey: 1, schemaVersion: 2, incarnation: 1, columns: [column(1, 'id'), column(2, 'amount'), column(4, 'c')], keyColumns: ['id'] },
];
const table = {
  entityType: 'RECORD',
  tableKey: 1,
  tableName: 'public.t',
  keyColumns: ['id'],
  tenantColumn: 'tenant',
  versions,
} as unknown as TableHistory;
const net = (name: string, values: object, schemaVersion = 2, isMaskedChange = false): NetColumn => ({
  name,
  schemaVersion,
  isMaskedChange,
  ...values,
});
const told = (kind: 'ADDED' | 'MODIFIED' | 'REMOVED', columns: NetColumn[], isBackward = false) =>
  netChanges(kind, columns, table, isBackward).map(({ field, before, after, delta, kind: of }) => [field, before, after, delta, of]);

it('a column is told under the name that it has now, in the order of the table, and only where it differs', () => {
  expect(
    told('MODIFIED', [net('c', { before: 1, after: 1 }), net('a', { before: 1, after: 4 }, 1), net('b', { before: 'x', after: null }, 1)]),
  ).toEqual([
    ['amount', 1, 4, '3', 'MODIFIED'],
    ['b', 'x', null, null, 'MODIFIED'],
  ]);
});

it('what the table got or lost is added or removed where it holds a value, and nothing where it holds none', () => {
  expect(told('MODIFIED', [net('b', { before: 'x' }, 1), net('c', { after: 2 })])).toEqual([
    ['b', 'x', null, null, 'REMOVED'],
    ['c', null, 2, null, 'ADDED'],
  ]);
  expect(told('MODIFIED', [net('b', { before: null }, 1), net('c', { after: null })])).toEqual([]);
});

it('a mask on both sides is told only where a change of it is known', () => {
  expect(told('MODIFIED', [net('b', { before: '***', after: '***' }, 1)])).toEqual([]);
  expect(told('MODIFIED', [net('b', { before: '***', after: '***' }, 1, true), net('id', { before: 1, after: 1 })])).toEqual([
    ['b', '***', '***', null, 'MODIFIED'],
  ]);
  expect(told('MODIFIED', [net('b', { before: null, after: null }, 1, true)])).toEqual([]);
});

it('whole rows are told whole, and backwards the newer state comes first', () => {
  const columns = [net('id', { before: 7 }), net('amount', { before: 2, after: 3 })];
  expect(told('REMOVED', columns)).toEqual([
    ['id', 7, null, null, 'REMOVED'],
    ['amount', 2, null, null, 'REMOVED'],
  ]);
  expect(told('ADDED', columns, true)).toEqual([
    ['id', null, 7, null, 'ADDED'],
    ['amount', null, 2, null, 'ADDED'],
  ]);
  expect(told('MODIFIED', [net('amount', { before: 2, after: 3 })], true)).toEqual([['amount', 3, 2, '-1', 'MODIFIED']]);
});
