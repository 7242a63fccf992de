import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesOf, isWholeImage } from '../../../src/rooms/audit/changes.ts';
import { difference } from '../../../src/rooms/audit/decimal.ts';
import { millisecondsBetween } from '../../../src/rooms/audit/duration.ts';
import { camelCase, entityFields } from '../../../src/rooms/audit/entity-fields.ts';
import { impliedStatus } from '../../../src/rooms/audit/run.model.ts';
import { type SummaryFacts, summaryOf } from '../../../src/rooms/audit/summary.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { languageOf } from '../../../src/shared/language/languages.ts';

const products = { entityType: 'PRODUCT', keyColumns: ['id'], tenantColumn: 'tenant' } as const;
const orders = { ...products, entityType: 'ORDER' } as const;
const things = { entityType: 'RECORD', keyColumns: ['a', 'b'], tenantColumn: 'tenant' } as const;
const columns = (types: Record<string, string>) => ({
  columns: Object.entries(types).map(([name, type], index) => ({ position: index + 1, name, type, nullable: true })),
});
const update = (before: Record<string, unknown>, after: Record<string, unknown>) => ({ operation: 'UPDATE', before, after }) as const;

describe('the fields that an entry changed', () => {
  it('are told as the API names and writes them: money, references, camelCase', () => {
    expect(
      changesOf(
        update({ price: '1299.9900', currency: 'USD', stock_quantity: 7 }, { price: '1199.9900', currency: 'USD', stock_quantity: 5 }),
        products,
        null,
      ),
    ).toEqual([
      {
        field: 'price',
        before: { amount: '1299.99', currency: 'USD' },
        after: { amount: '1199.99', currency: 'USD' },
        delta: '-100.00',
        kind: 'MODIFIED',
      },
      { field: 'stockQuantity', before: 7, after: 5, delta: '-2', kind: 'MODIFIED' },
    ]);
    expect(changesOf(update({ customer_id: null, status: 'pending' }, { customer_id: '7', status: 'Lost in post' }), orders, null)).toEqual(
      [
        { field: 'customer', before: null, after: encodeGlobalId('Customer', '7'), delta: null, kind: 'MODIFIED' },
        { field: 'status', before: 'pending', after: 'Lost in post', delta: null, kind: 'MODIFIED' },
      ],
    );
  });

  it('leave out what merely stands beside a change', () => {
    const before = { subtotal: '10.0000', total: '12.0000', currency: 'USD' };
    expect(changesOf(update(before, { ...before, total: '11.5000' }), orders, null).map(({ field }) => field)).toEqual(['total']);
  });

  it('of a changed currency are all amounts that the entry holds, without a difference', () => {
    const before = { subtotal: '10.0000', shipping_amount: '1.0000', total: '11.0000', currency: 'USD' };
    expect(changesOf(update(before, { ...before, currency: 'EUR' }), orders, null).map(({ field, delta }) => [field, delta])).toEqual([
      ['subtotal', null],
      ['shippingAmount', null],
      ['total', null],
    ]);
  });

  it('of whole images are those that differ; a column that is on one side only was added to or dropped from the table', () => {
    const entry = update(
      { a: 1, b: 2, kept: 'x', mask: '***', gone: 1, tenant: 't', json: { a: [1] } },
      { a: 1, b: 2, kept: 'x', mask: '***', fresh: null, tenant: 't', json: { a: [1] } },
    );
    expect(isWholeImage(entry, things)).toBe(true);
    expect(changesOf(entry, things, null)).toEqual([
      { field: 'fresh', before: null, after: null, delta: null, kind: 'ADDED' },
      { field: 'gone', before: 1, after: null, delta: null, kind: 'REMOVED' },
    ]);
  });

  it('hold a masked column of an update, though both sides show the mask', () => {
    expect(changesOf(update({ secret: '***' }, { secret: '***' }), things, null)).toEqual([
      { field: 'secret', before: '***', after: '***', delta: null, kind: 'MODIFIED' },
    ]);
    expect(changesOf(update({ price: '***', currency: 'USD' }, { price: '***', currency: 'USD' }), products, null)).toMatchObject([
      { field: 'price', before: '***', after: '***', delta: null },
    ]);
  });

  it('of a record are its columns in their order, numbers with an exact difference', () => {
    const version = columns({
      a: 'integer',
      b: 'text',
      amount: 'numeric(30,10)',
      big: 'bigint',
      ratio: 'double precision',
      label: 'text',
      days: 'integer[]',
    });
    const changes = changesOf(
      update(
        { label: '1', big: '9007199254740993', amount: '0.0000000001', ratio: '0.1', days: [1] },
        { label: '2', big: '9007199254740994', amount: '12345678901234567890.0000000002', ratio: 'NaN', days: [2] },
      ),
      things,
      version,
    );
    expect(changes.map(({ field, delta }) => [field, delta])).toEqual([
      ['amount', '12345678901234567890.0000000001'],
      ['big', '1'],
      ['ratio', null],
      ['label', null],
      ['days', null],
    ]);
  });

  it('are all of an insert, added, and all of a delete, removed; an event has none', () => {
    const image = {
      tenant: 't',
      id: '1',
      sku: 'A',
      name: 'N',
      categories: [],
      price: '1.0000',
      currency: 'USD',
      stock_quantity: 1,
      safety_stock: null,
      is_active: true,
      created_at: '2026-01-01T00:00:00.000000Z',
    };
    const inserted = changesOf({ operation: 'INSERT', before: null, after: image }, products, null);
    expect(inserted.map(({ field }) => field)).toEqual(entityFields.PRODUCT.map(({ field }) => field));
    expect(new Set(inserted.map(({ kind, before }) => `${kind} ${before}`))).toEqual(new Set(['ADDED null']));
    expect(
      new Set(changesOf({ operation: 'DELETE', before: image, after: null }, products, null).map(({ kind, after }) => `${kind} ${after}`)),
    ).toEqual(new Set(['REMOVED null']));
    expect(changesOf({ operation: 'EVENT', before: null, after: null }, products, null)).toEqual([]);
  });

  it('name a column that the shop got later in camelCase', () => {
    expect(changesOf(update({ shelf_no_2: 'a' }, { shelf_no_2: 'b' }), products, null)).toMatchObject([{ field: 'shelfNo2' }]);
    expect(camelCase('stock_quantity')).toBe('stockQuantity');
  });
});

