import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../src/rooms/audit/audit.model.ts';
import { entityFields } from '../../../src/rooms/audit/entity-fields.ts';
import { maxSentences, narrativeOf } from '../../../src/rooms/audit/narrative.ts';
import { maxCauses, nextDegree, ofTransaction } from '../../../src/rooms/provenance/causes.ts';
import { copyChain, isCopy, maxCopies, ruleFor, sourceKey } from '../../../src/rooms/provenance/copies.ts';
import type { CauseStep } from '../../../src/rooms/provenance/explain.model.ts';
import { howSentences, howSteps, isExpectedStep, totalDurationMs } from '../../../src/rooms/provenance/how.ts';
import { impactOf, perDay } from '../../../src/rooms/provenance/impact.ts';
import { presentLife } from '../../../src/rooms/provenance/life.ts';
import type { ToldEntry } from '../../../src/rooms/provenance/telling.ts';
import { wantedValue } from '../../../src/rooms/provenance/wanted-value.ts';
import { whereSentences } from '../../../src/rooms/provenance/where.ts';
import { type WhyFacts, whySentences } from '../../../src/rooms/provenance/why.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { english } from '../../../src/shared/language/english.ts';

function entry(id: number, rest: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: String(id),
    operation: 'UPDATE',
    occurredAt: `2026-01-01 00:00:${String(id % 60).padStart(2, '0')}+00`,
    tableKey: 1,
    recordKey: '1',
    ...rest,
  } as AuditEntry;
}

function told(id: number, rest: Partial<AuditEntry> = {}, reason: string | null = null): ToldEntry {
  const it = { details: null, operationName: null, businessKey: 'KITE', runId: null, ...rest };
  const full = entry(id, it);
  const stated =
    reason === null ? null : { stated: 'WITH_CHANGE' as const, entryId: full.id, reason: { text: reason, code: null, reference: null } };
  return {
    entry: full,
    facts: {
      ...{ entry: full, actor: 'Ann', reason, runName: null },
      table: { entityType: 'PRODUCT', tableName: 'commerce.products' },
      changes: [
        {
          field: 'price',
          before: { amount: '9.00', currency: 'EUR' },
          after: { amount: '8.00', currency: 'EUR' },
          delta: '-1.00',
          kind: 'MODIFIED',
        },
      ],
    },
    ...{ stated: stated as ToldEntry['stated'], statedBy: null, approvedBy: null },
  };
}

describe('the present life of a row', () => {
  const life = (operations: string) =>
    presentLife(operations.split(' '), (operation) => ({ operation: operation as AuditEntry['operation'] })).join(' ');

  it('goes back to its newest creation, and past a deletion only when that is the newest change', () => {
    expect(life('UPDATE UPDATE INSERT DELETE UPDATE INSERT')).toBe('UPDATE UPDATE INSERT');
    expect(life('DELETE UPDATE INSERT UPDATE')).toBe('DELETE UPDATE INSERT');
    expect(life('UPDATE DELETE INSERT')).toBe('UPDATE');
    expect(life('UPDATE UPDATE')).toBe('UPDATE UPDATE');
  });
});

describe('a value that is asked about', () => {
  const price = entityFields.PRODUCT.find(({ field }) => field === 'price')!;
  const customer = entityFields.ORDER.find(({ field }) => field === 'customer')!;
  const plain = (value: unknown, type: string) => wantedValue({ field: 'x', shape: 'value', columns: ['x'] }, type, value);

  it('is an amount with its currency, or an amount in any', () => {
    expect(wantedValue(price, 'numeric(19,4)', { amount: '1199.9', currency: 'USD' })).toEqual({
      kind: 'money',
      amount: '1199.9',
      currency: 'USD',
    });
    expect(wantedValue(price, 'numeric(19,4)', { amount: 1199.9, currency: 'USD' })).toEqual({
      kind: 'money',
      amount: '1199.9',
      currency: 'USD',
    });
    expect(wantedValue(price, 'numeric(19,4)', '1199.9900')).toEqual({ kind: 'money', amount: '1199.9900', currency: null });
    for (const value of [
      { amount: '1' },
      { amount: 'x', currency: 'USD' },
      { amount: '1', currency: 'USD', more: 1 },
      [1],
      true,
      '1e9',
      Number.POSITIVE_INFINITY,
    ])
      expect(wantedValue(price, 'numeric(19,4)', value)).toBeNull();
  });

  it('is another entity, a number, a moment or any JSON', () => {
    expect(wantedValue(customer, 'bigint', encodeGlobalId('Customer', '7'))).toEqual({ kind: 'text', text: '7' });
    expect(wantedValue(customer, 'bigint', encodeGlobalId('Product', '7'))).toBeNull();
    expect(wantedValue(customer, 'bigint', '7')).toBeNull();
    expect(plain(5, 'integer')).toEqual({ kind: 'number', text: '5' });
    expect(plain('5.0', 'bigint')).toEqual({ kind: 'number', text: '5.0' });
    expect(plain('2026-01-01T01:00:00+01:00', 'timestamp with time zone')).toEqual({ kind: 'text', text: '2026-01-01T00:00:00.000000Z' });
    expect(plain('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'uuid')).toEqual({ kind: 'text', text: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' });
    expect(plain({ a: [1] }, 'jsonb')).toEqual({ kind: 'json', value: { a: [1] } });
    expect(plain(Number.POSITIVE_INFINITY, 'jsonb')).toBeNull();
  });
});

