import type { TestDatabase } from '../../support/databases.ts';

/** A promise kept while the owner's session says whose data it is. */
export const sessionOf = (tenant: string, test: (context: TestDatabase) => Promise<void>) => async (context: TestDatabase) => {
  await context.owner.run(`select set_config('app.tenant', '${tenant}', false)`);
  await test(context).finally(() => context.owner.run(`select set_config('app.tenant', '', false)`));
};

/**
 * The quickest of some calls, in milliseconds: what it costs where nothing else is at work. It stops at the first one below the limit, and gives a busy
 * machine many tries. Medians are the benchmark's (scripts/bench/vault).
 */
export async function quickestMs(limitMs: number, call: (n: number) => Promise<unknown>): Promise<number> {
  let quickest = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 500 && quickest >= limitMs; n++) {
    const begin = performance.now();
    await call(n);
    quickest = Math.min(quickest, performance.now() - begin);
  }
  return quickest;
}
