// Endpoints that fail in every way while servers are killed: each gets every entry and every alert, in order, repeats under the same id.
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeGlobalId } from '../../../src/shared/global-id.ts';
import { oneRound, orderOf } from '../feed/drill.ts';
import { type FeedScene, openFeedScene, tenant } from '../feed/scene.ts';
import { startWriters } from '../feed/writers.ts';
import type { Options } from '../options.ts';
import type { Seen } from '../report.ts';
import { type Delivery, type Receiver, startReceiver, weaknesses } from './receivers.ts';

export const name = 'webhooks';
export const summary = 'two servers that are killed, endpoints that fail: each gets everything, in order, repeats under the same id';

const settings = { WHENCE_WEBHOOK_ALLOW: '127.0.0.0/8', WHENCE_WEBHOOK_TIMEOUT: '500' };
const alertEveryMs = 250;
/** After the last write, until every endpoint has everything. */
const mostMs = 60_000;

export async function drillWebhooks(programs: string, { webhookRounds }: Options, say: (text: string) => void): Promise<Seen[]> {
  say(`${name}: starting a PostgreSQL, two servers and ${Object.keys(weaknesses).length} endpoints ...`);
  const scene = await openFeedScene(programs, settings);
  const receivers = await Promise.all(Object.entries(weaknesses).map(([name, react]) => startReceiver(name, react)));
  const [down] = receivers.slice(-1) as [Receiver];
  try {
    for (const receiver of receivers) receiver.secret = await hook(scene, receiver.url);
    const hurrying = hurry(scene, down.url);
    const [writers, alerts] = [startWriters(scene), startAlerts(scene)];
    let faults = 0;
    for (let round = 1; round <= webhookRounds; round++) {
      say(`${name}: round ${round} of ${webhookRounds}, ${sum(receivers, ({ taken }) => taken.length)} deliveries taken ...`);
      faults += await oneRound(scene);
    }
    await writers.stop();
    const names = await alerts.stop();
    const from = performance.now();
    const order = await orderOf(scene, 'of rows');
    const given = await untilGivenUp(scene, down.url);
    const refused = new Set(down.received.map(({ id }) => id));
    down.react = () => 200;
    await redeliver(scene, given);
    await untilAllHave(receivers, order.length, names.length);
    const caughtUpMs = performance.now() - from;
    await hurrying.stop();
    const repeats = sum(receivers, ({ received }) => received.length - new Set(received.map(({ id }) => id)).size);
    say(`${name}: ${order.length} entries, ${names.length} alerts, ${repeats} repeats, ${refused.size} given up and sent again`);
    const broken = receivers.flatMap((receiver) => faultsOf(receiver, order, names));
    if (repeats === 0) broken.push('nothing was sent twice: nothing was tried');
    if (down.taken.some(({ id }) => refused.has(id))) broken.push('what was given up came again under the same id');
    const residentMb = await scene.residentMb();
    const seen = {
      faults: faults + repeats,
      answered: sum(receivers, ({ taken }) => taken.length),
      recoveryMs: caughtUpMs,
      residentMb,
      broken,
    };
    return [{ scenario: name, slowestFailureMs: 0, failures: new Map(), ...seen }];
  } finally {
    for (const receiver of receivers) receiver.close();
    await scene.close();
  }
}

/** Makes an endpoint for entries and alerts; its secret. */
async function hook(scene: FeedScene, url: string): Promise<string> {
  const input = { url, events: ['AUDIT_ENTRY', 'ALERT'], filter: { tableName: { eq: 'public.toys' } } };
  const { createWebhook } = await ask(
    scene,
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret userErrors { message } } }',
    { input },
  );
  if (!createWebhook.secret) throw new Error(JSON.stringify(createWebhook.userErrors));
  return createWebhook.secret;
}

interface Given {
  readonly id: string;
  /** Cursors behind which the first of entries and the first of alerts begin. */
  readonly after: readonly string[];
}

/** Until an endpoint is left alone because everything it was sent was given up. */
async function untilGivenUp(scene: FeedScene, url: string): Promise<Given> {
  for (const until = performance.now() + mostMs; performance.now() < until; await sleep(200)) {
    const { webhooks } = await ask(scene, '{ webhooks { id url isActive deadLetterCount deliveries(outcome: GIVEN_UP) { event after } } }');
    const found = webhooks.find((one: { url: string }) => one.url === url);
    if (found.isActive || found.deadLetterCount === 0) continue;
    const first = (event: string) => found.deliveries.filter((one: { event: string }) => one.event === event).at(-1)?.after;
    return { id: found.id, after: [first('AUDIT_ENTRY'), first('ALERT')].filter(Boolean) };
  }
  throw new Error('the endpoint that is down was never given up');
}

