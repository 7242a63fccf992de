import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { WriteContext } from '../../../src/database/database.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { decodeGlobalId, encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer, ask } from '../audit/trail.ts';
import { checkDocuments, eventsIn } from './checked-documents.ts';
import { python } from './document-graphs.ts';

const run = 'run_20260102_000000_0000000a';
const keyOf = (id: string) => decodeGlobalId(id, 'id').key;
const kindOf = (id: string) => keyOf(id).split('.')[0];
const executions = new Set(['VAULT_READ']);
const withoutVault = { scopes: new Set([...fixedCaller.scopes].filter((scope) => !executions.has(scope))) };
const customer = encodeGlobalId('Customer', '1');
const graphFields =
  'nodes { id label degree provType hiddenUpstream hiddenDownstream entity { __typename id } } edges { source target relation firstSeenAt auditEntries { id } }';

const write = ({ source }: TestDatabase, tenant: string, statement: ReturnType<typeof sql>, more: Partial<WriteContext> = {}) =>
  source.write({ tenant, actor: 'ann', ...more }, (tx) => tx.run(statement));
const insert = (tenant: string, id: number) =>
  sql`insert into commerce.customers (tenant, id, key, name) values (${tenant}, ${id}, ${`C-${id}`}, 'Mia')`;
const track = (name: string, ofRun: string | null = null) =>
  sql`select encode(script_tracking.track_operation(${name}, 'ETL', null, ${ofRun}), 'hex') as key`;
const complete = (key: string, isSuccess = true) =>
  sql`select script_tracking.complete_operation(decode(${key}, 'hex'), ${isSuccess}::boolean)`;

/** An operation that writes customer 1 in its own transaction; another that runs while a transaction of its run writes customer 2. */
async function operate(context: TestDatabase, tenant: string): Promise<void> {
  await context.source.write({ tenant, actor: 'ann' }, async (tx) => {
    const [tracked] = await tx.run(track('Load one'));
    await tx.run(insert(tenant, 1));
    await tx.run(complete(String(tracked!['key'])));
  });
  const [tracked] = await write(context, tenant, track('Load two', run), { actor: 'eve' });
  await write(context, tenant, insert(tenant, 2), { runId: run });
  await context.source.write({ tenant, actor: 'eve' }, async (tx) => {
    await tx.run(complete(String(tracked!['key']), false));
    await tx.run(insert(tenant, 4));
  });
  await write(context, tenant, insert(tenant, 3), { runId: run });
}

async function lineage(context: TestDatabase, tenant: string, id: string, args: string, fields = graphFields) {
  const { node } = await answer(
    context,
    tenant,
    `query ($id: ID!) { node(id: $id) { ... on Traceable { lineage${args} { ${fields} } } } }`,
    { id },
  );
  return node.lineage;
}

onEachDatabase(
  'a tracked operation is an activity behind what was written in its transaction, or in its run while it ran',
  async (context) => {
    await operate(context, 'operated');
    await operate(context, 'other');
    // biome-ignore lint/suspicious/noExplicitAny: the query states the shape of its answer
    const labels = (nodes: any[]) => nodes.map(({ label, degree }) => `${degree} ${label.replace(/^transaction \d+/, 'transaction')}`);
    const one = await lineage(context, 'operated', customer, '(direction: UPSTREAM, depth: 3)');
    expect(labels(one.nodes)).toEqual(['0 customer C-1: INSERT', '-1 transaction: OPERATION_TRACKED', '-1 ann', '-2 execution Load one']);
    const execution = one.nodes.at(-1);
    expect(execution).toMatchObject({ provType: 'ACTIVITY', hiddenUpstream: 0, entity: { __typename: 'VaultExecution' } });
    expect(one.edges.filter(({ source }: { source: string }) => source === execution.id)).toMatchObject([
      { target: one.nodes[1].id, relation: 'WAS_INFORMED_BY', auditEntries: [{}] },
    ]);
    expect(one.edges.find(({ target }: { target: string }) => target === execution.id)).toMatchObject({
      source: one.nodes[2].id,
      relation: 'WAS_ASSOCIATED_WITH',
      auditEntries: [],
    });

    const two = await lineage(context, 'operated', encodeGlobalId('Customer', '2'), '(direction: UPSTREAM, depth: 3)');
    expect(labels(two.nodes)).toEqual([
      ...['0 customer C-2: INSERT', '-1 transaction: INSERT', '-1 ann', '-2 execution Load two', `-2 ${run}`, '-3 eve'],
    ]);
    const after = await lineage(context, 'operated', encodeGlobalId('Customer', '3'), '(direction: UPSTREAM, depth: 2)');
    expect(labels(after.nodes), 'it had ended').toEqual(['0 customer C-3: INSERT', '-1 transaction: INSERT', '-1 ann', `-2 ${run}`]);

    const { paths } = await lineage(
      context,
      'operated',
      customer,
      '(direction: UPSTREAM, depth: 3)',
      `paths(to: "${encodeGlobalId('VaultExecution', keyOf(execution.id).slice('execution.'.length))}") { nodeIds }`,
    );
    expect(paths).toEqual([{ nodeIds: [one.nodes[0].id, one.nodes[1].id, execution.id] }]);
  },
);

