import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { filled } from '../demo-shop/filled.ts';
import { answer, ask, insert, refusal } from '../provenance/asking.ts';
import { rawJourneys } from './raw-journey.ts';

startFrom('shop');

interface JourneyAnswer {
  readonly events: {
    readonly nodes: readonly { id: string; occurredAt: string; stage: string; summary: string; entity: { id: string } | null }[];
    readonly totalCount: number;
    readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
  };
  readonly stages: readonly { stage: string; startedAt: string; endedAt: string | null; eventCount: number }[];
  readonly metrics: {
    lifetimeDays: number;
    orderCount: number;
    conversionRate: null;
    lifetimeValue: { amount: string; currency: string }[];
  };
  readonly narrative: { text: string; markdown: string; sentences: { text: string; evidence: { id: string }[] }[] };
}

const metrics = 'metrics { lifetimeDays orderCount conversionRate lifetimeValue { amount currency } }';
const stages = 'stages { stage startedAt endedAt eventCount }';
const page = (args: string) =>
  `events(${args}) { nodes { id occurredAt stage summary entity { id } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
const narrative = 'narrative { text markdown sentences { text evidence { id } } }';
const eventId = (entryId: string) => encodeGlobalId('JourneyEvent', entryId);

onEachDatabase('events, stages and figures of every customer of the demo shop are those of a second computation', async (context) => {
  const read = await filled(context);
  const raw = await rawJourneys(read);
  const figures =
    await read(sql`select c.id, count(distinct o.id)::int as orders, (select coalesce(jsonb_object_agg(s.currency, s.sum), '{}') from (
      select p.currency, sum(p.amount)::text as sum from commerce.payments p join commerce.orders o on o.id = p.order_id
       where o.customer_id = c.id and p.status = 'SETTLED' group by 1) s) as settled
    from commerce.customers c left join commerce.orders o on o.customer_id = c.id group by c.id`);
  const ids = [...raw.keys()];
  expect(ids.length).toBe(60);
  const { nodes } = await answer<{ nodes: { journey: JourneyAnswer }[] }>(
    ...([
      context,
      'demo',
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { journey { ${page('first: 500')} ${stages} ${metrics} } } } }`,
    ] as const),
    { ids: ids.map((id) => encodeGlobalId('Customer', id)) },
  );
  for (const [i, id] of ids.entries()) {
    const { journey } = nodes[i]!;
    const events = raw.get(id)!;
    expect(journey.events.nodes.map(({ id: event, occurredAt, stage }) => [event, occurredAt, stage])).toEqual(
      events.map((event) => [eventId(event.id), event.at, event.stage]),
    );
    expect(journey.events.totalCount).toBe(events.length);
    const runs = events.reduce<(typeof events)[]>((all, event) => {
      if (all.at(-1)?.[0]?.stage === event.stage) all.at(-1)?.push(event);
      else all.push([event]);
      return all;
    }, []);
    expect(journey.stages).toEqual(
      runs
        .map((run, at) => ({
          stage: run[0]!.stage,
          startedAt: run[0]!.at,
          endedAt: at === runs.length - 1 ? null : run.at(-1)!.at,
          eventCount: run.length,
        }))
        .slice(-50),
    );
    const { orders, settled } = figures.find((row) => row['id'] === id) as { orders: number; settled: Record<string, string> };
    expect(journey.metrics).toEqual({
      lifetimeDays: Math.floor((Date.parse(events.at(-1)!.at) - Date.parse(events[0]!.at)) / 86_400_000),
      orderCount: orders,
      conversionRate: null,
      lifetimeValue: Object.keys(settled)
        .toSorted()
        .map((currency) => ({ currency, amount: settled[currency]!.replace(/00$/, '') })),
    });
  }
});

onEachDatabase('pages in both directions make the whole, and an event is found by its id', async (context) => {
  await filled(context);
  const journey = async (fields: string) =>
    (
      await answer<{ customer: { journey: JourneyAnswer } }>(
        context,
        'demo',
        `{ customer(by: { key: "CUST-017" }) { journey { ${fields} } } }`,
      )
    ).customer.journey;
  const { nodes: whole } = (await journey(page('first: 500'))).events;
  expect(whole.length).toBeGreaterThan(20);
  const forward: unknown[] = [];
  for (let after: string | null = null; forward.length < whole.length; ) {
    const { events } = await journey(page(`first: 7${after === null ? '' : `, after: "${after}"`}`));
    expect(events.pageInfo.hasPreviousPage).toBe(after !== null);
    forward.push(...events.nodes);
    after = events.pageInfo.endCursor;
    expect(events.pageInfo.hasNextPage).toBe(forward.length < whole.length);
  }
  expect(forward).toEqual(whole);
  let backward: unknown[] = [];
  for (let before: string | null = null; backward.length < whole.length; ) {
    const { events } = await journey(page(`last: 7${before === null ? '' : `, before: "${before}"`}`));
    expect(events.pageInfo.hasNextPage).toBe(before !== null);
    backward = [...events.nodes, ...backward];
    before = events.pageInfo.startCursor;
  }
  expect(backward).toEqual(whole);
  const found = await answer<{ nodes: unknown[] }>(
    ...([
      context,
      'demo',
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on JourneyEvent { id occurredAt stage summary entity { id } } } }',
    ] as const),
    { ids: whole.map(({ id }) => id).slice(0, 100) },
  );
  expect(found.nodes).toEqual(whole.slice(0, 100));
});

