import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Parameter, Row } from './database.ts';
import { ConnectionLost, deadlineExceeded } from './faults.ts';
import type { WorkerAnswer, WorkerFault, WorkerRequest, WorkerStart } from './pglite-messages.ts';
import type { Answer } from './transaction.ts';
import { parsers } from './values.ts';

// Beside this file both in src/ and in dist/.
const workerFile = new URL('./pglite-worker.js', import.meta.url);

// How much a WebAssembly function runs before V8 optimises it. At the 1.8 MB of Node 20 half of a start, and a quarter of the first minute, goes to
// code that is hardly used again; later ones wait for 13.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--wasm-tiering-budget=20000000');

declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

/**
 * The engine shares compiled WebAssembly between threads while somebody holds it. Compiled here, it is ready when the thread has started, and a later
 * thread of this process goes on with the code that was optimised already.
 */
const engines: object[] = [];
let isCompiling = false;

function compileEngine(): void {
  if (isCompiling) return;
  isCompiling = true;
  const wasm = readFileSync(join(dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')), 'pglite.wasm'));
  WebAssembly.compile(wasm).then(
    (engine) => engines.push(engine),
    () => {}, // the thread says what is wrong with it
  );
}

/** PGlite's own defaults without `-F` (fsync off), with little memory: 16 MB of buffers start in a third of a second and hold the hot pages. */
const parameters = [
  'search_path=public',
  'exit_on_error=false',
  'log_checkpoints=false',
  'max_worker_processes=0',
  'max_parallel_workers=0',
  'max_parallel_workers_per_gather=0',
  'max_parallel_maintenance_workers=0',
  'io_method=sync',
  'max_connections=1',
  'shared_buffers=16MB',
  'max_wal_size=128MB',
  'wal_sync_method=fsync',
  'TimeZone=UTC',
  'DateStyle=ISO',
].flatMap((setting) => ['-c', setting]);

interface Pending {
  resolve(answer: WorkerAnswer): void;
  reject(error: Error): void;
}

/** One life of the PGlite thread, from its start to its end; the fault that ended it is final. */
export class PgliteThread {
  dead = false;
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private turn: Promise<unknown> = Promise.resolve();
  private lastId = 0;

  private constructor(folder: string) {
    const workerData: WorkerStart = { folder, parameters: ['--single', '-O', '-j', ...parameters] };
    compileEngine();
    this.worker = new Worker(workerFile, { workerData, name: 'pglite', stdout: false, stderr: false });
    this.worker.on('message', (message: WorkerAnswer | WorkerFault) => this.take(message));
    this.worker.on('error', (error) => this.end(error));
    this.worker.on('exit', (code) => this.end(new ConnectionLost(`the PGlite thread ended with code ${code}`)));
  }

  static async start(folder: string): Promise<PgliteThread> {
    const thread = new PgliteThread(folder);
    await new Promise<WorkerAnswer>((resolve, reject) => thread.pending.set(0, { resolve, reject }));
    return thread;
  }

  /** One statement after the other. A statement over its time ends the thread: PGlite cannot be interrupted. */
  run(text: string, params: readonly Parameter[] | null, limitMs: number): Promise<Answer> {
    const values = params?.map((value) => (value === null ? null : String(value))) ?? null;
    const answer = this.turn.then(() => this.ask({ id: ++this.lastId, kind: 'run', text, params: values }, limitMs)).then(toAnswer);
    this.turn = answer.catch(() => {});
    return answer;
  }

  /** Closes cleanly where the thread still answers, and ends it in any case. */
  async close(): Promise<void> {
    if (!this.dead) await this.ask({ id: ++this.lastId, kind: 'close' }, 10_000).catch(() => {});
    this.end(new ConnectionLost('the database was closed'));
    await this.worker.terminate();
  }

  async kill(reason: Error): Promise<void> {
    this.end(reason);
    await this.worker.terminate();
  }

  private ask(request: WorkerRequest, limitMs: number): Promise<WorkerAnswer> {
    return new Promise((resolve, reject) => {
      if (this.dead) return reject(new ConnectionLost('the PGlite thread has ended'));
      const timer = Number.isFinite(limitMs) ? setTimeout(() => void this.kill(deadlineExceeded(limitMs)), limitMs) : undefined;
      const settle =
        <V>(then: (value: V) => void) =>
        (value: V) => {
          clearTimeout(timer);
          then(value);
        };
      this.pending.set(request.id, { resolve: settle(resolve), reject: settle(reject) });
      this.worker.postMessage(request);
    });
  }

  private take(message: WorkerAnswer | WorkerFault): void {
    const waiting = this.pending.get(message.id);
    this.pending.delete(message.id);
    if (!('error' in message)) {
      waiting?.resolve(message);
      return;
    }
    const error = Object.assign(new Error(message.error.message), message.error);
    waiting?.reject(error);
    // Without an SQLSTATE it is not PostgreSQL that complains but the WebAssembly under it: its state is not to be trusted.
    if (!message.error.code) void this.kill(new ConnectionLost(`PGlite failed: ${message.error.message}`));
  }

  private end(reason: Error): void {
    if (this.dead) return;
    this.dead = true;
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
  }
}

function toAnswer({ rows, columns, command }: WorkerAnswer): Answer {
  const fields = columns.map(({ name, oid }) => ({ name, parse: parsers.get(oid) }));
  const toRow = (values: readonly (string | null)[]): Row => {
    const row: Row = {};
    fields.forEach(({ name, parse }, i) => {
      const value = values[i] ?? null;
      row[name] = value === null || !parse ? value : parse(value);
    });
    return row;
  };
  return { rows: rows.map(toRow), command };
}
