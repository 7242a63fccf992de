// Statements that write the trail, through the functions of drizzle/0006_sql_api.sql.
import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { json } from '../../database/database.ts';
import { entries, trackedTables as t } from '../../database/tables/audit.ts';
import { customers, orderItems, orders, payments, products, users } from '../../database/tables/commerce.ts';
import type { BusinessEntityType } from './entity-fields.ts';

export interface ReasonGiven {
  readonly text: string;
  readonly code?: string | null;
  readonly reference?: string | null;
}

export interface RunOpening {
  readonly name: string;
  readonly runId?: string | null;
  readonly reason?: ReasonGiven | null;
  readonly eventPrefix?: string | null;
  readonly details?: Readonly<Record<string, unknown>> | null;
}

export function startRun({ name, runId, reason, eventPrefix, details }: RunOpening): SQL {
  return sql`/* audit.startRun */ select audit.start_run(name => ${name}, run_id => ${runId ?? null}::text, reason => ${reason?.text ?? null}::text,
    reason_code => ${reason?.code ?? null}::text, reference => ${reason?.reference ?? null}::text, event_prefix => ${eventPrefix ?? 'BATCH'}::text,
    details => ${details ? json(details) : null}::text::jsonb) as id`;
}

export function finishRun(runId: string, status: string, details: object | null | undefined): SQL {
  return sql`/* audit.finishRun */ select audit.finish_run(run_id => ${runId}, status => ${status}, details => ${details ? json(details) : null}::text::jsonb)::text as done`;
}

export function addReason(entryId: string, { text, code, reference }: ReasonGiven): SQL {
  return sql`/* audit.addReason */ select audit.add_reason(${entryId}::text::bigint, ${text}::text, ${code ?? null}::text, ${reference ?? null}::text) as id`;
}

/** The row that an event is about. */
export interface EventSubject {
  readonly tableKey: number;
  readonly recordKey: string;
  readonly entityKey: string | null;
}

export function recordEvent(
  name: string,
  details: object | null | undefined,
  subject: EventSubject | null,
  runId: string | null | undefined,
): SQL {
  return sql`/* audit.recordEvent */ select audit.record_event(operation_name => ${name}::text, details => ${details ? json(details) : null}::text::jsonb,
    table_key => ${subject?.tableKey ?? null}::int, record_key => ${subject?.recordKey ?? null}::text, entity_key => ${subject?.entityKey ?? null}::text,
    run_id => ${runId ?? null}::text) as id`;
}

const shopTables: Readonly<Record<BusinessEntityType, { table: PgTable & { tenant: PgColumn; id: PgColumn }; key: PgColumn }>> = {
  USER: { table: users, key: users.key },
  CUSTOMER: { table: customers, key: customers.key },
  PRODUCT: { table: products, key: products.sku },
  ORDER: { table: orders, key: orders.number },
  ORDER_ITEM: { table: orderItems, key: orderItems.key },
  PAYMENT: { table: payments, key: payments.key },
};

/** One row (table_key, record_key, entity_key) of an entity that is there now, or was: then as the trail knows it last. */
export function shopSubject(tenant: string, type: BusinessEntityType, by: { readonly id: string } | { readonly key: string }): SQL {
  const { table, key } = shopTables[type];
  const isWanted = 'id' in by ? sql`${table.id} = ${by.id}::text::bigint` : sql`${key} = ${by.key}::text`;
  const wasWanted =
    'id' in by
      ? sql`${entries.recordKey} = ${by.id}::text`
      : sql`${entries.entityKey} = ${by.key}::text and ${entries.recordKey} is not null`;
  return sql`/* audit.eventSubject */ select ${t.tableKey}, found.record_key, found.entity_key from ${t} cross join lateral (
      (select ${table.id}::text as record_key, ${key} as entity_key, 1 as place from ${table} where ${table.tenant} = ${tenant} and ${isWanted})
      union all
      (select ${entries.recordKey}, ${entries.entityKey}, 2 from ${entries}
        where ${entries.tenant} = ${tenant} and ${entries.tableKey} = ${t.tableKey} and ${wasWanted} order by ${entries.id} desc limit 1)) found
     where ${t.entityType} = ${type} order by found.place limit 1`;
}

/** The table of a record; `known` when the trail holds the record. */
export function recordSubject(tenant: string, tableName: string, recordKey: string): SQL {
  return sql`/* audit.eventSubject */ select ${t.tableKey}, exists (
      select 1 from ${entries} where ${entries.tenant} = ${tenant} and ${entries.tableKey} = ${t.tableKey} and ${entries.recordKey} = ${recordKey}) as known
    from ${t} where ${t.tableName} = ${tableName}`;
}

/** Whether a row of a tracked table is there now. */
export function presentRecord(tableKey: number, recordKey: string): SQL {
  return sql`/* audit.eventSubject.present */ select record_key from ${sql.raw(`audit_capture.t${Number(tableKey)}_rows`)}(array[${recordKey}::text])`;
}
