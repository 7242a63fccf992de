import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { WriteContext } from '../../../src/database/database.ts';
import { decodeGlobalId, encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer, codeOf } from '../audit/trail.ts';

interface Node {
  readonly id: string;
  readonly label: string;
  readonly hiddenUpstream: number;
  readonly hiddenDownstream: number;
}
const graphFields =
  'isPartial root { id } nodes { id label hiddenUpstream hiddenDownstream } edges { source target relation } totals { upstream downstream }';
const query = (args: string, fields = graphFields) =>
  `query ($id: ID!) { node(id: $id) { ... on Traceable { lineage${args} { ${fields} } } } }`;
const toy = (name: string) => encodeGlobalId('Record', `public.toys:${name}`);

async function lineage(context: TestDatabase, tenant: string, id: string, args = '', fields = graphFields) {
  return (await answer(context, tenant, query(args, fields), { id })).node.lineage;
}

/** A table of toys, and who writes to it. */
async function toys({ owner, source }: TestDatabase) {
  await owner.run(`create table if not exists public.toys (tenant text, name text, price int, primary key (tenant, name));
    select audit.track('public.toys'); grant insert, update, delete, select on public.toys to whence_source`);
  return (tenant: string, statement: ReturnType<typeof sql>, more: Partial<WriteContext> = {}) =>
    source.write({ tenant, actor: 'ann', ...more }, (tx) => tx.run(statement));
}
const insert = (tenant: string, name: string) => sql`insert into public.toys values (${tenant}, ${name}, 1)`;
const price = (tenant: string, name: string) => sql`update public.toys set price = price + 1 where tenant = ${tenant} and name = ${name}`;

async function newest({ owner }: TestDatabase, tenant: string): Promise<string> {
  const [row] = await owner.run(sql`select max(id)::text as id from audit.entry where tenant = ${tenant}`);
  return String(row!['id']);
}

onEachDatabase(
  'a cause that is the entry itself, comes later, is of another tenant or never was leads nowhere, and no walk goes in circles',
  async (context) => {
    const write = await toys(context);
    await write('circles', insert('circles', 'kite'));
    await write('neighbour', insert('neighbour', 'theirs'));
    const next = String(Number(await newest(context, 'neighbour')) + 1);
    await write('circles', price('circles', 'kite'), { causeEntry: next }); // itself
    await write('circles', price('circles', 'kite'), { causeEntry: await newest(context, 'neighbour') });
    await write('circles', price('circles', 'kite'), { causeEntry: '9223372036854775807' });
    const later = String(Number(await newest(context, 'circles')) + 2);
    await write('circles', insert('circles', 'ball'), { causeEntry: later });
    await write('circles', price('circles', 'kite'), { causeEntry: String(Number(later) - 1) });
    for (const [name, derivations] of [
      ['kite', 5],
      ['ball', 1],
    ] as const) {
      const { nodes, edges } = await lineage(context, 'circles', toy(name), '(depth: 10)');
      expect(JSON.stringify(nodes)).not.toContain('theirs');
      expect(edges.filter(({ source, target }: { source: string; target: string }) => source === target)).toEqual([]);
      const derived = edges.filter(({ relation }: { relation: string }) => relation === 'WAS_DERIVED_FROM');
      // Four prices, each from the one before, the last also from the ball.
      expect(derived).toHaveLength(derivations);
    }
  },
  { only: 'postgresql' },
);

onEachDatabase('one node is a graph: it says how much it hides on every way, and totals count what was not returned', async (context) => {
  const write = await toys(context);
  await write('small', insert('small', 'kite'));
  for (let i = 0; i < 3; i++) await write('small', price('small', 'kite'));
  const one = await lineage(context, 'small', toy('kite'), '(maxNodes: 1, depth: 10)');
  // Its newest version: from the version before, a transaction, and ann.
  expect(one).toMatchObject({ isPartial: true, edges: [], nodes: [{ id: one.root.id, hiddenUpstream: 3, hiddenDownstream: 0 }] });
  const whole = await lineage(context, 'small', toy('kite'), '(depth: 10)');
  expect(whole.isPartial).toBe(false);
  expect(whole.totals).toEqual({ upstream: 5, downstream: 0 });
  expect(one.totals.upstream).toBe(whole.nodes.length - 1);
  const flat = await lineage(context, 'small', toy('kite'), '(depth: 1, direction: DOWNSTREAM)');
  expect(flat).toMatchObject({ isPartial: false, nodes: [{}, {}, {}, {}] });
});

