import { describe, expect, it } from 'vitest';
import { type StageFacts, stageOf, stagesOf } from '../../../src/rooms/lineage/journey-stage.ts';

const entry = (facts: Partial<StageFacts>): StageFacts => ({
  ...{ kind: 'ORDER', operation: 'UPDATE', operationName: null, reasonCode: null, status: null },
  ...facts,
});

describe('the stage of an entry', () => {
  const cases: readonly [stage: string, facts: Partial<StageFacts>][] = [
    ['BROWSING', { kind: 'CUSTOMER', operation: 'INSERT' }],
    ['SUPPORT', { kind: 'CUSTOMER' }],
    ['SUPPORT', { kind: 'CUSTOMER', operation: 'EVENT', operationName: 'SUPPORT_CALL' }],
    ['RETURNING', { kind: 'CUSTOMER', operation: 'DELETE' }],
    ['ORDERING', { operation: 'INSERT', status: 'PENDING' }],
    ['ORDERING', { operation: 'INSERT', status: 'CANCELLED' }],
    ['ORDERING', { kind: 'ORDER_ITEM', operation: 'INSERT', status: 'ORDERED' }],
    ['ORDERING', { status: 'Confirmed' }],
    ['ORDERING', { status: 'some status of a source' }],
    ['ORDERING', { operationName: 'ORDER_ADJUSTED', reasonCode: 'CUSTOMER_REQUEST' }],
    ['ORDERING', { kind: 'ORDER_ITEM', reasonCode: 'GOODWILL' }],
    ['RETURNING', { kind: 'ORDER_ITEM', reasonCode: 'CANCELLATION' }],
    ['RETURNING', { operationName: 'ITEM_RETURNED' }],
    ['FULFILMENT', { status: 'processing' }],
    ['FULFILMENT', { status: 'Shipped', reasonCode: 'RETURN_OF_THE_CARRIER' }],
    ['FULFILMENT', { status: 'DELIVERED' }],
    ['RETURNING', { status: 'cancelled' }],
    ['RETURNING', { kind: 'ORDER_ITEM', status: 'Refunded' }],
    ['RETURNING', { kind: 'ORDER_ITEM', operation: 'DELETE' }],
    ['PAYING', { kind: 'PAYMENT', operation: 'INSERT', status: 'PENDING' }],
    ['PAYING', { kind: 'PAYMENT', status: 'FAILED', reasonCode: 'CANCELLATION' }],
    ['PAYING', { kind: 'PAYMENT' }],
    ['RETURNING', { kind: 'PAYMENT', status: 'refunded' }],
    ['RETURNING', { kind: 'PAYMENT', operation: 'INSERT', status: 'REFUNDED' }],
    ['PAYING', { operation: 'EVENT', operationName: 'PAYMENT_REMINDER' }],
    ['RETURNING', { operation: 'EVENT', operationName: 'PAYMENT_REFUNDED' }],
    ['ORDERING', { operation: 'EVENT', operationName: 'ORDER_ADJUSTED' }],
    ['FULFILMENT', { operation: 'EVENT', operationName: 'order_shipped' }],
    ['RETURNING', { operation: 'EVENT', operationName: 'ORDER_CANCELLED' }],
    ['SUPPORT', { operation: 'EVENT', operationName: null }],
  ];
  it.each(cases)('is %s of %o', (stage, facts) => {
    expect(stageOf(entry(facts))).toBe(stage);
  });
});

describe('stages', () => {
  const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000Z`;

  it('are the longest runs, the last of which lasts', () => {
    const events = (['BROWSING', 'ORDERING', 'ORDERING', 'PAYING', 'ORDERING'] as const).map((stage, i) => ({ stage, occurredAt: at(i) }));
    expect(stagesOf(events)).toEqual([
      { stage: 'BROWSING', startedAt: at(0), endedAt: at(0), eventCount: 1 },
      { stage: 'ORDERING', startedAt: at(1), endedAt: at(2), eventCount: 2 },
      { stage: 'PAYING', startedAt: at(3), endedAt: at(3), eventCount: 1 },
      { stage: 'ORDERING', startedAt: at(4), endedAt: null, eventCount: 1 },
    ]);
    expect(stagesOf([])).toEqual([]);
  });

  it('are the newest fifty where there are more', () => {
    const events = Array.from({ length: 60 }, (_, i) => ({ stage: i % 2 === 0 ? 'ORDERING' : 'PAYING', occurredAt: at(i) }) as const);
    const stages = stagesOf(events);
    expect(stages.length).toBe(50);
    expect([stages[0]?.startedAt, stages.at(-1)?.startedAt]).toEqual([at(10), at(59)]);
  });
});
