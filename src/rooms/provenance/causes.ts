import type { AuditEntry } from '../audit/audit.model.ts';
import { CauseRelation, type CauseStep } from './explain.model.ts';

export const maxCauses = 100;
export const maxDegrees = 25;
/** Earlier entries of a transaction that count as causes of one entry. */
export const maxOfTransaction = 10;

const strongestFirst = Object.keys(CauseRelation);
const strength = (relation: CauseRelation): number => strongestFirst.indexOf(relation);

/** An entry found behind a step. */
export type FoundCause = Pick<CauseStep, 'auditEntry' | 'relation' | 'fields'>;

/**
 * The steps one degree further back: what was found and is not among `known`, each entry once with its strongest relation; by strength, then
 * newest first; as many as `maxCauses` leaves room for.
 */
export function nextDegree(known: readonly CauseStep[], found: readonly FoundCause[]): CauseStep[] {
  const degree = (known.at(-1)?.degree ?? -1) + 1;
  const seen = new Set(known.map(({ auditEntry }) => auditEntry.id));
  const steps = new Map<string, CauseStep>();
  for (const cause of found) {
    const { id } = cause.auditEntry;
    const earlier = steps.get(id);
    if (seen.has(id) || (earlier && strength(earlier.relation) <= strength(cause.relation))) continue;
    steps.set(id, { ...cause, degree });
  }
  const inOrder = [...steps.values()].sort((a, b) => strength(a.relation) - strength(b.relation) || newestFirst(a, b));
  return inOrder.slice(0, maxCauses - known.length);
}

/**
 * Of the earlier entries of a step's transaction, newest first, those that count: not what was found along a transaction again, and not other
 * changes of the same row, which are told as its own.
 */
export function ofTransaction(step: CauseStep, earlier: readonly AuditEntry[]): AuditEntry[] {
  if (step.relation === 'SAME_TRANSACTION') return [];
  const { tableKey, recordKey } = step.auditEntry;
  const isSameRow = (entry: AuditEntry) => recordKey !== null && entry.recordKey === recordKey && entry.tableKey === tableKey;
  const isChange = ({ operation }: AuditEntry) => operation === 'INSERT' || operation === 'UPDATE' || operation === 'DELETE';
  return earlier.filter((entry) => !(isSameRow(entry) && isChange(entry))).slice(0, maxOfTransaction);
}

function newestFirst(a: CauseStep, b: CauseStep): number {
  return BigInt(a.auditEntry.id) > BigInt(b.auditEntry.id) ? -1 : 1;
}
