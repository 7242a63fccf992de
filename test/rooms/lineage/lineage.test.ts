import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { WriteContext } from '../../../src/database/database.ts';
import { type Caller, fixedCaller } from '../../../src/shared/caller.ts';
import { decodeGlobalId, encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer, ask, codeOf } from '../audit/trail.ts';

const graphFields = 'isPartial nodes { id label degree hiddenUpstream hiddenDownstream } edges { source target relation }';
const keyOf = (id: string) => decodeGlobalId(id, 'id').key;
const by = (tenant: string, more: Partial<WriteContext> = {}): WriteContext => ({ tenant, actor: 'ann', ...more });

interface Node {
  readonly id: string;
  readonly label: string;
  readonly degree: number;
  readonly hiddenUpstream: number;
  readonly hiddenDownstream: number;
}

async function lineage(context: TestDatabase, tenant: string, id: string, args = '', fields = graphFields) {
  const { node } = await answer(
    context,
    tenant,
    `query ($id: ID!) { node(id: $id) { ... on Traceable { lineage${args} { ${fields} } } } }`,
    { id },
  );
  return node.lineage;
}

/** A customer, a product, an order of it with one item and a payment: each in a transaction of its own, but the order with what belongs to it. */
async function sell({ source }: TestDatabase, tenant: string): Promise<void> {
  await source.write(by(tenant, { actor: 'eve' }), (tx) =>
    tx.run(sql`insert into commerce.customers (tenant, id, key, name) values (${tenant}, 1, 'C-1', 'Mia Secret')`),
  );
  await source.write(by(tenant, { runId: 'run_20260101_000000_00000001' }), (tx) =>
    tx.run(sql`insert into commerce.products (tenant, id, sku, name, price, currency) values (${tenant}, 1, 'KITE', 'Kite', 10, 'EUR')`),
  );
  await source.write(by(tenant, { operationName: 'PLACED' }), async (tx) => {
    await tx.run(sql`insert into commerce.orders (tenant, id, number, customer_id, status, subtotal, total, currency, placed_at)
      values (${tenant}, 1, 'N-1', 1, 'PENDING', 20, 20, 'EUR', now())`);
    await tx.run(sql`insert into commerce.order_items (tenant, id, order_id, line, key, product_id, quantity, unit_price, line_total, currency)
      values (${tenant}, 1, 1, 1, 'N-1/1', 1, 2, 10, 20, 'EUR')`);
    await tx.run(
      sql`insert into commerce.payments (tenant, id, key, order_id, method, status, amount, currency) values (${tenant}, 1, 'P-1', 1, 'CARD', 'PENDING', 20, 'EUR')`,
    );
  });
}

const versions = (nodes: readonly Node[]) => nodes.filter(({ id }) => keyOf(id).startsWith('version.')).map(({ label }) => label);

onEachDatabase(
  'foreign keys lead from a customer to its orders, their items and payments, also after the customer was changed',
  async (context) => {
    await sell(context, 'keys');
    await context.source.write(by('keys'), (tx) => tx.run(sql`update commerce.customers set phone = '1' where tenant = 'keys'`));
    await sell(context, 'other');
    const { nodes, isPartial } = await lineage(context, 'keys', encodeGlobalId('Customer', '1'), '(direction: DOWNSTREAM, depth: 3)');
    expect(nodes.map(({ label, degree }: Node) => `${degree} ${label}`)).toEqual([
      ...['0 customer C-1: UPDATE', '0 customer C-1: INSERT', '1 order N-1: PLACED', '2 order item N-1/1: PLACED', '2 payment P-1: PLACED'],
    ]);
    expect(isPartial).toBe(false);
    expect(JSON.stringify(nodes)).not.toContain('Mia');
  },
);

