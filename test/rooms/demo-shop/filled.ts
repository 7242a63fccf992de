import { type SQL, sql } from 'drizzle-orm';
import type { Row } from '../../../src/database/database.ts';
import { type FillOptions, type FillOutcome, fillDemoShop } from '../../../src/rooms/sources/demo-shop/demo-shop.service.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import type { TestDatabase } from '../../support/databases.ts';

const fills = new WeakMap<TestDatabase, Promise<FillOutcome>>();

/** The demo shop as tenant `demo` of the file's database, filled once, before anything else in it; at once in a file that says `startFrom('shop')`. */
export async function filled(context: TestDatabase): Promise<(statement: SQL) => Promise<Row[]>> {
  let fill = fills.get(context);
  if (!fill) {
    fill = fillDemoShop(context.source, 'demo');
    fills.set(context, fill);
  }
  await fill;
  return (statement) => context.database.read(fixedCaller, statement); // of the tenant demo, and may see everything
}

export function fillTenant({ source }: TestDatabase, tenant: string, options: FillOptions = {}): Promise<FillOutcome> {
  return fillDemoShop(source, tenant, options);
}

/** Everything an entry holds but what may differ: clock and transaction of the database, random salt, and the login's name. */
export const trailHash = (tenant: string): SQL => sql`
  select count(*)::int as entries, md5(string_agg(concat_ws('|', id, occurred_at, table_key, record_key, entity_key, operation, operation_name, actor,
    actor_kind, actor_role, session, client_ip, application, record_source, host_name, request_id, reason, reason_code, reason_source, reference,
    approved_by, cause_id, reason_for, details, run_id, trace_parent, schema_version, before, after, personal_before, personal_after), E'\n' order by id)) as hash
    from audit.shown_entry where tenant = ${tenant}`;

/** The same without ids, which differ between tenants of one database. */
export const contentHash = (tenant: string): SQL => sql`
  select count(*)::int as entries, md5(string_agg(concat_ws('|', occurred_at, table_key, entity_key, operation, operation_name, actor, reason, run_id,
    before, after - 'id' - 'tenant' - 'order_id' - 'product_id' - 'customer_id' - 'created_by', cause_id is null), E'\n' order by id)) as hash
    from audit.shown_entry where tenant = ${tenant}`;
