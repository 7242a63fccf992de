import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { type Config, configFrom } from '../config.ts';
import type { OpenDatabase } from '../database/open.ts';
import { type Log, openLog } from '../shared/log.ts';
import { packageRoot } from '../shared/package-root.ts';
import type { Command } from './command.ts';
import { CrashBundles } from './crash-bundles.ts';
import { fillDemo, interrupted } from './demo.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'Open the database, bring it up to date and answer GraphQL.',
  usage: 'whence serve',
  async run({ environment, out, err, stop }) {
    const config = configFrom(environment);
    const log = openLog(config.logLevel);
    // V8 would let the old space grow fourfold before it looks for what nobody needs: 90 MB that 10,000 sockets leave behind while they are opened.
    setFlagsFromString('--heap-growing-percent=20');
    const crash = config.crashFolder === null ? null : new CrashBundles(config.crashFolder, config.settings, environment, err);
    try {
      return await serving({ config, environment, log, out, stop, crash });
    } catch (error) {
      await crash?.leave(error);
      throw error;
    } finally {
      crash?.stop();
    }
  },
};

interface Serving {
  readonly config: Config;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly out: (text: string) => void;
  readonly stop: AbortSignal;
  readonly crash: CrashBundles | null;
}

async function serving({ config, environment, log, out, stop, crash }: Serving): Promise<number> {
  if (config.requiresTokens) (await import('../rooms/access/token.ts')).tokenVerifier(config.tokens); // a wrong key ends the start here
  if (config.documents.path !== null) (await import('../documents.ts')).readDocuments(config.documents.path); // and so does a wrong document
  const filled = await fillAside(config, environment, stop);
  if (filled !== 0) return filled;
  const { openConfigured } = await import('../configured-database.ts');
  const opening = filledWithDemo(openConfigured(config, log), config, stop); // its thread starts now, before the server's modules load and its types are made
  const app = import('../app.ts').then(({ startApp, apiTypes }) => ({ startApp, types: apiTypes() }));
  const [{ startApp, types }, { examples }, { database, hasDemo }] = await Promise.all([app, import('../examples.ts'), opening]);
  crash?.use(database.owner);
  const started = await startApp({ ...config, fillsDemo: hasDemo }, database, log, types);
  out(welcome(started.url, config, hasDemo ? examples : []));
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
  out('Stopping ...');
  await started.close();
  return 0;
}

/**
 * Fills a new embedded database in a process of its own, because an engine keeps whatever memory it once needed: 60 MB that the server never needs
 * again. The exit code; what went wrong was said by then. A file says while it is filled, so that a fill that was cut short goes on in the same way.
 */
async function fillAside(config: Config, environment: NodeJS.ProcessEnv, stop: AbortSignal): Promise<number> {
  const { fillsDemo, databaseUrl, dataFolder } = config;
  if (!fillsDemo || databaseUrl !== null) return 0;
  const { isNewFolder } = await import('../database/pglite.ts');
  const mark = join(dataFolder, 'demo.filling');
  if (stop.aborted || !(isNewFolder(dataFolder) || existsSync(mark))) return 0;
  await (await import('../shared/address.ts')).tryAddress(config); // a port that is taken ends the start before the fill, not after it
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    writeFileSync(mark, '');
  } catch {} // the other process says what is wrong with the folder
  const filling = fork(join(packageRoot, 'dist', 'bundle', 'main.js'), ['demo'], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  stop.addEventListener('abort', () => filling.kill('SIGTERM'), { once: true });
  let outcome: unknown;
  filling.on('message', (message) => {
    outcome = message;
  });
  const [code, signal] = await (once(filling, 'exit') as Promise<[number | null, string | null]>);
  if (code === 0 || outcome === 'occupied') {
    rmSync(mark, { force: true });
    return 0;
  }
  if (code === null && !stop.aborted) throw new Error(`filling the demo shop was ended by ${signal}; the next start goes on with it`);
  return code ?? interrupted;
}

/** The database, and whether the demo shop is in it; an empty one is filled with it first. */
async function filledWithDemo(
  opening: Promise<OpenDatabase>,
  config: Config,
  stop: AbortSignal,
): Promise<{ database: OpenDatabase; hasDemo: boolean }> {
  const database = await opening;
  if (!config.fillsDemo) return { database, hasDemo: false };
  try {
    const outcome = await fillDemo(config, database, stop);
    return { database, hasDemo: outcome === 'filled' || outcome === 'already' };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function welcome(url: string, config: Config, examples: readonly { question: string; query: string }[]): string {
  const shown = url.replace('127.0.0.1', 'localhost');
  const lines = [
    'Whence is ready.',
    `  GraphQL   ${shown}/graphql`,
    `  GraphiQL  ${shown}/graphiql   <- open this in a browser`,
    `  Audit log ${shown}/audit-log`,
    config.databaseUrl === null ? `  Data      ${config.dataFolder}` : '  Data      PostgreSQL (DATABASE_URL)',
    config.requiresTokens
      ? '  Callers   carry a token or an API key (whence token, whence key create)'
      : '  Callers   everybody on this machine, as tenant demo (WHENCE_JWT_SECRET asks for tokens)',
  ];
  if (examples.length > 0) lines.push('', 'Try one of these; GraphiQL has them open:');
  for (const { question, query } of examples) lines.push('', `# ${question}`, query);
  return [...lines, '', 'Ctrl-C stops it.'].join('\n');
}
