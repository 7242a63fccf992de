import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../scripts/bench/queries/answers.ts';
import { optionsFrom } from '../../scripts/bench/queries/options.ts';
import { documentOf, everyQuestion } from '../../scripts/bench/queries/questions.ts';
import { encodeGlobalId } from '../../src/shared/global-id.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

const schema = buildSchema(readFileSync(join(packageRoot, 'schema', 'schema.graphql'), 'utf8'));
const canSummarize = schema.getQueryType()?.getFields()['analytics'] !== undefined;

describe("the benchmark's questions", () => {
  it.each(everyQuestion.filter((question) => question !== 'q6' || canSummarize))('%s fits the schema', (question) => {
    expect(validate(schema, parse(documentOf('whence', question)))).toEqual([]);
  });
});

describe('answers are the same', () => {
  const id = (type: string, key: string) => encodeGlobalId(type, key);
  const ours = {
    order: {
      id: id('Order', '7'),
      totalCents: { amount: '12.34' },
      placedAt: '2025-01-01T00:00:01.500000Z',
      payments: { nodes: [{ id: id('Payment', '9') }, { id: id('Payment', '2') }] },
    },
    audit: {
      nodes: [
        {
          id: id('AuditEntry', '3'),
          reason: { text: 'why' },
          changed: [{ field: 'total' }, { field: 'status' }],
          new: { total: '12.3400', status: 'paid', currency: 'EUR' },
          actor: { id: '5' },
        },
      ],
    },
  };
  const peers = {
    order: {
      payments: [{ id: 2 }, { id: 9 }],
      placedAt: '2025-01-01T01:00:01.5+01:00',
      totalCents: 1234,
      id: 7,
      audit: [{ id: '3', reason: 'why', changed: ['status', 'total_cents'], new: { status: 'paid', total_cents: 1234 }, actor: { id: 5 } }],
    },
  };

  it('whatever the spelling of ids, instants, money, reasons, columns and lists', () => {
    expect(answerOf({ data: ours })).toEqual(answerOf({ data: peers }));
  });

  it.each([
    ['a cent', { ...peers.order, totalCents: 1235 }],
    ['a microsecond', { ...peers.order, placedAt: '2025-01-01T00:00:01.500001Z' }],
    ['a payment', { ...peers.order, payments: [{ id: 2 }] }],
    ['an entry', { ...peers.order, audit: [] }],
    ['a changed column', { ...peers.order, audit: [{ ...peers.order.audit[0], changed: ['status'] }] }],
    ['an image', { ...peers.order, audit: [{ ...peers.order.audit[0], new: { status: 'placed', total_cents: 1234 } }] }],
  ])('but not when %s differs', (_, order) => {
    expect(answerOf({ data: ours })).not.toEqual(answerOf({ data: { order } }));
  });

  it('entry by entry through the versions of a row, in their order, without the version before the log', () => {
    const versions = (...keys: string[]) => ({
      customer: {
        audit: {
          nodes: [...keys.map((key) => ({ version: { auditEntry: { id: id('AuditEntry', key) } } })), { version: { auditEntry: null } }],
        },
      },
    });
    expect(answerOf({ data: versions('4', '3') })).toEqual(answerOf({ data: { customer: { audit: [{ id: '4' }, { id: '3' }] } } }));
    expect(answerOf({ data: versions('3', '4') })).not.toEqual(answerOf({ data: versions('4', '3') }));
  });

  it('never when there are errors', () => {
    expect(() => answerOf({ data: { order: null }, errors: [{ message: 'no' }] })).toThrow('no');
  });
});

describe('the options of the benchmark', () => {
  it('refuse what is not there', () => {
    expect(() => optionsFrom(['--queries', 'q1,q9'])).toThrow('there is no q9');
    expect(() => optionsFrom(['--scale', 'big'])).toThrow('--scale must be a number');
  });

  it('write a report of the whole run only', () => {
    expect(optionsFrom(['--out', 'results.md'])?.out).toBe('results.md');
    for (const part of [['--queries', 'q1'], ['--peers', 'limit'], ['--connections', '1'], ['--check']]) {
      expect(() => optionsFrom(['--out', 'results.md', ...part])).toThrow('--out wants');
    }
  });
});
