import {
  bigint,
  boolean,
  customType,
  date,
  doublePrecision,
  inet,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

/** The trail as drizzle/0002_trail.sql makes it, as far as statements name its columns. Instants are text, in UTC. */
const audit = pgSchema('audit');

const bigintKey = (name: string) => bigint(name, { mode: 'bigint' });
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });
const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });

/** Entries as their reader may see them: a view over `audit.entry`, where personal values are masked (drizzle/0014_masking.sql). */
export const entries = audit.table(
  'shown_entry',
  {
    tenant: text('tenant').notNull(),
    id: bigintKey('id').notNull(),
    xid: xid8('xid').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    recordedAt: instant('recorded_at').notNull(),
    tableKey: integer('table_key'),
    recordKey: text('record_key'),
    entityKey: text('entity_key'),
    operation: text('operation').notNull(),
    operationName: text('operation_name'),
    actor: text('actor'),
    actorKind: text('actor_kind'),
    actorRole: text('actor_role'),
    actorVerified: boolean('actor_verified').notNull(),
    dbUser: text('db_user').notNull(),
    session: text('session'),
    clientIp: inet('client_ip'),
    application: text('application'),
    recordSource: text('record_source'),
    hostName: text('host_name'),
    statement: text('statement'),
    requestId: text('request_id'),
    reason: text('reason'),
    reasonCode: text('reason_code'),
    reasonSource: text('reason_source'),
    reference: text('reference'),
    approvedBy: text('approved_by'),
    causeId: bigintKey('cause_id'),
    reasonFor: bigintKey('reason_for'),
    details: jsonb('details'),
    runId: text('run_id'),
    traceParent: text('trace_parent'),
    schemaVersion: integer('schema_version'),
    before: jsonb('before'),
    after: jsonb('after'),
    personalBefore: jsonb('personal_before'),
    personalAfter: jsonb('personal_after'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
);

export const runs = audit.table(
  'run',
  {
    tenant: text('tenant').notNull(),
    runId: text('run_id').notNull(),
    name: text('name').notNull(),
    eventPrefix: text('event_prefix').notNull(),
    status: text('status').notNull(),
    startedAt: instant('started_at').notNull(),
    finishedAt: instant('finished_at'),
    actor: text('actor'),
    actorKind: text('actor_kind'),
    reason: text('reason'),
    reasonCode: text('reason_code'),
    reference: text('reference'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.runId] })],
);

export const trackedTables = audit.table('tracked_table', {
  tableKey: integer('table_key').primaryKey(),
  tableName: text('table_name').notNull(),
  entityType: text('entity_type').notNull(),
  keyColumns: text('key_columns').array().notNull(),
  entityKeyColumn: text('entity_key_column'),
  tenantColumn: text('tenant_column'),
  tenant: text('tenant'),
  ignoredColumns: text('ignored_columns').array().notNull(),
  maskedColumns: text('masked_columns').array().notNull(),
  personalColumns: text('personal_columns').array().notNull(),
  reasonRequiredColumns: text('reason_required_columns').array().notNull(),
  columnGroups: jsonb('column_groups').notNull(),
  statusColumn: text('status_column'),
  transitions: jsonb('transitions'),
  truncatePolicy: text('truncate_policy').notNull(),
  schemaVersion: integer('schema_version').notNull(),
  trackedSince: instant('tracked_since').notNull(),
  untrackedAt: instant('untracked_at'),
});

