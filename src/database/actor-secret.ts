import { sql } from 'drizzle-orm';
import type { Owner } from './database.ts';

/** Makes the secret that proves actors known to the database; one that it knows already stays unless `replaces`. */
export async function shareActorSecret(owner: Owner, secret: string, { replaces }: { readonly replaces: boolean }): Promise<void> {
  await owner.transaction(async (tx) => {
    await tx.run('set local role whence_owner');
    await tx.run(
      sql`select audit.set_actor_secret(${secret})::text as done where ${replaces} or not exists (select from audit.actor_secret)`,
    );
  });
}
