import { bigint, customType, inet, integer, jsonb, pgSchema, primaryKey, text, timestamp, varchar } from 'drizzle-orm/pg-core';

/** The vault as drizzle/0019_vault.sql makes it. Instants are text, in UTC. */
const vault = pgSchema('script_tracking');
const audit = pgSchema('audit');

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });
const bytea = customType<{ data: string }>({ dataType: () => 'bytea' });
const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });

export const executions = vault.table('script_execution_h', {
  hashKey: bytea('script_execution_hk').primaryKey(),
  businessKey: varchar('script_execution_bk').notNull(),
  tenantKey: bytea('tenant_hk').notNull(),
  loadDate: instant('load_date').notNull(),
  recordSource: varchar('record_source').notNull(),
});

/** As drizzle/0025_alerts.sql makes them: the order in which versions came. */
export const executionPositions = audit.table(
  'execution_position',
  {
    tenantKey: bytea('tenant_hk').notNull(),
    sequence: bigint('sequence', { mode: 'bigint' }).notNull(),
    tick: bigint('tick', { mode: 'bigint' }).notNull(),
    hashKey: bytea('script_execution_hk').notNull(),
    loadDate: instant('load_date').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantKey, table.sequence] })],
);

export const executionHeads = audit.table('execution_head', {
  tenantKey: bytea('tenant_hk').primaryKey(),
  sequence: bigint('sequence', { mode: 'bigint' }).notNull(),
});

export const executionVersions = vault.table(
  'script_execution_s',
  {
    hashKey: bytea('script_execution_hk').notNull(),
    tenantKey: bytea('tenant_hk').notNull(),
    loadDate: instant('load_date').notNull(),
    loadEndDate: instant('load_end_date'),
    hashDiff: bytea('hash_diff').notNull(),
    versionNumber: bigint('version_number', { mode: 'bigint' }).notNull(),
    scriptName: varchar('script_name').notNull(),
    scriptType: varchar('script_type').notNull(),
    status: varchar('execution_status').notNull(),
    executedAt: instant('execution_timestamp').notNull(),
    completedAt: instant('completed_at'),
    durationMs: integer('execution_duration_ms'),
    dbUser: varchar('db_session_user').notNull(),
    clientIp: inet('client_ip'),
    application: varchar('application'),
    session: varchar('session'),
    hostName: varchar('host_name'),
    actor: varchar('actor'),
    actorKind: varchar('actor_kind'),
    actorRole: varchar('actor_role'),
    runId: varchar('run_id'),
    requestId: varchar('request_id'),
    traceParent: varchar('trace_parent'),
    xid: xid8('xid').notNull(),
    affectedObjects: text('affected_objects').array().notNull(),
    sqlCommand: text('sql_command'),
    errorMessage: text('error_message'),
    metadata: jsonb('metadata').notNull(),
    recordSource: varchar('record_source').notNull(),
  },
  (table) => [primaryKey({ columns: [table.hashKey, table.loadDate] })],
);
