import type { TestDatabase } from '../../support/databases.ts';

/** A promise kept while the owner's session says whose data it is. */
export const sessionOf = (tenant: string, test: (context: TestDatabase) => Promise<void>) => async (context: TestDatabase) => {
  await context.owner.run(`select set_config('app.tenant', '${tenant}', false)`);
  await test(context).finally(() => context.owner.run(`select set_config('app.tenant', '', false)`));
};
