import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { Owner, OwnerTransaction } from '../../database/database.ts';
import { ConfigError } from '../../shared/errors.ts';
import { notEmpty } from './backup.queries.ts';
import { type BackupHead, headMark } from './backup.ts';

/**
 * Writes a backup into a migrated database that holds nothing yet, in one transaction, and gives the number of rows. A statement is in memory at a
 * time. @param version number of the newest migration of that database.
 * @throws ConfigError when the file is no backup of this version, or the database is in use.
 */
export async function restoreBackup(
  owner: Owner,
  path: string,
  version: number,
  progress: (rows: number, total: number) => void = () => {},
): Promise<number> {
  const [found] = await owner.run(notEmpty);
  if (Object.values(found ?? {}).some((count) => Number(count) > 0)) {
    throw new ConfigError('This database holds entries or rows already: a backup is restored into an empty one.');
  }
  const reading = (await open(path)).createReadStream();
  const unpacked = createGunzip();
  reading.once('error', (error) => unpacked.destroy(error));
  try {
    return await owner.transaction((tx) => restored(tx, linesOf(reading.pipe(unpacked)), version, progress));
  } finally {
    reading.destroy();
  }
}

async function restored(
  tx: OwnerTransaction,
  lines: AsyncIterable<string>,
  version: number,
  progress: (rows: number, total: number) => void,
): Promise<number> {
  let head: BackupHead | undefined;
  let [statement, rows] = ['', 0];
  for await (const line of lines) {
    if (head === undefined) {
      head = headOf(line, version);
      continue;
    }
    statement += `${line}\n`;
    if (line.startsWith('(')) rows += 1;
    if (!line.endsWith(';')) continue;
    await tx.run(statement);
    statement = '';
    progress(rows, head.rows);
  }
  if (statement !== '' || rows !== head?.rows) throw new ConfigError('The backup is not whole.');
  return rows;
}

/** Nothing but a line feed ends a line: values hold every other character as it is. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function headOf(line: string, version: number): BackupHead {
  if (!line.startsWith(headMark)) throw new ConfigError('This file is no backup of Whence.');
  const head = JSON.parse(line.slice(headMark.length)) as BackupHead;
  if (head.schema_version === version) return head;
  throw new ConfigError(
    `The backup is of schema version ${head.schema_version}, this database of ${version}: restore it with that version of Whence.`,
  );
}
