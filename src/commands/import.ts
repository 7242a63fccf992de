import { access, constants, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type Config, configFrom } from '../config.ts';
import { DatabaseFault } from '../database/faults.ts';
import type { OpenDatabase } from '../database/open.ts';
import type { ImportOptions, ImportReport } from '../rooms/sources/import.model.ts';
import { ConfigError } from '../shared/errors.ts';
import { openLog } from '../shared/log.ts';
import { count, openProgress } from '../shared/progress.ts';
import { type Command, type Invocation, UsageError } from './command.ts';

type Importer = (database: OpenDatabase, path: string, options: ImportOptions) => Promise<ImportReport>;

interface Source {
  readonly takes: 'file' | 'folder';
  load(): Promise<Importer>;
}

const sources: Readonly<Record<string, Source>> = {
  'online-retail': { takes: 'file', load: async () => (await import('../rooms/sources/online-retail.service.ts')).importOnlineRetail },
  'oracle-co': { takes: 'folder', load: async () => (await import('../rooms/sources/oracle-co.service.ts')).importOracleCo },
};

/** What a shell gives for a process that Ctrl-C ended. */
const interrupted = 130;
const undefinedThings = ['3F000', '42P01', '42883']; // schema, table, function

export const importData: Command = {
  name: 'import',
  summary: 'Replay a file of another system as history, under its own times.',
  usage: [
    'whence import online-retail FILE.csv | oracle-co FOLDER',
    '',
    '  --tenant NAME   whose data it is (demo)',
    '  --rejects FILE  where lines go that cannot be read, with the cause (<name>.rejects.csv here)',
    '',
    'A repeat doubles nothing, also after Ctrl-C: it goes on with the first line that is missing.',
    'Uses DATABASE_URL (its user is a member of whence_source), else the embedded database in WHENCE_DATA_DIR.',
  ].join('\n'),
  options: { tenant: { type: 'string' }, rejects: { type: 'string' } },
  positionals: [2, 2],
  async run(invocation) {
    const [name = '', path = ''] = invocation.positionals;
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    if (!source) throw new UsageError(`There is no source "${name.slice(0, 60)}": ${Object.keys(sources).join(' or ')}.`);
    await requirePath(path, source.takes);
    const importer = await source.load();
    const database = await open(configFrom(invocation.environment));
    try {
      return await runImport(importer, database, { name, path }, invocation);
    } finally {
      await database.close();
    }
  },
};

async function runImport(
  importer: Importer,
  database: OpenDatabase,
  { name, path }: { name: string; path: string },
  { options, out, err, stop }: Invocation,
): Promise<number> {
  const { RejectFile } = await import('../rooms/sources/reject-file.ts');
  const rejects = new RejectFile(resolve(textOf(options['rejects']) ?? `${basename(resolve(path))}.rejects.csv`));
  rejects.refuseOtherFile();
  let total = 0;
  let progress: ReturnType<typeof openProgress> | undefined;
  try {
    const report = await importer(database, path, {
      tenant: textOf(options['tenant']) ?? 'demo',
      stop,
      reject: (reject) => rejects.add(reject),
      progress(done, all) {
        if (!progress || all !== total) progress = openProgress({ label: name, total: all, unit: 'lines', stream: process.stderr });
        total = all;
        progress.at(done);
      },
    });
    progress?.end();
    if (!report.stopped) await settle(database);
    out(summary(report, rejects.path));
    if (!report.stopped) return 0;
    err('Stopped. The same command goes on where this one ended.');
    return interrupted;
  } catch (error) {
    progress?.end();
    if (error instanceof DatabaseFault && undefinedThings.includes(error.sqlState)) {
      throw new ConfigError('The database lacks the tables of imports: run whence migrate first.', { cause: error });
    }
    if (!(error instanceof ConfigError)) err('What was taken so far is kept; the same command goes on where this one ended.');
    throw error;
  } finally {
    rejects.close();
  }
}

/** What a server would do behind the writers: without it the first questions are slow. */
async function settle(database: OpenDatabase): Promise<void> {
  const { catchUp } = await import('../rooms/feed/catch-up.ts');
  let progress: ReturnType<typeof openProgress> | undefined;
  let total = 0;
  await catchUp(database, (waiting) => {
    total ||= waiting;
    progress ??= openProgress({ label: 'positions', total, unit: 'entries', stream: process.stderr });
    progress.at(total - waiting);
  });
  progress?.end();
}

function summary({ linesRead, taken, alreadyTaken, rejected, made }: ImportReport, rejectFile: string): string {
  const lines: [string, number][] = [
    ['lines read', linesRead],
    ['taken', taken],
    ['already taken', alreadyTaken],
    ['rejected', rejected],
    ...Object.entries(made).map(([name, number]): [string, number] => [
      name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
      number ?? 0,
    ]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const shown = lines.map(([name, number]) => `${name.padEnd(width)}  ${count(number).padStart(10)}`);
  if (rejected > 0) shown.push(`The rejected lines and why: ${rejectFile}`);
  return shown.join('\n');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

async function requirePath(path: string, takes: 'file' | 'folder'): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new UsageError(`There is no ${takes} "${path}".`);
  if (found.isDirectory() !== (takes === 'folder')) throw new UsageError(`"${path}" is not a ${takes}.`);
  // Its lines are counted before they are taken, and a pipe gives them once.
  if (takes === 'file' && !found.isFile()) throw new UsageError(`"${path}" is not a file: what it holds can be read only once.`);
  await access(path, constants.R_OK).catch((cause: Error) => {
    throw new UsageError(`"${path}" cannot be read: permission denied.`, { cause });
  });
}

/** As whence_source, with time enough for a batch on a slow machine. */
async function open(config: Config): Promise<OpenDatabase> {
  const { openConfigured } = await import('../configured-database.ts');
  const limits = { connections: 1, statementMs: 60_000, transactionMs: 120_000 };
  return await openConfigured(config, openLog(config.logLevel), { role: 'whence_source', limits });
}
