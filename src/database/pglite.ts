// The embedded database: one PGlite in one thread, used by one turn at a time. Roles are taken on by `set role`, as there is one connection.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SQL } from 'drizzle-orm';
import { ConfigError, DomainError } from '../shared/errors.ts';
import {
  compile,
  type Database,
  type DatabaseRole,
  type Limits,
  type Observe,
  type Owner,
  type OwnerTransaction,
  type PoolState,
  type Reader,
  type Row,
  type Transaction,
  type WriteContext,
  type Wrote,
} from './database.ts';
import { codeOf, deadlineExceeded, translate } from './faults.ts';
import { lockFolder } from './folder-lock.ts';
import { copyNewDatabase } from './new-database.ts';
import { PgliteThread } from './pglite-thread.ts';
import { beginningOf, forReader, refuseInsideTransaction } from './settings.ts';
import { inTransaction, type Run, settled } from './transaction.ts';
import { observed, ownerWork, runEither, writeWork } from './work.ts';

type TurnRole = DatabaseRole | 'owner';

const busy = (message: string) => new DomainError('UNAVAILABLE', message, { retryable: true });

const dataOf = (folder: string): string => join(folder, 'pgdata');

/** Whether there is no database in it yet. */
export const isNewFolder = (folder: string): boolean => !existsSync(dataOf(folder));

/** The thread, its restarts, the queue before it, and the lock on its folder. */
export class PgliteStore {
  private thread: PgliteThread | null;
  private role: TurnRole = 'owner';
  private taken = false;
  private ended = false;
  private readonly waiting: ((refused?: Error) => void)[] = [];

  private constructor(
    thread: PgliteThread,
    private readonly folder: string,
    private readonly unlock: () => void,
  ) {
    this.thread = thread;
  }

  static async open(folder: string): Promise<PgliteStore> {
    let unlock = () => {};
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      unlock = await lockFolder(folder);
      const data = dataOf(folder);
      if (isNewFolder(folder)) await createData(data);
      return new PgliteStore(await PgliteThread.start(data), data, unlock);
    } catch (error) {
      unlock();
      throw unusable(folder, error);
    }
  }

  /** Lends the connection to `work` under a role, for `workMs` at most. */
  async turn<T>(role: TurnRole, limits: Limits, workMs: number, work: (run: Run) => Promise<T>): Promise<T> {
    await this.acquire(limits);
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    try {
      const thread = await this.alive();
      await this.become(thread, role);
      const until = performance.now() + workMs;
      let underWay = 0;
      const run: Run = async (text, params) => {
        if (over) throw new Error('the turn at the database is over: await every statement');
        underWay++;
        try {
          return await thread.run(text, params, Math.max(1, Math.min(limits.statementMs, until - performance.now())));
        } finally {
          underWay--;
        }
      };
      const deadline = new Promise<never>((_, reject) => {
        if (!Number.isFinite(workMs)) return;
        timer = setTimeout(() => {
          over = true;
          reject(deadlineExceeded(workMs));
          if (underWay > 0) void thread.kill(deadlineExceeded(workMs));
        }, workMs + 50);
      });
      const result = await Promise.race([work(run), deadline]);
      return result;
    } finally {
      clearTimeout(timer);
      if (over) await this.thread?.run('rollback', null, 1_000).catch(() => {});
      over = true;
      this.pass();
    }
  }

  get state(): PoolState {
    return { connections: 1, idle: this.taken ? 0 : 1, waiting: this.waiting.length };
  }

  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    for (const take of this.waiting.splice(0)) take(busy('The database is being closed.'));
    if (this.taken) await new Promise<void>((resolve) => this.waiting.push(() => resolve()));
    await this.thread?.close();
    this.thread = null;
    this.unlock();
  }

  private async alive(): Promise<PgliteThread> {
    if (this.thread && !this.thread.dead) return this.thread;
    await this.thread?.close();
    this.thread = await PgliteThread.start(this.folder);
    this.role = 'owner';
    return this.thread;
  }

  private async become(thread: PgliteThread, role: TurnRole): Promise<void> {
    if (role === this.role) return;
    try {
      // What the owner's text left behind (an open transaction, settings) must not reach the next one.
      const leave = this.role === 'owner' ? 'rollback; reset all; ' : '';
      await thread.run(`${leave}${role === 'owner' ? 'reset role' : `set role ${role}`}`, null, 5_000);
      this.role = role;
    } catch (error) {
      if (codeOf(error) === '22023') throw new ConfigError(`the role ${role} does not exist: run the migrations first`, { cause: error });
      throw error;
    }
  }

  private acquire({ waiting, acquireMs }: Pick<Limits, 'waiting' | 'acquireMs'>): Promise<void> | void {
    if (this.ended) throw busy('The database is closed.');
    if (!this.taken) {
      this.taken = true;
      return;
    }
    if (this.waiting.length >= waiting) throw busy('Too many requests wait for the database.');
    return new Promise((resolve, reject) => {
      const take = (refused?: Error) => {
        clearTimeout(timer);
        if (refused) reject(refused);
        else resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(take), 1);
        reject(busy('The database did not become free in time.'));
      }, acquireMs);
      this.waiting.push(take);
    });
  }

  private pass(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.taken = false;
  }
}

