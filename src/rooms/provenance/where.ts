// WHERE, from records to records: sentences about who wrote each value, from where, and what it was copied from.
import type { Thing } from '../../shared/language/english.ts';
import type { Language } from '../../shared/language/languages.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import type { NarrativeSentence } from '../audit/narrative.ts';
import { instantInWords } from './telling.ts';

/** What the log says when it does not say from which system a change came: it was captured here. */
export const ownSource = 'postgresql';
const maxFieldsTold = 12;

/** The fields that one entry wrote, in words. */
interface WrittenFields {
  readonly entry: AuditEntry;
  /** Name to show. */
  readonly actor: string;
  readonly fields: readonly string[];
}

/** A copy, in words. */
export interface ToldCopy {
  readonly field: string;
  readonly value: string;
  readonly what: Thing;
  readonly sourceField: string;
  readonly source: Thing;
  /** The entry that wrote the copy, and the one that wrote its source, if the log holds it. */
  readonly evidence: readonly string[];
}

export interface WhereFacts {
  readonly what: Thing;
  /** Newest first. */
  readonly written: readonly WrittenFields[];
  readonly copies: readonly ToldCopy[];
  /** Fields whose values are older than the log. */
  readonly older: readonly string[];
  /** The first entry of the row; null when the log holds none. */
  readonly firstEntry: AuditEntry | null;
}

export function whereSentences({ what, written, copies, older, firstEntry }: WhereFacts, language: Language): NarrativeSentence[] {
  const { where } = language;
  const origins = written.map(({ entry, actor, fields }) => ({
    text: where.wrote(
      fieldsTold(fields, language),
      what,
      actor,
      instantInWords(entry.occurredAt, language),
      originInWords(entry, language),
    ),
    evidence: [entry.id],
  }));
  const copied = copies.map((copy) => ({
    text: where.copied(copy.field, copy.value, copy.what, copy.sourceField, copy.source),
    evidence: copy.evidence,
  }));
  const firstSeen = firstEntry && instantInWords(firstEntry.occurredAt, language);
  const old =
    older.length === 0
      ? []
      : [{ text: where.older(fieldsTold(older, language), what, firstSeen), evidence: firstEntry ? [firstEntry.id] : [] }];
  const part = (heading: string, sentences: readonly NarrativeSentence[]) =>
    sentences.map((sentence, index) => (index === 0 ? { ...sentence, heading } : sentence));
  return [...part(where.heading.origin, origins), ...part(where.heading.copies, copied), ...part(where.heading.older, old)];
}

function originInWords(entry: AuditEntry, language: Language): string {
  return language.where.origin({
    application: entry.application,
    host: entry.hostName,
    address: entry.clientIp?.replace(/\/(32|128)$/, '') ?? null,
    session: entry.sessionId,
    source: entry.recordSource ?? ownSource,
  });
}

function fieldsTold(fields: readonly string[], language: Language): readonly string[] {
  const cut = fields.length > maxFieldsTold ? maxFieldsTold - 1 : fields.length;
  return fields.length > cut ? [...fields.slice(0, cut), language.otherFields(fields.length - cut)] : fields;
}
