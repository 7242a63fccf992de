/** An error as the log holds it: what went wrong and where, and nothing that anybody wrote. */
export interface SafeError {
  readonly type: string;
  readonly message: string;
  /** Lines of our code and of packages. */
  readonly at?: readonly string[];
  readonly cause?: SafeError;
  readonly [field: string]: unknown;
}

/** What PostgreSQL, Node and our own errors say about themselves beside the message; `detail` and `where` hold values of rows. */
const plainFields = ['code', 'sqlState', 'severity', 'routine', 'position', 'constraint', 'table', 'syscall', 'errno'] as const;
const maxFrames = 12;
const maxCauses = 5;

/**
 * Messages of PostgreSQL, JSON and GraphQL repeat values in quotes or brackets (`Key (email)=(ann@example.com)`): these are blanked. Names
 * that help stand in fields of their own.
 */
export function safeError(error: unknown, causes = 0): SafeError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something was thrown that is no error' };
  const { cause } = error;
  const at = framesOf(error);
  const fields = plainFields.map((name): [string, unknown] => [name, (error as unknown as Record<string, unknown>)[name]]);
  return {
    type: error.name,
    message: withoutValues(error.message),
    ...Object.fromEntries(fields.filter(([, value]) => typeof value === 'string' || typeof value === 'number')),
    ...(at.length > 0 && { at }),
    ...(cause !== undefined && causes < maxCauses && { cause: safeError(cause, causes + 1) }),
  };
}

function withoutValues(text: string): string {
  const firstLine = text.split('\n', 1)[0] ?? '';
  return firstLine
    .replace(/"(?:[^"\\]|\\.)*"?/g, '"..."')
    .replace(/'(?:[^'\\]|\\.)*'/g, "'...'")
    .replace(/=\s*\(.*\)/g, '=(...)')
    .replace(/\{.*\}?/g, '{...}')
    .slice(0, 500);
}

function framesOf({ stack }: Error): string[] {
  const lines = stack?.split('\n') ?? [];
  return lines
    .filter((line) => /^\s+at /.test(line))
    .slice(0, maxFrames)
    .map((line) => line.trim());
}
