import { encodeGlobalId } from '../../src/shared/global-id.ts';
import { openBusyTrail, openedRun } from '../rooms/audit/busy-trail.ts';
import { onEachDatabase } from '../support/databases.ts';
import { compareGolden } from '../support/golden.ts';

const runId = 'run_20260301_120000_0000aaaa';

onEachDatabase(
  'operations about the trail are answered as before, and cost the same statements',
  async (context) => {
    await openBusyTrail(context, 'demo');
    await context.owner.run('create table public.boxes (tenant text, id int primary key)');
    await compareGolden(context, 'trail', [
      { operation: 'audit-trail', variables: { first: 100 } },
      { operation: 'audit-trail', name: 'audit-trail-of-laptop', variables: { filter: { entityKey: { eq: 'LAPTOP-15' } } } },
      { operation: 'audit-trail', name: 'audit-trail-by-actor', variables: { filter: { actorName: { eq: 'Bob Ray' }, occurredAt: { lt: '2026-02-10T00:00:00Z' } } } },
      { operation: 'audit-trail', name: 'audit-trail-by-text', variables: { filter: { or: [{ text: 'supplier' }, { changedField: { eq: 'safetyStock' } }], not: { operation: { eq: 'INSERT' } } } } },
      { operation: 'batch-events', variables: { runId: openedRun } },
      { operation: 'safety-stock', variables: { from: '2026-02-01T12:00:00Z' } },
      { operation: 'price-history' },
      { operation: 'order-progress' },
      { operation: 'unexplained-prices' },
      { operation: 'failed-runs' },
      { operation: 'runs' },
      { operation: 'tracked-tables' },
      { operation: 'start-run', variables: { input: { name: 'Stock count', runId, idempotencyKey: 'golden-1' } } },
      { operation: 'start-run', name: 'start-run-again', variables: { input: { name: 'Stock count', runId, idempotencyKey: 'golden-1' } } },
      { operation: 'record-event', variables: { input: { operationName: 'COUNTED', entityType: 'PRODUCT', entityKey: 'SKU001', details: { counted: 10 }, runId } } },
      { operation: 'finish-run', variables: { input: { runId, status: 'SUCCEEDED' } } },
      { operation: 'finish-run', name: 'finish-run-twice', variables: { input: { runId, status: 'FAILED' } } },
      { operation: 'add-reason', variables: { input: { auditEntryId: encodeGlobalId('AuditEntry', '8'), reason: { text: 'supplier was late', code: 'SUPPLY' } } } },
      { operation: 'track-table', variables: { input: { tableName: 'public.boxes' } } },
      { operation: 'track-table', name: 'track-table-unknown', variables: { input: { tableName: 'public.nothing' } } },
      { operation: 'untrack-table', variables: { input: { tableName: 'public.boxes' } } },
    ]);
  },
  { fresh: true },
);
