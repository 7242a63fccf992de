import { sql } from 'drizzle-orm';
import type { Row } from '../../database/database.ts';
import { users } from '../../database/tables/commerce.ts';
import type { FilterTree } from '../../shared/filter.ts';
import { booleanField, instantField, type Operators, textField } from '../../shared/filter-fields.ts';
import type { Role, User } from './commerce.model.ts';
import { type EntityList, sortBy } from './entity.queries.ts';

export interface UserFilter extends FilterTree<UserFilter> {
  readonly displayName?: Operators<string> | null;
  readonly email?: Operators<string> | null;
  readonly isActive?: boolean | null;
  readonly role?: Role | null;
  readonly createdAt?: Operators<string> | null;
}
export type UserOrderField = 'CREATED_AT' | 'DISPLAY_NAME';

export const userList: EntityList<User, UserFilter, UserOrderField> = {
  table: users,
  toRecord,
  filters: {
    displayName: textField(sql`${users.displayName}`),
    email: textField(sql`${users.email}`),
    isActive: booleanField(sql`${users.isActive}`),
    role: (role) => sql`exists (select 1 from unnest(${users.roles}) as held(role) where upper(held.role) = ${role}::text)`,
    createdAt: instantField(sql`${users.createdAt}`),
  },
  sorts: { CREATED_AT: sortBy(users.createdAt, 'timestamptz'), DISPLAY_NAME: sortBy(users.displayName, 'text') },
};

function toRecord(row: Row): User {
  return {
    entityType: 'USER',
    id: row['id'] as string,
    key: row['key'] as string,
    email: row['email'] as string | null,
    displayName: row['display_name'] as string,
    roles: row['roles'] as string[],
    isActive: row['is_active'] as boolean,
    createdAt: row['created_at'] as string,
  };
}