describe('causes', () => {
  const start: CauseStep = { auditEntry: entry(9), degree: 0, relation: 'WROTE_VALUE', fields: null };
  const found = (id: number, relation: CauseStep['relation']) => ({ auditEntry: entry(id), relation, fields: null });

  it('come once, with their strongest relation, by strength and then newest first', () => {
    const steps = nextDegree(
      [start],
      [
        found(1, 'SAME_TRANSACTION'),
        found(3, 'SAME_TRANSACTION'),
        found(1, 'DECLARED'),
        found(2, 'SAME_RUN'),
        found(4, 'VALUE_COPIED'),
        found(9, 'DECLARED'),
      ],
    );
    expect(steps.map(({ auditEntry, relation, degree }) => `${auditEntry.id} ${relation} ${degree}`)).toEqual([
      '1 DECLARED 1',
      '4 VALUE_COPIED 1',
      '2 SAME_RUN 1',
      '3 SAME_TRANSACTION 1',
    ]);
  });

  it('end in a circle, and are never more than a hundred', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 200 }), (pairs) => {
        const steps = [start];
        for (let nearest = steps.slice(); nearest.length > 0; ) {
          const behind = nearest.flatMap(({ auditEntry }) =>
            pairs.filter(([of]) => String(of) === auditEntry.id).map(([, id]) => found(id, 'DECLARED')),
          );
          nearest = nextDegree(steps, behind);
          steps.push(...nearest);
        }
        const ids = steps.map(({ auditEntry }) => auditEntry.id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(steps.map(({ degree }) => degree)).toEqual(steps.map(({ degree }) => degree).toSorted((a, b) => a - b));
      }),
    );
    expect(
      nextDegree(
        [start],
        Array.from({ length: 300 }, (_, id) => found(100 + id, 'SAME_TRANSACTION')),
      ),
    ).toHaveLength(maxCauses - 1);
  });

  it('of a transaction are the ten nearest, no other change of the same row, and not followed twice in a row', () => {
    const earlier = [entry(8), entry(7, { operation: 'EVENT' }), ...Array.from({ length: 20 }, (_, n) => entry(6 - n, { recordKey: '2' }))];
    expect(ofTransaction(start, earlier).map(({ id }) => id)).toEqual(['7', ...Array.from({ length: 9 }, (_, n) => String(6 - n))]);
    expect(ofTransaction({ ...start, relation: 'SAME_TRANSACTION' }, earlier)).toEqual([]);
  });
});

