import { webcrypto } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterEach, expect, it } from 'vitest';
import { usualWebhookRules, waitAfter } from '../../../src/rooms/feed/webhook-rules.ts';
import { signatureOf, WebhookSecrets } from '../../../src/rooms/feed/webhook-secret.ts';
import { openLog } from '../../../src/shared/log.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { openToys, price } from './feed-scene.ts';
import {
  ask,
  closeHooks,
  createDocument,
  entriesOf,
  hook,
  keyOf,
  letTimePass,
  ofTable,
  type Received,
  redeliver,
  startHooks,
  startReceiver,
  toThisMachine,
  until,
  webhooksOf,
} from './webhook-scene.ts';

afterEach(closeHooks);

/** As the README tells receivers to check a delivery, by another implementation than ours. */
async function isSigned({ headers, id, body }: Received, secret: string): Promise<boolean> {
  const bytes = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const key = await webcrypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const [version, signature = ''] = String(headers['webhook-signature']).split(',');
  const content = Buffer.from(`${id}.${headers['webhook-timestamp']}.${body}`);
  return version === 'v1' && (await webcrypto.subtle.verify('HMAC', key, Buffer.from(signature, 'base64'), content));
}

const idsOf = (deliveries: readonly Received[]) => deliveries.flatMap(({ entries }) => entries);

it('signs as the test vector of Standard Webhooks has it', () => {
  const body = '{"test": 2432232314}';
  expect(signatureOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, body)).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

it('waits twice as long after each failure up to a longest wait, and leaves up to half of it to chance', () => {
  const most = Array.from({ length: usualWebhookRules.tries }, (_, before) => waitAfter(before + 1, usualWebhookRules, 0) / 1_000);
  expect(most).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]);
  expect(waitAfter(3, usualWebhookRules, 1)).toBe(10_000);
});

it('keeps a secret so that only its key and its tenant open it', () => {
  const secrets = new WebhookSecrets('a key of the test');
  const sealed = secrets.seal('acme', 'whsec_abc');
  expect(sealed).not.toContain('abc');
  expect(secrets.open('acme', sealed)).toBe('whsec_abc');
  expect(secrets.open('other', sealed)).toBeNull();
  expect(new WebhookSecrets('another key of the test').open('acme', sealed)).toBeNull();
});

onEachDatabase('an endpoint gets the entries that fit as they are committed, in order, each once, signed and masked', async (context) => {
  const tenant = 'delivered';
  await openToys(context, 'told_toys', tenant);
  await openToys(context, 'other_toys', tenant);
  const [server, receiver] = [await startHooks(context), await startReceiver()];
  await price(context, 'told_toys', tenant, { before: 1 });
  await until(async () => (await entriesOf(context, tenant, 'told_toys')).length === 1);
  const { id, secret } = await hook(server, tenant, receiver.url, ofTable('told_toys'));
  for (let i = 0; i < 5; i++) {
    await price(context, 'told_toys', tenant, { kite: i, ball: i });
    await price(context, 'other_toys', tenant, { drum: i });
  }
  await until(() => idsOf(receiver.received).length >= 10);
  const [, ...since] = await entriesOf(context, tenant, 'told_toys');
  expect(idsOf(receiver.received)).toEqual(since);
  for (const delivery of receiver.received) {
    expect(await isSigned(delivery, secret)).toBe(true);
    expect(await isSigned({ ...delivery, body: `${delivery.body} ` }, secret)).toBe(false);
    expect(Math.abs(Date.now() / 1_000 - Number(delivery.headers['webhook-timestamp']))).toBeLessThan(10);
  }
  const { type, webhookId, cursor, entries } = JSON.parse(receiver.received.at(-1)?.body ?? '');
  expect([type, webhookId, cursor]).toEqual(['AUDIT_ENTRY', id, entries.at(-1).cursor]);
  expect(entries.at(-1).entry).toMatchObject({
    ...{ operation: 'UPDATE', tableName: 'public.told_toys', actor: { key: '***', displayName: '***' } },
    changes: [{ field: 'price', kind: 'MODIFIED', before: 3, after: 4 }],
  });
  await until(async () => (await webhooksOf(server, tenant))[0].deliveries.length >= receiver.received.length); // noted once it was answered
  const [webhook] = await webhooksOf(server, tenant);
  expect(webhook).toMatchObject({ isActive: true, deadLetterCount: 0, lastError: null, url: receiver.url, events: ['AUDIT_ENTRY'] });
  expect(webhook.deliveries[0]).toMatchObject({ outcome: 'DELIVERED', attempt: 1, statusCode: 200, error: null });
});

