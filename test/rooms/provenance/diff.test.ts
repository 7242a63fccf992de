import { expect } from 'vitest';
import { Scope } from '../../../src/shared/caller.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { ask as askAs } from '../audit/trail.ts';
import { answer, ask, insert, refusal } from './asking.ts';

/** A table of one's own, tracked after its first rows were there. */
async function tracked({ owner }: TestDatabase, table: string, columns: string, rows: string, options = ''): Promise<void> {
  await owner.run(`create table public.${table} (tenant text default '${table}', ${columns}); insert into public.${table} ${rows};
    select audit.track('public.${table}'${options})`);
}

interface Told {
  readonly kind: string;
  readonly changes: readonly { readonly field: string; readonly before: unknown; readonly after: unknown; readonly kind: string }[];
  readonly before: { readonly key: string; readonly values: Record<string, unknown> } | null;
  readonly after: { readonly key: string; readonly values: Record<string, unknown> } | null;
}

const record = '{ key ... on Record { values } }';
const fields = `kind changes { field before after kind } before: entityBefore ${record} after: entityAfter ${record}`;

/** Right after the newest entry of a tenant; in a table that was just tracked, before all of its own. */
async function present(context: TestDatabase, tenant: string): Promise<string> {
  const { auditEntries } = await answer<{ auditEntries: { nodes: { id: string }[] } }>(
    context,
    tenant,
    '{ auditEntries(first: 1) { nodes { id } } }',
  );
  return `{ auditEntryId: "${auditEntries.nodes[0]?.id}" }`;
}

async function dataDiff(context: TestDatabase, tenant: string, args: string): Promise<Told[]> {
  const { dataDiff: found } = await answer<{ dataDiff: { entities: { nodes: Told[] } } }>(
    context,
    tenant,
    `{ dataDiff(${args}) { entities { nodes { ${fields} } } } }`,
  );
  return found.entities.nodes;
}

const short = ({ kind, changes, before, after }: Told) => [
  kind,
  before?.key ?? null,
  after?.key ?? null,
  Object.fromEntries(changes.map((change) => [change.field, [change.before, change.after]])),
];

onEachDatabase('rows that are older than the log differ from what they were before it', async (context) => {
  await tracked(context, 'kites', 'id int primary key, colour text, size int', `values ('kites', 1, 'red', 1), ('kites', 2, 'blue', 2)`);
  await context.owner.run(`insert into public.kites values ('kites', 3, 'green', 3)`);
  const from = await present(context, 'kites');
  await context.owner.run(`update public.kites set colour = 'white' where id = 1; delete from public.kites where id = 2`);
  expect((await dataDiff(context, 'kites', `from: ${from}`)).map(short)).toEqual([
    ['MODIFIED', '1', '1', { colour: ['red', 'white'] }],
    ['REMOVED', '2', null, { id: [2, null], colour: ['blue', null], size: [2, null] }],
  ]);
});

onEachDatabase('a changed key is one record removed and another added; what came and went between is nothing', async (context) => {
  await tracked(context, 'boats', 'id int primary key, name text', `values ('boats', 1, 'Ann')`);
  await context.owner.run(`update public.boats set name = 'Anne'`);
  const from = await present(context, 'boats');
  await context.owner.run(`update public.boats set id = 7; insert into public.boats values ('boats', 2, 'Bob'); delete from public.boats where id = 2;
    update public.boats set name = 'Carl'; update public.boats set name = 'Anne'`);
  expect((await dataDiff(context, 'boats', `from: ${from}`)).map(short)).toEqual([
    ['REMOVED', '1', null, { id: [1, null], name: ['Anne', null] }],
    ['ADDED', null, '7', { id: [null, 7], name: [null, 'Anne'] }],
  ]);
  const to = await present(context, 'boats');
  expect((await dataDiff(context, 'boats', `from: ${to}, to: ${from}`)).map(short)).toEqual([
    ['ADDED', null, '1', { id: [null, 1], name: [null, 'Anne'] }],
    ['REMOVED', '7', null, { id: [7, null], name: ['Anne', null] }],
  ]);
  expect(await dataDiff(context, 'boats', `from: ${to}, to: ${to}`)).toEqual([]);
});

