import { english } from './english.ts';

/** What a language must be able to say. */
export type Language = typeof english;

const languages: readonly Language[] = [english];

/** The language of a BCP 47 tag, e.g. `en-GB`; English where there is none of that name. */
export function languageOf(tag: string | null | undefined): Language {
  const wanted = tag?.toLowerCase().split('-')[0];
  return languages.find((language) => language.tag === wanted) ?? english;
}
