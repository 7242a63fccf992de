import type { Thing } from '../../shared/language/english.ts';
import type { Language } from '../../shared/language/languages.ts';
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

const maxFieldsTold = 4;
const maxValueLength = 60;

/** One sentence for people, e.g. `Ann Price changed price of product LAPTOP-15 from 1299.99 USD to 1199.99 USD: spring promotion.` */
export function summaryOf(facts: SummaryFacts, language: Language): string {
  return language.sentence(clauseOf(facts, language), facts.reason === null ? null : asClause(facts.reason));
}

/** The same without reason and full stop, as part of a longer sentence. */
export function clauseOf(facts: SummaryFacts, language: Language): string {
  const { actor, entry, table } = facts;
  const { entry: say } = language;
  const what = thingOf(entry, table, language);
  const tableName = table?.tableName ?? language.aTable;
  switch (entry.operation) {
    case 'INSERT':
      return say.created(actor, what);
    case 'UPDATE':
      return changed(facts, what, language);
    case 'DELETE':
      return say.deleted(actor, what);
    case 'TRUNCATE': {
      const rows = entry.details?.['rows'];
      return say.emptied(actor, tableName, typeof rows === 'number' ? rows : null);
    }
    case 'EVENT':
      return event(facts, what, language);
    case 'DDL':
      return say.changedColumns(actor, tableName);
    case 'READ':
      return say.read(actor, what);
    case 'ERASE':
      return say.erased(actor, what);
    case 'SECURITY':
      return say.security(actor, entry.operationName ?? language.anEvent);
  }
}

/** Text as it stands behind a colon or in brackets: without the full stop at its end; null when nothing is left. */
export function asClause(text: string): string | null {
  return text.trim().replace(/[.\s]+$/, '') || null;
}

/** The row of an entry in words: `product LAPTOP-15`, `order item 123/1`, `public.shipments 42`. */
export function thingOf(entry: Pick<AuditEntry, 'businessKey' | 'recordKey'>, table: SummaryFacts['table'], language: Language): Thing {
  if (table === null) return { kind: null, key: null };
  const kind = table.entityType === 'RECORD' ? table.tableName : language.kind(table.entityType);
  return { kind, key: entry.businessKey ?? entry.recordKey };
}

/** Of a business entity in words (`stockQuantity` is told as `stock quantity`); of a record the name of the column. */
export function fieldName(field: string, table: SummaryFacts['table'], language: Language): string {
  return table === null || table.entityType === 'RECORD' ? field : language.field(field);
}

/** A value of a field in words, cut where it is long. */
export function shownInWords(value: unknown, language: Language): string {
  if (value === null || value === undefined) return language.nothing;
  if (isMoney(value)) return `${value.amount} ${value.currency}`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}...` : text;
}

function changed({ actor, changes, table }: SummaryFacts, what: Thing, language: Language): string {
  const [first, ...others] = changes;
  const { entry: say } = language;
  if (!first) return say.changed(actor, what);
  const named = (change: FieldChange) => fieldName(change.field, table, language);
  if (others.length === 0) {
    return say.changedField(actor, named(first), what, shownInWords(first.before, language), shownInWords(first.after, language));
  }
  const names = changes.map(named);
  const cut = names.length > maxFieldsTold ? maxFieldsTold - 1 : names.length;
  const told = names.length > cut ? [...names.slice(0, cut), language.otherFields(names.length - cut)] : names;
  return say.changedFields(actor, language.list(told), what);
}

function event({ actor, entry, table, runName }: SummaryFacts, what: Thing, language: Language): string {
  const { entry: say } = language;
  const name = entry.operationName ?? language.anEvent;
  if (name === 'REASON_ADDED') return say.gaveReason(actor, what);
  if (name === 'OPERATION_TRACKED') return began(actor, entry.details, name, language);
  const run = runName === null ? entry.runId : language.run(runName);
  if (run !== null && name.endsWith('_START')) return say.startedRun(actor, run);
  if (run !== null && name.endsWith('_END')) return say.endedRun(actor, run);
  return table === null ? say.recorded(actor, name) : say.recordedFor(actor, name, what);
}

/** The operation is of the vault, which tells its own name and kind in the details. */
function began(actor: string, details: SummaryFacts['entry']['details'], event: string, { entry: say }: Language): string {
  const [name, type] = [details?.['name'], details?.['type']];
  return typeof name === 'string' ? say.beganOperation(actor, name, typeof type === 'string' ? type : null) : say.recorded(actor, event);
}

function isMoney(value: unknown): value is Money {
  return typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value && Object.keys(value).length === 2;
}
