// A pool of single-connection postgres.js clients. A client that lost its connection is thrown away, never reused: no statement can meet a
// closed socket, run outside its transaction, or inherit the error of an earlier one (each of these was seen with the driver's own pool).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { DomainError } from '../shared/errors.ts';
import type { PoolState } from './database.ts';
import { ConnectionLost, deadlineExceeded, isLost, isRefused } from './faults.ts';
import { type ClientOptions, openClient, send } from './postgres-client.ts';
import type { Run } from './transaction.ts';

interface Slot {
  sql: Sql;
  dead: boolean;
  /** The statement under way; the next one waits for it here, never inside the driver, which would send it on after a reconnect. */
  turn: Promise<unknown>;
  readonly bornAt: number;
  idleAt: number;
  /** Prepared statements live as long as the connection: one with too many is replaced. */
  readonly prepared: Set<string>;
}

type Waiting = (slot: Slot | Error) => void;

const preparedPerConnection = 500;
const graceMs = 500; // the server's own statement_timeout gets the first word

const busy = (message: string) => new DomainError('UNAVAILABLE', message, { retryable: true });

export class Pool {
  private readonly slots = new Set<Slot>();
  private idle: Slot[] = [];
  private readonly waiting: Waiting[] = [];
  private ended = false;
  private readonly sweeper: NodeJS.Timeout;

  constructor(private readonly options: ClientOptions) {
    this.sweeper = setInterval(() => this.sweep(), 5_000).unref();
  }

  /** Lends one connection to `work`, for `workMs` at most. */
  async use<T>(workMs: number, work: (run: Run) => Promise<T>): Promise<T> {
    const slot = await this.acquire();
    let over = false;
    const run: Run = (text, params) => {
      const answer = slot.turn.then(() => {
        if (slot.dead || over) throw new ConnectionLost('the connection was lost before this statement');
        if (params) slot.prepared.add(text);
        return this.inTime(slot, send(slot.sql, text, params));
      });
      slot.turn = answer.catch(() => {});
      return answer;
    };
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      if (!Number.isFinite(workMs)) return;
      timer = setTimeout(() => {
        reject(deadlineExceeded(workMs));
        this.drop(slot);
      }, workMs + graceMs);
    });
    try {
      return await Promise.race([work(run), deadline]);
    } catch (error) {
      if (isLost(error)) this.drop(slot);
      throw error;
    } finally {
      clearTimeout(timer);
      over = true;
      if (!slot.dead) await slot.turn;
      this.release(slot);
    }
  }

  /** A statement that is not answered at all (a frozen database, a dead network) costs the connection, not the time of its transaction. */
  private async inTime<T>(slot: Slot, answer: Promise<T>): Promise<T> {
    const { statementMs } = this.options.limits;
    if (!Number.isFinite(statementMs)) return await answer;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(deadlineExceeded(statementMs));
        this.drop(slot);
      }, statementMs + graceMs);
    });
    try {
      return await Promise.race([answer, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Repeats `attempt` while no connection can be made (for `acquireMs`), and as often as `repeatable` allows. */
  async retry<T>(attempt: () => Promise<T>, repeatable: (error: unknown, failures: number) => boolean): Promise<T> {
    const until = performance.now() + this.options.limits.acquireMs;
    for (let failures = 0; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        if (this.ended || performance.now() > until || !repeatable(error, failures)) throw error;
        await sleep(20 + Math.random() * 80);
      }
    }
  }

  /** Waits for the statements under way (no longer than one transaction may take), then ends every connection. */
  async close(): Promise<void> {
    this.ended = true;
    clearInterval(this.sweeper);
    for (const take of this.waiting.splice(0)) take(busy('The database connection is being closed.'));
    for (const slot of [...this.idle]) this.drop(slot);
    const until = performance.now() + Math.min(this.options.limits.transactionMs, 30_000);
    while (this.slots.size > 0 && performance.now() < until) await sleep(20);
    for (const slot of [...this.slots]) this.drop(slot);
  }

  get state(): PoolState {
    return { connections: this.slots.size, idle: this.idle.length, waiting: this.waiting.length };
  }

  private open(): Slot {
    const now = performance.now();
    const slot: Slot = { sql: undefined as never, dead: false, turn: Promise.resolve(), bornAt: now, idleAt: now, prepared: new Set() };
    slot.sql = openClient(this.options, () => this.drop(slot));
    this.slots.add(slot);
    return slot;
  }

  private drop(slot: Slot): void {
    if (slot.dead) return;
    slot.dead = true;
    this.slots.delete(slot);
    this.idle = this.idle.filter((other) => other !== slot);
    slot.sql.end({ timeout: 0 }).catch(() => {});
    if (!this.ended) this.waiting.shift()?.(this.open());
  }

  private release(slot: Slot): void {
    if (slot.dead) return;
    const now = performance.now();
    const worn = now - slot.bornAt > this.options.limits.lifeMs || slot.prepared.size > preparedPerConnection;
    if (this.ended || worn) {
      this.drop(slot);
      return;
    }
    slot.idleAt = now;
    const next = this.waiting.shift();
    if (next) next(slot);
    else this.idle.push(slot);
  }

  private sweep(): void {
    const before = performance.now() - this.options.limits.idleMs;
    for (const slot of this.idle.filter(({ idleAt }) => idleAt < before)) this.drop(slot);
  }

  private acquire(): Slot | Promise<Slot> {
    if (this.ended) throw busy('The database connection is closed.');
    const { connections, waiting, acquireMs } = this.options.limits;
    const idle = this.idle.pop();
    if (idle) return idle;
    if (this.slots.size < connections) return this.open();
    if (this.waiting.length >= waiting) throw busy('Too many requests wait for a database connection.');
    return new Promise((resolve, reject) => {
      const take: Waiting = (slot) => {
        clearTimeout(timer);
        if (slot instanceof Error) reject(slot);
        else resolve(slot);
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(take), 1);
        reject(busy('No database connection became free in time.'));
      }, acquireMs);
      this.waiting.push(take);
    });
  }
}

/** A read may run twice: repeated while refused, once when lost. */
export const repeatRead = (error: unknown, failures: number): boolean => isRefused(error) || (failures === 0 && isLost(error));
