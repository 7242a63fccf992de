import type { Money } from '../../shared/money.ts';
import type { AuditEntry, TrackedTable } from './audit.model.ts';
import type { FieldChange } from './changes.ts';

/** What a sentence about an entry is made of. */
export interface SummaryFacts {
  readonly entry: Pick<AuditEntry, 'operation' | 'operationName' | 'businessKey' | 'recordKey' | 'details' | 'runId'>;
  readonly table: Pick<TrackedTable, 'entityType' | 'tableName'> | null;
  /** Name to show. */
  readonly actor: string;
  readonly changes: readonly FieldChange[];
  readonly reason: string | null;
  /** Name of the entry's run; null when it has none, or nobody opened it. */
  readonly runName: string | null;
}

type Sentence = (facts: SummaryFacts) => string;

/** English, by operation. The reason is added behind. */
const sentences: Readonly<Record<AuditEntry['operation'], Sentence>> = {
  INSERT: (facts) => `${facts.actor} created ${thing(facts)}`,
  UPDATE: (facts) => `${facts.actor} changed ${changed(facts)}`,
  DELETE: (facts) => `${facts.actor} deleted ${thing(facts)}`,
  TRUNCATE: (facts) => `${facts.actor} emptied ${facts.table?.tableName ?? 'a table'}${rows(facts)}`,
  EVENT: event,
  DDL: (facts) => `${facts.actor} changed the columns of ${facts.table?.tableName ?? 'a table'}`,
  READ: (facts) => `${facts.actor} read ${thing(facts)}`,
  ERASE: (facts) => `${facts.actor} erased personal data of ${thing(facts)}`,
  SECURITY: (facts) => `${facts.actor}: ${facts.entry.operationName ?? 'security event'}`,
};

const maxFieldsTold = 4;
const maxValueLength = 60;

/** One sentence for people, e.g. `Ann Price changed price of product LAPTOP-15 from 1299.99 USD to 1199.99 USD: spring promotion.` */
export function summaryOf(facts: SummaryFacts): string {
  const sentence = sentences[facts.entry.operation](facts);
  const reason = facts.reason?.trim().replace(/[.\s]+$/, '');
  return `${sentence}${reason ? `: ${reason}` : ''}.`;
}

function changed(facts: SummaryFacts): string {
  const [first, ...others] = facts.changes;
  if (!first) return thing(facts);
  if (others.length === 0) return `${fieldName(first, facts)} of ${thing(facts)} from ${shown(first.before)} to ${shown(first.after)}`;
  const names = facts.changes.map((change) => fieldName(change, facts));
  const told =
    names.length > maxFieldsTold ? [...names.slice(0, maxFieldsTold - 1), `${names.length - maxFieldsTold + 1} other fields`] : names;
  return `${listed(told)} of ${thing(facts)}`;
}

function event(facts: SummaryFacts): string {
  const { operationName, runId } = facts.entry;
  const name = operationName ?? 'an event';
  if (name === 'REASON_ADDED') return `${facts.actor} gave a reason for ${thing(facts)}`;
  const run = facts.runName === null ? runId : `run "${facts.runName}"`;
  if (run !== null && name.endsWith('_START')) return `${facts.actor} started ${run}`;
  if (run !== null && name.endsWith('_END')) return `${facts.actor} ended ${run}`;
  return facts.table === null ? `${facts.actor} recorded ${name}` : `${facts.actor} recorded ${name} for ${thing(facts)}`;
}

/** `product LAPTOP-15`, `order item 123/1`, `public.shipments 42`. */
function thing({ entry, table }: SummaryFacts): string {
  if (table === null) return 'a row';
  const kind = table.entityType === 'RECORD' ? table.tableName : table.entityType.toLowerCase().replace('_', ' ');
  const key = entry.businessKey ?? entry.recordKey;
  return key === null ? kind : `${kind} ${key}`;
}

/** Of a business entity in words: `stockQuantity` is told as `stock quantity`. */
function fieldName({ field }: FieldChange, { table }: SummaryFacts): string {
  if (table === null || table.entityType === 'RECORD') return field;
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (isMoney(value)) return `${value.amount} ${value.currency}`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}...` : text;
}

function isMoney(value: unknown): value is Money {
  return typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value && Object.keys(value).length === 2;
}

function rows({ entry }: SummaryFacts): string {
  const count = entry.details?.['rows'];
  return typeof count === 'number' ? ` (${count} ${count === 1 ? 'row' : 'rows'})` : '';
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
