import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { textArray } from '../../database/database.ts';
import { customers, orderItems, orders, payments, products, users } from '../../database/tables/commerce.ts';
import type { SortTerm } from '../../shared/page-keyset.ts';
import type { PagedList } from '../../shared/page-read.ts';
import type { BusinessEntityType } from '../audit/entity-fields.ts';
import type { EntityType } from '../commerce/commerce.model.ts';
import type { Found, Question } from './search.model.ts';

/** Entities of one kind that are found by the beginning of their key, or by name, at most. */
const maxOfKind = 500;
/** Entries that are looked at for words, at most: of more the newest. */
const maxEntries = 5_000;

interface Searched {
  readonly entityType: BusinessEntityType;
  readonly key: PgColumn;
}
const shop: readonly Searched[] = [
  { entityType: 'CUSTOMER', key: customers.key },
  { entityType: 'ORDER', key: orders.number },
  { entityType: 'ORDER_ITEM', key: orderItems.key },
  { entityType: 'PAYMENT', key: payments.key },
  { entityType: 'PRODUCT', key: products.sku },
  { entityType: 'USER', key: users.key },
];

const order: readonly SortTerm[] = [
  { column: { name: 'rank', sql: sql`h.rank`, type: 'integer', rowColumn: 'rank' }, direction: 'ASC' },
  { column: { name: 'newest', sql: sql`h.newest`, type: 'bigint', rowColumn: 'newest' }, direction: 'DESC' },
  { column: { name: 'type', sql: sql`h.entity_type`, type: 'text', rowColumn: 'entity_type' }, direction: 'ASC' },
  { column: { name: 'table', sql: sql`h.table_key`, type: 'integer', rowColumn: 'table_key' }, direction: 'ASC' },
  { column: { name: 'record', sql: sql`h.record_key`, type: 'text', rowColumn: 'record_key' }, direction: 'ASC' },
];

/**
 * Entities that a question finds, each once: by its whole key (rank 0), by the beginning of its key (1), by the words of its name (2), by the
 * words of an entry about it (3); within a rank the newest first. A row of the shop that was deleted is left out; of another table it is not.
 */
export function searchHits(tenant: string, question: Question, kinds: readonly EntityType[] | null, personal: boolean): PagedList<Found> {
  const isWanted = (entityType: EntityType) => kinds === null || kinds.includes(entityType);
  const complete = question.words.slice(0, -1).join(' ');
  const begun = question.words.at(-1) ?? '';
  const candidates = [
    ...shop.filter(({ entityType }) => isWanted(entityType)).map((searched) => byKey(tenant, searched, question)),
    ...(isWanted('PAYMENT') ? [byReference(tenant, question)] : []),
    ...(isWanted('RECORD') ? [recordsByKey(tenant, question)] : []),
    sql`select n.entity_type, t.table_key, n.id::text, 2, n.id, null::text
          from commerce.search_names(${complete}, ${begun}, ${personal}::boolean, ${maxOfKind}::int) n join audit.tracked_table t on t.table_name = ${shopTable(sql`n.entity_type`)}`,
    sql`select t.entity_type, e.table_key, e.record_key, 3, e.id, e.said
          from audit.search_entries(${complete}, ${begun}, ${maxEntries}::int) e join audit.tracked_table t on t.table_key = e.table_key`,
  ];
  const found = sql`(
    select distinct on (c.entity_type, c.table_key, c.record_key) c.entity_type, c.table_key, t.table_name, c.record_key, c.rank, c.newest, c.said
      from (${sql.join(
        candidates,
        sql`
      union all
      `,
      )}) c(entity_type, table_key, record_key, rank, newest, said)
      join audit.tracked_table t on t.table_key = c.table_key
     where (t.entity_type = 'RECORD' or t.table_name = ${shopTable(sql`t.entity_type`)})
     order by c.entity_type, c.table_key, c.record_key, c.rank, c.newest desc)`;
  const ofKinds = kinds === null ? sql`true` : sql`h.entity_type = any(${textArray(kinds)}::text::text[])`;
  return {
    name: 'search.hits',
    columns: sql`h.entity_type, h.table_key, h.table_name, h.record_key, h.rank, h.newest, h.said`,
    from: sql`${found} h`,
    where: sql`${ofKinds} and ${isThere(tenant)}`,
    order,
    toRecord: (row) => ({
      entityType: row['entity_type'] as EntityType,
      tableName: row['table_name'] as string,
      recordKey: row['record_key'] as string,
      said: row['said'] as string | null,
    }),
  };
}

/** `commerce.order_items` of `ORDER_ITEM`. */
const shopTable = (entityType: SQL) => sql`'commerce.' || lower(${entityType}) || 's'`;

/** A key is stored with the collation "C", in which the keys that begin with it lie side by side. */
function byKey(tenant: string, { entityType, key }: Searched, question: Question): SQL {
  const { table } = key;
  const [tenantColumn, id] = [sql`s.tenant`, sql`s.id`];
  const column = sql`s.${sql.identifier(key.name)}`;
  const ofKind = question.keyOfKind?.entityType === entityType ? question.keyOfKind.keys : [];
  return sql`select ${entityType}::text, t.table_key, f.id::text, case when f.key = k.key then 0 else 1 end, f.id, null::text
          from audit.tracked_table t cross join unnest(${textArray([...question.keys, ...ofKind])}::text::text[]) k(key)
         cross join lateral (
           select ${id}, ${column} as key from ${table} s where ${tenantColumn} = ${tenant} and ${column} >= k.key and ${column} < k.key || chr(1114111)
            order by ${column} limit ${maxOfKind}) f
         where t.table_name = ${shopTable(sql`${entityType}::text`)}`;
}

function byReference(tenant: string, { keys, keyOfKind }: Question): SQL {
  const ofKind = keyOfKind?.entityType === 'PAYMENT' ? keyOfKind.keys : [];
  return sql`select 'PAYMENT', t.table_key, s.id::text, 0, s.id, null
          from audit.tracked_table t join commerce.payments s on s.tenant = ${tenant} and s.reference = any(${textArray([...keys, ...ofKind])}::text::text[])
         where t.table_name = 'commerce.payments'`;
}

/** Rows of other tables by their whole key, as far as the log knows them. Index: entry_record. */
function recordsByKey(tenant: string, { keys }: Question): SQL {
  return sql`select 'RECORD', t.table_key, f.record_key, 0, f.id, null
          from audit.tracked_table t cross join unnest(${textArray(keys)}::text::text[]) k(key)
         cross join lateral (
           select e.record_key, e.id from audit.shown_entry e
            where e.tenant = ${tenant} and e.table_key = t.table_key and e.record_key = k.key order by e.id desc limit 1) f
         where t.entity_type = 'RECORD'`;
}

/** Whether the shop has the row still. */
function isThere(tenant: string): SQL {
  const branches = shop.map(
    ({ entityType, key: { table } }) =>
      sql`when ${entityType} then exists (select from ${table} s where s.tenant = ${tenant} and s.id = h.record_key::bigint)`,
  );
  return sql`case h.entity_type ${sql.join(branches, sql` `)} else true end`;
}
