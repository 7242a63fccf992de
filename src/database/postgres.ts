import type { SQL } from 'drizzle-orm';
import {
  compile,
  type Database,
  type DatabaseRole,
  type Limits,
  type Observe,
  type Owner,
  type OwnerTransaction,
  type Reader,
  type Row,
  type Transaction,
  type WriteContext,
  type Wrote,
} from './database.ts';
import { isLost, isRefused, translate } from './faults.ts';
import { Pool, repeatRead } from './pool.ts';
import { beginningOf, forReader, refuseInsideTransaction } from './settings.ts';
import { inTransaction, type Progress, type Run, settled } from './transaction.ts';
import { observed, ownerWork, runEither, writeWork } from './work.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly role: DatabaseRole | null;
  readonly limits: Limits;
  readonly observe?: Observe | undefined;
  readonly wrote?: Wrote | undefined;
  /** Shared with the database, to prove verified actors. */
  readonly actorSecret?: string | undefined;
}

export class PostgresDatabase implements Database {
  readonly kind = 'postgresql';
  readonly pool: Pool;

  constructor(private readonly options: PostgresOptions) {
    this.pool = new Pool(options);
  }

  async read<R extends Row = Row>(reader: Reader, statement: SQL): Promise<R[]> {
    refuseInsideTransaction(this.pool);
    const asked = compile(statement);
    const sent = forReader(asked, reader);
    const { statementMs } = this.options.limits;
    try {
      return await this.pool.retry(
        () => this.pool.use(statementMs, (run) => observed<R>(run, this.options.observe, asked, sent)),
        repeatRead,
      );
    } catch (error) {
      throw translate(error);
    }
  }

  async write<T>(context: WriteContext, work: (tx: Transaction) => Promise<T>): Promise<T> {
    refuseInsideTransaction(this.pool);
    const beginning = beginningOf(context, this.options.actorSecret ?? null);
    const { observe, wrote } = this.options;
    try {
      return await transact(this.pool, this.options.limits.transactionMs, (run) => writeWork(this.pool, run, observe, beginning, work));
    } finally {
      wrote?.();
    }
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** The login role's connection. Text goes out as a simple query, so it may hold several statements. */
export class PostgresOwner implements Owner {
  readonly kind = 'postgresql';
  private readonly pool: Pool;

  constructor(url: string, limits: Limits) {
    const untimed = { ...limits, connections: 1, acquireMs: 60_000, statementMs: Infinity, transactionMs: Infinity };
    this.pool = new Pool({ url, role: null, limits: { ...untimed, idleMs: Infinity, lifeMs: Infinity } });
  }

  async run<R extends Row = Row>(statement: SQL | string): Promise<R[]> {
    refuseInsideTransaction(this.pool);
    try {
      return await this.pool.use(Infinity, (run) => runEither<R>(run, statement));
    } catch (error) {
      throw translate(error);
    }
  }

  async transaction<T>(work: (tx: OwnerTransaction) => Promise<T>): Promise<T> {
    refuseInsideTransaction(this.pool);
    return await transact(this.pool, Infinity, (run) => ownerWork(this.pool, run, work));
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** Until BEGIN was answered nothing of the work was sent: a refusal or one loss up to there is tried again. */
function transact<T>(pool: Pool, workMs: number, work: (run: Run) => Promise<T>): Promise<T> {
  return settled((progress: Progress) => {
    progress.phase = 'starting';
    return pool.retry(
      () => pool.use(workMs, (run) => inTransaction(run, progress, work)),
      (error, failures) => progress.phase === 'starting' && (isRefused(error) || (failures === 0 && isLost(error))),
    );
  });
}
