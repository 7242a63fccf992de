import DataLoader from 'dataloader';
import type { ReadRows } from '../../shared/page-read.ts';
import { executionsByKey, toExecution, toSatellite, versionsOf } from './execution.queries.ts';
import type { VaultExecution, VaultSatellite } from './vault.model.ts';

const keysPerStatement = 500;
/** Versions of one operation at most. */
const maxVersions = 100;

/** The batches of one request for one tenant. Keys are hash keys in hexadecimal. */
export class VaultLoaders {
  private readonly executions: DataLoader<string, VaultExecution | null>;
  private readonly versions: DataLoader<string, VaultSatellite[]>;

  constructor(read: ReadRows, tenant: string) {
    const maxBatchSize = keysPerStatement;
    this.executions = new DataLoader(
      async (keys) => {
        const rows = await read(executionsByKey(tenant, keys));
        const found = new Map(rows.map(toExecution).map((execution) => [execution.hashKey, execution]));
        return keys.map((key) => found.get(key) ?? null);
      },
      { maxBatchSize },
    );
    this.versions = new DataLoader(
      async (keys) => {
        const found = new Map(keys.map((key): [string, VaultSatellite[]] => [key, []]));
        for (const row of await read(versionsOf(tenant, keys, maxVersions))) found.get(row['key'] as string)?.push(toSatellite(row));
        return keys.map((key) => found.get(key) ?? []);
      },
      { maxBatchSize },
    );
  }

  execution(hashKey: string): Promise<VaultExecution | null> {
    return this.executions.load(hashKey);
  }

  /** Newest first. */
  versionsOf(hashKey: string): Promise<VaultSatellite[]> {
    return this.versions.load(hashKey);
  }

  /** After this request wrote something itself. */
  forgetAll(): void {
    this.executions.clearAll();
    this.versions.clearAll();
  }
}
