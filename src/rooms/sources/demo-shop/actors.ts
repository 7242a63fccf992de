import { type StaffKey, staff } from './people.ts';
import type { Random } from './random.ts';
import type { StepContext } from './step.model.ts';
import { instantText, type Micros, micros } from './time.ts';

/** What a step adds to who acts: the operation, the reason, the run ... */
export type Deed = Partial<StepContext> & { readonly operationName?: string };

/** A member of staff at their usual place; one session a day. */
export function by(key: StaffKey, at: Micros, deed: Deed): StepContext {
  const { roles, application, clientIp, hostName } = staff[key];
  return { actor: key, role: roles[0], application, clientIp, hostName, session: `${key}-${instantText(at).slice(0, 10)}`, ...deed };
}

/** A program that acts on its own. */
export function service(application: string, deed: Deed): StepContext {
  return {
    ...{ actor: 'system', actorKind: 'SERVICE', role: 'SYSTEM', application, clientIp: '192.0.2.5', hostName: 'jobs-1.demo-shop.example' },
    ...{ session: application, ...deed },
  };
}

/** Lena's last day. */
export const lenaLeaves: Micros = micros('2026-02-20 16:30:00');

/** Who is in the warehouse. */
export function stockClerk(at: Micros, random: Random): 'tom' | 'lena' {
  return random.chance(0.45) && at < lenaLeaves ? 'lena' : 'tom';
}
