// A server that keeps what its callers read, and callers with different permissions.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaOf } from '../../../src/app.ts';
import { ReadLog } from '../../../src/rooms/audit/read-log.ts';
import type { HttpServer } from '../../../src/server/http.ts';
import { type Caller, fixedCaller, type Scope } from '../../../src/shared/caller.ts';
import { openLog } from '../../../src/shared/log.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import type { ReadLogMode } from '../../../src/shared/read-notes.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { post, type Reply, startTestServer } from '../../support/test-server.ts';

export interface Reading {
  readonly server: HttpServer;
  readonly log: ReadLog | null;
  /** Asks as `actor` with these permissions. */
  as(actor: string, scopes: readonly Scope[], query: string, headers?: Record<string, string>, variables?: object): Promise<Reply>;
  close(): Promise<void>;
}

/** Callers name themselves in the place of a token: `tenant/actor/SCOPE,SCOPE`. */
export async function openReading(
  { database }: Pick<TestDatabase, 'database'>,
  tenant: string,
  mode: Exclude<ReadLogMode, 'off'> = 'strict',
): Promise<Reading> {
  const log = new ReadLog(database, mode, openLog('silent'));
  const callerOf = async ({ authorization = '' }): Promise<Caller> => {
    const [of = '', actor = '', scopes = ''] = authorization.split('/');
    const held = new Set(scopes.split(',').filter((scope) => scope !== '') as Scope[]);
    return { ...fixedCaller, tenant: of, actor, role: 'VIEWER', scopes: held, isVerified: true, session: 'key-1' };
  };
  const server = await startTestServer({ requiresTokens: true, callerOf, readLog: log }, schemaOf(database, 'a secret for tests only'));
  return {
    server,
    log,
    as: (actor, scopes, query, headers = {}, variables = {}) =>
      post(server, { query, variables }, { authorization: `${tenant}/${actor}/${scopes.join(',')}`, ...headers }),
    async close() {
      await server.close();
      await log.close();
    },
  };
}

/** A question of schema/operations. */
export function operation(name: string): string {
  return readFileSync(join(packageRoot, 'schema', 'operations', `${name}.graphql`), 'utf8');
}
