import { setTimeout as sleep } from 'node:timers/promises';

interface Sample {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly isReady: boolean;
}

const everyMs = 250;

/** Asks /readyz all the time, as a balancer does. */
export class Readiness {
  private readonly samples: Sample[] = [];
  private isOver = false;

  constructor(url: string) {
    void this.watch(`${url}/readyz`);
  }

  stop(): void {
    this.isOver = true;
  }

  /** What it said between the loss of the database and its return that it should not have said. */
  faults(from: number, to: number): string[] {
    const meanwhile = this.samples.filter(({ startedAt, endedAt }) => startedAt > from && endedAt < to);
    const wrong = meanwhile.filter(({ isReady }) => isReady).length;
    if (wrong > 0) return [`readiness was answered with 200 ${wrong} times while the database was away`];
    // Each answer may take as long as the server tries to reach the database, also the one that was under way when it went.
    const wasRefused = this.samples.some(({ endedAt, isReady }) => endedAt > from && endedAt < to && !isReady);
    return !wasRefused && to - from > 4_900 ? ['readiness was not answered while the database was away'] : [];
  }

  private async watch(url: string): Promise<void> {
    while (!this.isOver) {
      const startedAt = performance.now();
      const status = await fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
        (response) => response.status,
        () => 0,
      );
      this.samples.push({ startedAt, endedAt: performance.now(), isReady: status === 200 });
      await sleep(everyMs);
    }
  }
}
