import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { configFrom } from '../config.ts';
import type { OpenDatabase } from '../database/open.ts';
import { openLog } from '../shared/log.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { textOf } from './option.ts';

export const run: Command = {
  name: 'run',
  summary: 'Run a command as a tracked operation: who, how long, how it ended.',
  usage: `whence run [--name NAME] [--type TYPE] [--reason TEXT] [--actor NAME] [--tenant NAME] -- COMMAND [WORDS]

  --name NAME    of the operation; the command's own name when left out
  --type TYPE    BACKUP, ETL, MAINTENANCE, MIGRATION or any other word; OTHER when left out
  --reason TEXT  why
  --actor NAME   who; the account of this machine when left out
  --tenant NAME  whose data it is (demo)

The vault keeps its begin and its end on connections of its own, so also when it fails: exit code, duration and the end of what it printed, without
the secrets that are known from the environment. It is a run: programs over libpq (psql, pg_restore, psycopg) are told its id and the actor through
PGOPTIONS, so that their changes name them; others find it in WHENCE_RUN_ID. The exit code is the command's.

Uses DATABASE_URL, else the embedded database in WHENCE_DATA_DIR, which is closed while the command runs.`,
  options: {
    name: { type: 'string' },
    type: { type: 'string' },
    reason: { type: 'string' },
    actor: { type: 'string' },
    tenant: { type: 'string' },
  },
  positionals: [1, 10_000],
  async run({ positionals: words, options, environment, err, stop }) {
    const who = { tenant: textOf(options, 'tenant') ?? 'demo', actor: textOf(options, 'actor') ?? userInfo().username };
    const name = textOf(options, 'name') ?? basename(words[0] ?? '');
    if (name.trim() === '') throw new UsageError('--name is empty.');
    const { shownWords, withoutSecrets } = await import('../rooms/vault/secrets.ts');
    const { MetadataSeal } = await import('../rooms/vault/metadata-seal.ts');
    const { supervised } = await import('../rooms/vault/supervised.ts');
    const queries = await import('../rooms/vault/vault.queries.ts');
    const { finishRun, startRun } = await import('../rooms/audit/writing.queries.ts');
    const seal = new MetadataSeal(configFrom(environment).vaultKey);
    const reason = textOf(options, 'reason');

    const { runId, hashKey } = await connected(environment, (database) =>
      database.write({ ...who, application: 'whence run' }, async (tx) => {
        const opening = { name, eventPrefix: 'OPERATION', reason: reason === undefined ? null : { text: reason } };
        const [opened] = await tx.run(startRun(opening));
        const begun = {
          scriptName: name,
          scriptTypeName: textOf(options, 'type') ?? 'OTHER',
          metadata: seal.seal(who.tenant, { command: shownWords(words, environment) }),
        };
        const [tracked] = await tx.run(queries.trackOperation({ ...begun, runId: String(opened?.['id']) }));
        return { runId: String(opened?.['id']), hashKey: String(tracked?.['key']) };
      }),
    );
    const ending = await supervised(words, {
      environment: { ...environment, ...contextOf(environment, runId, who) },
      out: (chunk) => process.stdout.write(chunk),
      err: (chunk) => process.stderr.write(chunk),
      stop,
    });
    const isSuccess = ending.exitCode === 0;
    const outputTail = withoutSecrets(ending.tail, environment).replaceAll('\0', '');
    const how = ending.fault ?? (ending.signal ? `ended by ${ending.signal}` : `exit code ${ending.exitCode}`);
    const { exitCode, signal } = ending;
    await connected(environment, (database) =>
      database.write({ ...who, application: 'whence run', runId }, async (tx) => {
        const metadata = seal.seal(who.tenant, { exitCode, outputTail, ...(signal && { signal }) });
        await tx.run(queries.completeOperation({ hashKey, isSuccess, errorMessage: isSuccess ? null : how, metadata }));
        await tx.run(finishRun(runId, isSuccess ? 'SUCCEEDED' : 'FAILED', { exitCode }));
      }),
    );
    err(`whence: ${name}: ${isSuccess ? 'completed' : how} (${runId})`);
    return exitCode;
  },
};

/** The database, for as long as `work` takes: it may be another's while the command runs. */
async function connected<T>(environment: Invocation['environment'], work: (database: OpenDatabase) => Promise<T>): Promise<T> {
  const config = configFrom(environment);
  const { openConfigured } = await import('../configured-database.ts');
  const database = await openConfigured(config, openLog(config.logLevel));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** What tells the command's own connections who they work for. */
function contextOf(environment: Invocation['environment'], runId: string, { tenant, actor }: { tenant: string; actor: string }) {
  const setting = (name: string, value: string) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`;
  const told = [setting('audit.run_id', runId), setting('audit.actor', actor), setting('app.tenant', tenant)];
  return { WHENCE_RUN_ID: runId, PGOPTIONS: [environment['PGOPTIONS'] ?? '', ...told].join(' ').trim() };
}
