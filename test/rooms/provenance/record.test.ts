import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { sceneOf } from '../../database/capture-scene.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { answer, insert, refusal } from './asking.ts';

const tenant = 'a tenant';
const read = `query ($table: String!, $key: JSONObject!) { record(tableName: $table, key: $key) {
  __typename id key entityType tableName values version { number isCurrent systemTo auditEntry { operation } }
  history { totalCount nodes { id version { number } snapshot changes { field } } } blame { field changeCount value auditEntry { operation } } } }`;

interface Found {
  readonly record: {
    readonly id: string;
    readonly values: object;
    readonly version: object;
    readonly history: { readonly totalCount: number; readonly nodes: readonly { readonly id: string; readonly snapshot: object }[] };
    readonly blame: readonly object[];
  } | null;
}

onEachDatabase('any tracked row is found by its key columns, in any spelling of their types, with its versions', async (context) => {
  const scene = await sceneOf(context, 'region text, id uuid, at timestamptz, n numeric(20,4), note jsonb, primary key (region, id)');
  const id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
  await scene.run(`insert into :t values ('n"1', '${id}', '2026-01-01 12:00+02', 1.5, '{"a": [1, null]}'); update :t set n = 2`);
  const { record } = await answer<Found>(context, tenant, read, { table: scene.table, key: { region: 'n"1', id: id.toUpperCase() } });
  expect(record).toMatchObject({
    ...{ __typename: 'Record', key: `["n\\"1", "${id}"]`, entityType: 'RECORD', tableName: scene.table },
    values: { region: 'n"1', id, at: '2026-01-01T10:00:00.000000Z', n: '2.0000', note: { a: [1, null] } },
    version: { number: 2, isCurrent: true, systemTo: null, auditEntry: { operation: 'UPDATE' } },
    history: {
      totalCount: 2,
      nodes: [{ snapshot: { n: '2.0000' }, changes: [{ field: 'n' }] }, { snapshot: { n: '1.5000', note: { a: [1, null] } } }],
    },
  });
  expect(record?.blame).toContainEqual({ field: 'n', changeCount: 1, value: '2.0000', auditEntry: { operation: 'UPDATE' } });
  const nodes = await answer<{ nodes: object[] }>(
    context,
    tenant,
    'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on EntityVersion { snapshot } } }',
    {
      ids: [record?.id, record?.history.nodes[1]?.id],
    },
  );
  expect(nodes.nodes).toMatchObject([
    { __typename: 'Record', id: record?.id },
    { __typename: 'EntityVersion', snapshot: { n: '1.5000' } },
  ]);
  await scene.run('delete from :t');
  const gone = await answer<Found>(context, tenant, read, { table: scene.table, key: { region: 'n"1', id: id.toUpperCase() } });
  expect(gone.record).toMatchObject({ values: { n: '2.0000' }, version: { number: 2, isCurrent: false }, history: { totalCount: 2 } });
  expect(
    await answer<Found>(context, 'another', read, { table: scene.table, key: { region: 'n"1', id } }).catch(
      (error: Error) => error.message,
    ),
  ).toMatch(/no tracked table/);
});

onEachDatabase('numbers inside jsonb keep their digits: what a double cannot tell apart is told apart', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, note jsonb');
  await scene.run(`insert into :t values (1, '{"a": 12345678901234567890, "b": [0.1, 1.50]}')`);
  await scene.run(`update :t set note = '{"a": 12345678901234567891, "b": [0.1, 1.50]}'; update :t set note = '{"a": 1e400}'`);
  const { record } = await answer<{ record: { history: { nodes: object[] } } }>(
    context,
    tenant,
    `query ($table: String!, $key: JSONObject!) { record(tableName: $table, key: $key) {
      history(direction: ASC) { nodes { snapshot changes { field before after } version { contentHash } } } } }`,
    { table: scene.table, key: { id: 1 } },
  );
  const notes = [{ a: '12345678901234567890', b: [0.1, 1.5] }, { a: '12345678901234567891', b: [0.1, 1.5] }, { a: `1${'0'.repeat(400)}` }];
  expect(record.history.nodes).toMatchObject(notes.map((note) => ({ snapshot: { id: 1, note } })));
  expect(record.history.nodes.slice(1)).toMatchObject([
    { changes: [{ field: 'note', before: notes[0], after: notes[1] }] },
    { changes: [{ field: 'note', before: notes[1], after: notes[2] }] },
  ]);
  expect(new Set(record.history.nodes.map((node) => JSON.stringify((node as { version: object }).version))).size).toBe(3);
});