onEachDatabase(
  'a row that was deleted and made anew is compared with what it was; so is one whose columns were renamed',
  async (context) => {
    await tracked(context, 'lamps', 'id int primary key, colour text, power int, note text', `values ('lamps', 1, 'red', 40, null)`);
    await context.owner.run(`update public.lamps set power = 41`);
    const from = await present(context, 'lamps');
    await context.owner.run(`delete from public.lamps; insert into public.lamps values ('lamps', 1, 'red', 60, null)`);
    expect((await dataDiff(context, 'lamps', `from: ${from}`)).map(short)).toEqual([['MODIFIED', '1', '1', { power: [41, 60] }]]);
    await context.owner.run(`alter table public.lamps rename column power to watts`);
    await context.owner.run(`update public.lamps set watts = 41`);
    expect(await dataDiff(context, 'lamps', `from: ${from}`)).toEqual([]);
    await context.owner.run(
      `alter table public.lamps add column place text default 'hall'; update public.lamps set watts = 5, colour = 'blue'`,
    );
    await context.owner.run(`update public.lamps set place = 'attic'`);
    expect((await dataDiff(context, 'lamps', `from: ${from}`)).map(short)).toEqual([
      ['MODIFIED', '1', '1', { colour: ['red', 'blue'], watts: [41, 5], place: [null, 'attic'] }],
    ]);
  },
);

onEachDatabase('differences are paged both ways, filtered by kind, and counted', async (context) => {
  const toys = Array.from({ length: 7 }, (_, n) => `('toys', ${n + 1}, 0)`).join(', ');
  await tracked(context, 'toys', 'id int primary key, price int', `values ${toys}`);
  await context.owner.run(`insert into public.toys values ('toys', 8, 0)`);
  const from = await present(context, 'toys');
  for (const id of [3, 1, 2]) await context.owner.run(`update public.toys set price = 1 where id = ${id}`);
  await context.owner.run(
    `delete from public.toys where id = 5; insert into public.toys values ('toys', 9, 0); update public.toys set price = 2 where id = 3`,
  );
  const page = async (args: string) => {
    const { dataDiff: found } = await answer<{
      dataDiff: { entities: { totalCount: number; nodes: Told[]; pageInfo: { endCursor: string; startCursor: string } } };
    }>(
      context,
      'toys',
      `{ dataDiff(from: ${from}) { entities(${args}) { totalCount nodes { ${fields} } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } } } }`,
    );
    const { nodes, totalCount, pageInfo } = found.entities;
    return { keys: nodes.map(({ before, after }) => (after ?? before)?.key), totalCount, ...pageInfo };
  };
  const first = await page('first: 2');
  expect(first).toMatchObject({ keys: ['3', '1'], totalCount: 5, hasNextPage: true, hasPreviousPage: false });
  expect(await page(`first: 9, after: "${first.endCursor}"`)).toMatchObject({
    keys: ['2', '5', '9'],
    hasNextPage: false,
    hasPreviousPage: true,
  });
  const last = await page('last: 2');
  expect(last).toMatchObject({ keys: ['5', '9'], hasPreviousPage: true });
  expect(await page(`last: 2, before: "${last.startCursor}"`)).toMatchObject({
    keys: ['1', '2'],
    hasPreviousPage: true,
    hasNextPage: true,
  });
  expect(await page('kinds: [REMOVED, ADDED]')).toMatchObject({ keys: ['5', '9'], totalCount: 2 });
  expect(await page('entityTypes: [PRODUCT]')).toMatchObject({ keys: [], totalCount: 0 });
  expect(await page('entityTypes: [RECORD], kinds: [MODIFIED]')).toMatchObject({ keys: ['3', '1', '2'], totalCount: 3 });
  const refused = (args: string) => refusal(context, 'toys', `{ dataDiff(from: ${from}) { entities(${args}) { totalCount } } }`);
  expect(await refused('first: -1')).toMatch(/^BAD_USER_INPUT/);
  expect(await refused('after: "x"')).toMatch(/^CURSOR_INVALID/);
});

onEachDatabase(
  'a point before all tracking is refused with the earliest one there is, and so is one before a table was',
  async (context) => {
    await insert(context, 'users', 'early', [
      { id: 1, key: 'ann', display_name: 'Ann', roles: [], is_active: true, created_at: '2026-01-01' },
    ]);
    const long = '{ systemTime: "2001-01-01T00:00:00Z" }';
    const data = await ask(context, 'early', `{ dataDiff(from: ${long}) { statistics { added } } }`);
    expect(data.errors?.[0]?.originalError).toMatchObject({
      code: 'HISTORY_UNAVAILABLE',
      extensions: { argument: 'from.systemTime', oldest: expect.stringMatching(/^20\d\d-/) },
    } as object);
    expect(
      await refusal(context, 'early', `{ node(id: "${encodeGlobalId('User', '1')}") { ... on User { diff(from: ${long}) { kind } } } }`),
    ).toMatch(/^HISTORY_UNAVAILABLE/);
    const since = await present(context, 'early');
    await tracked(context, 'late', `id int primary key, a int`, `values ('early', 1, 1)`);
    const before = await answer<{ auditEntries: { nodes: { recordedAt: string }[] } }>(
      context,
      'early',
      '{ auditEntries(last: 1) { nodes { recordedAt } } }',
    );
    const at = `{ systemTime: "${before.auditEntries.nodes[0]?.recordedAt}" }`;
    expect(await refusal(context, 'early', `{ record(tableName: "public.late", key: { id: 1 }) { diff(from: ${at}) { kind } } }`)).toMatch(
      /^HISTORY_UNAVAILABLE: "from.systemTime" lies before the history of public.late/,
    );
    expect(await dataDiff(context, 'early', `from: ${since}`)).toEqual([]);
  },
);

