// HOW, from records to records: the steps of a row's present life and sentences about them.

import type { Thing } from '../../shared/language/english.ts';
import type { Language } from '../../shared/language/languages.ts';
import { mask } from '../../shared/mask.ts';
import type { AuditEntry, TrackedTable } from '../audit/audit.model.ts';
import { isWholeImage } from '../audit/changes.ts';
import { millisecondsBetween } from '../audit/duration.ts';
import type { NarrativeSentence } from '../audit/narrative.ts';
import { asClause, clauseOf, thingOf } from '../audit/summary.ts';
import type { HowStep } from './explain.model.ts';
import { isDeclaredStep, statusText } from './status-step.ts';
import { instantInWords, reasonEvidence, reasonInWords, type ToldEntry, valuesInWords } from './telling.ts';

export const maxSteps = 500;

/** @param newestFirst entries of the present life, at most `maxSteps` + 1: one more tells the time before the first step shown. */
export function howSteps(
  newestFirst: readonly AuditEntry[],
  table: Pick<TrackedTable, 'statusColumn' | 'transitions' | 'keyColumns' | 'entityType' | 'tenantColumn'>,
  changesOf: (entry: AuditEntry) => HowStep['changes'],
): HowStep[] {
  return newestFirst
    .slice(0, maxSteps)
    .map((entry, index): HowStep => {
      const previous = newestFirst[index + 1];
      return {
        auditEntry: entry,
        changes: changesOf(entry),
        sincePreviousMs: previous ? millisecondsBetween(previous.occurredAt, entry.occurredAt) : null,
        isExpected: isExpectedStep(entry, table),
      };
    })
    .reverse();
}

/** False only for a change of the status that is none of the declared transitions; of a masked status nobody can tell. */
export function isExpectedStep(
  entry: Pick<AuditEntry, 'operation' | 'before' | 'after'>,
  table: Pick<TrackedTable, 'statusColumn' | 'transitions' | 'keyColumns' | 'entityType' | 'tenantColumn'>,
): boolean {
  const { statusColumn } = table;
  if (entry.operation !== 'UPDATE' || statusColumn === null || !Object.hasOwn(entry.after ?? {}, statusColumn)) return true;
  const from = statusText(entry.before?.[statusColumn]);
  const to = statusText(entry.after?.[statusColumn]);
  if (from === mask || to === mask || (from === to && isWholeImage(entry, table))) return true;
  return isDeclaredStep(table, from, to);
}

/** From the first to the last of these steps, by the source's own clock. */
export function totalDurationMs(steps: readonly HowStep[]): number {
  const [first] = steps;
  const last = steps.at(-1);
  return first && last ? millisecondsBetween(first.auditEntry.occurredAt, last.auditEntry.occurredAt) : 0;
}

interface ToldStep {
  readonly step: HowStep;
  readonly told: ToldEntry;
}

export interface HowFacts {
  readonly what: Thing;
  readonly field: string | null;
  /** Oldest first. */
  readonly steps: readonly ToldStep[];
  readonly firstEntry: string | null;
}

/** Sentences about steps at most: the newest. */
export const maxStepsTold = 190;

/** One sentence for each step and one for the whole; of very many steps the newest. */
export function howSentences(facts: HowFacts, language: Language): NarrativeSentence[] {
  const { how } = language;
  const told = facts.steps.slice(-maxStepsTold);
  const [first] = told;
  const last = told.at(-1);
  if (!first || !last) {
    return [{ text: how.noStep(facts.field, facts.what), evidence: facts.firstEntry === null ? [] : [facts.firstEntry] }];
  }
  const sentences = told.map((step, index): NarrativeSentence => stepSentence(step, told[index - 1] ?? null, language));
  const isCut = first.step.sincePreviousMs !== null;
  const opening: NarrativeSentence[] = isCut ? [{ text: how.earlierSteps, evidence: [first.told.entry.id] }] : [];
  const total = totalDurationMs(told.map(({ step }) => step));
  const closing: NarrativeSentence[] =
    told.length < 2 || total < 0
      ? []
      : [{ text: how.total(told.length, language.duration(total)), evidence: [first.told.entry.id, last.told.entry.id] }];
  return [...opening, ...sentences, ...closing].map((sentence, index) => (index === 0 ? { ...sentence, heading: how.heading } : sentence));
}

/** The time since the step before is told by both entries. */
function stepSentence({ step, told }: ToldStep, previous: ToldStep | null, language: Language): NarrativeSentence {
  const { how } = language;
  const { entry, facts } = told;
  const when = instantInWords(entry.occurredAt, language);
  const since = step.sincePreviousMs;
  const clause = clauseOf(facts, language);
  const evidence = [entry.id, ...(told.stated ? reasonEvidence(told) : [])];
  let happened: string;
  if (entry.operation === 'INSERT') {
    happened = how.createdWith(facts.actor, thingOf(entry, facts.table, language), valuesInWords(facts, language), when);
  } else if (!previous) happened = how.first(clause, when);
  else if (since === null || since < 0) happened = how.next(clause);
  else {
    happened = how.after(language.duration(since), clause);
    evidence.push(previous.told.entry.id);
  }
  const reason = reasonInWords(told);
  const text = language.sentence(happened, reason && asClause(reason.text));
  return { text: step.isExpected ? text : `${text} ${how.unexpected}`, evidence: [...new Set(evidence)] };
}