onEachDatabase(
  'from a run, an agent and an operation the walk goes on to operations and what they did, told from either end alike',
  async (context) => {
    await operate(context, 'ends');
    const seen = new Map<string, { hiddenUpstream: number; hiddenDownstream: number }>();
    const edges = new Set<string>();
    for (const id of [1, 2, 3, 4]) {
      const graph = await lineage(context, 'ends', encodeGlobalId('Customer', String(id)), '(depth: 10)', graphFields);
      for (const { source, target, relation } of graph.edges) edges.add(`${keyOf(source)} ${keyOf(target)} ${relation}`);
    }
    const ids = [...new Set([...edges].flatMap((edge) => edge.split(' ').slice(0, 2)))];
    for (const key of ids) {
      const { node } = await answer(
        context,
        'ends',
        'query ($id: ID!) { node(id: $id) { ... on LineageNode { hiddenUpstream hiddenDownstream } } }',
        {
          id: encodeGlobalId('LineageNode', key),
        },
      );
      seen.set(key, node);
    }
    // Of a run and an agent more is known than the three graphs show: both lead on to transactions that wrote no customer.
    for (const [key, node] of seen) {
      const into = new Set([...edges].filter((edge) => edge.split(' ')[1] === key).map((edge) => edge.split(' ')[0]));
      expect(node.hiddenUpstream, key).toBe(into.size);
      if (key.startsWith('execution.')) expect(node.hiddenDownstream, key).toBeGreaterThan(0);
    }
    const [two] = ids.filter((key) => key.startsWith('execution.') && edges.has(`run.${run} ${key} WAS_INFORMED_BY`));
    // Begun in one transaction, ended in another, and one of its run in between.
    expect(seen.get(two!)).toEqual({ hiddenUpstream: 2, hiddenDownstream: 3 });
  },
);

onEachDatabase(
  'a run that nothing but an operation names is none; an operation that never ended, or failed, is told as it is',
  async (context) => {
    await context.source.write({ tenant: 'alone', actor: 'ann', runId: run }, async (tx) => {
      await tx.run(
        sql`select script_tracking.import_operation('known', 'Load', 'ETL', 'CANCELLED', now(), 0, 'test', null, null, null, 'run_20260102_000000_0000000b')`,
      );
      await tx.run(insert('alone', 1));
    });
    await context.source.write({ tenant: 'alone', actor: 'ann' }, async (tx) => {
      await tx.run(track('Load for ever'));
      await tx.run(sql`update commerce.customers set phone = '1' where tenant = 'alone'`);
    });
    const fields = `nodes { id label entity { ... on VaultExecution { status run { key status } } } } document(format: OPENLINEAGE)`;
    const { nodes, document } = await lineage(context, 'alone', customer, '(direction: UPSTREAM, depth: 4)', fields);
    const told = nodes
      .filter(({ id }: { id: string }) => kindOf(id) === 'execution')
      .map(({ label, entity }: { label: string; entity: object }) => ({ label, ...entity }));
    expect(told.toSorted((a: { label: string }, b: { label: string }) => a.label.length - b.label.length)).toEqual([
      { label: 'execution Load', status: 'CANCELLED', run: null },
      { label: 'execution Load for ever', status: 'RUNNING', run: null },
    ]);
    expect(nodes.filter(({ id }: { id: string }) => kindOf(id) === 'run').map(({ label }: { label: string }) => label)).toEqual([run]);
    const states = eventsIn(document).map(({ eventType, job }) => `${job.name} ${eventType}`);
    expect(states).toEqual(expect.arrayContaining(['Load START', 'Load ABORT', 'Load for ever START', 'Load for ever RUNNING']));
  },
);