async function redeliver(scene: FeedScene, { id, after }: Given): Promise<void> {
  for (const cursor of after) {
    const { redeliverWebhook } = await ask(
      scene,
      'mutation ($input: RedeliverWebhookInput!) { redeliverWebhook(input: $input) { userErrors { message } } }',
      { input: { webhookId: id, after: cursor } },
    );
    if (redeliverWebhook.userErrors.length > 0) throw new Error(JSON.stringify(redeliverWebhook.userErrors));
  }
}

/** Waits between tries, leases of servers that were killed, and the patience with one endpoint are over soon: the drill has no three hours. */
function hurry({ asAdmin }: FeedScene, impatientOf: string) {
  let isOver = false;
  const work = async () => {
    for (; !isOver; await sleep(100)) {
      await asAdmin((admin) =>
        admin.run(`update audit.webhook set next_attempt_at = clock_timestamp(), lease_until = least(lease_until, clock_timestamp() + interval '2 s'),
            attempts = case when url = '${impatientOf}' and attempts > 0 then greatest(attempts, 9) else attempts end
          where next_attempt_at > clock_timestamp() or lease_until > clock_timestamp() + interval '2 s'`),
      ).catch(() => {}); // the database is away
    }
  };
  const done = work();
  return {
    stop: () => {
      isOver = true;
      return done;
    },
  };
}

/** Raises alerts; what fails while the database is away is none. */
function startAlerts({ asAdmin }: FeedScene) {
  let isOver = false;
  const work = async () => {
    for (let nth = 1; !isOver; nth++) {
      const findings = JSON.stringify([{ finding: `drill ${nth}`, facts: { name: `alert ${nth}`, status: 'DEGRADED', detail: '' } }]);
      await asAdmin((admin) => admin.run(`select audit.raise_alerts('${tenant}', 'HEALTH', '${findings}')`)).catch(() => {});
      await sleep(alertEveryMs);
    }
    const rows = await asAdmin((admin) =>
      admin.run<{ name: string }>(
        `select coalesce(facts ->> 'name', '') as name from audit.alert where tenant = '${tenant}' order by sequence`,
      ),
    );
    return rows.map(({ name }) => name);
  };
  const done = work();
  return {
    stop: () => {
      isOver = true;
      return done;
    },
  };
}

async function untilAllHave(receivers: readonly Receiver[], entries: number, alerts: number): Promise<void> {
  const isBehind = (receiver: Receiver) => {
    const once = firstOfEach(receiver.taken);
    return once.flatMap((delivery) => delivery.entries).length < entries || once.flatMap((delivery) => delivery.alerts).length < alerts;
  };
  for (const until = performance.now() + mostMs; receivers.some(isBehind) && performance.now() < until; ) await sleep(50);
  await sleep(1_000); // what comes too often comes now
}

/** What a receiver has that keeps the ids it has handled. */
function firstOfEach(deliveries: readonly Delivery[]): Delivery[] {
  return [...new Map(deliveries.toReversed().map((delivery) => [delivery.id, delivery])).values()].toReversed();
}

function faultsOf({ name, received, taken }: Receiver, order: readonly string[], alerts: readonly string[]): string[] {
  const handled = firstOfEach(taken);
  const ids = handled.flatMap(({ entries }) => entries.map((id) => decodeGlobalId(id, 'id').key));
  const texts = new Map<string, string>();
  const isSame = ({ id, entries, alerts }: Delivery) => {
    const text = JSON.stringify([entries, alerts]);
    const known = texts.get(id) ?? text;
    texts.set(id, known);
    return known === text;
  };
  const whole = received.filter(({ entries, alerts }) => entries.length + alerts.length > 0); // else it was cut off on its way
  const once = new Set(ids);
  const found: [boolean, string][] = [
    [order.some((id) => !once.has(id)), `lost ${order.filter((id) => !once.has(id)).length} of ${order.length} entries`],
    [ids.length !== once.size, `was given ${ids.length - once.size} entries under more than one id`],
    [once.size === order.length && ids.some((id, i) => id !== order[i]), 'was given entries in another order'],
    [JSON.stringify(handled.flatMap(({ alerts }) => alerts)) !== JSON.stringify(alerts), 'was given other alerts, or in another order'],
    [whole.some((delivery) => !isSame(delivery)), 'was given something else under the same id'],
    [whole.some(({ isSigned }) => !isSigned), 'was given something with a wrong signature'],
  ];
  return found.filter(([isSo]) => isSo).map(([, what]) => `${name} ${what}`);
}

// biome-ignore lint/suspicious/noExplicitAny: any answer
async function ask({ urls, token }: FeedScene, query: string, variables: object = {}): Promise<any> {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(`${urls[tries % urls.length]}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    } catch (error) {
      if (tries >= 20) throw error;
      await sleep(250);
    }
  }
}

function sum(receivers: readonly Receiver[], of: (receiver: Receiver) => number): number {
  return receivers.reduce((total, receiver) => total + of(receiver), 0);
}
