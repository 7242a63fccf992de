import { bareSchema } from '../support/schema.ts';
import 'reflect-metadata';
import { buildSchema, graphql, isInputObjectType, parse, validate, validateSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { examples } from '../../src/examples.ts';
import { printedSchema, undescribed } from '../../src/server/printed-schema.ts';
import { fixedCaller, Scope } from '../../src/shared/caller.ts';
import { requestContext } from '../../src/shared/request-context.ts';
import { trialSchema } from '../support/trial-schema.ts';

const context = (scopes: readonly Scope[]) => requestContext({ ...fixedCaller, scopes: new Set(scopes) }, 'r1');

describe('the schema', () => {
  it('describes every type, field, argument and value', () => {
    expect(undescribed(bareSchema())).toEqual([]);
  });

  it('is valid', () => {
    expect(validateSchema(bareSchema())).toEqual([]);
  });

  it('answers the examples that are printed at the start', () => {
    for (const { query } of examples) expect(validate(bareSchema(), parse(query)).map(({ message }) => message)).toEqual([]);
  });

  it('is printed with the directives its parts carry, as text that is GraphQL', () => {
    const text = printedSchema(trialSchema());
    expect(text).toContain('type TrialSecret @requiresScope(scope: VAULT_READ) {');
    expect(text).toContain('input TrialOneOfInput @oneOf {');
    expect(text).toContain('  slow: String @cost(weight: "7")');
    expect(text).toContain('directive @listSize(');
    expect(() => buildSchema(text)).not.toThrow();
    expect(printedSchema(trialSchema())).toBe(text);
  });

  it('enforces one-of inputs', () => {
    const type = trialSchema().getType('TrialOneOfInput');
    expect(isInputObjectType(type) && type.isOneOf).toBe(true);
  });
});

describe('permissions', () => {
  const source = '{ secret { text } viewer { scopes } }';

  it('a guarded field is null and says FORBIDDEN without the permission, the others are answered', async () => {
    const { data, errors } = await graphql({ schema: trialSchema(), source, contextValue: context([Scope.PII_READ]) });
    expect(data).toEqual({ secret: { text: null }, viewer: { scopes: ['PII_READ'] } });
    expect(errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN', extensions: { scope: 'VAULT_READ' } });
  });

  it('is answered with it', async () => {
    expect(await graphql({ schema: trialSchema(), source, contextValue: context([Scope.VAULT_READ]) })).toMatchObject({
      data: { secret: { text: 'seen' } },
    });
  });
});

describe('sensitive fields', () => {
  const source = '{ secret { name address absent } }';
  const scopes = [Scope.VAULT_READ] as const;

  it('are masked without PII_READ: text by ***, anything else by null', async () => {
    const answer = await graphql({ schema: trialSchema(), source, contextValue: context(scopes) });
    expect(answer).toEqual({ data: { secret: { name: '***', address: null, absent: null } } });
  });

  it('are shown with it', async () => {
    const answer = await graphql({ schema: trialSchema(), source, contextValue: context([...scopes, Scope.PII_READ]) });
    expect(answer).toEqual({ data: { secret: { name: 'Ann', address: '192.0.2.1', absent: null } } });
  });
});

describe('the request context', () => {
  it('makes each thing once per request', () => {
    const key = {};
    const [one, two] = [context([]), context([])];
    expect(one.memo(key, () => ({}))).toBe(one.memo(key, () => ({})));
    expect(one.memo(key, () => ({}))).not.toBe(two.memo(key, () => ({})));
  });
});
