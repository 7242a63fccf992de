import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { openBusyTrail, openedRun } from './busy-trail.ts';
import { answer, ask, change, openTrail } from './trail.ts';

onEachDatabase(
  'causes are the named cause, what came before in the transaction, and the start of the run; effects are the mirror',
  async (context) => {
    const tenant = 'links';
    await openBusyTrail(context, tenant);
    const { auditEntries } = await answer(
      context,
      tenant,
      `{ auditEntries(first: 500) { nodes { id operation operationName entityKey run { key } causes { id } effects { id } } } }`,
    );
    interface Linked {
      id: string;
      operation: string;
      operationName: string | null;
      entityKey: string | null;
      run: { key: string } | null;
      causes: { id: string }[];
      effects: { id: string }[];
    }
    const nodes = auditEntries.nodes as Linked[];
    for (const node of nodes) {
      for (const cause of node.causes) expect(nodes.find(({ id }) => id === cause.id)?.effects.map(({ id }) => id)).toContain(node.id);
      for (const effect of node.effects) expect(nodes.find(({ id }) => id === effect.id)?.causes.map(({ id }) => id)).toContain(node.id);
    }
    const moved = nodes.find(({ entityKey, operation }) => entityKey === '["shelf", "60"]' && operation === 'INSERT');
    const gone = nodes.find(({ entityKey, operation }) => entityKey === '["shelf", "6"]' && operation === 'DELETE');
    expect(moved?.causes).toEqual([{ id: gone?.id }]);
    const ofRun = nodes.filter(({ run }) => run?.key === openedRun);
    const start = ofRun.find(({ operationName }) => operationName === 'BATCH_START');
    expect(start?.causes).toEqual([]);
    expect(start?.effects.map(({ id }) => id).toSorted()).toEqual(
      ofRun
        .filter((node) => node !== start)
        .map(({ id }) => id)
        .toSorted(),
    );
    const confirmed = nodes.filter(({ operationName }) => operationName === 'ORDER_CONFIRMED');
    expect(confirmed.map(({ causes }) => causes)).toEqual([[{ id: confirmed[1]?.id }], []]); // newest first: the stock after the order
  },
);

onEachDatabase(
  'a transaction of many rows is bounded: at most a hundred causes, the nearest, and a hundred effects, the first',
  async (context) => {
    const tenant = 'bulk';
    await openTrail(context, tenant);
    await change(
      context,
      { tenant, actor: 'bulk' },
      sql`insert into commerce.products (tenant, id, sku, name, price, currency) select ${tenant}, 1000 + i, 'P' || i, 'P', 1, 'USD' from generate_series(1, 250) i`,
    );
    const { data, statements } = await ask(
      context,
      tenant,
      `{ auditEntries(first: 250, direction: ASC, filter: { actorName: { eq: "bulk" } }) { nodes { id causes { id } effects { id } } } }`,
    );
    interface Linked {
      readonly id: string;
      readonly causes: readonly { readonly id: string }[];
      readonly effects: readonly { readonly id: string }[];
    }
    const nodes = (data as { auditEntries: { nodes: Linked[] } } | null)?.auditEntries.nodes ?? [];
    const ids = nodes.map(({ id }) => id);
    expect(nodes[200]?.causes.map(({ id }) => id)).toEqual(ids.slice(102, 200));
    expect(nodes[50]?.effects.map(({ id }) => id)).toEqual(ids.slice(51, 151));
    expect(nodes.at(-1)?.effects).toEqual([]);
    expect(statements.toSorted()).toEqual(['audit.actorsByName', 'audit.entries', 'audit.entries.causes', 'audit.entries.effects']);
  },
);

onEachDatabase("a reason is the change's own, else the oldest added later, else the run's; all are kept", async (context) => {
  const tenant = 'reasons';
  await openBusyTrail(context, tenant);
  const reasons = 'reason { text code source reference statedBy { displayName } } reasons { text source }';
  const { own, added, run, none } = await answer(
    context,
    tenant,
    `query ($runId: RunId!) {
      own: auditEntries(filter: { reasonCode: { eq: "PROMOTION" } }) { nodes { ${reasons} } }
      added: auditEntries(filter: { entityKey: { eq: "SKU_02" }, changedField: { eq: "currency" }, operation: { eq: UPDATE } }) { nodes { ${reasons} } }
      run: auditEntries(filter: { runId: $runId, operation: { eq: UPDATE } }) { nodes { ${reasons} } }
      none: auditEntries(filter: { hasReason: false, entityType: ORDER }) { nodes { reason { text } reasons { text } } }
    }`,
    { runId: openedRun },
  );
  expect(own.nodes).toEqual([
    {
      reason: { text: 'spring promotion', code: 'PROMOTION', source: 'CALLER', reference: null, statedBy: { displayName: 'Ann Price' } },
      reasons: [
        { text: 'spring promotion', source: 'CALLER' },
        { text: 'and once more', source: 'CALLER' },
      ],
    },
  ]);
  expect(added.nodes).toEqual([
    {
      reason: {
        text: 'asked by the supplier',
        code: 'SUPPLIER',
        source: 'CALLER',
        reference: 'T-9',
        statedBy: { displayName: 'Ann Price' },
      },
      reasons: [{ text: 'asked by the supplier', source: 'CALLER' }],
    },
  ]);
  expect(run.nodes.map(({ reason }: { reason: { text: string; source: string } }) => `${reason.source} ${reason.text}`)).toEqual([
    'CALLER counted twice',
    'RUN month end',
    'RUN month end',
  ]);
  expect(none.nodes).toEqual(Array(3).fill({ reason: null, reasons: [] }));
});

