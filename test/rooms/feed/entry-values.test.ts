import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { onEachDatabase, startFrom, type TestDatabase } from '../../support/databases.ts';
import { filled } from '../demo-shop/filled.ts';

startFrom('shop');

/** Each view beside what the trail itself says, read from end to end. */
const views = {
  'audit.stated_reference (id, column_name, refers_to)': `select e.id, c.name, e.after ->> c.name from audit.entry e, unnest('{created_by,customer_id,order_id,product_id}'::text[]) c (name)
    where e.tenant = 'demo' and e.operation in ('INSERT', 'UPDATE') and e.after ->> c.name is not null`,
  'audit.former_value (table_key, record_key, column_name, value)': `select e.table_key, e.record_key, c.name, e.before ->> c.name
     from audit.entry e, unnest('{customer_id,order_id,sku,number,key}'::text[]) c (name)
    where e.tenant = 'demo' and (e.operation = 'UPDATE' or e.operation = 'DELETE' and c.name like '%_id') and e.before ->> c.name is not null`,
};

async function differences(context: TestDatabase): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [view, trail] of Object.entries(views)) {
    const [name, columns = ''] = view.slice(0, -1).split(' (');
    const [row] = await context.database.read<{ rows: string; missing: string; wrong: string }>(
      'demo',
      sql.raw(`with view as (select ${columns} from ${name}), trail as (${trail})
        select (select count(*) from trail) as rows, (select count(*) from (table trail except all table view) m) as missing,
          (select count(*) from (table view except all table trail) w) as wrong`),
    );
    if (Number(row?.rows) === 0) found[view] = 'nothing to compare';
    if (row?.missing !== '0' || row.wrong !== '0') found[view] = JSON.stringify(row);
  }
  return found;
}

async function searched(context: TestDatabase): Promise<readonly unknown[]> {
  return context.database.read('demo', sql`select id, said from audit.search_entries('crushed', 'pal', 50)`);
}

onEachDatabase(
  'what entries state, rows held before and words said is found alike before, amid and after they get positions',
  async (context) => {
    await filled(context);
    await context.owner.run(`set app.tenant = 'demo'; update commerce.products set sku = sku || '-old' where tenant = 'demo' and id % 3 = 0;
    update commerce.orders set customer_id = (select min(id) from commerce.customers where tenant = 'demo') where tenant = 'demo' and id % 7 = 0;
    delete from commerce.payments where tenant = 'demo' and id % 5 = 0; reset app.tenant`);
    const places = async () => {
      const [row] = await context.owner.run<{ placed: number }>(`select count(*)::int as placed from audit.position where tenant = 'demo'`);
      return row?.placed ?? 0;
    };
    const said = await searched(context);
    expect(said.length).toBeGreaterThan(3);
    expect(await differences(context)).toEqual({});

    await context.owner.run(`select from audit.feed_step('{}', null, null, 1000, interval '0 s')`);
    expect(await places()).toBe(1000);
    expect(await differences(context)).toEqual({});
    expect(await searched(context)).toEqual(said);

    await context.owner.run(`select from audit.feed_step('{}', null, null, 1000000, interval '1 min')`);
    expect(await places()).toBeGreaterThan(2000);
    expect(await differences(context)).toEqual({});
    expect(await searched(context)).toEqual(said);
  },
);
