// Golden operations: what an operation is answered and which statements it costs, kept in test/golden and reviewed as a difference.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openGraphql } from '../../src/server/graphql.ts';
import { fixedCaller } from '../../src/shared/caller.ts';
import { openLog } from '../../src/shared/log.ts';
import { packageRoot } from '../../src/shared/package-root.ts';
import { requestContext } from '../../src/shared/request-context.ts';
import type { TestDatabase } from './databases.ts';
import { schemaFor } from './schema.ts';

export interface GoldenCase {
  /** Name of a file in schema/operations, which holds the questions that everybody shares, or beside the golden files; without its ending. */
  readonly operation: string;
  /** Name of the golden files when it is not the operation's. */
  readonly name?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Fields whose values are measured, and so are blanked. */
  readonly measured?: readonly string[];
}

const isUpdating = process.env['GOLDEN'] === 'update';
const tenant = 'demo';

/** Runs the operations one after the other through the product's own server and compares answers and statements with the files. */
export async function compareGolden(context: TestDatabase, folder: string, cases: readonly GoldenCase[]): Promise<void> {
  const [account] = await context.owner.run<{ name: string }>('select session_user::text as name');
  const steady = steadied(account?.name ?? '');
  const executor = await openGraphql(schemaFor(context), openLog('silent'));
  try {
    for (const { operation, name = operation, variables, measured = [] } of cases) {
      const places = [join('schema', 'operations'), join('test', 'golden', folder)].map((place) =>
        join(packageRoot, place, `${operation}.graphql`),
      );
      const query = readFileSync(places.find(existsSync) ?? operation, 'utf8');
      const statements: string[] = [];
      const stop = context.observe(({ asked }) => {
        const params = asked.params.length > 0 ? `\n-- ${JSON.stringify(asked.params.map(told))}` : '';
        statements.push(`${asked.text.trim()}${params}`);
      });
      const request = { method: 'POST', query, variables, operationName: undefined, extensions: undefined } as const;
      const { answer } = await executor.execute(request, requestContext({ ...fixedCaller, tenant }, 'golden'));
      stop();
      const file = join(packageRoot, 'test', 'golden', folder, name);
      const shown = (field: string, value: unknown) => (measured.includes(field) && value !== null ? '<measured>' : value);
      compare(`${file}.json`, `${steady(JSON.stringify(answer, shown, 2))}\n`, context);
      // Statements of one turn go out together, and what they lead to is batched by who answers first: neither order nor repeats are a promise.
      compare(`${file}.sql`, `${steady([...new Set(statements)].toSorted().join('\n\n'))}\n`, context);
    }
  } finally {
    await executor.stop();
  }
}

/** The keys of a batch are left out: those of transactions and tables differ from database to database. */
function told(param: unknown): unknown {
  if (typeof param !== 'string' || !/^\{("|NULL)/.test(param) || /^\{"[^"]*":/.test(param)) return param;
  return '{...}';
}

function compare(file: string, text: string, { kind }: TestDatabase): void {
  if (isUpdating && kind === 'pglite') {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
  let kept = '';
  try {
    kept = readFileSync(file, 'utf8');
  } catch {
    // a new case: the comparison shows all of it
  }
  expect(text, `${file} (GOLDEN=update npx vitest run test/golden writes it anew)`).toBe(kept);
}

/** Blanks what differs from run to run: times of today, numbers of transactions and sessions, the login, and cursors, which hold snapshots. */
function steadied(account: string): (text: string) => string {
  const today = new Set([-1, 0, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)));
  return (text) =>
    text
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00)?/g, (instant) => (today.has(instant.slice(0, 10)) ? '<now>' : instant))
      .replace(/("(?:cursor|startCursor|endCursor)": )"[^"]+"/g, '$1"<cursor>"')
      .replace(/_\d{8}_\d{6}_\d{6}_[0-9a-f]{8}\b/g, '_<unique>')
      .replace(/(?<!",")\b[0-9a-f]{64}\b/g, '<hash>')
      .replace(/("transactionId": )"\d+"/g, '$1"<transaction>"')
      .replace(/("sessionId": )"\d+"/g, '$1"<session>"')
      .replace(/"\d+:\d+:[\d,]*"/g, '"<snapshot>"')
      .replace(new RegExp(`\\b${account.replace(/[^\w]/g, '\\$&')}\\b`, 'g'), '<account>');
}
