import { describe, expect, it } from 'vitest';
import type { InvoiceLine } from '../../../src/rooms/sources/online-retail.model.ts';
import { planOf, type Step } from '../../../src/rooms/sources/online-retail.plan.ts';
import { isReject, readLine } from '../../../src/rooms/sources/online-retail.reader.ts';

const nothingKnown = { products: new Map(), customers: new Set<string>() };

function linesOf(...texts: string[]): InvoiceLine[] {
  return texts.map((text, i) => {
    const line = readLine({ number: i + 2, bytes: Buffer.from(text) });
    if (isReject(line)) throw new Error(line.cause);
    return line;
  });
}
const told = (step: Step) => `${step.kind}: ${step.circumstances.reason}`;

describe('the plan of Online Retail', () => {
  it('names the invoice and the price in the reason of each price change, in the order of the lines', () => {
    const steps = planOf(
      linesOf(
        '1,A,APPLE,1,2010-12-01 08:00:00,2.5,7.0,France',
        '2,A,APPLE,1,2010-12-01 09:00:00,3.00,7.0,France',
        '2,A,APPLE,1,2010-12-01 09:00:00,2.5,7.0,France',
      ),
      nothingKnown,
    );
    expect(steps.map(told)).toEqual([
      'customer: Invoice 1',
      'products: Invoice 1',
      'sale: Invoice 1',
      'sale: Invoice 2',
      'price: Invoice 2 sold it at 3.00 GBP',
      'price: Invoice 2 sold it at 2.50 GBP',
    ]);
    expect(steps.at(-1)?.circumstances).toMatchObject({ occurredAt: '2010-12-01T09:00:00Z', reasonCode: 'INVOICE_PRICE', reference: '2' });
  });

  it('takes one step for all products that one invoice sells at one price', () => {
    const known = { ...nothingKnown, products: new Map(['A1', 'A2', 'A3'].map((sku) => [sku, { name: sku, price: '1.0000' }])) };
    const steps = planOf(linesOf(...['A1', 'A2', 'A3'].map((sku) => `5,${sku},,1,2010-12-01 08:00:00,2.0,,EIRE`)), known);
    expect(steps.filter(({ kind }) => kind === 'price')).toMatchObject([{ price: '2.0000', skus: ['A1', 'A2', 'A3'] }]);
  });

  it('takes a price of 0, postage and a cancellation for no price change', () => {
    const known = { ...nothingKnown, products: new Map(['A', 'POST'].map((sku) => [sku, { name: 'x', price: '0.0000' }])) };
    const steps = planOf(
      linesOf(
        '1,A,damaged,1,2010-12-01 08:00:00,0.0,,EIRE',
        '1,POST,POSTAGE,1,2010-12-01 08:00:00,18.0,,EIRE',
        'C2,A,APPLE,-1,2010-12-01 08:00:00,9.0,,EIRE',
      ),
      known,
    );
    expect(steps.map(({ kind }) => kind)).toEqual(['sale', 'cancellation']);
  });

  it('gives a product the first name that stands beside a price, and its code until then', () => {
    const steps = planOf(
      linesOf(
        '1,A,wet pallet,-5,2010-12-01 08:00:00,0.0,,EIRE',
        '2,A,APPLE ,1,2010-12-01 09:00:00,1.0,,EIRE',
        '3,A,PEAR,1,2010-12-01 10:00:00,1.0,,EIRE',
      ),
      nothingKnown,
    );
    expect(steps.map(told)).toEqual([
      'products: Invoice 1',
      'stock: wet pallet',
      'sale: Invoice 2',
      'price: Invoice 2 sold it at 1.00 GBP',
      'name: Invoice 2',
      'sale: Invoice 3',
    ]);
    expect(steps[0]).toMatchObject({ products: [{ sku: 'A', name: 'A', price: '0.0000' }] });
    expect(steps[4]).toMatchObject({ name: 'APPLE' });
  });

  it('takes an adjustment without a note for one without a reason', () => {
    expect(planOf(linesOf('1,A,,-5,2010-12-01 08:00:00,0.0,,EIRE'), nothingKnown).at(-1)).toMatchObject({
      kind: 'stock',
      by: -5,
      circumstances: { reason: null },
    });
  });
});

describe('a line of Online Retail', () => {
  const good = ['536365', '85123A', 'LAMP', '6', '2010-12-01 08:26:00', '2.55', '17850.0', 'United Kingdom'];
  const withField = (column: number, value: string) => Buffer.from(good.with(column, value).join());
  const causeOf = (bytes: Buffer | null) => {
    const line = readLine({ number: 9, bytes });
    return isReject(line) ? line.cause : null;
  };

  it('is read with an exact price, its time in UTC and its customer without the .0', () => {
    expect(readLine({ number: 9, bytes: Buffer.from(good.join()) })).toEqual({
      number: 9,
      kind: 'SALE',
      invoice: '536365',
      sku: '85123A',
      description: 'LAMP',
      quantity: 6,
      at: '2010-12-01T08:26:00Z',
      day: '2010-12-01',
      price: '2.5500',
      customer: '17850',
      country: 'United Kingdom',
    });
    expect(readLine({ number: 9, bytes: withField(2, '"SET/6 ""LAMPS"", RED"') })).toMatchObject({ description: 'SET/6 "LAMPS", RED' });
  });

  it.each([
    ['longer than 65536 bytes', null],
    ['has 7 columns instead of 8', Buffer.from(good.slice(1).join())],
    ['has 9 columns instead of 8', Buffer.from([...good, 'x'].join())],
    ['quotes are not closed, or stand in the wrong place', withField(2, '"LAMP')],
    ['holds a NUL byte', withField(2, 'LA\0MP')],
    ['is not UTF-8', Buffer.concat([withField(2, 'LAMP'), Buffer.from([0xe9])])],
    ['bad InvoiceNo', withField(0, 'x')],
    ['bad StockCode', withField(1, '')],
    ['bad Quantity', withField(3, '6.5')],
    ['bad Quantity', withField(3, '0')],
    ['bad InvoiceDate', withField(4, '2010-02-30 08:26:00')],
    ['bad InvoiceDate', withField(4, '12/1/2010 8:26')],
    ['bad UnitPrice', withField(5, '"2,55"')],
    ['bad UnitPrice', withField(5, '2.55551')],
    ['bad UnitPrice', withField(5, 'NaN')],
    ['bad CustomerID', withField(6, 'Ann')],
    ['a negative quantity with a customer, yet no cancellation', withField(3, '-6')],
    ['a cancellation of a positive quantity', withField(0, 'C536365')],
  ])('is rejected: %s', (cause, bytes) => {
    expect(causeOf(bytes)).toBe(cause);
  });
});