onEachDatabase('a row older than the log has version 0, before and after its first change', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, a int, b text', 'untracked');
  await scene.run("insert into :t values (1, 1, 'x'), (2, 2, 'y')");
  await scene.run(`select audit.track(':t', tenant => '${tenant}')`);
  const key = { table: scene.table, key: { id: 1 } };
  const untouched = await answer<Found>(context, tenant, read, key);
  expect(untouched.record).toMatchObject({
    values: { id: 1, a: 1, b: 'x' },
    version: { number: 0, isCurrent: true, auditEntry: null },
    history: { totalCount: 1, nodes: [{ version: { number: 0 }, snapshot: { id: 1, a: 1, b: 'x' }, changes: [] }] },
  });
  const id = untouched.record?.history.nodes[0]?.id;
  expect(
    await answer(context, tenant, 'query ($id: ID!) { node(id: $id) { id ... on EntityVersion { version { number } } } }', { id }),
  ).toEqual({ node: { id, version: { number: 0 } } });
  await scene.run("update :t set a = 10 where id = 1; delete from :t where id = 2; insert into :t values (2, 20, 'z')");
  const touched = await answer<Found>(context, tenant, read, key);
  expect(touched.record).toMatchObject({
    version: { number: 1, isCurrent: true },
    history: {
      nodes: [
        { version: { number: 1 }, snapshot: { id: 1, a: 10, b: 'x' } },
        { version: { number: 0 }, snapshot: { id: 1, a: 1, b: 'x' } },
      ],
    },
    blame: [
      { field: 'id', changeCount: 0, auditEntry: null },
      { field: 'a', changeCount: 1, value: 10, auditEntry: { operation: 'UPDATE' } },
      { field: 'b', value: 'x', auditEntry: null },
    ],
  });
  const again = await answer<Found>(context, tenant, read, { ...key, key: { id: 2 } });
  expect(again.record?.history.nodes.map(({ snapshot }) => snapshot)).toEqual([
    { id: 2, a: 20, b: 'z' },
    { id: 2, a: 2, b: 'y' },
  ]);
});

onEachDatabase(
  'a key that is none, and a table that is not tracked, are refused with their names; an unknown row is null',
  async (context) => {
    const scene = await sceneOf(context, 'a int, b int, c int, primary key (a, b)');
    const asked = (key: object, table = scene.table) => refusal(context, tenant, read, { table, key });
    expect(await asked({ a: 1 })).toBe('BAD_USER_INPUT: "key" lacks column "b"; the key columns are "a", "b".');
    expect(await asked({ a: 1, b: 2, c: 3 })).toBe('BAD_USER_INPUT: "key" has the unknown column "c"; the key columns are "a", "b".');
    expect(await asked({ a: null, b: {} })).toBe('BAD_USER_INPUT: "key.a" must be a text, a number or a boolean.');
    expect(await asked({ a: 1 }, 'public.nothing')).toBe('NOT_FOUND: There is no tracked table "public.nothing".');
    for (const key of [
      { a: 1, b: 2 },
      { a: 'x', b: 'y' },
      { a: 1e300, b: true },
      { a: '99999999999999999999', b: 1.5 },
    ]) {
      expect(await answer(context, tenant, read, { table: scene.table, key })).toEqual({ record: null });
    }
    expect(await refusal(context, tenant, '{ node(id: "x") { id } }')).toMatch(/^BAD_USER_INPUT/);
    for (const id of ['Record:nocolon', 'EntityVersion:x', 'EntityVersion:0:x'].map((text) =>
      encodeGlobalId(...(text.split(/:(.*)/s).slice(0, 2) as [string, string])),
    )) {
      expect(await refusal(context, tenant, 'query ($id: ID!) { node(id: $id) { id } }', { id })).toMatch(/^BAD_USER_INPUT/);
    }
    expect(
      await answer(context, tenant, 'query ($id: ID!) { node(id: $id) { id } }', { id: encodeGlobalId('EntityVersion', '999999') }),
    ).toEqual({ node: null });
  },
);

onEachDatabase('a row of the shop can be read as a record, told by its columns', async (context) => {
  await insert(context, 'users', tenant, [
    { id: 7, key: 'eve', display_name: 'Eve', email: 'e@x', roles: ['admin'], is_active: true, created_at: '2026-01-01' },
  ]);
  const { record } = await answer<Found>(context, tenant, read, { table: 'commerce.users', key: { id: '7' } });
  expect(record).toMatchObject({ __typename: 'Record', values: { key: 'eve', display_name: 'Eve', email: 'e@x' }, version: { number: 1 } });
  expect(record?.blame).toContainEqual({ field: 'display_name', changeCount: 0, value: 'Eve', auditEntry: { operation: 'INSERT' } });
});