onEachDatabase('a page of a hundred entries with all that belongs to them takes as many statements as a page of one', async (context) => {
  const tenant = 'counted';
  await openBusyTrail(context, tenant);
  for (let i = 0; i < 30; i++) {
    await change(
      context,
      { tenant, actor: `actor ${i}`, runId: `run_20260301_000000_${String(i).padStart(8, '0')}` },
      sql`update commerce.products set stock_quantity = stock_quantity + 1 where tenant = ${tenant}`,
    );
  }
  const everything = (first: number) => `{ auditEntries(first: ${first}) { pageInfo { hasNextPage } nodes {
    id summary entityType entityKey tableName before after details transactionId
    actor { displayName kind user { id } } changes { field before after delta } origin { application clientIp }
    reason { text statedBy { displayName } } reasons { text approvedBy { displayName } }
    run { key name status entryCount startedAt durationMs actor { displayName } reason { text } entries(first: 2) { totalCount nodes { summary } } }
    causes { id summary actor { displayName } } effects { id summary run { name } } } } }`;
  const one = await ask(context, tenant, everything(1));
  const hundred = await ask(context, tenant, everything(100));
  expect(one.errors ?? hundred.errors).toBeUndefined();
  const names = [
    ...[
      'audit.entries',
      'audit.entries.byId',
      'audit.entries.causes',
      'audit.entries.effects',
      'audit.entries.reasonsAdded',
      'audit.runs.byId',
    ],
    ...[
      'audit.runs.entries',
      'audit.runs.entries.count',
      'audit.runs.entries.summary',
      'audit.tables',
      'audit.tables.versions',
      'commerce.users.by_key',
    ],
  ];
  const byChance = 'audit.entries.byId'; // an entry that another part has read already is not read again
  expect([...new Set([...hundred.statements, byChance])].toSorted()).toEqual(names);
  // Causes, effects and entries of runs answer in any order; what they lead to goes out with whoever answers first: a repeat for each at most.
  for (const name of names) expect(hundred.statements.filter((other) => other === name).length).toBeLessThanOrEqual(4);
  expect(one.statements.length).toBeGreaterThanOrEqual(hundred.statements.length - 8);
});

onEachDatabase('nothing of another tenant is in any answer', async (context) => {
  await openBusyTrail(context, 'mine');
  await openBusyTrail(context, 'theirs');
  await change(
    context,
    { tenant: 'theirs', actor: 'spy', runId: openedRun, reason: 'secret of theirs' },
    sql`select audit.log_event('SECRET_OF_THEIRS', 'secret of theirs')`,
  );
  await context.owner.run(`create table if not exists public.only_theirs (id int primary key)`);
  await context.owner.run(`select audit.track('public.only_theirs', tenant => 'theirs')`);
  const everything = `query ($runId: RunId!) {
    auditEntries(first: 500) { totalCount nodes { id summary tableName after before details causes { id } effects { id } reasons { text } run { key entryCount } } }
    runs { totalCount nodes { key entryCount entries(first: 500) { totalCount nodes { id } } } }
    run(runId: $runId) { entryCount }
    trackedTables { tableName entryCount } }`;
  const mine = await answer(context, 'mine', everything, { runId: openedRun });
  const ids = new Set(mine.auditEntries.nodes.map(({ id }: { id: string }) => id));
  expect(ids.size).toBe(mine.auditEntries.totalCount);
  expect(JSON.stringify(mine)).not.toMatch(/secret of theirs|SECRET_OF_THEIRS|only_theirs|spy/);
  interface Links {
    causes: { id: string }[];
    effects: { id: string }[];
  }
  for (const { causes, effects } of mine.auditEntries.nodes as Links[])
    for (const { id } of [...causes, ...effects]) expect(ids).toContain(id);
  for (const run of mine.runs.nodes) for (const { id } of run.entries.nodes) expect(ids).toContain(id);
  expect(mine.run.entryCount).toBe(5);
  const counted = mine.trackedTables.reduce((sum: number, { entryCount }: { entryCount: string }) => sum + Number(entryCount), 0);
  expect(counted).toBeLessThanOrEqual(mine.auditEntries.totalCount);
  const theirs = await answer(context, 'theirs', `{ auditEntries(first: 1) { nodes { id } } trackedTables { id tableName } }`);
  const nodes = [
    theirs.auditEntries.nodes[0].id,
    theirs.trackedTables.find(({ tableName }: { tableName: string }) => tableName === 'public.only_theirs').id,
    encodeGlobalId('Run', 'run_20260301_000000_00000001'),
  ];
  expect(await answer(context, 'mine', `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids: nodes })).toEqual({
    nodes: [null, null, null],
  });
  expect(await answer(context, 'nobody', everything, { runId: openedRun })).toMatchObject({
    auditEntries: { totalCount: 0, nodes: [] },
    runs: { totalCount: 0, nodes: [] },
    run: null,
  });
});
