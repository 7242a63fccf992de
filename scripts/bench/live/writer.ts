import { readFileSync } from 'node:fs';
import postgres, { type Sql } from 'postgres';
import type { BenchDatabase } from './database.ts';
import type { Server } from './servers.ts';

/** Who writes events, past the server; the key of each is the time at which it is sent. */
export class Writer {
  written = 0;
  private readonly sql: Sql;
  private keys = 0;

  constructor(
    { ownerUrl }: BenchDatabase,
    private readonly table: Server['table'],
  ) {
    // Commits do not wait for the disk: what is measured begins where an entry can be seen.
    this.sql = postgres(ownerUrl, { max: 8, connection: { synchronous_commit: 'off' } });
  }

  /** One transaction. */
  async write(events = 1): Promise<void> {
    const keys = Array.from({ length: events }, () => this.key());
    this.written += events;
    if (this.table === 'public.event') await this.sql`insert into public.event (name) select unnest(${keys}::text[])`;
    else await this.sql`insert into bench.entry (entity_key) select unnest(${keys}::text[])`;
  }

  /** Evenly, so many a second, for so long. Writes that are late are made up for. */
  async writeEvenly(perSecond: number, seconds: number, isEnough = () => false): Promise<void> {
    const from = performance.now();
    const writing: Promise<void>[] = [];
    for (let nth = 0; nth < perSecond * seconds && !isEnough(); nth++) {
      const waitMs = from + (nth * 1_000) / perSecond - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      writing.push(this.write());
    }
    await Promise.all(writing);
  }

  /** For single writes, one after the other on one connection, whose processor time PostgreSQL's process tells. */
  async session() {
    const reserved = await this.sql.reserve();
    const [row] = await reserved`select pg_backend_pid() as pid`;
    const pid = Number(row?.['pid']);
    return {
      write: async () => {
        this.written++;
        await reserved`insert into public.event (name) values (${this.key()})`;
      },
      cpuMicroseconds: () => Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[0]) / 1_000,
      release: () => reserved.release(),
    };
  }

  /** A transaction that stays open; its own event is written first. Gives what ends it. */
  async open(): Promise<() => Promise<void>> {
    const reserved = await this.sql.reserve();
    await reserved`begin`;
    await reserved`insert into public.event (name) values (${this.key()})`;
    this.written++;
    return async () => {
      await reserved`commit`;
      reserved.release();
    };
  }

  async close(): Promise<void> {
    await this.sql.end();
  }

  /** Milliseconds since 1970, and what makes it the only one. */
  private key(): string {
    return `${(performance.timeOrigin + performance.now()).toFixed(3)} ${++this.keys}`;
  }
}
