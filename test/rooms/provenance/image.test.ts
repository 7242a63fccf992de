import { expect, it } from 'vitest';
import type { TableColumn, TableVersion } from '../../../src/rooms/audit/audit.model.ts';
import { canonicalJson, contentHash } from '../../../src/rooms/provenance/content-hash.ts';
import { type Evidence, type Mention, rebuild } from '../../../src/rooms/provenance/image.ts';
import { decodeRecordName, encodeRecordName, recordKeyFromInput } from '../../../src/rooms/provenance/record-key.ts';

const column = (position: number, name: string, type = 'integer', rest: Partial<TableColumn> = {}): TableColumn => ({
  position,
  name,
  type,
  nullable: true,
  ...rest,
});
const version = (schemaVersion: number, incarnation: number, ...columns: TableColumn[]): TableVersion => ({
  tableKey: 1,
  schemaVersion,
  incarnation,
  columns,
  keyColumns: ['id'],
});
const id = column(1, 'id');
const says = (stretch: number, entryId: string, schemaVersion: number, values: object): Mention[] =>
  Object.entries(values).map(([name, value]) => ({ stretch, entryId, schemaVersion, column: name, value }));
const evidence = (given: Partial<Evidence>): Evidence => ({ recordKey: '1', points: [], after: [], before: [], current: null, ...given });

it('a value comes from before, else from after, else from the row as it is; what nobody states is left out', () => {
  const versions = [version(1, 1, id, column(2, 'a'), column(3, 'b'), column(4, 'c'), column(5, 'd'))];
  const points = ['0', '10', '20'].map((entryId) => ({ entryId, schemaVersion: 1 }));
  const images = rebuild(
    versions,
    evidence({
      points,
      after: [...says(1, '10', 1, { a: 2 }), ...says(2, '20', 1, { b: 3 })],
      before: [...says(1, '10', 1, { a: 1 }), ...says(2, '20', 1, { b: 2 }), ...says(3, '30', 1, { a: 2, c: 7 })],
      current: { id: 1, d: 9 },
    }),
  );
  expect(images).toEqual([
    { id: 1, a: 1, b: 2, c: 7, d: 9 },
    { id: 1, a: 2, b: 2, c: 7, d: 9 },
    { id: 1, a: 2, b: 3, c: 7, d: 9 },
  ]);
  expect(rebuild(versions, evidence({ points: points.slice(0, 1) }))).toEqual([{ id: 1 }]);
});

it('a column is its position: renames keep values, a column of the same name made anew does not, nor does another table', () => {
  const versions = [
    version(1, 1, id, column(2, 'a')),
    version(2, 1, id, column(2, 'b'), column(3, 'a', 'integer', { initial: 5 })),
    version(3, 2, id, column(2, 'a')),
  ];
  const points = [
    { entryId: '1', schemaVersion: 1 },
    { entryId: '2', schemaVersion: 2 },
    { entryId: '3', schemaVersion: 3 },
  ];
  expect(rebuild(versions, evidence({ points, after: [...says(0, '1', 1, { id: 1, a: 10 }), ...says(2, '3', 3, { id: 1 })] }))).toEqual([
    { id: 1, a: 10 },
    { id: 1, b: 10, a: 5 },
    { id: 1 },
  ]);
});

it('a value of another type says nothing about what it was before the conversion', () => {
  const versions = [version(1, 1, id, column(2, 'a')), version(2, 1, id, column(2, 'a', 'text'))];
  const points = [
    { entryId: '0', schemaVersion: 1 },
    { entryId: '5', schemaVersion: 2 },
  ];
  expect(rebuild(versions, evidence({ points, before: says(1, '5', 2, { a: 'n1' }), after: says(1, '5', 2, { a: 'n2' }) }))).toEqual([
    { id: 1 },
    { id: 1, a: 'n2' },
  ]);
});

it('equal rows have equal hashes, whatever the order of their columns', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'ü"' }], a: 1 })).toBe('{"a":1,"b":[1,{"c":"ü\\"","d":null}]}');
  expect(contentHash({ a: 1, b: '2' })).toBe(contentHash({ b: '2', a: 1 }));
  expect(contentHash({ a: 1 })).not.toBe(contentHash({ a: '1' }));
  expect(contentHash({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});

it('a key is spelled as the trail spells it, and its name survives a global id', () => {
  const key = (type: string, value: unknown) => recordKeyFromInput([{ name: 'k', type }], { k: value });
  expect([
    key('integer', ' 007'),
    key('bigint', 7),
    key('uuid', 'ABC'),
    key('numeric(9,2)', '1.5'),
    key('numeric(9,2)', '-01'),
    key('text', ' x'),
  ]).toEqual(['7', '7', 'abc', '1.50', '-1.00', ' x']);
  expect(key('timestamp with time zone', '2026-01-01T02:00:00+02:00')).toBe('2026-01-01T00:00:00.000000Z');
  for (const name of [
    { tableName: 'public.t', recordKey: '1:2' },
    { tableName: 'odd:%3A.näme', recordKey: '' },
  ])
    expect(decodeRecordName(encodeRecordName(name), 'id')).toEqual(name);
});