onEachDatabase('rows that are gone, and rows of a table that is tracked no more, keep their lineage', async (context) => {
  const write = await toys(context);
  await write('gone', insert('gone', 'kite'));
  await write('gone', sql`delete from public.toys where tenant = 'gone' and name = 'kite'`);
  const deleted = await lineage(context, 'gone', toy('kite'), '(depth: 2)');
  expect(deleted.nodes.map(({ label }: Node) => label.replace(/\d+/, 'N'))).toEqual([
    ...['public.toys kite: INSERT', 'transaction N: INSERT', 'ann', 'transaction N: DELETE'],
  ]);
  await write('gone', insert('gone', 'kite'));
  const again = await lineage(context, 'gone', toy('kite'), '(depth: 2)');
  expect(again.nodes.filter(({ label }: Node) => label.startsWith('public.toys'))).toHaveLength(2);
  expect(
    again.edges.filter(({ relation }: { relation: string }) => relation === 'WAS_DERIVED_FROM'),
    'a row made anew is of no other',
  ).toEqual([]);

  await context.owner.run(`select audit.untrack('public.toys')`);
  await write('gone', price('gone', 'kite'));
  const untracked = await lineage(context, 'gone', toy('kite'), '(depth: 2)');
  expect(untracked).toEqual(again);
  await context.owner.run('drop table public.toys');
  expect(await lineage(context, 'gone', toy('kite'), '(depth: 2)')).toEqual(again);
});

onEachDatabase('what names nothing is null or no path, and what is no name is refused, the same for strangers', async (context) => {
  const write = await toys(context);
  await write('names', insert('names', 'kite'));
  const { nodes } = await lineage(context, 'names', toy('kite'));
  const [version] = nodes.map(({ id }: Node) => id).filter((id: string) => decodeGlobalId(id, 'id').key.startsWith('version.'));
  const pathsTo = (to: string, limit = 5) => query('', `paths(to: ${JSON.stringify(to)}, limit: ${limit}) { nodeIds }`);
  const paths = async (to: string) => (await answer(context, 'names', pathsTo(to), { id: toy('kite') })).node.lineage.paths.length;
  const refused = (to: string, limit?: number) => codeOf(context, 'names', pathsTo(to, limit), { id: toy('kite') });
  const node = (key: string) => encodeGlobalId('LineageNode', key);
  expect(await paths(version)).toBe(1);
  expect(await paths(toy('kite'))).toBe(1);
  for (const to of [
    node('version.9223372036854775807'),
    node(`execution.${'0'.repeat(64)}`),
    toy('ball'),
    encodeGlobalId('Product', '1'),
    encodeGlobalId('VaultExecution', 'x'),
  ])
    expect(await paths(to), to).toBe(0);
  for (const to of [
    '',
    'kite',
    node('version.'),
    node('version.-1'),
    node('version.1.2'),
    node('execution.0'),
    node('toString'),
    node('run.run'),
    node('agent.x'),
  ])
    expect(await refused(to), to).toBe('BAD_USER_INPUT');
  for (const limit of [0, -1, 101]) expect(await refused(version, limit)).toBe('BAD_USER_INPUT');

  const byId = 'query ($id: ID!) { node(id: $id) { id } }';
  const found = async (tenant: string, id: string) => (await answer(context, tenant, byId, { id })).node;
  expect(await found('names', version)).toEqual({ id: version });
  expect(await found('stranger', version)).toBeNull();
  for (const key of ['base.1.a2l0ZQ', 'base.999999999.a2l0ZQ', 'run.run_20260101_000000_ffffffff', 'version.9223372036854775807'])
    expect(await found('names', node(key)), key).toBeNull();
  for (const key of [
    'transaction.0',
    'version.9223372036854775808',
    'version.01',
    'base.0.a2l0ZQ',
    'execution.',
    `execution.${'G'.repeat(64)}`,
  ])
    expect(await codeOf(context, 'names', byId, { id: node(key) }), key).toBe('BAD_USER_INPUT');
});
