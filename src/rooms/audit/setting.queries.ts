import { sql } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';

/** What signs the cursors of this database: the same for every server of it, made when it is first asked for. */
export async function cursorSecret(database: Database): Promise<string> {
  const [row] = await database.read<{ secret: string }>('', sql`/* audit.cursor_secret */ select audit.cursor_secret() as secret`);
  if (!row) throw new Error('audit.cursor_secret() gave nothing');
  return row.secret;
}
