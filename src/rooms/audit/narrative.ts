/** One sentence and the entries that support it. */
export interface NarrativeSentence {
  readonly text: string;
  /** Ids of audit entries. Empty only where the sentence says that the log holds none. */
  readonly evidence: readonly string[];
  /** Begins a new part of the story under this heading. */
  readonly heading?: string;
}

/** Text made for people from the records; every sentence can be traced to its entries. */
export interface Narrative {
  readonly sentences: readonly NarrativeSentence[];
  readonly text: string;
  readonly markdown: string;
}

export const maxSentences = 200;
/** Entries that one sentence names at most. */
const maxEvidence = 100;

/** A story of these sentences, in their order, cut after `maxSentences`. */
export function narrativeOf(told: readonly NarrativeSentence[]): Narrative {
  const sentences = told.slice(0, maxSentences).map((sentence) => ({ ...sentence, evidence: sentence.evidence.slice(0, maxEvidence) }));
  return { sentences, text: sentences.map(({ text }) => text).join(' '), markdown: markdownOf(sentences) };
}

/** Headings, and a list item for each sentence. What stands in the data is no markup. */
function markdownOf(sentences: readonly NarrativeSentence[]): string {
  return sentences
    .map(
      ({ text, heading }, index) => `${heading === undefined ? '' : `${index === 0 ? '' : '\n'}## ${plain(heading)}\n\n`}- ${plain(text)}`,
    )
    .join('\n');
}

function plain(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(/[\\`*_[\]<>|~&]/g, '\\$&');
}
