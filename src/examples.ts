import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Example } from './server/graphiql.ts';
import { packageRoot } from './shared/package-root.ts';

/** What a newcomer asks the demo shop first: printed by `whence serve`, open as tabs in GraphiQL. */
export const examples: readonly Example[] = ['price-history', 'batch-events', 'safety-stock'].map(read);

/** An operation whose first line is the question that it answers. */
function read(name: string): Example {
  const text = readFileSync(join(packageRoot, 'schema', 'operations', `${name}.graphql`), 'utf8').trim();
  const [question = '', ...query] = text.split('\n');
  return { question: question.replace(/^# /, ''), query: query.join('\n') };
}