onEachDatabase(
  'after a restore transaction numbers come again: an operation is behind the transaction of its own time alone',
  async (context) => {
    const { owner } = context;
    const written = (id: number, name: string) => `
      insert into audit.entry (tenant, xid, table_key, schema_version, operation, record_key, actor, after)
        select 'again', '77'::xid8, table_key, 1, 'INSERT', '${id}', 'ann', '{}' from audit.tracked_table where table_name = 'commerce.customers';
      insert into script_tracking.script_execution_h values (sha256('${name}'), '${name}', script_tracking.tenant_key('again'), clock_timestamp(), 'test');
      insert into script_tracking.script_execution_s (script_execution_hk, tenant_hk, load_date, hash_diff, version_number, script_name, script_type, execution_status,
          execution_timestamp, db_session_user, xid, affected_objects, metadata, record_source)
        values (sha256('${name}'), script_tracking.tenant_key('again'), clock_timestamp(), '', 1, '${name}', 'ETL', 'RUNNING', clock_timestamp(), 'eve', '77', '{}', '{}', 'test')`;
    await owner.run(written(1, 'before'));
    await owner.run('insert into audit.epoch select max(epoch) + 1, (select max(id) from audit.entry), clock_timestamp() from audit.epoch');
    await owner.run(written(2, 'after'));
    for (const [id, name] of [
      [1, 'before'],
      [2, 'after'],
    ] as const) {
      const record = encodeGlobalId('Record', `commerce.customers:${id}`);
      const { nodes } = await lineage(context, 'again', record, '(direction: UPSTREAM, depth: 2)', 'nodes { id label }');
      const [execution, ...others] = nodes.filter(({ id: node }: { id: string }) => kindOf(node) === 'execution');
      expect([execution.label, others]).toEqual([`execution ${name}`, []]);
      const query = 'query ($id: ID!) { node(id: $id) { ... on LineageNode { hiddenUpstream hiddenDownstream } } }';
      const { node } = await answer(context, 'again', query, { id: execution.id });
      expect(node).toEqual({ hiddenUpstream: 1, hiddenDownstream: 1 });
    }
  },
  { only: 'postgresql', fresh: true },
);

onEachDatabase(
  'documents tell of operations with their kind and times, and leave them out for whoever may not read the vault',
  async (context) => {
    await operate(context, 'written');
    const fields = `nodes { id } provJson: document(format: PROV_JSON) provJsonld: document(format: PROV_JSONLD) provN: document(format: PROV_N)
    openLineage: document(format: OPENLINEAGE)`;
    const two = encodeGlobalId('Customer', '2');
    const graph = await lineage(context, 'written', two, '(depth: 3)', fields);
    checkDocuments(graph, python);
    const [told] = Object.values<Record<string, unknown>>(JSON.parse(graph.provJson).activity).filter(
      (activity) => activity['prov:label'] === 'execution Load two',
    );
    expect(told).toMatchObject({
      'prov:startTime': expect.any(String),
      'prov:endTime': expect.any(String),
      'prov:type': [{ $: 'whence:execution' }, { $: 'whence:ETL' }],
    });
    for (const text of [graph.provJsonld, graph.provN]) expect(text).toContain('execution Load two');
    const events = eventsIn(graph.openLineage).filter(({ job }) => job?.name === 'Load two');
    expect(events.map(({ eventType }) => eventType)).toEqual(['START', 'FAIL']);

    const query = `query ($id: ID!) { node(id: $id) { ... on Traceable { lineage(depth: 3) { ${fields} isPartial totals { upstream } } } } }`;
    const { data, errors } = await ask(context, 'written', query, { id: two }, withoutVault);
    expect(errors).toBeUndefined();
    // biome-ignore lint/suspicious/noExplicitAny: the query states the shape of its answer
    const without = (data as any).node.lineage;
    expect(JSON.stringify(without)).not.toContain('Load two');
    const [hidden] = graph.nodes.filter(({ id }: { id: string }) => kindOf(id) === 'execution');
    const node = 'query ($id: ID!) { node(id: $id) { id } }';
    expect((await ask(context, 'written', node, { id: hidden.id }, withoutVault)).data).toEqual({ node: null });
    expect((await answer(context, 'stranger', node, { id: hidden.id })).node).toBeNull();
    expect((await answer(context, 'written', node, { id: hidden.id })).node).toEqual({ id: hidden.id });
  },
);
