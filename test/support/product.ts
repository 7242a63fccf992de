// The built program with an embedded database of its own (`npm test` builds it first).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mintToken } from '../../src/rooms/access/token.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

export interface Product {
  readonly url: string;
  /** Of tenant acme with every permission that the tests need; empty without a secret. */
  readonly token: string;
  /** Lines of standard error so far. */
  log(): readonly string[];
  /** Exit code after SIGTERM. */
  stop(): Promise<number | null>;
}

/** @param environment variables; with WHENCE_JWT_SECRET callers need the token. */
export async function startProduct(environment: Readonly<Record<string, string>>): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'whence-product-'));
  const env = { PATH: process.env['PATH'], PORT: '0', WHENCE_DATA_DIR: join(folder, 'data'), WHENCE_DEMO: 'false', ...environment };
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'bundle', 'main.js'), 'serve'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const ended = once(child, 'close').then(([code]) => {
    rmSync(folder, { recursive: true, force: true });
    return code as number | null;
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^ {2}GraphQL +(\S+)\/graphql$/.exec(line)?.[1];
      if (found) resolve(found);
    });
    void ended.then(() => reject(new Error(`it ended: ${log.join('\n')}`)));
  });
  const { WHENCE_JWT_SECRET: secret = '' } = environment;
  const claims = { sub: 'writer-1', tenant: 'acme', scope: 'AUDIT_READ AUDIT_WRITE ANALYTICS_READ', role: 'ANALYST' };
  return {
    url,
    token: secret && (await mintToken(secret, claims, { issuer: null, audience: null, lifetimeSeconds: 600 })),
    log: () => log,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