onEachDatabase('a range limits everything, and nothing is told of another time', async (context) => {
  const read = await filled(context);
  const range = { from: '2026-01-15T00:00:00Z', to: '2026-02-03T11:11:32.858965Z' };
  const raw = (await rawJourneys(read)).get(
    String((await read(sql`select id from commerce.customers where key = 'CUST-048'`))[0]?.['id']),
  )!;
  const within = raw.filter(({ at }) => at >= '2026-01-15T00:00:00.000000Z' && at < range.to);
  expect(within.length).toBeGreaterThan(5);
  const { customer } = await answer<{ customer: { journey: JourneyAnswer } }>(
    ...([
      context,
      'demo',
      `query ($range: TimeRangeInput) { customer(by: { key: "CUST-048" }) { journey(range: $range) { ${page('first: 500')} ${stages} ${metrics} ${narrative} } } }`,
    ] as const),
    { range },
  );
  const { events, metrics: told, stages: runs, narrative: story } = customer.journey;
  expect(events.nodes.map(({ id }) => id)).toEqual(within.map(({ id }) => eventId(id)));
  expect(runs.reduce((sum, { eventCount }) => sum + eventCount, 0)).toBe(within.length);
  expect(told).toMatchObject({ orderCount: 1, lifetimeValue: [{ amount: '125.90', currency: 'USD' }] });
  const ids = new Set(within.map(({ id }) => encodeGlobalId('AuditEntry', id)));
  expect(story.sentences.flatMap(({ evidence }) => evidence).every(({ id }) => ids.has(id))).toBe(true);
  expect(story.text).toContain('from 2026-01-15 to 2026-02-03');
  const nothing = await answer<{ customer: { journey: JourneyAnswer } }>(
    ...([
      context,
      'demo',
      `{ customer(by: { key: "CUST-048" }) { journey(range: { from: "2030-01-01T00:00:00Z" }) { ${page('first: 5')} ${stages} ${metrics} ${narrative} } } }`,
    ] as const),
  );
  expect(nothing.customer.journey).toMatchObject({
    events: { nodes: [], totalCount: 0 },
    stages: [],
    metrics: { lifetimeDays: 0, orderCount: 0, lifetimeValue: [] },
    narrative: { text: 'The log holds nothing about Hana Kowal (customer CUST-048) since 2030-01-01.' },
  });
});

onEachDatabase('bad arguments are refused by name', async (context) => {
  await filled(context);
  const of = (journey: string) => refusal(context, 'demo', `{ customer(by: { key: "CUST-048" }) { ${journey} } }`);
  expect(await of('journey(range: { from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z" }) { stages { stage } }')).toBe(
    'BAD_USER_INPUT: "range" ends before it begins.',
  );
  expect(await of('journey { events(first: -1) { totalCount } }')).toBe('BAD_USER_INPUT: "first" must not be negative.');
  expect(await of('journey { events(first: 1, after: "x") { totalCount } }')).toMatch(/^CURSOR_INVALID/);
  expect(await refusal(context, 'demo', `{ node(id: "${encodeGlobalId('JourneyEvent', 'x')}") { id } }`)).toMatch(/^BAD_USER_INPUT/);
});

onEachDatabase('every sentence of every customer has evidence among the events of that customer', async (context) => {
  const read = await filled(context);
  const raw = await rawJourneys(read);
  const ids = [...raw.keys()];
  const { nodes } = await answer<{ nodes: { journey: JourneyAnswer }[] }>(
    ...([context, 'demo', `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { journey { ${narrative} } } } }`] as const),
    { ids: ids.map((id) => encodeGlobalId('Customer', id)) },
  );
  for (const [i, id] of ids.entries()) {
    const own = new Set(raw.get(id)!.map((event) => encodeGlobalId('AuditEntry', event.id)));
    const { sentences } = nodes[i]!.journey.narrative;
    expect(sentences.length).toBeGreaterThan(1);
    expect(sentences.length).toBeLessThanOrEqual(200);
    for (const { text, evidence } of sentences) {
      expect(evidence.filter((entry) => !own.has(entry.id))).toEqual([]);
      if (evidence.length === 0) expect(text).toMatch(/^The log holds no/);
    }
  }
});

