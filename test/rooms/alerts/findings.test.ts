import { expect, it } from 'vitest';
import { findingsOf } from '../../../src/rooms/alerts/findings.ts';
import type { Departure } from '../../../src/rooms/analytics/anomaly.model.ts';

const period = { from: '2026-01-01', to: '2026-04-01' };
const found = { entryId: '7', occurredAt: '2026-03-02 10:15:00+00', actor: 'ann', lastEntryId: '9', lastAt: '2026-03-02 10:40:00+00' };
const hour = { ...found, isInPeriod: true, isService: false, hour: '2026-03-02 10:00:00+00', entries: 90, changes: 0, firstChange: null };
const spike = (score: number, entries: number): Departure => ({
  kind: 'RATE_SPIKE',
  about: { ...hour, entries },
  ...{ score, observed: entries, expected: 4 },
});
const identity = (departure: Departure) => findingsOf([departure], period)[0]?.finding;

it('what departs little is no alert', () => {
  expect(findingsOf([spike(2.99, 40), spike(3, 41)], period)).toMatchObject([{ score: 3, facts: { observed: 41, period } }]);
});

it('an hour of work that grows is told again when its score has doubled, and not before', () => {
  expect(identity(spike(3.1, 42))).toBe(identity(spike(5.9, 80)));
  expect(identity(spike(6, 81))).not.toBe(identity(spike(5.9, 80)));
  expect(identity(spike(6, 81))).toBe(identity(spike(11.9, 300)));
});

it('what is about one entry is one finding, whatever it scores', () => {
  const jump = (score: number, entryId: string): Departure => ({
    kind: 'PRICE_JUMP',
    about: { ...found, entryId, sku: 'A', before: '1', after: '9', currency: null },
    ...{ score, observed: 9, expected: 1 },
  });
  expect(identity(jump(4, '7'))).toBe(identity(jump(40, '7')));
  expect(identity(jump(4, '7'))).not.toBe(identity(jump(4, '8')));
});
