// An empty database cluster in dist/embedded, made once when the package is built: making one takes seconds of processor time and
// hundreds of megabytes, copying one takes neither. It holds no data, no roles and no secret.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { emptyCluster, emptyClusterVersion, pgliteVersion } from '../src/database/empty-cluster.ts';
import { PgliteThread } from '../src/database/pglite-thread.ts';

if (!existsSync(emptyCluster) || readFileSync(emptyClusterVersion, 'utf8') !== pgliteVersion()) {
  const draft = `${emptyCluster}.new`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(emptyCluster, { recursive: true, force: true });
  mkdirSync(dirname(emptyCluster), { recursive: true });
  const thread = await PgliteThread.start(draft);
  await thread.close();
  renameSync(draft, emptyCluster);
  writeFileSync(emptyClusterVersion, pgliteVersion());
}
