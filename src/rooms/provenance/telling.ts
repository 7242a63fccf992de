import { keyOfGlobalId } from '../../shared/global-id.ts';
import { instantFromPostgres } from '../../shared/instant.ts';
import type { ReasonWords } from '../../shared/language/english.ts';
import type { Language } from '../../shared/language/languages.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { type ActorFacts, type AuditEntry, actorOfEntry, type StatedReason } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { FieldChange } from '../audit/changes.ts';
import { entityFields, isBusinessEntity } from '../audit/entity-fields.ts';
import { clauseOf, fieldName, type SummaryFacts, shownInWords, thingOf } from '../audit/summary.ts';

/** An entry with everything that sentences about it are made of; names are names to show. */
export interface ToldEntry {
  readonly entry: AuditEntry;
  readonly facts: SummaryFacts;
  readonly stated: StatedReason | null;
  readonly statedBy: string | null;
  readonly approvedBy: string | null;
}

const maxValuesTold = 4;
const maxDetailsTold = 8;

/** `2026-02-11 10:04:37 UTC`. */
export function instantInWords(instant: string, language: Language): string {
  const utc = instantFromPostgres(instant);
  return utc === null ? instant : language.instant(utc);
}

/** What happened, without full stop: like a summary, and a creation tells the values that it is asked about. */
export function clauseWithValues({ entry, facts }: ToldEntry, language: Language): string {
  const values = valuesInWords(facts, language);
  if (entry.operation !== 'INSERT' || values === '') return clauseOf(facts, language);
  return language.why.createdWith(facts.actor, thingOf(entry, facts.table, language), values);
}

/** `status PENDING, total 1319.01 USD and 3 other fields`; empty for none. */
export function valuesInWords({ changes: all, table }: SummaryFacts, language: Language): string {
  const changes = all.filter(({ field }) => field !== 'id' || all.length === 1); // the row is named already
  const cut = changes.length > maxValuesTold ? maxValuesTold - 1 : changes.length;
  const told = changes.slice(0, cut).map(({ field, after }) => {
    const value = referenceInWords(after, field, table, language) ?? shownInWords(after, language);
    return language.why.valueOf(fieldName(field, table, language), value);
  });
  return language.list(changes.length > cut ? [...told, language.otherFields(changes.length - cut)] : told);
}

/** `customer 17` for the id of another entity; null for any other value. */
function referenceInWords(value: unknown, field: string, table: SummaryFacts['table'], language: Language): string | null {
  if (typeof value !== 'string' || table === null || !isBusinessEntity(table.entityType)) return null;
  const known = entityFields[table.entityType].find((candidate) => candidate.field === field);
  return known?.shape === 'reference' ? `${language.kind(known.type)} ${keyOfGlobalId(value, known.type, field)}` : null;
}

export function reasonInWords({ stated, approvedBy }: ToldEntry): ReasonWords | null {
  return stated && { text: stated.reason.text, code: stated.reason.code, reference: stated.reason.reference, approvedBy };
}

/** One sentence: the reason, who gave it when it was given later, or that it is unknown. */
export function reasonSentence(told: ToldEntry, language: Language): string {
  const { why } = language;
  const words = reasonInWords(told);
  if (!words || !told.stated) return why.reasonUnknown;
  const { stated, reason } = told.stated;
  if (stated === 'LATER') return why.reasonLater(told.statedBy ?? '', instantInWords(reason.statedAt, language), words);
  if (stated === 'BY_RUN') return why.reasonOfRun(language.run(told.facts.runName ?? told.entry.runId ?? ''), words);
  return why.reasonGiven(words);
}

/** The entries that state the reason; of an unknown one the entry without it. */
export function reasonEvidence({ entry, stated }: ToldEntry): string[] {
  if (!stated || stated.stated === 'WITH_CHANGE') return [entry.id];
  if (stated.stated === 'LATER') return [stated.entryId ?? entry.id];
  return stated.entryId === null ? [entry.id] : [stated.entryId, entry.id];
}

/** What the application said about an event; of a change its reason. Empty when there is nothing. */
export function detailsInWords(told: ToldEntry, language: Language): string {
  if (told.stated && quotesReason(told)) return `"${told.stated.reason.text}"`;
  return language.details(
    detailsOf(told)
      .slice(0, maxDetailsTold)
      .map(([name, value]) => [language.field(name).replaceAll('_', ' '), shownInWords(value, language)] as const),
  );
}

/** The entry, and those that state what `detailsInWords` quotes. */
export function detailsEvidence(told: ToldEntry): string[] {
  return quotesReason(told) ? [...new Set([told.entry.id, ...reasonEvidence(told)])] : [told.entry.id];
}

function quotesReason(told: ToldEntry): boolean {
  return told.entry.operation !== 'EVENT' && told.stated !== null && detailsOf(told).length === 0;
}

function detailsOf({ entry, facts }: ToldEntry): [name: string, value: unknown][] {
  return Object.entries(entry.details ?? {}).filter(([name, value]) => !(name === 'name' && value === facts.runName)); // the clause names the run
}

/** Tells entries of one request. */
export class Teller {
  constructor(
    private readonly audit: AuditService,
    private readonly ctx: RequestContext,
  ) {}

  /** @param as the table and the changes under the names that the question uses; of an entry met on the way as the trail shows them. */
  async tell(
    entry: AuditEntry,
    as?: { readonly table: SummaryFacts['table']; readonly changes: readonly FieldChange[] },
  ): Promise<ToldEntry> {
    const [facts, stated] = await Promise.all([
      this.audit.summaryFacts(this.ctx, entry, as?.changes),
      this.audit.statedReason(this.ctx, entry),
    ]);
    const nameOf = async (actor: ActorFacts | null | undefined) => (actor ? await this.audit.actor(this.ctx, actor).displayName() : null);
    const [statedBy, approvedBy] = await Promise.all([nameOf(stated?.reason.statedBy), nameOf(stated?.reason.approvedBy)]);
    return { entry, facts: as ? { ...facts, table: as.table } : facts, stated, statedBy, approvedBy };
  }

  nameOf(entry: AuditEntry): Promise<string> {
    return this.audit.actor(this.ctx, actorOfEntry(entry)).displayName();
  }
}