/** What is wrong with a folder, in words that say what to do. */
function unusable(folder: string, error: unknown): unknown {
  if (error instanceof ConfigError || error instanceof DomainError) return error;
  const reasons: Readonly<Record<string, string>> = {
    ...{ EEXIST: 'it is no folder', ENOTDIR: 'it is no folder' },
    ...{ EACCES: 'this user may not write to it', EPERM: 'this user may not write to it', EROFS: 'its disk is read-only' },
    ...{ ENOSPC: 'its disk is full', EDQUOT: 'its disk is full' },
  };
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = reasons[code ?? ''] ?? `the database in it does not start: ${message.replace(/\.$/, '')}`;
  return new ConfigError(`the data folder ${folder} cannot be used: ${reason}.`, { cause: error });
}

/** A folder that holds a whole database or none: made beside its place, written through to the disk, then moved there. */
async function createData(data: string): Promise<void> {
  const draft = `${data}.new`;
  rmSync(draft, { recursive: true, force: true });
  if (!copyNewDatabase(draft)) {
    const thread = await PgliteThread.start(draft);
    await thread.close();
  }
  syncFolder(draft);
  renameSync(draft, data);
}

function syncFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      syncFolder(path);
    } else {
      const file = openSync(path, 'r+');
      fsyncSync(file);
      closeSync(file);
    }
  }
}

/** The embedded database under one role. */
export class PgliteDatabase implements Database {
  readonly kind = 'pglite';

  constructor(
    private readonly store: PgliteStore,
    private readonly role: DatabaseRole,
    private readonly limits: Limits,
    private readonly observe: Observe | undefined,
    private readonly wrote: Wrote,
    private readonly actorSecret: string | null = null,
  ) {}

  async read<R extends Row = Row>(reader: Reader, statement: SQL): Promise<R[]> {
    refuseInsideTransaction(this.store);
    const asked = compile(statement);
    const sent = forReader(asked, reader);
    const { role, limits, observe } = this;
    try {
      return await this.store.turn(role, limits, limits.statementMs, (run) => observed<R>(run, observe, asked, sent));
    } catch (error) {
      throw translate(error);
    }
  }

  async write<T>(context: WriteContext, work: (tx: Transaction) => Promise<T>): Promise<T> {
    refuseInsideTransaction(this.store);
    const beginning = beginningOf(context, this.actorSecret);
    const { role, limits, observe } = this;
    try {
      return await settled((progress) =>
        this.store.turn(role, limits, limits.transactionMs, (run) =>
          inTransaction(run, progress, (inside) => writeWork(this.store, inside, observe, beginning, work)),
        ),
      );
    } finally {
      this.wrote();
    }
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

const ownerLimits = { waiting: Infinity, acquireMs: 60_000, statementMs: Infinity, transactionMs: Infinity };

export class PgliteOwner implements Owner {
  readonly kind = 'pglite';

  constructor(
    private readonly store: PgliteStore,
    private readonly limits: Limits,
    private readonly wrote: Wrote = () => {},
  ) {}

  async run<R extends Row = Row>(statement: SQL | string): Promise<R[]> {
    refuseInsideTransaction(this.store);
    try {
      return await this.store.turn('owner', { ...this.limits, ...ownerLimits }, Infinity, (run) => runEither<R>(run, statement));
    } catch (error) {
      throw translate(error);
    } finally {
      this.wrote();
    }
  }

  async transaction<T>(work: (tx: OwnerTransaction) => Promise<T>): Promise<T> {
    refuseInsideTransaction(this.store);
    try {
      return await settled((progress) =>
        this.store.turn('owner', { ...this.limits, ...ownerLimits }, Infinity, (run) =>
          inTransaction(run, progress, (inside) => ownerWork(this.store, inside, work)),
        ),
      );
    } finally {
      this.wrote();
    }
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
