import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readFolder } from '../../../src/rooms/sources/oracle-co.reader.ts';
import { importOracleCo } from '../../../src/rooms/sources/oracle-co.service.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { money } from './retail-by-hand.ts';
import { sharedData } from './shared-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'whence-oracle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(sharedData === null)('the real Customer Orders folder', () => {
  const path = join(sharedData ?? '', 'oracle-co');
  /** Rows of a file that holds no quotes. */
  const plainRows = (file: string) =>
    readFileSync(join(path, file), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.trimEnd().split(','));

  onEachDatabase('is replayed with its own times, prices and states, in two goes that double nothing', async ({ source, owner }) => {
    const orders = plainRows('orders.csv');
    const items = plainRows('order_items.csv');
    const stop = new AbortController();
    const first = await importOracleCo(source, path, { tenant: 'co', stop: stop.signal, progress: (done) => done > 4_000 && stop.abort() });
    expect(first.stopped).toBe(true);
    const second = await importOracleCo(source, path, { tenant: 'co' });
    expect(second).toMatchObject({
      rejected: 0,
      stopped: false,
      alreadyTaken: first.taken,
      linesRead: 392 + 46 + 23 + 1950 + 3914 + 1892 + 566,
    });
    expect((first.made.orders ?? 0) + (second.made.orders ?? 0)).toBe(orders.length);
    expect(first.made).toMatchObject({
      customers: 392,
      products: 46,
      stores: 23,
      shipments: 1892,
      shipmentsWithoutItem: 7,
      inventoryLines: 566,
    });

    const stored = await owner.run<{
      line: string;
    }>(`select concat_ws('|', number, c.key, status, to_char(placed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), total) as line
      from commerce.orders o join commerce.customers c on c.tenant = o.tenant and c.id = o.customer_id where o.tenant = 'co' order by o.id`);
    const totals = new Map<string, bigint>();
    for (const [order = '', , , price = '', quantity = ''] of items)
      totals.set(order, (totals.get(order) ?? 0n) + money(price) * BigInt(quantity));
    const wanted = orders.map(([id = '', time = '', customer, , status]) => {
      const total = totals.get(id)!;
      return `CO-${id}|CO-${customer}|${status}|${time.slice(0, 26)}|${total / 10_000n}.${String(total % 10_000n).padStart(4, '0')}`;
    });
    expect(stored.map(({ line }) => line)).toEqual(wanted);

    const counts = await owner.run(`select count(*)::int as items, count(distinct e.run_id)::int as days,
        count(*) filter (where e.occurred_at = o.placed_at and i.status = 'ORDERED')::int as on_time
      from commerce.order_items i join commerce.orders o on o.tenant = i.tenant and o.id = i.order_id
      join audit.entry e on e.tenant = i.tenant and e.entity_key = i.key and e.record_source = 'oracle-co' where i.tenant = 'co'`);
    expect(counts).toEqual([
      { items: items.length, days: new Set(orders.map(([, time]) => time?.slice(0, 10))).size, on_time: items.length },
    ]);
    const stock = plainRows('inventory.csv')
      .filter(([product]) => product === '33')
      .reduce((sum, [, , quantity]) => sum + Number(quantity), 0);
    expect(
      await owner.run(`select p.price, p.stock_quantity, e.details -> 'product_details' ->> 'brand' is not null as has_brand, e.occurred_at > now() - interval '1 day' as is_untimed
        from commerce.products p join audit.entry e on e.tenant = p.tenant and e.entity_key = p.sku
        join audit.tracked_table t on t.table_key = e.table_key and t.table_name = 'commerce.products' where p.tenant = 'co' and p.sku = 'CO-33'`),
    ).toEqual([{ price: '23.3200', stock_quantity: stock, has_brand: true, is_untimed: true }]);
    expect(await importOracleCo(source, path, { tenant: 'co' })).toMatchObject({ taken: 0, made: {} });
    // Where a parcel went stands in the column that is personal alone.
    expect(
      await owner.run(`select count(*)::int as addressed, count(*) filter (where strpos(concat(e.details, e.before, e.after), o.shipping_address) > 0)::int as told
        from commerce.orders o join audit.entry e on e.tenant = o.tenant and e.entity_key = o.number where o.tenant = 'co' and o.shipping_address <> ''`),
    ).toEqual([{ addressed: expect.any(Number), told: 0 }]);
  });

  onEachDatabase('lines that fit nothing are told with their cause, the others are taken', async ({ source }) => {
    cpSync(path, folder, { recursive: true });
    const order = 'order_id,order_tms,customer_id,store_id,order_status';
    writeFileSync(
      join(folder, 'orders.csv'),
      `${order}\n1,2021-02-04T13:20:22.245676861,3,1,CANCELLED\n2,2021-02-30T00:00:00,3,1,COMPLETE\n3,2021-02-04T00:00:00,9999,1,COMPLETE\n`,
    );
    writeFileSync(
      join(folder, 'order_items.csv'),
      'order_id,line_item_id,product_id,unit_price,quantity,shipment_id\n1,1,33,37,4,\n1,1,33,37,4,\n2,1,33,37,4,\n1,2,33,x,4,\n',
    );
    writeFileSync(
      join(folder, 'stores.csv'),
      'store_id,store_name,web_address,physical_address,latitude,longitude\n1,Online,,,,\n2,"Two\nlines",,,,\n',
    );
    const rejects: string[] = [];
    const report = await importOracleCo(source, folder, {
      tenant: 'odd',
      reject: ({ file, line, cause }) => rejects.push(`${file} ${line} ${cause}`),
    });
    expect(rejects).toEqual([
      'orders.csv 3 bad order_tms',
      'order_items.csv 5 bad unit_price',
      'orders.csv 4 names customer 9999, which is not there',
      'order_items.csv 3 item 1/1 is there twice',
      'order_items.csv 4 names order 2, which is not there',
    ]);
    expect(report).toMatchObject({ rejected: 5, made: { orders: 1, items: 1, timesTruncated: 1, stores: 2 } });
  });

  it('a quote that is never closed costs its own line, whatever the lines end with', async () => {
    const broken = join(folder, 'quotes');
    cpSync(path, broken, { recursive: true });
    const lines = readFileSync(join(path, 'inventory.csv'), 'utf8').split('\r\n');
    lines[1] = `"${lines[1]}`;
    lines[9] = lines[9]!.replace(',', '",');
    lines[19] = `x\n${lines[19]}`;
    rmSync(join(broken, 'inventory.csv'));
    writeFileSync(join(broken, 'inventory.csv'), lines.join('\r\n'));
    const { rejects, folder: read } = await readFolder(broken);
    const unclosed = 'quotes are not closed, or stand in the wrong place';
    expect(rejects.map(({ file, line, cause }) => `${file} ${line} ${cause}`)).toEqual([
      `inventory.csv 2 ${unclosed}`,
      `inventory.csv 10 ${unclosed}`,
      'inventory.csv 20 has 1 columns instead of 3',
    ]);
    expect(read.inventory).toHaveLength(564);
  });
});