/** As drizzle/0015_read_accesses.sql makes them. */
export const readAccesses = audit.table(
  'read_access',
  {
    tenant: text('tenant').notNull(),
    id: bigintKey('id').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    actor: text('actor').notNull(),
    actorRole: text('actor_role'),
    actorVerified: boolean('actor_verified').notNull(),
    operationName: text('operation_name'),
    fields: text('fields').array().notNull(),
    entityType: text('entity_type'),
    entityKey: text('entity_key'),
    rowCount: integer('row_count').notNull(),
    isAllowed: boolean('is_allowed').notNull(),
    purpose: text('purpose'),
    session: text('session'),
    application: text('application'),
    clientIp: inet('client_ip'),
    requestId: text('request_id'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
);

export const readAccessEntities = audit.table('read_access_entity', {
  tenant: text('tenant').notNull(),
  entityType: text('entity_type').notNull(),
  entityKey: text('entity_key').notNull(),
  occurredAt: instant('occurred_at').notNull(),
  accessId: bigintKey('access_id').notNull(),
});

/** As drizzle/0016_verified_actors.sql makes it. */
export const verifiedActors = audit.table('verified_actor', {
  tenant: text('tenant').notNull(),
  xid: xid8('xid').notNull(),
  actor: text('actor').notNull(),
  firstEntry: bigintKey('first_entry').notNull(),
  lastEntry: bigintKey('last_entry'),
});

/** As drizzle/0017_ticks.sql and 0018_positions.sql make them. */
export const feedTicks = audit.table('feed_tick', {
  tick: bigintKey('tick').primaryKey(),
  mark: bigintKey('mark').notNull(),
});

export const feedHeads = audit.table('feed_head', {
  tenant: text('tenant').primaryKey(),
  sequence: bigintKey('sequence').notNull(),
  tick: bigintKey('tick').notNull(),
});

export const positions = audit.table(
  'position',
  {
    tenant: text('tenant').notNull(),
    sequence: bigintKey('sequence').notNull(),
    tick: bigintKey('tick').notNull(),
    entryId: bigintKey('entry_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.sequence] })],
);

export const rollups = audit.table(
  'rollup',
  {
    tenant: text('tenant').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    tableKey: integer('table_key').notNull(),
    operation: text('operation').notNull(),
    actor: text('actor').notNull(),
    isNamed: boolean('is_named').notNull(),
    entries: bigintKey('entries').notNull(),
    firstAt: instant('first_at').notNull(),
    lastAt: instant('last_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.day, table.tableKey, table.operation, table.actor, table.isNamed] })],
);

/** As drizzle/0024_webhooks.sql makes them. The secret is written by statements and read by none. */
export const webhooks = audit.table(
  'webhook',
  {
    tenant: text('tenant').notNull(),
    id: bigintKey('id').notNull(),
    url: text('url').notNull(),
    events: text('events').array().notNull(),
    filter: jsonb('filter'),
    sealedSecret: text('sealed_secret').notNull(),
    reached: jsonb('reached').notNull(),
    sequence: bigintKey('sequence'),
    alerts: bigintKey('alerts'),
    placedAt: instant('placed_at').notNull(),
    generation: integer('generation').notNull(),
    deliveryId: text('delivery_id'),
    deliveryEnd: jsonb('delivery_end'),
    attempts: integer('attempts').notNull(),
    givenUp: integer('given_up').notNull(),
    isActive: boolean('is_active').notNull(),
    nextAttemptAt: instant('next_attempt_at').notNull(),
    lastError: text('last_error'),
    leaseOwner: text('lease_owner'),
    leaseUntil: instant('lease_until'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
);

export const webhookDeliveries = audit.table(
  'webhook_delivery',
  {
    tenant: text('tenant').notNull(),
    webhookId: bigintKey('webhook_id').notNull(),
    id: bigintKey('id').notNull(),
    deliveryId: text('delivery_id').notNull(),
    attempt: integer('attempt').notNull(),
    outcome: text('outcome').notNull(),
    after: jsonb('after').notNull(),
    upto: jsonb('upto').notNull(),
    entries: integer('entries').notNull(),
    status: integer('status'),
    durationMs: doublePrecision('duration_ms').notNull(),
    error: text('error'),
    attemptedAt: instant('attempted_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.webhookId, table.id] })],
);

/** As drizzle/0025_alerts.sql makes them. */
export const alertHeads = audit.table('alert_head', {
  tenant: text('tenant').primaryKey(),
  sequence: bigintKey('sequence').notNull(),
  pruned: bigintKey('pruned').notNull(),
});

export const alerts = audit.table(
  'alert',
  {
    tenant: text('tenant').notNull(),
    sequence: bigintKey('sequence').notNull(),
    raisedAt: instant('raised_at').notNull(),
    kind: text('kind').notNull(),
    score: doublePrecision('score'),
    facts: jsonb('facts').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.sequence] })],
);
