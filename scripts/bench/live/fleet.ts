import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Order, Report } from './load.ts';
import type { Server } from './servers.ts';

/** Sockets of one process at most. */
const perProcess = 5_000;
/** Subscribers whose delays are taken, in a process of their own: in that of thousands each would also wait for those before it to be read. */
const mostObservers = 100;
/** They subscribe a few at a time between the others, so that they are served at all places of the order. */
const rounds = 20;

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
    const observers = Math.min(subscribers, mostObservers);
    const crowds = Math.ceil((subscribers - observers) / perProcess);
    const children = Array.from({ length: 1 + crowds }, () => fork(join(import.meta.dirname, 'load.js')));
    const fleet = new Fleet(children, subscribers, subscribers - stalled);
    const [observing, ...reading] = children as [ChildProcess, ...ChildProcess[]];
    const subscribe = (child: ChildProcess, some: number, job: Pick<Job, 'looks' | 'stalled'>) => {
      child.send({ port, subscription, subscribers: some, ...job } satisfies Job);
      return reported(child, 'ready');
    };
    for (let round = 0; round < rounds; round++) {
      const crowd = partOf(subscribers - observers, round, rounds);
      await Promise.all(reading.map((child, i) => subscribe(child, partOf(crowd, i, crowds), { looks: false, stalled: 0 })));
      await subscribe(observing, partOf(observers, round, rounds), { looks: true, stalled: round === 0 ? stalled : 0 });
    }
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

/** The share of one of `parts` of a whole, in whole numbers. */
function partOf(whole: number, part: number, parts: number): number {
  return Math.floor((whole * (part + 1)) / parts) - Math.floor((whole * part) / parts);
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