onEachDatabase(
  'personal values stay masked in what an endpoint is sent, and who may not ask by them makes no filter of them',
  async (context) => {
    const tenant = 'personal';
    await context.owner.run(`create table public.people (tenant text default 'personal', name text, city text, primary key (tenant, city));
    grant select, insert on public.people to whence_source; select audit.track('public.people', personal_columns => array['name'])`);
    const [server, receiver] = [await startHooks(context), await startReceiver()];
    await hook(server, tenant, receiver.url, { filter: { actorName: { eq: 'ann' } } });
    await context.source.write({ tenant, actor: 'ann' }, (tx) =>
      tx.run(sql`insert into people values (${tenant}, 'Ada Lovelace', 'London')`),
    );
    await context.source.write({ tenant, actor: 'bob' }, (tx) =>
      tx.run(sql`insert into people values (${tenant}, 'Alan Turing', 'Wilmslow')`),
    );
    await until(() => receiver.received.length > 0);
    const told = receiver.received.map(({ body }) => body).join();
    expect(told).toContain('London');
    expect(told).not.toMatch(/Lovelace|"ann"|Wilmslow/);
    const input = { url: receiver.url, events: ['AUDIT_ENTRY'], filter: { actorName: { eq: 'ann' } } };
    await expect(ask(server, { tenant, scopes: new Set(['ADMIN']) }, createDocument, { input })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  },
);

onEachDatabase(
  'a failed delivery is tried again as it was, under the same id, and what came meanwhile waits behind it',
  async (context) => {
    const tenant = 'retried';
    await openToys(context, 'retried_toys', tenant);
    const reactions = [500, 302, 'cut', 'hang'] as const;
    let failures = 0;
    const receiver = await startReceiver(() => reactions[failures++] ?? 200);
    const server = await startHooks(context, { outgoing: toThisMachine(400), rules: { firstWaitMs: 600_000, longestWaitMs: 3_600_000 } });
    const { id, secret } = await hook(server, tenant, receiver.url, ofTable('retried_toys'));
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 5; attempt++) {
      await price(context, 'retried_toys', tenant, { [`toy${attempt}`]: 1 });
      await until(async () => (await entriesOf(context, tenant, 'retried_toys')).length === attempt);
      if (attempt > 1) await letTimePass(context, id, server);
      const logged = () => context.owner.run(sql`select attempt from audit.webhook_delivery where webhook_id = ${keyOf(id)}::text::bigint`);
      await until(async () => (await logged()).length >= attempt, `attempt ${attempt}`);
      const [row] = await context.owner.run(sql`select extract(epoch from next_attempt_at - clock_timestamp())::float8 as wait
      from audit.webhook where id = ${keyOf(id)}::text::bigint`);
      waits.push(Number(row?.['wait']));
    }
    await until(async () => (await webhooksOf(server, tenant))[0].lagMs === null);
    const [first, ...others] = receiver.received.slice(0, 5);
    for (const again of others) {
      expect([again.id, again.entries]).toEqual([first?.id, first?.entries]);
      expect(await isSigned(again, secret)).toBe(true);
    }
    expect(first?.entries).toHaveLength(1);
    expect(idsOf(receiver.taken)).toEqual(await entriesOf(context, tenant, 'retried_toys'));
    for (const [place, wait] of waits.slice(0, 4).entries()) {
      const longest = Math.min(600 * 2 ** place, 3_600);
      expect(wait).toBeLessThanOrEqual(longest);
      expect(wait).toBeGreaterThan(longest / 2 - 5);
    }
    const [webhook] = await webhooksOf(server, tenant);
    const errors = webhook.deliveries.map((delivery: { error: string | null }) => delivery.error).reverse();
    expect(errors.slice(0, 5)).toEqual([
      'It answered 500.',
      'It answered 302: redirects are not followed.',
      'The connection failed: ECONNRESET.',
      'It did not answer in time.',
      null,
    ]);
    expect(webhook).toMatchObject({ lastError: null, deadLetterCount: 0, lagMs: null });
  },
);

onEachDatabase('however much the filter leaves out between two entries, what failed behind it is tried again whole', async (context) => {
  const tenant = 'sparse';
  await openToys(context, 'rare_toys', tenant);
  await openToys(context, 'many_toys', tenant);
  let failures = 0;
  const receiver = await startReceiver(() => (failures++ < 2 ? 'cut' : 200));
  const server = await startHooks(context);
  await hook(server, tenant, receiver.url, ofTable('rare_toys'));
  await context.source.write({ tenant, actor: 'bulk' }, async (tx) => {
    await tx.run(sql`insert into many_toys select ${tenant}, g::text, g from generate_series(1, 2100) g`);
    await tx.run(sql`insert into rare_toys values (${tenant}, 'kite', 1)`);
  });
  await until(async () => receiver.taken.length > 0 && (await webhooksOf(server, tenant))[0].lagMs === null);
  expect(idsOf(receiver.taken)).toEqual(await entriesOf(context, tenant, 'rare_toys'));
  expect(receiver.received.map(({ entries }) => entries.length)).toEqual([1, 1, 1]);
});

