import { sql } from 'drizzle-orm';
import type { OwnerTransaction, Row } from '../../src/database/database.ts';
import type { TestDatabase } from '../support/databases.ts';

/** What a test looks at of an entry; personal columns are apart. */
export interface Captured {
  readonly id: string;
  readonly operation: string;
  readonly key: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/** A table of its own in a schema of its own. */
export interface Scene {
  /** Quoted, with its schema. */
  readonly table: string;
  /** Runs statements as the login role in one transaction. */
  run(statements: string): Promise<Record<string, unknown>[]>;
  /** Entries written since the last call, oldest first. */
  news(): Promise<Captured[]>;
  /** The same in short: `UPDATE 1 {"a":1} -> {"a":2}`. */
  told(): Promise<string[]>;
}

let scenes = 0;

/** Makes a table `create table <its name> (columns)` and tracks it. `:t` in statements stands for the name of the table. */
export async function sceneOf({ owner }: TestDatabase, columns: string, options = "tenant => 'a tenant'", rest = ''): Promise<Scene> {
  const schema = `scene_${process.pid}_${scenes++}`;
  const table = `${schema}.thing`;
  const fill = (text: string) => text.replaceAll(/(?<!:):t\b/g, table);
  await owner.run(`create schema ${schema}; create table ${table} (${columns}) ${rest}`);
  const [last] = await owner.run(sql`select coalesce(max(id), 0)::text as id from audit.entry`);
  let seen = String(last?.['id']);
  const news = async (): Promise<Captured[]> => {
    const rows = await owner.run<Captured & Row>(
      sql`select e.id::text, operation, record_key as key, before, after from audit.entry e where id > ${seen}::text::bigint
           and table_key = (select table_key from audit.tracked_table where schema_name = ${schema}) order by e.id`,
    );
    seen = rows.at(-1)?.id ?? seen;
    return rows;
  };
  const scene: Scene = {
    table,
    run: (statements) => owner.transaction((tx: OwnerTransaction) => tx.run(fill(statements))),
    news,
    told: async () => (await news()).map(inShort),
  };
  if (options !== 'untracked') await owner.run(`select audit.track('${table}', ${fill(options)})`);
  return scene;
}

export function inShort({ operation, key, before, after }: Captured): string {
  const image = (part: object | null) => (part ? JSON.stringify(part) : '');
  const images = before && after ? `${image(before)} -> ${image(after)}` : image(before) + image(after);
  return [operation, key, images].filter((part) => part).join(' ');
}
