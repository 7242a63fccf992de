import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { graphql } from 'graphql';
import { expect, it } from 'vitest';
import { schemaOf } from '../../../src/app.ts';
import { variables } from '../../../src/config-variables.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { filled } from './filled.ts';

startFrom('shop');

const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
const questions = [...readme.matchAll(/```graphql\n(?<source>[^`]+)```\n\n```json\n(?<answer>[^`]+)```/g)].map(({ groups }) => groups!);

onEachDatabase('the README shows what the demo shop answers', async (context) => {
  await filled(context);
  const schema = schemaOf(context.database, 'a secret for tests only');
  expect(questions.length).toBeGreaterThanOrEqual(4);
  for (const { source, answer } of questions) {
    const { data, errors } = await graphql({ schema, source: source!, contextValue: requestContext(fixedCaller, 'readme') });
    expect(errors).toBeUndefined();
    expect(JSON.parse(JSON.stringify(data))).toEqual(JSON.parse(answer!));
  }
});

it('the README lists every variable, with its default', () => {
  for (const [name, variable] of Object.entries(variables)) expect(readme).toContain(`| \`${name}\` | ${variable.default} |`);
});
