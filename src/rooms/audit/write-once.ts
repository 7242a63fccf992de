import type { Database, Transaction, WriteContext } from '../../database/database.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { traceParentOf } from '../../shared/trace-context.ts';
import { type MutationCall, type Outcome, onceOnly } from '../access/idempotency.ts';
import { raised } from './mutation-faults.ts';

interface Mutation extends Omit<MutationCall, 'tenant'> {
  readonly why?: Partial<WriteContext>;
}

/** The one transaction of a mutation, in the caller's name, once per idempotency key; what our functions refuse becomes a user error. */
export function writeOnce(
  database: Database,
  { caller, requestId, trace }: RequestContext,
  { mutation, input, why }: Mutation,
  work: (tx: Transaction) => Promise<string>,
): Promise<Outcome> {
  const { tenant, actor, role, isVerified } = caller;
  const traceParent = trace ? traceParentOf(trace) : undefined;
  const context: WriteContext = { tenant, actor, role, isVerified, requestId, traceParent, ...why };
  return database.write(context, (tx) => onceOnly(tx, { tenant, mutation, input }, () => work(tx), explainRaised));
}

const explainRaised = (error: unknown) => {
  const told = raised(error);
  return told && [told];
};
