import { encodeGlobalId } from '../../shared/global-id.ts';
import { mask } from '../../shared/mask.ts';
import type { User } from '../commerce/commerce.model.ts';
import type { ActorFacts, ActorType } from './audit.model.ts';

/** Type parts of an actor's id. A name and a database account of the same spelling are two actors. */
export const actorIdOf = { named: 'Actor', database: 'DatabaseActor' } as const;

/** Who acted. What depends on the user's record is a function: it is looked up when it is shown. */
export interface Actor {
  readonly id: string;
  readonly key: string;
  readonly role: string | null;
  readonly isVerified: () => Promise<boolean>;
  readonly databaseUser: string | null;
  readonly kind: () => Promise<ActorType>;
  readonly displayName: () => Promise<string>;
  readonly user: () => Promise<User | null>;
}

/**
 * @param userOf finds the user of this tenant with that key.
 * @param isProven whether the database was given a proof.
 * @param showsNames whether the caller may see names; sentences are made of `displayName`.
 */
export function actorFrom(
  facts: ActorFacts,
  userOf: (key: string) => Promise<User | null>,
  isProven: () => Promise<boolean>,
  showsNames: boolean,
): Actor {
  const { key, role, databaseUser } = facts;
  if (key === null) {
    // Nobody was named: what is known is the account of the database.
    const account = databaseUser ?? 'unknown';
    return {
      get id() {
        return encodeGlobalId(actorIdOf.database, account);
      },
      key: account,
      role,
      isVerified: async () => false,
      databaseUser,
      kind: async () => 'DATABASE',
      displayName: async () => (showsNames ? account : mask),
      user: async () => null,
    };
  }
  const user = async () => (facts.kind === null || facts.kind === 'USER' ? await userOf(key) : null);
  return {
    get id() {
      return encodeGlobalId(actorIdOf.named, key);
    },
    key,
    role,
    isVerified: isProven,
    databaseUser,
    kind: async () => facts.kind ?? ((await user()) ? 'USER' : 'UNKNOWN'),
    displayName: async () => (showsNames ? ((await user())?.displayName ?? key) : mask),
    user,
  };
}
