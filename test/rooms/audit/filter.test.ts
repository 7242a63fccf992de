import fc from 'fast-check';
import { expect } from 'vitest';
import { camelCase } from '../../../src/rooms/audit/entity-fields.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { bareRun, endedRun, openBusyTrail, openedRun } from './busy-trail.ts';
import { answer, codeOf } from './trail.ts';

interface Shown {
  readonly id: string;
  readonly operation: string;
  readonly operationName: string | null;
  readonly occurredAt: string;
  readonly entityType: string | null;
  readonly entityKey: string | null;
  readonly tableName: string | null;
  readonly transactionId: string;
  readonly details: unknown;
  readonly actor: {
    readonly id: string;
    readonly key: string;
    readonly displayName: string;
    readonly databaseUser: string;
    readonly kind: string;
  };
  readonly origin: Readonly<Record<'application' | 'clientIp' | 'recordSource' | 'requestId' | 'sessionId', string | null>>;
  readonly reason: { readonly text: string } | null;
  readonly reasons: readonly { readonly code: string | null; readonly text: string }[];
  readonly run: { readonly key: string; readonly name: string | null } | null;
  readonly changes: readonly { readonly field: string }[];
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}
const shown = `id operation operationName occurredAt entityType entityKey tableName transactionId details before after
  actor { id key displayName databaseUser kind } origin { application clientIp recordSource requestId sessionId }
  reason { text } reasons { code text } run { key name } changes { field }`;

type Filter = Readonly<Record<string, unknown>>;
type Texts = readonly (string | null)[];

/** What a text filter says of something that has these texts: some of them fits; `ne` and `notIn`: none does. */
function textHolds(operators: Filter, all: Texts): boolean {
  const texts = all.filter((text) => text !== null);
  return Object.entries(operators).every(([name, value]) => {
    const list = value as string[];
    const text = value as string;
    if (name === 'eq') return texts.includes(text);
    if (name === 'ne') return !texts.includes(text);
    if (name === 'in') return texts.some((one) => list.includes(one));
    if (name === 'notIn') return !texts.some((one) => list.includes(one));
    if (name === 'contains') return texts.some((one) => one.toLowerCase().includes(text.toLowerCase()));
    if (name === 'startsWith') return texts.some((one) => one.startsWith(text));
    return (texts.length === 0) === value;
  });
}

/** Names of each changed field: its own, and those of the columns behind it. */
function fieldNames({ changes, before, after, entityType, operation }: Shown): string[] {
  if (changes.length === 0) return [];
  const columns = Object.keys({ ...before, ...after }).filter((column) => column !== 'tenant');
  const told = columns.filter(
    (column) =>
      operation !== 'UPDATE' || before?.[column] === '***' || JSON.stringify(before?.[column]) !== JSON.stringify(after?.[column]),
  );
  return [...changes.map(({ field }) => field), ...told, ...(entityType === 'RECORD' ? [] : told.map(camelCase))];
}

function words({ operationName, entityKey, actor, details, reasons, run, reason }: Shown): string {
  const reference = reasons.length > 0 ? JSON.stringify(reason) : '';
  return [
    operationName,
    entityKey,
    actor.kind === 'DATABASE' ? '' : actor.key,
    actor.displayName,
    JSON.stringify(details),
    ...reasons.flatMap(({ code, text }) => [code, text]),
    run?.name,
    reference,
  ]
    .join(' ')
    .toLowerCase();
}

/** The filter, over entries as the API shows them. */
function holds(filter: Filter, entry: Shown): boolean {
  return Object.entries(filter).every(([name, value]) => {
    const operators = value as Filter;
    const { origin, actor } = entry;
    switch (name) {
      case 'and':
        return (value as Filter[]).every((one) => holds(one, entry));
      case 'or':
        return (value as Filter[]).some((one) => holds(one, entry));
      case 'not':
        return !holds(operators, entry);
      case 'actorId':
        return actor.id === value;
      case 'actorName':
        return textHolds(operators, [actor.key, actor.displayName]);
      case 'changedField':
        return textHolds(operators, fieldNames(entry));
      case 'entityKey':
      case 'operation':
      case 'operationName':
      case 'tableName':
        return textHolds(operators, [entry[name]]);
      case 'entityType':
        return entry.entityType === value;
      case 'hasReason':
        return entry.reasons.length > 0 === value;
      case 'occurredAt':
        return Object.entries(operators).every(([op, bound]) =>
          op === 'gte' ? entry.occurredAt >= String(bound) : entry.occurredAt < String(bound),
        );
      case 'runId':
        return entry.run?.key === value;
      case 'application':
      case 'recordSource':
        return textHolds(operators, [origin[name]]);
      case 'databaseUser':
        return textHolds(operators, [actor.databaseUser]);
      case 'clientIp':
        return value === '10.1.0.0/16' ? (origin.clientIp ?? '').startsWith('10.1.') : origin.clientIp === value;
      case 'reasonCode':
        return textHolds(
          operators,
          entry.reasons.map(({ code }) => code),
        );
      case 'requestId':
      case 'sessionId':
        return origin[name] === value;
      case 'text':
        return String(value)
          .split(' ')
          .every((word) => words(entry).includes(word.toLowerCase()));
      case 'transactionId':
        return entry.transactionId === value;
      default:
        throw new Error(`no reference for ${name}`);
    }
  });
}