onEachDatabase(
  'an item comes from its order, from its product at the price of then, from its transaction, the run and who did it',
  async (context) => {
    await sell(context, 'item');
    const fields = `${graphFields} document(format: PROV_N)`;
    const { nodes, edges, document } = await lineage(
      context,
      'item',
      encodeGlobalId('OrderItem', '1'),
      '(direction: UPSTREAM, depth: 3)',
      fields,
    );
    expect(nodes.map(({ label, degree }: Node) => `${degree} ${label}`)).toEqual([
      '0 order item N-1/1: PLACED',
      ...['-1 order N-1: PLACED', '-1 product KITE: INSERT', expect.stringMatching(/^-1 transaction \d+: PLACED$/), '-1 ann'],
      ...['-2 customer C-1: INSERT', expect.stringMatching(/^-2 transaction \d+: INSERT$/)],
      ...[expect.stringMatching(/^-3 transaction \d+: INSERT$/), '-3 run_20260101_000000_00000001', '-3 eve'],
    ]);
    expect(edges.filter(({ relation }: { relation: string }) => relation === 'WAS_INFORMED_BY')).toHaveLength(1);
    expect(document).not.toContain('Mia');
    const [product] = nodes.filter(({ label }: Node) => label.startsWith('product'));
    const [{ id: root }] = nodes;
    const { paths, root: asked } = await lineage(
      context,
      'item',
      encodeGlobalId('OrderItem', '1'),
      '(direction: UPSTREAM, depth: 3)',
      `root { id } paths(to: "${encodeGlobalId('Customer', '1')}") { nodeIds }`,
    );
    expect(asked.id).toBe(root);
    expect(
      paths.map(({ nodeIds }: { nodeIds: string[] }) => nodeIds.map((id) => nodes.find((node: Node) => node.id === id).label)),
    ).toEqual([['order item N-1/1: PLACED', 'order N-1: PLACED', 'customer C-1: INSERT']]);
    const { fieldMappings } = (
      await lineage(
        context,
        'item',
        encodeGlobalId('OrderItem', '1'),
        '',
        'edges { source fieldMappings { sourceField targetField transformation } }',
      )
    ).edges.find(({ source }: { source: string }) => source === product.id);
    expect(fieldMappings).toEqual([
      { sourceField: 'id', targetField: 'product', transformation: 'JOIN' },
      { sourceField: 'price', targetField: 'unitPrice', transformation: 'IDENTITY' },
    ]);
  },
);

onEachDatabase('a declared cause, a deletion, another key and a row older than the log are told', async (context) => {
  const { owner, source } = context;
  await owner.run(`create table public.toys (tenant text, name text, price int, primary key (tenant, name));
    insert into toys values ('told', 'old', 1); select audit.track('public.toys'); grant insert, update, delete, select on toys to whence_source`);
  const toy = (statement: ReturnType<typeof sql>, more: Partial<WriteContext> = {}) =>
    source.write(by('told', more), (tx) => tx.run(statement));
  await toy(sql`update toys set price = 2 where name = 'old'`);
  const [cause] = await owner.run(`select max(id)::text as id from audit.entry`);
  await toy(sql`insert into toys values ('told', 'new', 3)`, { causeEntry: String(cause!['id']) });
  await toy(sql`update toys set name = 'newer' where name = 'new'`);
  await toy(sql`delete from toys where name = 'newer'`, { operationName: 'SCRAPPED' });
  const of = (name: string, args: string) => lineage(context, 'told', encodeGlobalId('Record', `public.toys:${name}`), args);
  const back = await of('newer', '(direction: UPSTREAM, depth: 5, filter: { relations: [WAS_DERIVED_FROM] })');
  expect(back.nodes.map(({ label }: Node) => label)).toEqual([
    ...['public.toys newer: INSERT', 'public.toys new: INSERT', 'public.toys old: UPDATE', 'public.toys old, older than the log'],
  ]);
  const on = await of('old', '(direction: DOWNSTREAM, depth: 5)');
  expect(on.nodes.map(({ label, degree }: Node) => `${degree} ${label}`)).toEqual([
    ...['0 public.toys old: UPDATE', '0 public.toys old, older than the log', '1 public.toys new: INSERT', '2 public.toys newer: INSERT'],
    expect.stringMatching(/^2 transaction \d+: DELETE$/),
    expect.stringMatching(/^3 transaction \d+: SCRAPPED$/),
  ]);
  const relations = on.edges.map(({ relation }: { relation: string }) => relation);
  expect(relations.filter((relation: string) => relation === 'WAS_INVALIDATED_BY')).toHaveLength(2);
});

onEachDatabase(
  'a customer with ten thousand orders is answered in bounds: one statement a level, and how much is hidden',
  async (context) => {
    await sell(context, 'hub');
    await context.source.write(by('hub'), (tx) =>
      tx.run(sql`insert into commerce.orders (tenant, id, number, customer_id, status, subtotal, total, currency, placed_at)
        select 'hub', n, 'N-' || n, 1, 'PENDING', 20, 20, 'EUR', now() from generate_series(2, 10000) n`),
    );
    await context.owner.run('analyze audit.entry');
    const statements = `query ($id: ID!) { node(id: $id) { ... on Customer { lineage(depth: 3, maxNodes: 60) { ${graphFields} totals { upstream downstream } } } } }`;
    const { data, errors, statements: sent } = await ask(context, 'hub', statements, { id: encodeGlobalId('Customer', '1') });
    expect(errors).toBeUndefined();
    // biome-ignore lint/suspicious/noExplicitAny: the query states the shape of its answer
    const graph = (data as any).node.lineage;
    expect(graph).toMatchObject({ isPartial: true, totals: { downstream: 10_000 } });
    expect(graph.nodes).toHaveLength(60);
    const orders = graph.nodes.filter(({ label }: Node) => label.startsWith('order N-'));
    expect(graph.nodes[0]).toMatchObject({
      label: 'customer C-1: INSERT',
      degree: 0,
      hiddenUpstream: 0,
      hiddenDownstream: 10_000 - orders.length,
    });
    expect(sent.filter((name) => name === 'lineage.level').length).toBeLessThanOrEqual(4);
    expect(sent.filter((name) => name === 'lineage.edges')).toHaveLength(1);
    expect(sent.filter((name) => name === 'lineage.totals')).toHaveLength(2);
  },
  { timeoutMs: 120_000 },
);