onEachDatabase(
  'what cannot be delivered is given up, then the endpoint is left alone, and all of it comes when it is asked for',
  async (context) => {
    const tenant = 'given-up';
    await openToys(context, 'lost_toys', tenant);
    let isUp = false;
    const receiver = await startReceiver(() => (isUp ? 200 : 503));
    const server = await startHooks(context, { rules: { tries: 2, firstWaitMs: 10, givenUpInARow: 2, entries: 1 } });
    const { id } = await hook(server, tenant, receiver.url, ofTable('lost_toys'));
    await price(context, 'lost_toys', tenant, { a: 1, b: 1, c: 1 });
    await until(async () => (await webhooksOf(server, tenant))[0].deadLetterCount === 2);
    await until(async () => !(await webhooksOf(server, tenant))[0].isActive);
    const [given] = await webhooksOf(server, tenant);
    expect(given).toMatchObject({ lastError: 'It answered 503.', lagMs: expect.any(Number) });
    expect(receiver.received.map(({ id }) => id).length).toBe(4);
    const all = await entriesOf(context, tenant, 'lost_toys');
    expect(idsOf(receiver.received)).toEqual([all[0], all[0], all[1], all[1]]);

    const dead = given.deliveries.filter(({ outcome }: { outcome: string }) => outcome === 'GIVEN_UP');
    isUp = true;
    const { webhook, userErrors } = await redeliver(server, tenant, id, dead.at(-1).after);
    expect([userErrors, webhook.isActive, webhook.deadLetterCount, webhook.lastError]).toEqual([[], true, 0, null]);
    server.worker.poke();
    await until(() => receiver.taken.length === 3);
    expect(idsOf(receiver.taken)).toEqual(all);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(5); // what is sent again has ids of its own
  },
);

onEachDatabase('everything behind a cursor of auditEntries is sent again, the rest of its snapshot first', async (context) => {
  const tenant = 'resent';
  await openToys(context, 'page_toys', tenant);
  const [server, receiver] = [await startHooks(context, { rules: { entries: 3 } }), await startReceiver()];
  const { id } = await hook(server, tenant, receiver.url, ofTable('page_toys'));
  for (let i = 0; i < 8; i++) await price(context, 'page_toys', tenant, { [`toy${i}`]: i });
  await until(() => idsOf(receiver.received).length === 8);
  const { auditEntries } = await ask(
    server,
    { tenant },
    `{ auditEntries(first: 3, direction: ASC, filter: { tableName: { eq: "public.page_toys" } }) { edges { cursor node { id } } } }`,
  );
  await price(context, 'page_toys', tenant, { late: 1 });
  await until(() => idsOf(receiver.received).length === 9);
  receiver.received.length = 0;
  await redeliver(server, tenant, id, auditEntries.edges[2].cursor);
  server.worker.poke();
  await until(() => idsOf(receiver.received).length === 6);
  expect(idsOf(receiver.received)).toEqual((await entriesOf(context, tenant, 'page_toys')).slice(3));

  await expect(redeliver(server, tenant, id, 'forged')).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  await expect(redeliver(server, 'another', id, auditEntries.edges[2].cursor)).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
});

