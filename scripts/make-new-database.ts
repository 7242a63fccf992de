// Makes what a new embedded database begins with, in dist/embedded; does nothing where it is current.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makerOf, newDatabase, newDatabaseMaker, setModes } from '../src/database/new-database.ts';
import { openDatabase } from '../src/database/open.ts';

if (!existsSync(newDatabaseMaker) || readFileSync(newDatabaseMaker, 'utf8') !== makerOf()) {
  const draft = `${dirname(newDatabase)}.new`;
  for (const folder of [draft, dirname(newDatabase)]) rmSync(folder, { recursive: true, force: true });
  const database = await openDatabase({ dataDirectory: draft, migrate: true });
  await database.close();
  mkdirSync(dirname(newDatabase), { recursive: true });
  renameSync(join(draft, 'pgdata'), newDatabase);
  setModes(newDatabase, 0o755, 0o644);
  rmSync(draft, { recursive: true });
  writeFileSync(newDatabaseMaker, makerOf());
}
