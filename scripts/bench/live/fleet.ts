import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Order, Report } from './load.ts';
import type { Server } from './servers.ts';

/** Sockets of one process at most. */
const perProcess = 5_000;

/** Subscribers of one server, in processes of their own. */
export class Fleet {
  private readonly counts = new Map<ChildProcess, number>();
  private failure: string | null = null;

  private constructor(
    private readonly children: readonly ChildProcess[],
    readonly subscribers: number,
    /** Those that read. */
    readonly readers: number,
  ) {
    for (const child of children) {
      child.on('message', (report: Report) => {
        if (report.kind === 'count') this.counts.set(child, report.entries);
        if (report.kind === 'failed') this.failure ??= report.why;
      });
    }
  }

  static async subscribe({ port, subscription }: Server, subscribers: number, stalled = 0): Promise<Fleet> {
    const processes = Math.ceil(subscribers / perProcess);
    const children = Array.from({ length: processes }, () => fork(join(import.meta.dirname, 'load.js')));
    const fleet = new Fleet(children, subscribers, subscribers - stalled);
    const lookEvery = Math.max(1, Math.floor(subscribers / 100));
    const ready = children.map((child, i) => {
      const some = Math.floor((subscribers * (i + 1)) / processes) - Math.floor((subscribers * i) / processes);
      child.send({ port, subscription, subscribers: some, stalled: i === 0 ? stalled : 0, lookEvery } satisfies Job);
      return reported(child, 'ready');
    });
    await Promise.all(ready);
    await sleep(500); // until the last subscription has begun
    fleet.requireWell();
    return fleet;
  }

  /** Forgets what came so far. */
  begin(): void {
    this.order('begin');
    this.counts.clear();
  }

  /** Deliveries since then. */
  get delivered(): number {
    this.requireWell();
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** From the writing of an event to its delivery, of some of the subscribers; ascending. */
  async delaysMs(): Promise<number[]> {
    const seen = this.children.map((child) => reported(child, 'seen'));
    this.order('tell');
    const all = (await Promise.all(seen)).flatMap((report) => (report.kind === 'seen' ? report.delaysMs : []));
    return all.sort((a, b) => a - b);
  }

  /** Until everybody has `entries` entries, or for `patienceMs`; false when somebody has not. */
  async drained(entries: number, patienceMs: number): Promise<boolean> {
    const until = performance.now() + patienceMs;
    while (this.delivered < entries * this.readers && performance.now() < until) await sleep(10);
    await sleep(50);
    return this.delivered === entries * this.readers;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.children.map((child) => {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        return gone;
      }),
    );
  }

  private order(order: Order): void {
    for (const child of this.children) child.send(order);
  }

  private requireWell(): void {
    if (this.failure !== null) throw new Error(`a subscriber failed: ${this.failure}`);
  }
}

function reported(child: ChildProcess, kind: Report['kind']): Promise<Report> {
  return new Promise((resolve, reject) => {
    const take = (report: Report) => {
      if (report.kind !== kind) return;
      child.off('message', take);
      resolve(report);
    };
    child.on('message', take);
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)));
  });
}
