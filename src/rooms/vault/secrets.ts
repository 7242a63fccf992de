/** Names under which secrets stand. */
const secretName = /pass(word|wd|phrase|code)?|pwd|secret|token|api[-_]?key|private[-_]?key|credential/i;
const mask = '***';

/** Whether a member of metadata is a secret by its name: as script_tracking.without_secrets (drizzle/0019) has it. */
export function isSecretName(name: string): boolean {
  return /pass(word|wd|phrase|code)?$|^pwd|secret|token|api_?key|private_?key|credential|^authorization$|cookie/i.test(name);
}

/** A shorter value would be found in harmless text. */
const leastLength = 6;

/**
 * A text without the secrets that can be known: values of variables whose names say secret, passwords in URLs, and what follows such a name
 * behind `=` or `:`.
 */
export function withoutSecrets(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  const values = Object.entries(environment).flatMap(([name, value]) =>
    secretName.test(name) && value !== undefined && value.length >= leastLength ? [value] : [],
  );
  let plain = text;
  for (const value of values.sort((a, b) => b.length - a.length)) plain = plain.replaceAll(value, mask);
  return plain
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${mask}@`)
    .replace(/(\b[\w-]*(?:password|passwd|pwd|secret|token|api[-_]?key)\b["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi, `$1${mask}`);
}

/** The words of a command line, without the values of options whose names say secret. */
export function shownWords(words: readonly string[], environment: Readonly<Record<string, string | undefined>>): string[] {
  return words.map((word, index) => {
    const before = words[index - 1] ?? '';
    if (/^--?[\w-]+$/.test(before) && secretName.test(before) && !word.startsWith('-')) return mask;
    return withoutSecrets(word, environment);
  });
}
