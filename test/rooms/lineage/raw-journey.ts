// The events of customers worked out a second time: the whole trail in one piece, links by maps, stages by another rule book.
import { type SQL, sql } from 'drizzle-orm';
import type { Row } from '../../../src/database/database.ts';

export interface RawEvent {
  readonly id: string;
  readonly at: string;
  readonly stage: string;
}

type Read = (statement: SQL) => Promise<Row[]>;

/** Per customer id, in the order of time. */
export async function rawJourneys(read: Read): Promise<Map<string, RawEvent[]>> {
  const entries =
    await read(sql`select e.id, to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, t.table_name, e.record_key,
    e.operation, coalesce(e.operation_name, '') as name, e.before, e.after from audit.entry e join audit.tracked_table t using (table_key) order by e.occurred_at, e.id`);
  const customerOfOrder = new Map<unknown, string>();
  const orderOf = new Map<string, unknown>();
  for (const entry of entries) {
    const image = (entry['operation'] === 'DELETE' ? entry['before'] : entry['after']) as Record<string, unknown> | null;
    if (entry['operation'] !== 'INSERT' && entry['operation'] !== 'DELETE') continue;
    if (entry['table_name'] === 'commerce.orders') customerOfOrder.set(entry['record_key'], String(image?.['customer_id']));
    if (image?.['order_id']) orderOf.set(`${entry['table_name']} ${entry['record_key']}`, image['order_id']);
  }
  const journeys = new Map<string, RawEvent[]>();
  for (const entry of entries) {
    const table = String(entry['table_name']).replace('commerce.', '');
    const key = String(entry['record_key']);
    const order = table === 'orders' ? key : orderOf.get(`commerce.${table} ${key}`);
    const customer = table === 'customers' ? key : customerOfOrder.get(order);
    if (customer === undefined || !['customers', 'orders', 'order_items', 'payments'].includes(table)) continue;
    const event = { id: String(entry['id']), at: String(entry['at']), stage: stage(table, entry) };
    journeys.set(customer, [...(journeys.get(customer) ?? []), event]);
  }
  return journeys;
}

/** For the demo shop, whose operations have telling names; amounts that a cancellation changes are told by the code of its reason. */
function stage(table: string, { operation, name, after }: Row): string {
  const status = String((after as Record<string, unknown> | null)?.['status'] ?? '');
  if (operation === 'EVENT') return 'SUPPORT';
  if (table === 'customers') return operation === 'INSERT' ? 'BROWSING' : 'SUPPORT';
  if (['CANCELLED', 'REFUNDED'].includes(status) && operation === 'UPDATE') return 'RETURNING';
  if (table === 'payments') return 'PAYING';
  if (operation === 'DELETE') return 'RETURNING';
  if (['PROCESSING', 'SHIPPED', 'DELIVERED'].includes(status)) return 'FULFILMENT';
  return operation === 'UPDATE' && status === '' && /^ORDER_CANCELLED|RETURN/.test(String(name)) ? 'RETURNING' : 'ORDERING';
}