onEachDatabase('an entity at a point is asked as of it: what it leads to is read at that point, too', async (context) => {
  const day = { is_active: true, created_at: '2026-01-01' };
  await insert(context, 'customers', 'led', [{ id: 1, key: 'C-1', name: 'Ann', created_at: '2026-01-01' }]);
  await insert(context, 'orders', 'led', [
    {
      id: 1,
      number: 'N-1',
      customer_id: 1,
      status: 'PENDING',
      subtotal: '1',
      shipping_amount: '0',
      total: '1',
      currency: 'USD',
      placed_at: day.created_at,
    },
  ]);
  const from = await present(context, 'led');
  await context.owner.run(
    `update commerce.customers set name = 'Anne' where tenant = 'led'; update commerce.orders set status = 'CONFIRMED' where tenant = 'led'`,
  );
  const to = await present(context, 'led');
  await context.owner.run(
    `update commerce.customers set name = 'Anna' where tenant = 'led'; update commerce.orders set status = 'SHIPPED' where tenant = 'led'`,
  );
  const asked = '... on Order { status customer { name } diff(from: $from) { changes { before after } } }'.replaceAll('$from', from);
  const { order } = await answer<{ order: Record<string, unknown> }>(
    context,
    'led',
    `{ order: node(id: "${encodeGlobalId('Order', '1')}") { ... on Order { diff(from: ${from}, to: ${to}) { entityBefore { ${asked} } entityAfter { ${asked} } } } } }`,
  );
  expect(order['diff']).toEqual({
    entityBefore: { status: 'PENDING', customer: { name: 'Ann' }, diff: { changes: [] } },
    entityAfter: { status: 'CONFIRMED', customer: { name: 'Anne' }, diff: { changes: [{ before: 'PENDING', after: 'CONFIRMED' }] } },
  });
});

onEachDatabase('what a caller may not see is masked, and its change is told though it came back', async (context) => {
  await tracked(context, 'pets', 'id int primary key, phone text', `values ('pets', 1, '555-1')`, `, personal_columns => array['phone']`);
  await context.owner.run(`insert into public.pets values ('pets', 2, '555-2'), ('pets', 3, '555-3')`);
  const from = await present(context, 'pets');
  await context.owner.run(
    `update public.pets set phone = '555-9' where id < 3; update public.pets set phone = '555-1' where id = 1; delete from public.pets where id = 3`,
  );
  const source = `{ dataDiff(from: ${from}) { statistics { modified removed } entities { nodes { ${fields} } } } }`;
  const told = async (scopes: readonly Scope[]) => {
    const { data, errors } = await askAs(context, 'pets', source, {}, { scopes: new Set(scopes) });
    expect(errors).toBeUndefined();
    const { statistics, entities } = JSON.parse(JSON.stringify(data)).dataDiff as { statistics: unknown; entities: { nodes: Told[] } };
    return [statistics, entities.nodes.map(short)];
  };
  const all = Object.values(Scope);
  expect(await told(all)).toEqual([
    [{ modified: 1, removed: 1 }],
    [
      ['MODIFIED', '2', '2', { phone: ['555-2', '555-9'] }],
      ['REMOVED', '3', null, { id: [3, null], phone: ['555-3', null] }],
    ],
  ]);
  expect(await told(all.filter((scope) => scope !== 'PII_READ'))).toEqual([
    [{ modified: 2, removed: 1 }],
    [
      ['MODIFIED', '1', '1', { phone: ['***', '***'] }],
      ['MODIFIED', '2', '2', { phone: ['***', '***'] }],
      ['REMOVED', '3', null, { id: [3, null], phone: ['***', null] }],
    ],
  ]);
});

onEachDatabase('differences of 40 rows cost as many statements as those of one', async (context) => {
  const rows = Array.from({ length: 40 }, (_, n) => `('nets', ${n + 1}, 0)`).join(', ');
  await tracked(context, 'nets', 'id int primary key, mesh int', `values ${rows}`);
  await context.owner.run(`insert into public.nets values ('nets', 41, 0)`);
  const from = await present(context, 'nets');
  await context.owner.run('update public.nets set mesh = mesh + 1');
  const source = (first: number) =>
    `{ dataDiff(from: ${from}) { entities(first: ${first}) { nodes { ${fields} auditEntries { id } after: entityAfter { diff(from: ${from}) { kind changes { field } } } } } } }`;
  const one = await ask(context, 'nets', source(1));
  const all = await ask(context, 'nets', source(40));
  expect(all.errors).toBeUndefined();
  expect(all.statements.toSorted()).toEqual(one.statements.toSorted());
});
