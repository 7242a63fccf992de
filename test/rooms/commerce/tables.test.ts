import { getTableConfig } from 'drizzle-orm/pg-core';
import { expect } from 'vitest';
import { customers, orderItems, orders, payments, products, users } from '../../../src/database/tables/commerce.ts';
import { onEachDatabase } from '../../support/databases.ts';

onEachDatabase('the tables in the code are the tables that the migrations make', async ({ owner }) => {
  const rows = await owner.run<{ definition: string }>(`
    select format('%s.%s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' end) as definition
      from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'commerce'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`);
  const inCode = [users, customers, products, orders, orderItems, payments].flatMap((table) => {
    const { name, columns } = getTableConfig(table);
    return columns.map((column) => `${name}.${column.name} ${catalogueType(column.getSQLType())}${column.notNull ? ' not null' : ''}`);
  });
  expect(inCode.sort()).toEqual(rows.map((row) => row.definition).sort());
});

/** The type as format_type() spells it. */
function catalogueType(type: string): string {
  return type.replace(', ', ',').replace(/^char\(/, 'character(');
}
