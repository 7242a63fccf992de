import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import { entries } from '../../database/tables/audit.ts';
import type { Period } from '../../shared/time-range.ts';
import { e, occurredIn } from '../audit/entry.queries.ts';

/**
 * Rows (bar, count): changes of the price of products, told in bars of `percent` of the old price; bar 0 begins at 0.
 * Exact: a division of decimals would round at the edges. What cannot be told in per cent is left out: an old price of 0, another currency.
 */
export function priceChanges(tenant: string, tableKeys: readonly number[], period: Period, percent: number, limit: number): SQL {
  const price = (image: SQL) => sql`case when ${image} ->> 'price' ~ '^-?[0-9]+([.][0-9]+)?$' then (${image} ->> 'price')::numeric end`;
  const [before, after] = [sql`${e.before}`, sql`${e.after}`];
  return sql`/* analytics.priceChanges */
    select (div(p.change, p.width) - case when mod(p.change, p.width) <> 0 and sign(p.change) <> sign(p.width) then 1 else 0 end)::text as bar, count(*) as count
      from (select (c.new - c.old) * 100 as change, c.old * ${percent}::int as width
              from (select ${price(before)} as old, ${price(after)} as new from ${entries} e
                     where ${e.tenant} = ${tenant} and ${occurredIn(period)} and ${e.operation} = 'UPDATE'
                       and ${e.tableKey} = any(${textArray(tableKeys)}::text::int[])
                       and ${before} ->> 'currency' is not distinct from ${after} ->> 'currency') c
             where c.old <> 0 and c.new <> c.old) p
     group by 1 limit ${limit}::int`;
}
