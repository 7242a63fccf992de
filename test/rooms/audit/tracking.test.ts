import { sql } from 'drizzle-orm';
import { graphql } from 'graphql';
import { expect } from 'vitest';
import { schemaOf } from '../../../src/app.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer } from './trail.ts';

const table =
  'trackedTable { id tableName keyColumns ignoredColumns maskedColumns personalColumns reasonRequiredColumns truncatePolicy isCapturing entryCount }';
const track = async (context: TestDatabase, tenant: string, input: Record<string, unknown>) =>
  (
    await answer(
      context,
      tenant,
      `mutation ($input: TrackTableInput!) { trackTable(input: $input) { ${table} userErrors { code field message } } }`,
      { input },
    )
  ).trackTable;
const untrack = async (context: TestDatabase, tenant: string, input: Record<string, unknown>) =>
  (
    await answer(
      context,
      tenant,
      `mutation ($input: UntrackTableInput!) { untrackTable(input: $input) { trackedTable { tableName isCapturing entryCount } userErrors { code field message } } }`,
      { input },
    )
  ).untrackTable;
const names = async (context: TestDatabase, tenant: string): Promise<string[]> =>
  (await answer(context, tenant, '{ trackedTables { tableName } }')).trackedTables.map(({ tableName }: { tableName: string }) => tableName);

onEachDatabase('a table is tracked with its options, captured, tracked anew, untracked; its entries stay', async (context) => {
  const { owner, source } = context;
  await owner.run(
    `create table public.shipments (tenant text, id int primary key, status text, note text, secret text, phone text); grant all on public.shipments to whence_source`,
  );
  const input = {
    ...{
      tableName: 'public.shipments',
      ignoredColumns: ['note'],
      maskedColumns: ['secret'],
      personalColumns: ['phone'],
      reasonRequiredColumns: ['status'],
    },
    ...{ truncatePolicy: 'REFUSE', statusColumn: 'status', transitions: [{ from: 'NEW', to: 'SENT' }] },
  };
  const tracked = await track(context, 'ship', input);
  expect(tracked).toMatchObject({
    trackedTable: {
      ...{
        tableName: 'public.shipments',
        keyColumns: ['id'],
        ignoredColumns: ['note'],
        maskedColumns: ['secret'],
        personalColumns: ['phone'],
      },
      ...{ reasonRequiredColumns: ['status'], truncatePolicy: 'REFUSE', isCapturing: true, entryCount: '0' },
    },
    userErrors: [],
  });
  await source.write({ tenant: 'ship', actor: 'ann' }, (tx) =>
    tx.run(sql`insert into public.shipments values ('ship', 1, 'NEW', 'n', 's', '1'), ('other', 2, 'NEW', 'n', 's', '1')`),
  );
  const { auditEntries } = await answer(
    context,
    'ship',
    `{ auditEntries(filter: { tableName: { eq: "public.shipments" } }) { nodes { after changes { field after } } } }`,
  );
  expect(auditEntries.nodes).toEqual([
    {
      after: { tenant: 'ship', id: 1, status: 'NEW', secret: '***', phone: '1' },
      changes: [
        { field: 'id', after: 1 },
        { field: 'status', after: 'NEW' },
        { field: 'secret', after: '***' },
        { field: 'phone', after: '1' },
      ],
    },
  ]);
  expect((await track(context, 'ship', { tableName: 'public.shipments' })).trackedTable).toMatchObject({
    id: tracked.trackedTable.id,
    maskedColumns: [],
    truncatePolicy: 'KEEP_ROWS',
    entryCount: '1',
  });
  expect(await names(context, 'ship')).toContain('public.shipments');
  expect(await untrack(context, 'ship', { tableName: 'public.shipments' })).toEqual({
    trackedTable: { tableName: 'public.shipments', isCapturing: false, entryCount: '1' },
    userErrors: [],
  });
  expect(await names(context, 'ship')).not.toContain('public.shipments');
  expect(await untrack(context, 'ship', { tableName: 'public.shipments' })).toMatchObject({
    trackedTable: null,
    userErrors: [{ code: 'NOT_FOUND', field: ['input', 'tableName'] }],
  });
});

onEachDatabase('a table of the shop stays one when it is tracked again', async (context) => {
  expect((await track(context, 'demo', { tableName: 'commerce.products', reasonRequiredColumns: ['price'] })).userErrors).toEqual([]);
  const [kept] = await context.owner.run(
    `select entity_type, entity_key_column, column_groups from audit.tracked_table where table_name = 'commerce.products'`,
  );
  expect(kept).toEqual({ entity_type: 'PRODUCT', entity_key_column: 'sku', column_groups: [['price', 'currency']] });
});