onEachDatabase(
  'rows that were deleted beside their order or customer stay in the journey, and no other tenant is in it',
  async (context) => {
    const { owner } = context;
    const made = async (tenant: string, name: string) => {
      await owner.transaction(async (tx) => {
        const say = (text: string) => tx.run(`set local audit.actor = 'ann'; ${text}`);
        await say(`insert into commerce.products (tenant, id, sku, name, price, currency) values ('${tenant}', 7, 'P7', 'Pen', 5, 'EUR')`);
        await say(`insert into commerce.customers (tenant, id, key, name) values ('${tenant}', 7, 'C7', '${name}')`);
        await say(`insert into commerce.orders (tenant, id, number, customer_id, status, subtotal, total, currency, placed_at)
        values ('${tenant}', 70, 'gone', 7, 'PENDING', 5, 5, 'EUR', now()), ('${tenant}', 71, 'stays', 7, 'PENDING', 10, 10, 'EUR', now())`);
        await say(`insert into commerce.order_items (tenant, id, order_id, line, key, product_id, quantity, unit_price, line_total, currency)
        values ('${tenant}', 700, 70, 1, 'gone/1', 7, 1, 5, 5, 'EUR'), ('${tenant}', 701, 71, 1, 'stays/1', 7, 1, 5, 5, 'EUR'), ('${tenant}', 702, 71, 2, 'stays/2', 7, 1, 5, 5, 'EUR')`);
      });
    };
    await made('here', 'Cara Here');
    await made('there', 'Theo There');
    for (const text of ['delete from commerce.order_items where id in (700, 702)', 'delete from commerce.orders where id = 70']) {
      await owner.run(`${text} and tenant = 'here'`);
    }
    const whole = `{ customer(by: { key: "C7" }) { id journey { ${page('first: 50')} ${narrative} ${metrics} } } }`;
    const { customer } = await answer<{ customer: { id: string; journey: JourneyAnswer } }>(context, 'here', whole);
    const { events, narrative: story } = customer.journey;
    expect(events.nodes.map(({ stage, entity }) => `${stage}${entity ? '' : ' gone'}`).toSorted()).toEqual([
      ...[
        'BROWSING',
        'ORDERING',
        'ORDERING',
        'ORDERING gone',
        'ORDERING gone',
        'ORDERING gone',
        'RETURNING gone',
        'RETURNING gone',
        'RETURNING gone',
      ],
    ]);
    expect(events.nodes.every(({ summary }) => !summary.includes('Theo'))).toBe(true);
    expect(story.text).toContain('Cara Here has been customer C7');
    expect(story.text).toMatch(/deleted order item stays\/2 on /);
    // Events of rows that are gone are found by their ids too, by this tenant alone.
    const source = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on JourneyEvent { id stage } } }';
    const ids = events.nodes.map(({ id }) => id);
    const own = await answer<{ nodes: ({ id: string; stage: string } | null)[] }>(context, 'here', source, { ids });
    expect(own.nodes).toEqual(events.nodes.map(({ id, stage }) => ({ id, stage })));
    expect(await answer(context, 'there', source, { ids })).toEqual({ nodes: ids.map(() => null) });
    const other = await answer<{ customer: { id: string; journey: JourneyAnswer } }>(context, 'there', whole);
    expect(other.customer.id).toBe(customer.id);
    expect(other.customer.journey.events.totalCount).toBe(6);
    expect(other.customer.journey.events.nodes.filter(({ id }) => ids.includes(id))).toEqual([]);
  },
);

onEachDatabase('a customer of whom the log holds nothing is told as such', async (context) => {
  await context.owner.run('set session_replication_role = replica');
  await insert(context, 'customers', 'silent', [{ id: 1, key: 'S1', name: 'Sil Ent' }]);
  await context.owner.run('set session_replication_role = origin');
  const { customer } = await answer<{ customer: { journey: JourneyAnswer } }>(
    ...([
      context,
      'silent',
      `{ customer(by: { key: "S1" }) { journey { ${page('last: 5')} ${stages} ${metrics} ${narrative} } } }`,
    ] as const),
  );
  expect(customer.journey).toMatchObject({
    events: { nodes: [], totalCount: 0, pageInfo: { hasNextPage: false, hasPreviousPage: false } },
    ...{ stages: [], metrics: { lifetimeDays: 0, orderCount: 0, lifetimeValue: [] } },
    narrative: { text: 'The log holds nothing about Sil Ent (customer S1).', sentences: [{ evidence: [] }] },
  });
});

onEachDatabase('ten customers cost as many statements as one', async (context) => {
  await filled(context);
  const source = (first: number) => `{ customers(first: ${first}) { nodes { journey { ${page('first: 20')} ${stages} ${metrics} } } } }`;
  const one = await ask(context, 'demo', source(1));
  const ten = await ask(context, 'demo', source(10));
  expect(ten.errors).toBeUndefined();
  const journeyOf = ({ statements }: { statements: string[] }) => statements.filter((name) => name.startsWith('lineage.'));
  expect(journeyOf(one).toSorted()).toEqual(['lineage.journey.entries', 'lineage.journey.figures']);
  expect(journeyOf(ten).toSorted()).toEqual(journeyOf(one).toSorted());
  expect(new Set(ten.statements).size).toBeLessThanOrEqual(16);
  expect(ten.statements.length).toBeLessThanOrEqual(20);
});
