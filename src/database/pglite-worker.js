// @ts-check
// The thread that holds PGlite. Plain JavaScript, because a worker thread cannot start from TypeScript on Node 20 and this very file starts
// both under vitest (src/) and from dist/. It sends one message per answer; the parent keeps the order and the time limits.
import { fdatasyncSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, protocol } from '@electric-sql/pglite';

/** @typedef {import('./pglite-messages.ts').WorkerStart} WorkerStart */
/** @typedef {import('./pglite-messages.ts').WorkerRequest} WorkerRequest */
/** @typedef {import('./pglite-messages.ts').WorkerAnswer} WorkerAnswer */

const { serialize } = protocol;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const start = /** @type {WorkerStart} */ (workerData);

/** Names of prepared statements by text, the least recently used first. */
/** @type {Map<string, string>} */
const prepared = new Map();
const preparedLimit = 300;
let preparedCount = 0;

/** Without the look at all array types that PGlite's own parsers begin with: what we ask comes as PostgreSQL prints it. */
class Engine extends PGlite {
  /** @override */
  async _initArrayTypes() {}
}

const database = await open();

port.on('message', async (/** @type {WorkerRequest} */ request) => {
  try {
    port.postMessage(await answer(request));
  } catch (error) {
    port.postMessage({ id: request.id, error: plain(error) });
  }
});
port.postMessage({ id: 0, rows: [], columns: [], command: 'READY' });

async function open() {
  const { folder, parameters } = start;
  const pglite = new Engine({ dataDir: folder, startParams: parameters });
  await pglite.waitReady;
  makeFsyncReal(pglite);
  return pglite;
}

/**
 * PGlite's files lie in Node's file system through emscripten's NODEFS, whose stream operations have no fsync: PostgreSQL's fsync() reaches
 * this hook and nothing else (fdatasync() does not even get here, hence wal_sync_method=fsync). @param {PGlite} pglite
 */
function makeFsyncReal(pglite) {
  const nodefs = /** @type {{ stream_ops: { fsync?: (stream: { nfd: number }) => number } }} */ (
    /** @type {unknown} */ (pglite.Module.NODEFS)
  );
  nodefs.stream_ops.fsync = (stream) => {
    fdatasyncSync(stream.nfd);
    return 0;
  };
}

/** @param {WorkerRequest} request @returns {Promise<WorkerAnswer>} */
async function answer(request) {
  const { id } = request;
  if (request.kind === 'close') {
    await database.close();
    return { id, rows: [], columns: [], command: 'CLOSED' };
  }
  if (request.params === null) return { id, ...last(await send([serialize.query(request.text)])) };
  return { id, ...(await execute(request.text, request.params)) };
}

/** Parse once per text, then bind and execute: planning is most of the price of a short statement. @param {string} text @param {(string | null)[]} values @returns {Promise<Omit<WorkerAnswer, 'id'>>} */
async function execute(text, values) {
  const known = prepared.get(text);
  const name = known ?? `s${++preparedCount}`;
  const parts = known ? [] : [serialize.parse({ name, text })];
  parts.push(serialize.bind({ statement: name, values }), serialize.describe({ type: 'P' }), serialize.execute({}), serialize.sync());
  prepared.delete(text);
  try {
    const messages = await send(parts);
    prepared.set(text, name);
    await forgetOldest();
    return last(messages);
  } catch (error) {
    // Whether Parse came through is not known, so the name is given up (closing an unknown one is no error).
    await send([serialize.close({ type: 'S', name }), serialize.sync()]).catch(() => {});
    const { routine } = /** @type {{ routine?: string }} */ (error);
    // A table of the statement was changed meanwhile: prepared anew it runs.
    if (known && routine === 'RevalidateCachedQuery' && !database.isInTransaction()) return execute(text, values);
    throw error;
  }
}

async function forgetOldest() {
  if (prepared.size <= preparedLimit) return;
  const [[text, name]] = /** @type {[[string, string]]} */ ([prepared.entries().next().value]);
  prepared.delete(text);
  await send([serialize.close({ type: 'S', name }), serialize.sync()]);
}

/** @param {Uint8Array[]} parts */
async function send(parts) {
  const { messages } = await database.execProtocol(Buffer.concat(parts), { syncToFs: false });
  return messages;
}

/** Columns, rows (texts as PostgreSQL prints them) and command of the last statement. @param {readonly { name: string }[]} messages */
function last(messages) {
  /** @type {{ name: string, oid: number }[]} */
  let columns = [];
  /** @type {(string | null)[][]} */
  let rows = [];
  /** @type {Omit<WorkerAnswer, 'id'>} */
  let result = { rows, columns, command: '' };
  for (const message of messages) {
    if (message.name === 'rowDescription') {
      const { fields } = /** @type {{ fields: { name: string, dataTypeID: number }[] } & typeof message} */ (message);
      columns = fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID }));
    } else if (message.name === 'dataRow') {
      rows.push(/** @type {{ fields: (string | null)[] } & typeof message} */ (message).fields);
    } else if (message.name === 'commandComplete') {
      const { text } = /** @type {{ text: string } & typeof message} */ (message);
      result = { rows, columns, command: text.replace(/[ \d]+$/, '') };
      columns = [];
      rows = [];
    }
  }
  return result;
}

/** An error as plain fields: structured cloning would keep its message only. @param {unknown} error */
function plain(error) {
  const { message, code, severity, detail, hint, constraint, table, position, routine, where } =
    /** @type {Record<string, string | undefined>} */ (error);
  return { message: String(message ?? error), code, severity, detail, hint, constraint, table, position, routine, where };
}
