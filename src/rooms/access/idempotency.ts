import { createHash } from 'node:crypto';
import type { Transaction } from '../../database/database.ts';
import { Refusal, type UserError, userError } from '../../shared/user-error.ts';
import { claimKey, heldKey, keepOutcome, rollbackToSavepoint, savepoint, sweepKeys } from './idempotency.queries.ts';

/** What a mutation came to: the key of the object it made or changed, or why it did not. Never the object: it may have changed since. */
export interface Outcome {
  readonly id: string | null;
  readonly userErrors: readonly UserError[];
}

/** A mutation as it was called. */
export interface MutationCall {
  readonly tenant: string;
  /** Name of the field. */
  readonly mutation: string;
  readonly input: { readonly idempotencyKey?: string | null };
}

const maxKeyLength = 255;

/**
 * Does the work of a mutation in a transaction that is open already, once per idempotency key: a repeat with the same input within 24 hours
 * gets the first outcome, errors of the caller included, and does nothing. A second call at the same time waits for the first.
 * Whatever `work` wrote before it was refused is undone.
 * @param explain what an error means to the caller; null lets it through.
 */
export async function onceOnly(
  tx: Transaction,
  { tenant, mutation, input }: MutationCall,
  work: () => Promise<string>,
  explain: (error: unknown) => readonly UserError[] | null,
): Promise<Outcome> {
  const { idempotencyKey: key, ...rest } = input;
  if (key === null || key === undefined) return await attempt(tx, work, explain);
  if (key === '' || key.length > maxKeyLength) {
    return failed(userError('INVALID', `An idempotency key has 1 to ${maxKeyLength} characters.`, 'idempotencyKey'));
  }
  const inputHash = hashOf(rest);
  const [claimed] = await tx.run(claimKey(tenant, key, mutation, inputHash));
  if (!claimed) {
    const [held] = await tx.run(heldKey(tenant, key));
    if (held?.['mutation'] === mutation && held['input_hash'] === inputHash && held['outcome']) return held['outcome'] as Outcome;
    return failed(userError('IDEMPOTENCY_MISMATCH', 'This idempotency key was used with another input.', 'idempotencyKey'));
  }
  const outcome = await attempt(tx, work, explain);
  await tx.run(keepOutcome(tenant, key, outcome));
  await tx.run(sweepKeys(tenant));
  return outcome;
}

async function attempt(
  tx: Transaction,
  work: () => Promise<string>,
  explain: (error: unknown) => readonly UserError[] | null,
): Promise<Outcome> {
  await tx.run(savepoint);
  try {
    return { id: await work(), userErrors: [] };
  } catch (error) {
    const userErrors = error instanceof Refusal ? error.userErrors : explain(error);
    if (!userErrors) throw error;
    await tx.run(rollbackToSavepoint);
    return { id: null, userErrors };
  }
}

const failed = (error: UserError): Outcome => ({ id: null, userErrors: [error] });

/** The same for the same input, in whatever order its fields came, and whether those without a value are null or left out. */
function hashOf(input: object): string {
  const sorted = (_: string, value: unknown) =>
    isObject(value) ? Object.fromEntries(told(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  const told = (value: object) => Object.entries(value).filter(([, field]) => field !== null || (value !== input && !isInput(value)));
  return createHash('sha256').update(JSON.stringify(input, sorted)).digest('hex');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Inputs are instances of their classes; in a JSON value null is a value. */
function isInput(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype;
}
