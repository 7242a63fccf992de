import { sql } from 'drizzle-orm';
import type { Row } from '../../database/database.ts';
import { customers } from '../../database/tables/commerce.ts';
import type { FilterTree } from '../../shared/filter.ts';
import { instantField, type Operators, textField } from '../../shared/filter-fields.ts';
import type { Customer } from './commerce.model.ts';
import { type EntityList, sortBy } from './entity.queries.ts';

export interface CustomerFilter extends FilterTree<CustomerFilter> {
  readonly name?: Operators<string> | null;
  readonly email?: Operators<string> | null;
  readonly createdAt?: Operators<string> | null;
}
export type CustomerOrderField = 'CREATED_AT' | 'NAME';

export const customerList: EntityList<Customer, CustomerFilter, CustomerOrderField> = {
  table: customers,
  toRecord,
  filters: {
    name: textField(sql`${customers.name}`),
    email: textField(sql`${customers.email}`),
    createdAt: instantField(sql`${customers.createdAt}`),
  },
  sorts: { CREATED_AT: sortBy(customers.createdAt, 'timestamptz'), NAME: sortBy(customers.name, 'text') },
};

function toRecord(row: Row): Customer {
  return {
    entityType: 'CUSTOMER',
    id: row['id'] as string,
    key: row['key'] as string,
    email: row['email'] as string | null,
    name: row['name'] as string,
    phone: row['phone'] as string | null,
    createdById: row['created_by'] as string | null,
    createdAt: row['created_at'] as string,
  };
}