describe('copies', () => {
  it('are claimed by rule, of a row that is referred to, and for equal values only', () => {
    const rule = ruleFor('ORDER_ITEM', 'unitPrice')!;
    expect(rule.source).toEqual({ entityType: 'PRODUCT', field: 'price' });
    expect(ruleFor('PRODUCT', 'price')).toBeNull();
    expect([
      sourceKey(rule, { product_id: '7' }),
      sourceKey(rule, { product_id: null }),
      sourceKey(rule, {}),
      sourceKey(rule, { product_id: '***' }),
    ]).toEqual(['7', null, null, null]);
    expect([
      isCopy({ amount: '1.00', currency: 'EUR' }, { amount: '1.00', currency: 'EUR' }),
      isCopy('Ann', 'Bob'),
      isCopy(null, null),
      isCopy('***', '***'),
    ]).toEqual([true, false, false, false]);
  });

  it('of copies are followed, and a circle ends', async () => {
    const cell = (id: number) =>
      ({ field: 'x', ref: { table: { tableKey: 1 }, recordKey: String(id), upTo: null }, writer: entry(id) }) as never;
    const keys = (cells: { ref: { recordKey: string } }[]) => cells.map(({ ref }) => ref.recordKey);
    const cellsUpTo = (last: number) => async (of: never) => {
      const next = Number((of as { ref: { recordKey: string } }).ref.recordKey) + 1;
      return next > last ? null : cell(next);
    };
    expect(keys(await copyChain(cell(1), cellsUpTo(3)))).toEqual(['1', '2', '3']);
    expect(await copyChain(cell(1), async () => cell(1))).toHaveLength(1);
    expect(await copyChain(cell(1), cellsUpTo(1_000))).toHaveLength(maxCopies);
    expect(await copyChain(null, cellsUpTo(3))).toEqual([]);
  });
});

describe('impact', () => {
  it('is units a day, exact, rounded half up to two decimals', () => {
    expect([
      perDay('6', 14),
      perDay('12', 14),
      perDay('0', 3),
      perDay('1', 8),
      perDay('1', 200),
      perDay('-1', 8),
      perDay('123456789012345678901', 2),
    ]).toEqual([...['0.43', '0.86', '0.00', '0.13', '0.01', '-0.13', '61728394506172839450.50']]);
    expect(impactOf({ days: 0, unitsBefore: '1', unitsAfter: '1' })).toBeNull();
    expect(impactOf({ days: 2, unitsBefore: '1', unitsAfter: '3' })).toEqual({
      measure: 'units_per_day',
      before: '0.50',
      after: '1.50',
      periodDays: 2,
    });
  });
});

describe('steps', () => {
  const table = {
    statusColumn: 'status',
    transitions: [{ from: 'A', to: 'B' }],
    keyColumns: ['id'],
    entityType: 'ORDER',
    tenantColumn: null,
  } as const;
  const step = (from: unknown, to: unknown, rest: object = {}) =>
    isExpectedStep({ operation: 'UPDATE', before: { status: from, ...rest }, after: { status: to, ...rest } }, table);

  it('are unexpected only where the status changed in a way that was not declared', () => {
    expect([step('A', 'B'), step('B', 'A'), step('B', null), step('B', 'B', { id: 1 })]).toEqual([true, false, false, true]);
    expect(isExpectedStep({ operation: 'INSERT', before: null, after: { status: 'Z' } }, table)).toBe(true);
    expect(isExpectedStep({ operation: 'UPDATE', before: { total: 1 }, after: { total: 2 } }, table)).toBe(true);
    expect(isExpectedStep({ operation: 'UPDATE', before: { status: 'B' }, after: { status: 'A' } }, { ...table, transitions: null })).toBe(
      true,
    );
  });

  it('are expected where the status had no value before, where it is masked, and where a number is declared as text', () => {
    expect([step(null, 'B'), step(null, 'Z'), step('***', '***'), step('***', null)]).toEqual([true, true, true, true]);
    const numbered = { ...table, transitions: [{ from: '1', to: '2' }] };
    const from = (before: unknown, after: unknown) =>
      isExpectedStep({ operation: 'UPDATE', before: { status: before }, after: { status: after } }, numbered);
    expect([from(1, 2), from(2, 1)]).toEqual([true, false]);
  });

  it('are the newest 500, and the first of them still tells the time since the one before', () => {
    const entries = Array.from({ length: 501 }, (_, n) =>
      entry(501 - n, {
        occurredAt: `2026-01-01 00:${String(Math.floor((501 - n) / 60)).padStart(2, '0')}:${String((501 - n) % 60).padStart(2, '0')}+00`,
      }),
    );
    const steps = howSteps(entries, table, () => []);
    expect([steps.length, steps[0]?.auditEntry.id, steps[0]?.sincePreviousMs, totalDurationMs(steps)]).toEqual([500, '2', 1_000, 499_000]);
    expect(howSteps(entries.slice(-1), table, () => [])[0]?.sincePreviousMs).toBeNull();
    expect(totalDurationMs([])).toBe(0);
  });
});

