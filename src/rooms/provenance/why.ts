// WHY, from records to records: sentences about changes, reasons, causes and effects.
import type { Thing } from '../../shared/language/english.ts';
import type { Language } from '../../shared/language/languages.ts';
import type { NarrativeSentence } from '../audit/narrative.ts';
import { clauseOf, fieldName, thingOf } from '../audit/summary.ts';
import type { BusinessImpact, CauseStep } from './explain.model.ts';
import {
  clauseWithValues,
  detailsEvidence,
  detailsInWords,
  instantInWords,
  reasonEvidence,
  reasonInWords,
  reasonSentence,
  type ToldEntry,
} from './telling.ts';

export const maxReasons = 100;
const maxCausesTold = 30;
const maxClausesTold = 3;
const maxEarlierTold = 60;

interface ToldCause {
  readonly step: CauseStep;
  readonly told: ToldEntry;
}

/** Everything that the answer to WHY says. */
export interface WhyFacts {
  readonly what: Thing;
  /** In words; null when all fields are asked about. */
  readonly field: string | null;
  /** The entries that wrote what is asked about, newest first, each with the changes asked about. */
  readonly written: readonly ToldEntry[];
  /** Nearest first, without the entry that wrote the value. */
  readonly causes: readonly ToldCause[];
  /** Of the newest change, with the entries that were counted. */
  readonly impact: { readonly measured: BusinessImpact; readonly counted: readonly string[] } | null;
  /** Set when a value was asked about that the field never had: the value in words, and the changes that were looked at. */
  readonly neverHad: { readonly value: string; readonly looked: readonly string[] } | null;
  /** The first entry of the row; null when the log holds none. */
  readonly firstEntry: string | null;
}

export function whySentences(facts: WhyFacts, language: Language): NarrativeSentence[] {
  const { why } = language;
  const [newest, ...earlier] = facts.written;
  const first = facts.firstEntry === null ? [] : [facts.firstEntry];
  if (facts.neverHad) {
    const { value, looked } = facts.neverHad;
    return [{ text: why.neverHad(facts.field ?? '', facts.what, value, looked.length), evidence: looked.length > 0 ? looked : first }];
  }
  if (!newest) return [{ text: why.noChange(facts.field, facts.what), evidence: first }];
  const { heading } = why;
  return [
    ...part(heading.change, [
      { text: why.happened(clauseWithValues(newest, language), whenOf(newest, language)), evidence: [newest.entry.id] },
    ]),
    ...part(heading.reason, [{ text: reasonSentence(newest, language), evidence: reasonEvidence(newest) }]),
    ...part(heading.causes, causeSentences(facts.causes, language)),
    ...part(heading.impact, impactSentences(newest, facts.impact, language)),
    ...part(heading.earlier, earlierSentences(earlier, language)),
  ];
}

/** The headings come before the first sentence of a part. */
function part(heading: string, sentences: readonly NarrativeSentence[]): NarrativeSentence[] {
  return sentences.map((sentence, index) => (index === 0 ? { ...sentence, heading } : sentence));
}

function whenOf({ entry }: ToldEntry, language: Language): string {
  return instantInWords(entry.occurredAt, language);
}

/** Each cause worth a sentence; what merely shared a transaction is told together, degree by degree. */
function causeSentences(causes: readonly ToldCause[], language: Language): NarrativeSentence[] {
  const told = causes.slice(0, maxCausesTold);
  const sentences: NarrativeSentence[] = [];
  for (const degree of new Set(told.map(({ step }) => step.degree))) {
    const ofDegree = told.filter(({ step }) => step.degree === degree);
    const shared = ofDegree.filter(({ step }) => step.relation === 'SAME_TRANSACTION');
    const single = ofDegree.filter(({ step }) => step.relation !== 'SAME_TRANSACTION');
    const at = (text: string) => (degree > 1 ? language.why.furtherBack(degree, text) : text);
    for (const cause of single) sentences.push({ text: at(causeText(cause, language)), evidence: causeEvidence(cause) });
    if (shared.length === 0) continue;
    const clauses = shared.slice(0, maxClausesTold).map(({ told: entry }) => clauseOf(entry.facts, language));
    sentences.push({
      text: at(language.why.sameTransaction(clauses, shared.length - clauses.length)),
      evidence: shared.map(({ step }) => step.auditEntry.id),
    });
  }
  return sentences;
}

function causeEvidence({ step, told }: ToldCause): string[] {
  return step.relation === 'VALUE_COPIED' ? [told.entry.id] : detailsEvidence(told);
}

function causeText({ step, told }: ToldCause, language: Language): string {
  const { why } = language;
  const clause = clauseOf(told.facts, language);
  const when = whenOf(told, language);
  if (step.relation === 'VALUE_COPIED') {
    const { entry, facts } = told;
    const field = fieldName(step.fields?.[0] ?? '', facts.table, language);
    return why.copiedFrom(field, thingOf(entry, facts.table, language), clauseWithValues(told, language), when);
  }
  const details = detailsInWords(told, language);
  return step.relation === 'SAME_RUN' ? why.openedRun(clause, when, details) : why.declared(clause, when, details);
}

function impactSentences(newest: ToldEntry, impact: WhyFacts['impact'], language: Language): NarrativeSentence[] {
  if (!impact) return [];
  const { periodDays, before, after } = impact.measured;
  return [{ text: language.why.soldAround(periodDays, before, after), evidence: [newest.entry.id, ...impact.counted] }];
}

function earlierSentences(earlier: readonly ToldEntry[], language: Language): NarrativeSentence[] {
  const told = earlier.slice(0, maxEarlierTold).map((one) => ({
    text: language.why.earlier(clauseWithValues(one, language), whenOf(one, language), reasonInWords(one)),
    evidence: [...new Set([one.entry.id, ...reasonEvidence(one)])],
  }));
  const rest = earlier.slice(maxEarlierTold).map(({ entry }) => entry.id);
  return rest.length === 0 ? told : [...told, { text: language.why.earlierNotTold(rest.length), evidence: rest }];
}
