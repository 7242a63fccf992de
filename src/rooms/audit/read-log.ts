import type { Database } from '../../database/database.ts';
import { DatabaseFault } from '../../database/faults.ts';
import { DomainError } from '../../shared/errors.ts';
import type { Log } from '../../shared/log.ts';
import type { ReadKeeper, ReadLogMode, RequestReads } from '../../shared/read-notes.ts';
import { type GivenRead, writeReads } from './read-access.queries.ts';

const flushAfterMs = 1_000;
/** A read counts 1 and each of its entities 1 more: what is written at once, and what is held at most (about 10 MB). */
const flushWeight = 5_000;
const mostWeight = 100_000;
/** Entities told in one access; a read of more is told in several. */
const keysPerAccess = 1_000;

interface Waiting extends Omit<GivenRead, 'age_ms'> {
  /** Of the monotonic clock. */
  readonly at: number;
}

/**
 * Gathers what is read and writes it in one statement: of concurrent requests together, or of a second together. Batched, what cannot be
 * written is tried again with the next batch, and a process that is killed loses the last second.
 */
export class ReadLog implements ReadKeeper {
  private waiting: Waiting[] = [];
  private weight = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private next: Promise<void> | null = null;

  constructor(
    private readonly database: Pick<Database, 'write'>,
    private readonly mode: Exclude<ReadLogMode, 'off'>,
    private readonly log: Log,
  ) {}

  async keep(reads: RequestReads): Promise<void> {
    this.take(rowsOf(reads));
    if (this.mode === 'strict') return await this.flush();
    if (this.weight >= flushWeight) return void this.flush();
    this.timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref();
  }

  /** Writes all that waits. */
  async close(): Promise<void> {
    await this.flush();
  }

  /** One statement at a time: whoever comes while one is under way shares the next. */
  private flush(): Promise<void> {
    this.next ??= this.writing.then(() => {
      this.next = null;
      const written = this.write();
      this.writing = written.catch(() => {});
      return written;
    });
    return this.next;
  }

  private async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const rows = this.waiting;
    if (rows.length === 0) return;
    this.waiting = [];
    this.weight = 0;
    const now = performance.now();
    const given = rows.map(({ at, ...row }) => ({ ...row, age_ms: now - at }));
    try {
      await this.database.write({ tenant: '', actor: 'whence' }, (tx) => tx.run(writeReads(given)));
    } catch (error) {
      if (this.mode === 'strict') {
        throw new DomainError(
          'UNAVAILABLE',
          'What was read could not be logged, so the answer is withheld; a mutation may have been made.',
          { retryable: true },
          { cause: error },
        );
      }
      this.log.error({ err: error, accesses: rows.length }, 'reads could not be logged');
      if (error instanceof DatabaseFault) return; // it would fail again, and take the next ones with it
      const newer = this.waiting;
      this.waiting = [];
      this.weight = 0;
      this.take([...rows, ...newer]);
      this.timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref();
    }
  }

  private take(rows: readonly Waiting[]): void {
    let lost = 0;
    for (const row of rows) {
      const weight = 1 + row.keys.length;
      if (this.mode === 'batched' && this.weight + weight > mostWeight) lost++;
      else {
        this.waiting.push(row);
        this.weight += weight;
      }
    }
    if (lost > 0) this.log.error({ accesses: lost }, 'reads are lost: too many wait to be logged');
  }
}

function rowsOf({ caller, requestId, operationName, purpose, application, clientIp, kinds }: RequestReads): Waiting[] {
  const common = {
    at: performance.now(),
    tenant: caller.tenant,
    actor: caller.actor,
    actor_role: caller.role,
    actor_verified: caller.isVerified,
    operation_name: operationName,
    purpose,
    session: caller.session ?? null,
    application,
    client_ip: clientIp,
    request_id: requestId,
  };
  return kinds.flatMap(({ isAllowed, fields, entityType, tableKey, keys, rowCount }) => {
    const parts = Math.max(1, Math.ceil(keys.length / keysPerAccess));
    return Array.from({ length: parts }, (_, part) => ({
      ...common,
      fields,
      entity_type: entityType,
      table_key: tableKey,
      keys: keys.slice(part * keysPerAccess, (part + 1) * keysPerAccess),
      row_count: rowCount,
      is_allowed: isAllowed,
    }));
  });
}