onEachDatabase(
  'what cannot be tracked is refused with code, field and a clear line, and stays untracked',
  async (context) => {
    const { owner } = context;
    await owner.run(`create table public.no_key (tenant text, a int); create view public.a_view as select 1 as a;
    create table public.nobodys (id int primary key, tenant_ref text); create table public.theirs (id int primary key); select audit.track('public.theirs', tenant => 'them');
    insert into audit.entry (tenant, operation) values ('one', 'EVENT'), ('two', 'EVENT')`);
    const refused = async (input: Record<string, unknown>) => {
      const { trackedTable, userErrors } = await track(context, 'one', input);
      expect(trackedTable).toBeNull();
      return `${userErrors[0].code} ${userErrors[0].field?.slice(1).join('.')}: ${userErrors[0].message}`;
    };
    expect(await refused({ tableName: 'public.none' })).toBe('NOT_FOUND tableName: There is no table public.none.');
    expect(await refused({ tableName: 'public.no_key' })).toBe('INVALID tableName: public.no_key has no primary key.');
    expect(await refused({ tableName: 'public.a_view' })).toBe('INVALID tableName: public.a_view is not a plain table.');
    expect(await refused({ tableName: 'audit.entry' })).toBe(
      'FORBIDDEN tableName: audit.entry belongs to the system and cannot be tracked.',
    );
    expect(await refused({ tableName: 'public.nobodys' })).toMatch(
      /^INVALID tenantColumn: public.nobodys has no column tenant or tenant_id/,
    );
    expect(await refused({ tableName: 'public.nobodys', tenantColumn: 'owner' })).toBe(
      'NOT_FOUND tenantColumn: public.nobodys has no column owner.',
    );
    expect(await refused({ tableName: 'commerce.orders', maskedColumns: ['total', 'nope'] })).toBe(
      'NOT_FOUND maskedColumns: commerce.orders has no column nope.',
    );
    expect(await refused({ tableName: 'commerce.orders', ignoredColumns: ['id'] })).toMatch(
      /^INVALID ignoredColumns: Column id identifies/,
    );
    expect(await refused({ tableName: 'commerce.orders', statusColumn: 'nope' })).toMatch(/^NOT_FOUND statusColumn/);
    for (const tableName of ['', ' ', 'a b"', '"', 'a.b.c.d', 'x'.repeat(500)])
      expect(await refused({ tableName })).toMatch(/^(INVALID|NOT_FOUND|TOO_LARGE) tableName/);
    expect(await refused({ tableName: 'public.theirs' })).toBe('NOT_FOUND tableName: There is no table public.theirs.');
    expect(await untrack(context, 'one', { tableName: 'public.theirs' })).toMatchObject({
      trackedTable: null,
      userErrors: [{ code: 'NOT_FOUND' }],
    });
    expect(await names(context, 'one')).toEqual([
      'commerce.customers',
      'commerce.order_items',
      'commerce.orders',
      'commerce.payments',
      'commerce.products',
      'commerce.users',
    ]);
    expect(await names(context, 'them')).toContain('public.theirs');
    const [orders] = await owner.run(
      `select masked_columns = '{}' as untouched from audit.tracked_table where table_name = 'commerce.orders'`,
    );
    expect(orders).toEqual({ untouched: true });
  },
  { fresh: true },
);

onEachDatabase('tracking takes an idempotency key like every mutation', async (context) => {
  await context.owner.run('create table public.keyed (tenant text, id int primary key)');
  const input = { tableName: 'public.keyed', idempotencyKey: 'track once' };
  const first = await track(context, 'keyed', input);
  await untrack(context, 'keyed', { tableName: 'public.keyed' });
  expect((await track(context, 'keyed', input)).trackedTable).toMatchObject({ id: first.trackedTable.id, isCapturing: false });
  expect((await track(context, 'keyed', { ...input, maskedColumns: ['tenant'] })).userErrors[0].code).toBe('IDEMPOTENCY_MISMATCH');
});

onEachDatabase('without the owner of the database tracking is refused with the name of the variable', async (context) => {
  const schema = schemaOf(context.database, 'a secret for tests only', null);
  const contextValue = requestContext({ ...fixedCaller, tenant: 'demo' }, 'r');
  const source = `mutation { trackTable(input: { tableName: "public.x" }) { userErrors { code message } } untrackTable(input: { tableName: "public.x" }) { userErrors { code } } }`;
  const { data } = await graphql({ schema, source, contextValue });
  expect(data).toMatchObject({
    trackTable: { userErrors: [{ code: 'FORBIDDEN', message: expect.stringContaining('DATABASE_OWNER_URL') }] },
    untrackTable: { userErrors: [{ code: 'FORBIDDEN' }] },
  });
});
