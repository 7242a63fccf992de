// A real process is told to stop while it is busy: nobody who keeps to /readyz sees a failure, and nothing that was acknowledged is missing.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, describe, expect, it } from 'vitest';
import type { Owner } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { onEachDatabase } from '../support/databases.ts';
import { startProgram } from '../support/program.ts';
import { connectRaw } from '../support/raw-socket.ts';

const parent = mkdtempSync(join(tmpdir(), 'whence-stop-'));
const folder = join(parent, 'data');
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const write = (name: string) => ({
  query: 'mutation ($name: String!) { recordAuditEvent(input: { operationName: $name }) { auditEntry { id } userErrors { message } } }',
  variables: { name },
});

async function startServer(environment: Record<string, string>) {
  const program = startProgram(['serve'], {
    PORT: '0',
    WHENCE_DEMO: 'false',
    WHENCE_DATA_DIR: folder,
    WHENCE_LOG_LEVEL: 'error',
    ...environment,
  });
  const url = /GraphQL +(\S+)\/graphql/.exec(await program.said(/Ctrl-C stops it/))?.[1] ?? '';
  return { ...program, url };
}

/** What became of the work that was under way: names of written events by how they were answered. */
interface Outcome {
  readonly acknowledged: string[];
  readonly refused: string[];
  readonly failed: string[];
  /** Answers while /readyz already said no. */
  late: number;
}

/** Stops a server that has been busy for a second, and gives what its callers saw. */
async function stopUnderLoad({ url, child, ended }: Awaited<ReturnType<typeof startServer>>): Promise<Outcome & { closes: number[] }> {
  const outcome: Outcome = { acknowledged: [], refused: [], failed: [], late: 0 };
  let isReady = true;
  const watching = (async () => {
    while (isReady) {
      isReady = (await fetch(`${url}/readyz`, { headers: { connection: 'close' } })).status === 200;
      await sleep(20);
    }
  })();
  const overHttp = async () => {
    while (isReady) {
      const name = `HTTP_${randomUUID()}`;
      const headers = { 'content-type': 'application/json', connection: 'close' };
      try {
        const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(write(name)) });
        const body = (await answer.json()) as { data?: { recordAuditEvent?: { auditEntry: unknown } } };
        if (body.data?.recordAuditEvent?.auditEntry) outcome.acknowledged.push(name);
        else outcome.failed.push(JSON.stringify(body));
        if (!isReady) outcome.late++;
      } catch (error) {
        outcome.failed.push(String(error));
      }
    }
  };
  const onSocket = async () => {
    const raw = await connectRaw(url);
    raw.closed.catch(() => {});
    // Not as fast as it can: that would be too many messages a second.
    for (let open = true; open; await sleep(20)) {
      const name = `SOCKET_${randomUUID()}`;
      raw.send({ id: name, type: 'subscribe', payload: write(name) });
      await raw
        .until(({ id }) => id === name)
        .then(
          ({ type, payload }) => {
            if (type === 'next' && payload.data?.recordAuditEvent?.auditEntry) outcome.acknowledged.push(name);
            else if (type === 'error' && payload[0].extensions.code === 'UNAVAILABLE') outcome.refused.push(name);
            else outcome.failed.push(JSON.stringify(payload));
            if (type === 'error') open = false;
          },
          () => {
            open = false; // closed before the answer: whoever sent it does not know
          },
        );
    }
    return (await raw.closed).code;
  };
  const callers = Promise.all([...Array.from({ length: 8 }, overHttp), watching]);
  const sockets = Promise.all(Array.from({ length: 3 }, onSocket));
  while (outcome.acknowledged.length === 0 && outcome.failed.length === 0) await sleep(20); // the first write of a process takes long
  await sleep(1_000);
  child.kill('SIGTERM');
  await callers;
  const closes = await sockets;
  expect(await ended).toMatchObject({ code: 0, err: '' });
  return { ...outcome, closes };
}

