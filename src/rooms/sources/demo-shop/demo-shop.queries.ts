import { type SQL, sql } from 'drizzle-orm';
import { json, textArray } from '../../../database/database.ts';
import type { Operation } from './operations.ts';
import type { Action, ColumnValue, EntryReference, ShopTable, StepContext } from './step.model.ts';

/** What entries of the demo shop carry as their record source. */
export const demoSource = 'demo-shop';

/** The columns that hold a row's business key. */
const keyColumns: Readonly<Record<ShopTable, string>> = {
  ...{ users: 'key', customers: 'key', products: 'sku', orders: 'number', order_items: 'key', payments: 'key' },
};

/** Columns that name another row: filled from its business key, which the JSON rows hold under the other name. */
const references: Readonly<Record<string, readonly [given: string, table: ShopTable]>> = {
  created_by: ['created_by', 'users'],
  customer_id: ['customer', 'customers'],
  order_id: ['order', 'orders'],
  product_id: ['product', 'products'],
};

/** The request id of the newest demo entry, whose number tells how many steps are done; null before the first one. */
export const newestStep = (tenant: string): SQL => sql`/* demo.newest_step */
  select request_id from audit.entry where tenant = ${tenant} and record_source = ${demoSource} order by id desc limit 1`;

/** Whether a run has ended; found by its key, however much was added to the trail since. */
export const hasEnded = (tenant: string, runId: string): SQL => sql`/* demo.has_ended */
  select exists (select from audit.run where tenant = ${tenant} and run_id = ${runId} and status <> 'RUNNING') as ended`;

/** Whether the tenant has rows or entries at all. */
export const isOccupied = (tenant: string): SQL => sql`/* demo.is_occupied */
  select exists (select from audit.entry where tenant = ${tenant}) or exists (select from commerce.users where tenant = ${tenant})
    or exists (select from commerce.customers where tenant = ${tenant}) or exists (select from commerce.products where tenant = ${tenant})
    or exists (select from commerce.orders where tenant = ${tenant}) as occupied`;

/**
 * Begins a step: one filler at a time, to the end of the transaction, and the newest entry of an entity with that operation name as the cause.
 * Not waiting for the disk is safe: the steps are lost last first, and the next fill goes on from there.
 */
export function beginStep(tenant: string, cause: EntryReference | undefined): SQL {
  const begun = sql`/* demo.begin_step */ select pg_advisory_xact_lock(hashtext('whence.demo')), set_config('synchronous_commit', 'off', true)`;
  return cause ? sql`${begun}, ${causeSetting(tenant, cause)}` : begun;
}

/** What follows in the transaction was caused by the newest entry of an entity with that operation name. */
export const citeCause = (tenant: string, cause: EntryReference): SQL => sql`/* demo.cite_cause */ select ${causeSetting(tenant, cause)}`;

function causeSetting(tenant: string, { entityKey, operationName }: EntryReference): SQL {
  return sql`set_config('audit.cause_entry', (${newestEntry(tenant, entityKey, operationName)}), true)`;
}

function newestEntry(tenant: string, entityKey: string, operationName: string): SQL {
  return sql`select id::text from audit.entry
    where tenant = ${tenant} and entity_key = ${entityKey} and operation_name = ${operationName} order by id desc limit 1`;
}

export function statementOf(tenant: string, action: Action, context: StepContext): SQL {
  switch (action.kind) {
    case 'insert':
      return insertion(tenant, action);
    case 'update':
      return sql`/* demo.update */ update ${tableName(action.table)} set ${assignments(action.set)}
        where tenant = ${tenant} and ${sql.identifier(keyColumns[action.table])} = ${action.key}`;
    case 'event':
      return sql`/* demo.event */ select audit.record_event(${context.operationName ?? ''}, ${json(action.details)}::text::jsonb,
        (select table_key from audit.tracked_table where table_name = ${`commerce.${action.table}`}),
        (select id::text from ${tableName(action.table)} where tenant = ${tenant} and ${sql.identifier(keyColumns[action.table])} = ${action.key}),
        ${action.key})`;
    case 'addReason':
      return sql`/* demo.add_reason */ select audit.add_reason(
        (${newestEntry(tenant, action.entry.entityKey, action.entry.operationName)})::bigint, ${action.reason}, ${action.reasonCode}, ${action.reference})`;
    case 'startRun':
      return sql`/* demo.start_run */ select audit.start_run(${action.name}, ${context.runId ?? null}, ${context.reason ?? null}, ${context.reasonCode ?? null},
        ${context.reference ?? null}, ${action.prefix}, ${json(action.details)}::text::jsonb, ${context.actor})`;
    case 'finishRun':
      return sql`/* demo.finish_run */ select audit.finish_run(${context.runId ?? null}, ${action.status}, ${json(action.details)}::text::jsonb, ${context.actor})`;
  }
}

/** Many rows in one statement, in their order: ids and entries follow it. */
function insertion(tenant: string, { table, rows }: Extract<Action, { kind: 'insert' }>): SQL {
  const given = Object.keys(rows[0] ?? {});
  const columns = given.map((name) => Object.entries(references).find(([, [key]]) => key === name)?.[0] ?? name);
  const values = columns.map((column) => {
    const reference = references[column];
    if (!reference) return sql`(r.whole).${sql.identifier(column)}`;
    const [key, other] = reference;
    return sql`(select id from ${tableName(other)} o where o.tenant = ${tenant} and o.${sql.identifier(keyColumns[other])} = r.given ->> ${sql.raw(`'${key}'`)})`;
  });
  const names = sql.join(
    columns.map((column) => sql.identifier(column)),
    sql`, `,
  );
  return sql`/* demo.insert */ insert into ${tableName(table)} (tenant, ${names}) select ${tenant}, ${sql.join(values, sql`, `)}
    from (select given, jsonb_populate_record(null::${tableName(table)}, given - 'created_by') as whole
            from jsonb_array_elements(${json(rows)}::text::jsonb) given) r`;
}

function assignments(set: Readonly<Record<string, ColumnValue>>): SQL {
  const parts = Object.entries(set).map(([column, value]) => {
    return sql`${sql.identifier(column)} = ${typeof value === 'object' && value !== null ? sql`${textArray(value)}::text::text[]` : value}`;
  });
  return sql.join(parts, sql`, `);
}

function tableName(table: ShopTable): SQL {
  return sql`commerce.${sql.identifier(table)}`;
}

/** Operations go into the vault under keys of their own: those that are there already stay as they are. */
export function importOperations(operations: readonly Operation[]): SQL {
  return sql`/* demo.operations */ select count(*) from (
    select script_tracking.import_operation(o.key, o.name, o.type, o.status, o.at, o."durationMs", ${demoSource},
        array(select jsonb_array_elements_text(o.objects)), o.error, o.metadata)
      from jsonb_to_recordset(${json(operations)}::text::jsonb) o (key text, name text, type text, status text, at timestamptz, "durationMs" integer,
        objects jsonb, error text, metadata jsonb) offset 0) imported`;
}
