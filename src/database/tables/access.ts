import { bigint, boolean, jsonb, pgSchema, primaryKey, real, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** What belongs to callers, as far as statements name its columns (drizzle/0026_vault_more.sql). Instants are text, in UTC. */
const access = pgSchema('access');

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

export const exportFiles = access.table(
  'export',
  {
    tenant: text('tenant').notNull(),
    id: uuid('id').notNull().defaultRandom(),
    format: text('format').notNull(),
    status: text('status').notNull(),
    progress: real('progress').notNull(),
    isPersonal: boolean('is_personal').notNull(),
    fileName: text('file_name'),
    byteSize: bigint('byte_size', { mode: 'bigint' }),
    sha256: text('sha256'),
    manifest: jsonb('manifest'),
    errorMessage: text('error_message'),
    actor: text('actor').notNull(),
    createdAt: instant('created_at').notNull(),
    touchedAt: instant('touched_at').notNull(),
    expiresAt: instant('expires_at'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
);