async function expectWhole(outcome: Awaited<ReturnType<typeof stopUnderLoad>>, owner: Owner): Promise<void> {
  expect(outcome.failed).toEqual([]);
  expect(outcome.acknowledged.filter((name) => name.startsWith('HTTP')).length).toBeGreaterThan(8);
  expect(outcome.acknowledged.filter((name) => name.startsWith('SOCKET')).length).toBeGreaterThan(3);
  expect(outcome.late).toBeGreaterThan(0);
  expect(outcome.closes).toEqual([1001, 1001, 1001]);
  const rows = await owner.run(sql`select operation_name from audit.entry where operation_name ~ '^(HTTP|SOCKET)_'`);
  const written = new Set(rows.map((row) => row['operation_name']));
  expect(outcome.acknowledged.filter((name) => !written.has(name))).toEqual([]);
  expect(outcome.refused.filter((name) => written.has(name))).toEqual([]);
}

describe('a busy server that is told to stop answers all it took, closes its sockets with 1001, loses no write and ends with 0', () => {
  it('on the embedded database', async () => {
    const outcome = await stopUnderLoad(await startServer({ WHENCE_STOP_GRACE: '2000' }));
    const database = await openDatabase({ dataDirectory: folder });
    await expectWhole(outcome, database.owner as Owner).finally(() => database.close());
  });

  onEachDatabase(
    'on PostgreSQL',
    async ({ url, owner }) => {
      const environment = { DATABASE_URL: url ?? '', DATABASE_OWNER_URL: url ?? '', WHENCE_STOP_GRACE: '2000' };
      await expectWhole(await stopUnderLoad(await startServer(environment)), owner);
    },
    { only: 'postgresql', fresh: true },
  );
});

describe('a server that is told to stop', () => {
  it('says so at /readyz while it still answers, then takes no more', async () => {
    const { url, child, ended } = await startServer({ WHENCE_STOP_GRACE: '700' });
    const status = async (path: string) => (await fetch(url + path, { headers: { connection: 'close' } })).status;
    const asked = () => fetch(`${url}/graphql?query={__typename}`, { headers: { authorization: 'none' } });
    expect(await status('/readyz')).toBe(200);
    child.kill('SIGTERM');
    await sleep(150);
    expect(await status('/readyz')).toBe(503);
    expect(await status('/livez')).toBe(200);
    const answer = await asked();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('connection')).toBe('close');
    expect(await ended).toMatchObject({ code: 0 });
    await expect(asked()).rejects.toThrow();
  });

  onEachDatabase(
    'waits for a write that is under way',
    async ({ url, owner }) => {
      const { url: address, child, ended } = await startServer({ DATABASE_URL: url ?? '', DATABASE_OWNER_URL: url ?? '' });
      const raw = await connectRaw(address);
      let release = () => {};
      const held = owner.transaction(async (tx) => {
        await tx.run('lock table audit.entry in share mode');
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      });
      await sleep(200);
      const headers = { 'content-type': 'application/json' };
      const answer = fetch(`${address}/graphql`, { method: 'POST', headers, body: JSON.stringify(write('HELD')) });
      raw.send({ id: '1', type: 'subscribe', payload: write('HELD_TOO') });
      await sleep(300);
      child.kill('SIGTERM');
      await sleep(300);
      raw.send({ id: '2', type: 'subscribe', payload: write('LATE') });
      expect(await raw.until(({ id }) => id === '2')).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'UNAVAILABLE' } }] });
      release();
      await held;
      expect(await (await answer).json()).toMatchObject({ data: { recordAuditEvent: { userErrors: [] } } });
      expect(await raw.until(({ id }) => id === '1')).toMatchObject({
        type: 'next',
        payload: { data: { recordAuditEvent: { userErrors: [] } } },
      });
      expect(await raw.closed).toMatchObject({ code: 1001 });
      expect(await ended).toMatchObject({ code: 0 });
      const names = await owner.run(
        sql`select operation_name from audit.entry where operation_name in ('HELD', 'HELD_TOO', 'LATE') order by 1`,
      );
      expect(names.map((row) => row['operation_name'])).toEqual(['HELD', 'HELD_TOO']);
    },
    { only: 'postgresql', fresh: true },
  );

  it('ends at once when it is told again', async () => {
    const { url, child, ended } = await startServer({ WHENCE_STOP_GRACE: '60000' });
    await connectRaw(url);
    child.kill('SIGTERM');
    await sleep(200);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const begun = Date.now();
    child.kill('SIGTERM');
    expect((await ended).code).toBe(130);
    expect(Date.now() - begun).toBeLessThan(5_000);
  });
});