onEachDatabase('a filter keeps kinds of entity, relations, fields and a period', async (context) => {
  await sell(context, 'filter');
  const labels = async (filter: string) => {
    const { nodes } = await lineage(context, 'filter', encodeGlobalId('Order', '1'), `(depth: 3, filter: { ${filter} })`);
    return nodes.map(({ label }: Node) => label.replace(/\d+: /, ': '));
  };
  const order = 'order N-: PLACED';
  expect(await labels('entityTypes: [PAYMENT], relations: [WAS_DERIVED_FROM]')).toEqual([order, 'payment P-: PLACED']);
  expect(await labels('relations: [WAS_GENERATED_BY]')).toEqual([order, 'transaction : PLACED']);
  expect(await labels('fields: ["unitPrice"], relations: [WAS_DERIVED_FROM]')).toEqual([order]);
  expect(await labels('fields: ["order"], relations: [WAS_DERIVED_FROM]')).toEqual([
    order,
    'order item N-1/: PLACED',
    'payment P-: PLACED',
  ]);
  expect(await labels('range: { from: "2001-01-01T00:00:00Z", to: "2001-02-01T00:00:00Z" }')).toEqual([order]);
});

onEachDatabase('a version is asked about itself, a node by its id; of bounds that there are not is said what they are', async (context) => {
  await sell(context, 'nodes');
  await context.source.write(by('nodes'), (tx) => tx.run(sql`update commerce.customers set phone = '1' where tenant = 'nodes'`));
  const id = encodeGlobalId('Customer', '1');
  const { node } = await answer(
    context,
    'nodes',
    `query ($id: ID!) { node(id: $id) { ... on Traceable { history(first: 2) { nodes { entity { lineage(direction: DOWNSTREAM, depth: 1) { nodes { label id } } } } } } } }`,
    { id },
  );
  const asked = node.history.nodes.map(({ entity }: { entity: { lineage: { nodes: Node[] } } }) => versions(entity.lineage.nodes));
  expect(asked).toEqual([['customer C-1: UPDATE'], ['customer C-1: INSERT', 'order N-1: PLACED', 'customer C-1: UPDATE']]);

  const { nodes } = await lineage(context, 'nodes', id);
  for (const one of nodes as Node[]) {
    const found = await answer(
      context,
      'nodes',
      `query ($id: ID!) { node(id: $id) { id ... on LineageNode { label degree hiddenUpstream hiddenDownstream provType entity { __typename id } version { number } } } }`,
      { id: one.id },
    );
    expect(found.node).toMatchObject({ id: one.id, label: one.label, degree: 0 });
    expect(found.node.hiddenUpstream + found.node.hiddenDownstream).toBeGreaterThan(0);
    const stranger = await answer(context, 'stranger', 'query ($id: ID!) { node(id: $id) { id } }', { id: one.id });
    expect(stranger.node).toBeNull();
  }
  const code = (args: string) =>
    codeOf(context, 'nodes', `query ($id: ID!) { node(id: $id) { ... on Traceable { lineage(${args}) { isPartial } } } }`, { id });
  for (const args of [
    'depth: 0',
    'depth: 11',
    'maxNodes: 0',
    'maxNodes: 2001',
    'filter: { range: { from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" } }',
  ]) {
    expect(await code(args), args).toBe('BAD_USER_INPUT');
  }
});

onEachDatabase('whoever may not see personal data sees no names, neither in labels nor in documents', async (context) => {
  await context.source.write(by('names'), (tx) =>
    tx.run(sql`insert into commerce.users (tenant, id, key, display_name) values ('names', 1, 'ann', 'Ann Secret')`),
  );
  await sell(context, 'names');
  const fields =
    'nodes { label } json: document(format: PROV_JSON) n: document(format: PROV_N) ld: document(format: PROV_JSONLD) ol: document(format: OPENLINEAGE)';
  const told = async (caller?: Partial<Caller>) => {
    const query = `query ($id: ID!) { node(id: $id) { ... on Traceable { lineage(depth: 3) { ${fields} } } } }`;
    const { data, errors } = await ask(context, 'names', query, { id: encodeGlobalId('Order', '1') }, caller);
    expect(errors).toBeUndefined();
    return JSON.stringify(data);
  };
  const scopes = new Set([...fixedCaller.scopes].filter((scope) => scope !== 'PII_READ'));
  expect(await told()).toContain('Ann Secret');
  expect(await told({ scopes })).not.toMatch(/Ann|Mia/);
});