const vocabulary = {
  actorName: ['ann', 'Ann Price', 'bob', 'robot', 'setup', 'Ray', 'a', 'postgres', 'ann%'],
  changedField: [
    'price',
    'safetyStock',
    'safety_stock',
    'stock',
    'currency',
    'total',
    'status',
    'amount',
    'secret',
    'number',
    'customer',
    'customerId',
    'displayName',
    'tenant',
  ],
  entityKey: ['SKU001', 'SKU_02', 'LAPTOP-15', '123', '["shelf", "1"]', 'SKU', 'sku', 'shelf', '_0'],
  operation: ['INSERT', 'UPDATE', 'EVENT'],
  operationName: ['ORDER_CONFIRMED', 'REASON_ADDED', '_START', 'BATCH', 'SKU_UPDATED'],
  tableName: ['commerce.products', 'public.things', 'commerce', 's'],
  application: ['shop', 'back office', 'migration', 'o'],
  databaseUser: ['postgres', 'p'],
  reasonCode: ['PROMOTION', 'CLOSE', 'SUPPLIER', 'P'],
  recordSource: ['legacy', 'postgresql', 'e'],
} as const;

const isEnum = (field: string) => field === 'operation';

function textFilter(field: keyof typeof vocabulary): fc.Arbitrary<Filter> {
  const word = fc.constantFrom<string>(...vocabulary[field]);
  const lists = fc.uniqueArray(word, { maxLength: 3 });
  const operators: fc.Arbitrary<Filter>[] = [
    word.map((eq) => ({ eq })),
    word.map((ne) => ({ ne })),
    lists.map((among) => ({ in: among })),
    lists.map((notIn) => ({ notIn })),
  ];
  if (!isEnum(field))
    operators.push(
      word.map((contains) => ({ contains })),
      word.map((startsWith) => ({ startsWith })),
    );
  if (field !== 'actorName') operators.push(fc.boolean().map((isNull) => ({ isNull })));
  return fc.oneof(...operators).map((operator) => ({ [field]: operator }));
}