describe('sentences', () => {
  const facts: WhyFacts = {
    what: { kind: 'product', key: 'KITE' },
    field: 'price',
    written: [],
    causes: [],
    impact: null,
    neverHad: null,
    firstEntry: null,
  };

  it('say what is unknown, and name the entries that show it', () => {
    const sentences = whySentences({ ...facts, written: [told(9), told(8, {}, 'Wind is cheap.')] }, english);
    expect(sentences.map(({ text }) => text)).toEqual([
      'Ann changed price of product KITE from 9.00 EUR to 8.00 EUR on 2026-01-01 00:00:09 UTC.',
      'The reason is unknown: none was given with the change, added later, or stated for a run.',
      'Before that, Ann changed price of product KITE from 9.00 EUR to 8.00 EUR on 2026-01-01 00:00:08 UTC; reason: "Wind is cheap.".',
    ]);
    expect(sentences.map(({ evidence }) => evidence)).toEqual([['9'], ['9'], ['8']]);
  });

  it('about what the log does not hold name its first entry, if there is one', () => {
    expect(whySentences({ ...facts, firstEntry: '3' }, english)).toEqual([
      { text: 'The log holds no change of price of product KITE: what it holds is older than the log.', evidence: ['3'] },
    ]);
    expect(whySentences({ ...facts, neverHad: { value: '7', looked: ['5', '4'] } }, english)).toEqual([
      {
        text: 'No change gave price of product KITE the value 7; what its newest 2 changes gave it is something else.',
        evidence: ['5', '4'],
      },
    ]);
    expect(howSentences({ what: facts.what, field: null, steps: [], firstEntry: null }, english)[0]?.evidence).toEqual([]);
    expect(whereSentences({ what: facts.what, written: [], copies: [], older: ['price', 'name'], firstEntry: entry(3) }, english)).toEqual([
      {
        text: 'price and name of product KITE have values that are older than the log, whose first change of it is of 2026-01-01 00:00:03 UTC.',
        evidence: ['3'],
        heading: 'Older than the log',
      },
    ]);
  });

  it('without evidence there are none but about an empty log, and never more than 200', () => {
    const written = Array.from({ length: 100 }, (_, n) => told(900 - n, {}, 'why not'));
    const causes = Array.from({ length: 99 }, (_, n) => ({
      step: {
        auditEntry: entry(500 - n),
        degree: 1 + Math.floor(n / 5),
        relation: (['DECLARED', 'SAME_RUN', 'SAME_TRANSACTION', 'VALUE_COPIED'] as const)[n % 4]!,
        fields: ['price'],
      },
      told: told(500 - n, { operation: n % 2 ? 'EVENT' : 'UPDATE', details: { a_b: n } }),
    }));
    const { sentences } = narrativeOf(
      whySentences(
        { ...facts, written, causes, impact: { measured: impactOf({ days: 1, unitsBefore: '1', unitsAfter: '2' })!, counted: ['4'] } },
        english,
      ),
    );
    expect(sentences.filter(({ evidence }) => evidence.length === 0)).toEqual([]);
    expect(sentences.length).toBeGreaterThan(60);
    expect(sentences.length).toBeLessThanOrEqual(maxSentences);
    const steps = Array.from({ length: 500 }, (_, n) => ({
      step: { auditEntry: entry(n), changes: [], sincePreviousMs: 1_000, isExpected: n % 2 === 0 },
      told: told(n),
    }));
    const long = narrativeOf(howSentences({ what: facts.what, field: null, steps, firstEntry: null }, english));
    expect(long.sentences.length).toBeLessThanOrEqual(maxSentences);
    expect(long.sentences[0]?.text).toBe('Earlier steps are not told here.');
    expect(long.text).toMatch(/The declared state machine does not allow this step\..*From the first to the last of these 190 steps/);
  });

  it('tell durations in their two largest units', () => {
    expect([0, 999, 1_000, 61_000, 7_980_000, 86_400_000, 90_061_000].map(english.duration)).toEqual([
      ...['less than a second', 'less than a second', '1 second', '1 minute 1 second', '2 hours 13 minutes', '1 day', '1 day 1 hour'],
    ]);
  });
});
