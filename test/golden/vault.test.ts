import { encodeGlobalId } from '../../src/shared/global-id.ts';
import { filled } from '../rooms/demo-shop/filled.ts';
import { onEachDatabase, startFrom } from '../support/databases.ts';
import { compareGolden } from '../support/golden.ts';

startFrom('shop');

const range = { from: '2025-12-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
const track = { scriptName: 'recount-stock', scriptType: 'MAINTENANCE', metadata: { shelf: 'A' }, idempotencyKey: 'golden-1' };

onEachDatabase(
  'operations about the vault are answered from the demo shop as before, and cost the same statements',
  async (context) => {
    await filled(context);
    await compareGolden(context, 'vault', [
      { operation: 'vault-overview', variables: { range } },
      { operation: 'track-operation', variables: { input: track }, measured: ['id', 'hashKey'] },
    ]);
    const [begun] = await context.owner.run<{ key: string }>(
      `select encode(script_execution_hk, 'hex') as key from script_tracking.script_execution_s where script_name = 'recount-stock'`,
    );
    const input = { executionId: encodeGlobalId('VaultExecution', begun?.key ?? ''), isSuccess: false, errorMessage: 'shelf A is empty' };
    await compareGolden(context, 'vault', [
      { operation: 'complete-operation', variables: { input }, measured: ['id', 'durationMs'] },
      { operation: 'complete-operation', name: 'complete-operation-twice', variables: { input } },
    ]);
  },
  { fresh: true, timeoutMs: 120_000 },
);