onEachDatabase('every filter finds what the same question asked of the shown entries finds', async (context) => {
  const tenant = 'filters';
  await openBusyTrail(context, tenant);
  await openBusyTrail(context, 'filters elsewhere');
  const { auditEntries } = await answer<{ auditEntries: { nodes: Shown[] } }>(
    context,
    tenant,
    `{ auditEntries(first: 500) { nodes { ${shown} } } }`,
  );
  const all = auditEntries.nodes;
  expect(all.length).toBeGreaterThan(30);
  const of = (pick: (entry: Shown) => string) => fc.constantFrom(...new Set(all.map(pick)));
  const instant = fc.constantFrom(...new Set(all.map((entry) => entry.occurredAt)), '2026-02-10T00:00:00.000000Z');
  const single = fc.oneof(
    { weight: 10, arbitrary: fc.oneof(...Object.keys(vocabulary).map((field) => textFilter(field as keyof typeof vocabulary))) },
    of((entry) => entry.actor.id).map((actorId) => ({ actorId })),
    fc.constantFrom('PRODUCT', 'ORDER', 'RECORD', 'USER', 'PAYMENT').map((entityType) => ({ entityType })),
    fc.boolean().map((hasReason) => ({ hasReason })),
    instant.map((gte) => ({ occurredAt: { gte } })),
    instant.map((lt) => ({ occurredAt: { lt } })),
    fc.constantFrom(openedRun, bareRun, endedRun, 'run_20260101_000000_00000000').map((runId) => ({ runId })),
    fc.constantFrom('10.1.2.3', '10.1.0.0/16', '2001:db8::7').map((clientIp) => ({ clientIp })),
    fc.constantFrom('s-1', 's-2', 'nobody').map((sessionId) => ({ sessionId })),
    fc.constantFrom('r-1', 'r-2').map((requestId) => ({ requestId })),
    fc
      .constantFrom('promotion', 'SKU001', 'Ann nightly', '100%', 'sure_thing', 'phone', 'month', 'supplier asked', 'twice')
      .map((text) => ({ text })),
    of((entry) => entry.transactionId).map((transactionId) => ({ transactionId })),
  ) as fc.Arbitrary<Filter>;
  const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      single,
      fc.tuple(single, single).map(([a, b]) => ({ ...a, ...b })),
      fc.array(tie('tree'), { maxLength: 3 }).map((and) => ({ and })),
      fc.array(tie('tree'), { maxLength: 3 }).map((or) => ({ or })),
      tie('tree').map((not) => ({ not })),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(tree, async (filter) => {
      const found = await answer(
        context,
        tenant,
        `query ($filter: AuditEntryFilterInput) { auditEntries(first: 500, filter: $filter) { totalCount nodes { id } } }`,
        { filter },
      );
      const expected = all.filter((entry) => holds(filter, entry)).map(({ id }) => id);
      expect(found.auditEntries.nodes.map(({ id }: Shown) => id)).toEqual(expected);
      expect(found.auditEntries.totalCount).toBe(expected.length);
    }),
    { numRuns: 300, ...(process.env['FC_SEED'] ? { seed: Number(process.env['FC_SEED']) } : {}) },
  );
});

onEachDatabase('an entity is asked for by its id, of the shop and of any other table', async (context) => {
  const tenant = 'by entity';
  await openBusyTrail(context, tenant);
  const count = async (entityId: string) =>
    (await answer(context, tenant, `query ($entityId: ID!) { auditEntries(filter: { entityId: $entityId }) { totalCount } }`, { entityId }))
      .auditEntries.totalCount;
  expect(await count(encodeGlobalId('Product', '1'))).toBe(4); // made, price, stock, and the reason added to the price
  expect(await count(encodeGlobalId('Record', 'public.things:["shelf", "1"]'))).toBe(2);
  expect(await count(encodeGlobalId('Record', 'public.things:["shelf", "60"]'))).toBe(1);
  expect(await count(encodeGlobalId('Record', 'public.nothing:1'))).toBe(0);
  expect(await count(encodeGlobalId('Order', '99'))).toBe(0);
});

onEachDatabase('what a filter cannot mean is refused with a code', async (context) => {
  const code = (filter: Filter) =>
    codeOf(context, 'refused', `query ($filter: AuditEntryFilterInput) { auditEntries(filter: $filter) { totalCount } }`, { filter });
  for (const clientIp of ['', '10.1', '10.1.2.3/33', '10.1.2.3/', '::1/129', 'localhost', 'fe80::1%eth0', '1.2.3.4/8/8'])
    expect(await code({ clientIp })).toBe('BAD_USER_INPUT');
  for (const transactionId of ['', 'x', '-1', '1.5', '18446744073709551616', '9'.repeat(40)])
    expect(await code({ transactionId })).toBe('BAD_USER_INPUT');
  expect(await code({ transactionId: '18446744073709551615' })).toBeUndefined();
  for (const id of [
    '',
    'x',
    encodeGlobalId('Run', openedRun),
    encodeGlobalId('Product', 'x'),
    encodeGlobalId('Product', '99999999999999999999'),
  ]) {
    expect(await code({ entityId: id })).toBe('BAD_USER_INPUT');
    expect(await code({ actorId: id })).toBe('BAD_USER_INPUT');
  }
  expect(await code({ text: '  ' })).toBe('BAD_USER_INPUT');
  expect(await code({ text: 'a b c d e f g h i j k' })).toBe('BAD_USER_INPUT');
  expect(await code({ text: 'x'.repeat(20_000) })).toBe('BAD_USER_INPUT');
  expect(await code({ entityKey: { eq: null } })).toBe('BAD_USER_INPUT');
  expect(await code({ actorName: { contains: 'a\0b' } })).toBe('BAD_TEXT');
  expect(await code({ text: 'a\ud800b' })).toBe('BAD_TEXT');
  let deep: Filter = { text: 'x' };
  for (let depth = 0; depth < 20; depth++) deep = { not: deep };
  expect(await code(deep)).toBe('BAD_USER_INPUT');
});
