import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { usualLimits } from '../../src/server/graphql.ts';
import type { HttpOptions, HttpServer } from '../../src/server/http.ts';
import { type SocketLimits, usualSocketLimits } from '../../src/server/socket-limits.ts';
import { fixedCaller } from '../../src/shared/caller.ts';
import { connectRaw, openRaw, type RawSocket } from '../support/raw-socket.ts';
import { post, startTestServer } from '../support/test-server.ts';
import { counting } from '../support/trial-schema.ts';

const eventually = (holds: () => unknown) => vi.waitFor(holds, 15_000); // the machine may be busy
const subscribe = (id: string, query: string, variables?: unknown) => ({ id, type: 'subscribe', payload: { query, variables } });
const answerOf = (raw: RawSocket, id: string) => raw.until((message) => message.id === id);
const isAnswered = async (raw: RawSocket) => {
  raw.send(subscribe('alive', '{ __typename }'));
  expect(await answerOf(raw, 'alive')).toMatchObject({ type: 'next' });
  await raw.until(({ type, id }) => type === 'complete' && id === 'alive');
};

let server: HttpServer;
const start = async (limits: Partial<SocketLimits>, options: Partial<HttpOptions> = {}) => {
  server = await startTestServer({
    callerOf: async ({ authorization }) => ({ ...fixedCaller, actor: authorization ?? 'nobody' }),
    ...options,
    sockets: { ...usualSocketLimits, ...limits },
  });
};
afterEach(() => server.close());
const as = (actor: string) => connectRaw(server.url, { authorization: actor });

describe('beyond a limit', () => {
  it('a caller gets no more sockets (4430), while others do', async () => {
    await start({ socketsPerCaller: 2 });
    const [first] = [await as('ann'), await as('ann')];
    const third = await openRaw(server.url);
    third.send({ type: 'connection_init', payload: { Authorization: 'ann' } });
    expect(await third.closed).toMatchObject({ code: 4430, reason: expect.stringContaining('2') });
    await isAnswered(await as('bob'));
    await isAnswered(first);
    first.socket.terminate();
    await eventually(() => as('ann').then(isAnswered));
  });

  it('one socket takes no more operations (OPERATION_LIMIT) until one of them ends', async () => {
    await start({ operationsPerSocket: 2 });
    const [raw, other] = [await as('ann'), await as('ann')];
    raw.send(subscribe('1', 'subscription { silence }'));
    raw.send(subscribe('2', '{ slow }'));
    raw.send(subscribe('3', '{ __typename }'));
    expect(await answerOf(raw, '3')).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'OPERATION_LIMIT', limit: 2 } }] });
    await isAnswered(other);
    raw.send({ id: '2', type: 'complete' }); // given up, but still at work
    raw.send(subscribe('4', '{ __typename }'));
    expect(await answerOf(raw, '4')).toMatchObject({ type: 'error' });
    raw.send({ id: '1', type: 'complete' });
    await eventually(() => expect(counting.open).toBe(0));
    await isAnswered(raw);
    for (let n = 0; n < 10; n++) {
      raw.send(subscribe(`n${n}`, n % 2 ? '{ nonsense' : 'subscription { counting(to: 2) }'));
      await answerOf(raw, `n${n}`);
    }
    await isAnswered(raw);
  });

  it('all sockets of a caller take no more operations, those of others do', async () => {
    await start({ operationsPerCaller: 2 });
    const [one, two, bob] = [await as('ann'), await as('ann'), await as('bob')];
    one.send(subscribe('1', 'subscription { silence }'));
    two.send(subscribe('1', 'subscription { silence }'));
    await eventually(() => expect(counting.open).toBe(2));
    two.send(subscribe('2', '{ __typename }'));
    expect(await answerOf(two, '2')).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'OPERATION_LIMIT' } }] });
    await isAnswered(bob);
    one.socket.terminate();
    await eventually(() => isAnswered(two));
  });

  it('a socket that sends too many messages is closed (4431), and what it sends then is not looked at', async () => {
    await start({ messagesPerSecond: 20 });
    const [raw, other] = [await as('ann'), await as('ann')];
    for (let n = 0; n < 200; n++) raw.send({ type: 'ping' });
    expect(await raw.closed).toMatchObject({ code: 4431 });
    for (let n = 0; n < 3; n++) {
      await isAnswered(other);
      await sleep(400);
    }
  });

  it('who does not begin in time is closed out (4408)', async () => {
    await start({ initMs: 200 });
    const raw = await openRaw(server.url);
    expect(await raw.closed).toMatchObject({ code: 4408 });
  });

  it('who answers no ping is cut off, who does stays', async () => {
    await start({ pingMs: 150 });
    const dead = await connectRaw(server.url, {}, { autoPong: false });
    const alive = await as('ann');
    expect(await dead.closed).toMatchObject({ code: 1006 });
    await sleep(500);
    await isAnswered(alive);
  });

  it('who does not read is closed out (4429) with little left waiting, while others are answered at once', async () => {
    await start({ bufferBytes: 1_048_576, messageBytes: 1_048_576 });
    const [slow, other] = [await as('ann'), await as('ann')];
    slow.socket.pause();
    const text = 'x'.repeat(500_000);
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 60; n++) slow.send(subscribe(`${n}`, 'query ($v: JSON) { echo(json: $v) }', { v: text }));
    await eventually(async () => expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('closes_total{code="4429"} 1'));
    const begun = Date.now();
    await isAnswered(other);
    expect(Date.now() - begun).toBeLessThan(2_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1_048_576);
    slow.socket.terminate();
  });

  it('an answer longer than the buffer is sent all the same when nothing waits', async () => {
    await start({ bufferBytes: 1_024 });
    const raw = await as('ann');
    const v = 'x'.repeat(200_000);
    raw.send(subscribe('1', 'query ($v: JSON) { echo(json: $v) }', { v }));
    expect((await answerOf(raw, '1')).payload.data.echo.json).toBe(v);
    await isAnswered(raw);
  });

  it('an operation ends in time, its socket goes on', async () => {
    await start({}, { requestTimeoutMs: 300 });
    const raw = await as('ann');
    raw.send(subscribe('1', '{ slow }'));
    expect(await answerOf(raw, '1')).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'DEADLINE_EXCEEDED', retryable: true } }],
    });
    await isAnswered(raw);
  });

  it('cost is one budget over HTTP and sockets', async () => {
    await start({}, { limits: { ...usualLimits, cost: 6, costPerMinute: 4 } });
    const raw = await as('ann');
    raw.send(subscribe('1', '{ slow }'));
    expect(await answerOf(raw, '1')).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'COST_LIMIT_EXCEEDED', cost: 7 } }] });
    const query = '{ viewer { tenantKey } }';
    for (let n = 0; n < 2; n++) {
      raw.send(subscribe(`s${n}`, query));
      await raw.until(({ type, id }) => type === 'complete' && id === `s${n}`);
      await post(server, { query }, { authorization: 'ann' });
    }
    raw.send(subscribe('2', query));
    expect(await answerOf(raw, '2')).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect((await post(server, { query }, { authorization: 'ann' })).code).toBe('RATE_LIMITED');
    expect((await post(server, { query }, { authorization: 'bob' })).code).toBeUndefined();
  });
});
