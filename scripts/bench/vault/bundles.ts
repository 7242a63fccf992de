import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOwner } from '../../../src/database/open.ts';
import { writeBundle } from '../../../src/rooms/vault/bundle.ts';
import { inSnapshot } from '../../../src/rooms/vault/bundle-source.ts';
import { atMost, connect, type Figure, medianMs } from './figure.ts';

// As much as makes a backup of 2 MB before it is packed, like the database of the documented figure.
const entries = 5_000;

export async function measureBundles(url: string, rounds: number): Promise<Figure[]> {
  const output = mkdtempSync(join(tmpdir(), 'whence-bench-bundle-'));
  const owner = await openOwner({ url });
  try {
    const sql = connect(url);
    await sql`select count(audit.log_event('SKU_UPDATED', 'Safety stock: ' || n || ' -> ' || n + 10, 'SKU' || n % 100, 'ann')) from generate_series(1, ${entries}) n`;
    await sql.end();
    let minute = 0;
    let bytes = 0;
    const bundle = (isCompressed: boolean, withBackup: boolean) =>
      medianMs(rounds, async () => {
        const usual = { output, auditLimit: 1_000, withPersonal: false, settings: {}, now: new Date(Date.UTC(2026, 0, 1, 0, ++minute)) };
        const { path } = await inSnapshot(owner, null, (source) => writeBundle(source, { ...usual, isCompressed, withBackup }));
        bytes = isCompressed ? statSync(path).size : readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
        rmSync(path, { recursive: true });
      });
    const kb = () => `${Math.round(bytes / 1024).toLocaleString('en')} KiB`;
    const plain = atMost('a bundle with 1,000 entries', await bundle(false, false), 200);
    const zipped = atMost('the same, zipped', await bundle(true, false), 400);
    const backedUp = atMost(`with a backup of ${entries.toLocaleString('en')} entries (2 MB)`, await bundle(false, true), 200);
    const both = atMost('the same, zipped', await bundle(true, true), 400);
    return [plain, zipped, backedUp, { ...both, what: `${both.what} (${kb()})` }];
  } finally {
    await owner.close();
    rmSync(output, { recursive: true, force: true });
  }
}
