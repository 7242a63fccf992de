import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';

/** One setting of this database, e.g. the secret that signs its cursors; settings belong to no tenant. */
export async function readSetting(database: Database, name: string): Promise<string> {
  const [row] = await database.read<{ value: string }>('', sql`/* audit.setting */ select value from audit.setting where name = ${name}`);
  if (!row) throw new Error(`audit.setting has no ${name}: run "whence migrate"`);
  return row.value;
}