onEachDatabase('the secret is shown once and stands in no table, answer, entry or line of the log', async (context) => {
  const tenant = 'secretive';
  const lines: string[] = [];
  const log = openLog('trace', { write: (line) => lines.push(line) });
  const [server, receiver] = [await startHooks(context, { log }), await startReceiver()];
  const input = { url: receiver.url, events: ['AUDIT_ENTRY'], idempotencyKey: 'once' };
  const { createWebhook: first } = await ask(server, { tenant }, createDocument, { input });
  const { createWebhook: again } = await ask(server, { tenant }, createDocument, { input });
  expect(first.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect([again.webhook.id, again.secret]).toEqual([first.webhook.id, null]);
  await until(() => receiver.received.length > 0); // its own making is an entry
  const kept = await context.owner.run(`select jsonb_agg(to_jsonb(w)) as rows from audit.webhook w
    union all select jsonb_agg(to_jsonb(e)) from audit.entry e union all select jsonb_agg(to_jsonb(k)) from access.idempotency_key k
    union all select jsonb_agg(to_jsonb(d)) from audit.webhook_delivery d`);
  const everywhere = JSON.stringify([kept, again, await webhooksOf(server, tenant), receiver.received.map(({ body }) => body), lines]);
  expect(everywhere).toContain(receiver.url.split('?')[0]);
  expect(everywhere).not.toContain(first.secret.slice(6, -1));
  expect(JSON.stringify([lines, receiver.received.map(({ body }) => body)])).not.toContain('of-the-receiver');
  await expect(context.database.read(tenant, sql`select sealed_secret from audit.webhook`)).rejects.toThrow(/denied/);
});

onEachDatabase('another tenant neither sees, changes, deletes nor feeds an endpoint', async (context) => {
  const [ours, theirs] = ['our-hooks', 'their-hooks'];
  await openToys(context, 'our_toys', ours);
  const [server, receiver] = [await startHooks(context), await startReceiver()];
  const { id } = await hook(server, ours, receiver.url);
  expect(await webhooksOf(server, theirs)).toEqual([]);
  expect(await ask(server, { tenant: theirs }, '($id: ID!) { node(id: $id) { id } }'.replace('(', 'query ('), { id })).toEqual({
    node: null,
  });
  const remove = 'mutation ($input: DeleteWebhookInput!) { deleteWebhook(input: $input) { deletedId userErrors { code field } } }';
  const unknown = { code: 'NOT_FOUND', field: ['input', 'webhookId'] };
  expect(await ask(server, { tenant: theirs }, remove, { input: { webhookId: id } })).toEqual({
    deleteWebhook: { deletedId: null, userErrors: [unknown] },
  });
  await hook(server, theirs, receiver.url.replace('hook', 'theirs'), { filter: { operation: { eq: 'READ' } } });
  const { auditEntries } = await ask(server, { tenant: theirs }, '{ auditEntries(first: 1) { edges { cursor } } }');
  const { userErrors } = await redeliver(server, theirs, id, auditEntries.edges[0].cursor);
  expect(userErrors).toEqual([unknown]);

  await price(context, 'our_toys', theirs, { theirs: 1 });
  await price(context, 'our_toys', ours, { ours: 1 });
  await until(() => receiver.received.some(({ body }) => body.includes('"ours"')));
  expect(receiver.received.some(({ body }) => body.includes('"theirs"'))).toBe(false);
  for (const scopes of [new Set(['AUDIT_READ', 'AUDIT_WRITE', 'PII_READ'] as const)]) {
    await expect(ask(server, { tenant: ours, scopes }, remove, { input: { webhookId: id } })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(ask(server, { tenant: ours, scopes }, '{ webhooks { id } }')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const asked = ask(server, { tenant: ours, scopes }, 'query ($id: ID!) { node(id: $id) { id } }', { id });
    await expect(asked).rejects.toMatchObject({ code: 'FORBIDDEN' });
  }
  expect(await ask(server, { tenant: ours }, remove, { input: { webhookId: id } })).toEqual({
    deleteWebhook: { deletedId: id, userErrors: [] },
  });
  expect(await webhooksOf(server, ours)).toEqual([]);
});

onEachDatabase('what cannot be an endpoint is refused with a code that says why', async (context) => {
  const [server, receiver] = [await startHooks(context), await startReceiver()];
  const refusedFor = async (input: object) => {
    const whole = { url: receiver.url, events: ['AUDIT_ENTRY'], ...input };
    const { createWebhook } = await ask(server, { tenant: 'refused' }, createDocument, { input: whole });
    expect(createWebhook).toMatchObject({ secret: null, webhook: null });
    return createWebhook.userErrors.map(({ code, field }: { code: string; field: string[] }) => [code, ...field].join(' '));
  };
  expect(await refusedFor({ url: 'https://10.1.2.3/hook' })).toEqual(['FORBIDDEN input url']);
  expect(await refusedFor({ url: 'https://[::1]/' })).toEqual(['FORBIDDEN input url']);
  expect(await refusedFor({ url: 'http://93.184.215.14/' })).toEqual(['FORBIDDEN input url']); // plain http, to anywhere
  expect(await refusedFor({ url: 'ftp://127.0.0.1/' })).toEqual(['INVALID input url']);
  expect(await refusedFor({ url: 'http://ann:hunter2@127.0.0.1/' })).toEqual(['INVALID input url']);
  expect(await refusedFor({ url: 'https://no-such-name.invalid/' })).toEqual(['INVALID input url']);
  expect(await refusedFor({ events: [] })).toEqual(['INVALID input events']);
  const malformed = ask(server, { tenant: 'refused' }, createDocument, { input: { url: 'nowhere', events: ['AUDIT_ENTRY'] } });
  await expect(malformed).rejects.toThrow('Not a URL');
  const filter = { entityId: 'forged' };
  const wrongFilter = ask(server, { tenant: 'refused' }, createDocument, { input: { url: receiver.url, events: ['AUDIT_ENTRY'], filter } });
  await expect(wrongFilter).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await webhooksOf(server, 'refused')).toEqual([]);
});