it('a difference of decimals is exact', () => {
  const decimal = fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.integer({ min: 0, max: 20 }))
    .map(([negative, units, scale]) => {
      const digits = String(units).padStart(scale + 1, '0');
      return {
        text: `${negative && units > 0n ? '-' : ''}${scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`}`,
        units: negative ? -units : units,
        scale,
      };
    });
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const scale = Math.max(a.scale, b.scale);
      const expected = a.units * 10n ** BigInt(scale - a.scale) - b.units * 10n ** BigInt(scale - b.scale);
      const found = difference(a.text, b.text) ?? '';
      expect(BigInt(found.replace('.', ''))).toBe(expected);
      expect(found.split('.')[1]?.length ?? 0).toBe(scale);
    }),
  );
  for (const text of ['NaN', '1e20', '', 'x', '1.', '+1']) expect(difference(text, '1')).toBeNull();
});

it('a duration spans every time that PostgreSQL can hold', () => {
  const day = 86_400_000;
  expect(millisecondsBetween('0001-01-01 00:00:00+00 BC', '0001-01-01 00:00:00+00')).toBe(366 * day); // the year 1 BC was a leap year
  expect(millisecondsBetween('1970-01-01T00:00:00.000000Z', '294276-01-01 00:00:00+00')).toBe(9_224_286_393_600_000);
  expect(millisecondsBetween('9999-12-31 23:59:59.5+00', '10000-01-01 00:00:00+00')).toBe(500);
  expect(millisecondsBetween('-infinity', 'infinity')).toBe(
    millisecondsBetween('4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00'),
  );
});

it('a duration keeps microseconds', () => {
  expect(millisecondsBetween('2026-02-17 14:30:22.104512+00', '2026-02-17 14:30:23.104513+00')).toBe(1000.001);
  expect(millisecondsBetween('2026-02-17 14:30:22+00', '2026-02-18T14:30:22.5Z')).toBe(86_400_500);
});

it('a run that nobody opened runs while its start has no end', () => {
  expect(impliedStatus({ hasStart: true, hasEnd: false })).toBe('RUNNING');
  expect(impliedStatus({ hasStart: true, hasEnd: true })).toBe('SUCCEEDED');
  expect(impliedStatus({ hasStart: false, hasEnd: false })).toBe('SUCCEEDED');
});

describe('one sentence says what happened', () => {
  const base: SummaryFacts = {
    entry: { operation: 'UPDATE', operationName: null, businessKey: 'LAPTOP-15', recordKey: '1', details: null, runId: null },
    ...{ table: { entityType: 'PRODUCT', tableName: 'commerce.products' }, actor: 'Ann Price', changes: [], reason: null, runName: null },
  };
  const change = (field: string, before: unknown, after: unknown) => ({ field, before, after, delta: null, kind: 'MODIFIED' }) as const;
  const of = (facts: Omit<Partial<SummaryFacts>, 'entry'> & { entry?: Partial<SummaryFacts['entry']> }) =>
    summaryOf({ ...base, ...facts, entry: { ...base.entry, ...facts.entry } }, languageOf('en'));

  it('of each kind', () => {
    const price = change('price', { amount: '1299.99', currency: 'USD' }, { amount: '1199.99', currency: 'USD' });
    expect(of({ changes: [price], reason: 'spring promotion.' })).toBe(
      'Ann Price changed price of product LAPTOP-15 from 1299.99 USD to 1199.99 USD: spring promotion.',
    );
    expect(of({ changes: [change('safetyStock', null, 20)] })).toBe(
      'Ann Price changed safety stock of product LAPTOP-15 from nothing to 20.',
    );
    expect(of({ changes: ['a', 'b', 'c'].map((name) => change(name, 1, 2)) })).toBe('Ann Price changed a, b and c of product LAPTOP-15.');
    expect(of({ changes: [...'abcdef'].map((name) => change(name, 1, 2)) })).toBe(
      'Ann Price changed a, b, c and 3 other fields of product LAPTOP-15.',
    );
    expect(of({ changes: [change('name', 'x'.repeat(100), 'y')] })).toContain(`${'x'.repeat(60)}... to y`);
    expect(of({ entry: { operation: 'INSERT' } })).toBe('Ann Price created product LAPTOP-15.');
    expect(
      of({
        entry: { operation: 'DELETE', businessKey: null, recordKey: '["a", "1"]' },
        table: { entityType: 'RECORD', tableName: 'public.things' },
      }),
    ).toBe('Ann Price deleted public.things ["a", "1"].');
    expect(of({ entry: { operation: 'TRUNCATE', details: { rows: 3 } } })).toBe('Ann Price emptied commerce.products (3 rows).');
    expect(
      of({
        entry: { operation: 'EVENT', operationName: 'ORDER_CONFIRMED', businessKey: '123' },
        table: { entityType: 'ORDER', tableName: 'commerce.orders' },
      }),
    ).toBe('Ann Price recorded ORDER_CONFIRMED for order 123.');
    expect(of({ entry: { operation: 'EVENT', operationName: 'LOGIN' }, table: null })).toBe('Ann Price recorded LOGIN.');
    expect(of({ entry: { operation: 'EVENT', operationName: 'REASON_ADDED' }, reason: 'late' })).toBe(
      'Ann Price gave a reason for product LAPTOP-15: late.',
    );
    expect(of({ entry: { operation: 'EVENT', operationName: 'BATCH_START', runId: 'run_1' }, table: null, runName: 'Nightly' })).toBe(
      'Ann Price started run "Nightly".',
    );
    expect(of({ entry: { operation: 'EVENT', operationName: 'BATCH_END', runId: 'run_1' }, table: null })).toBe('Ann Price ended run_1.');
  });
});
