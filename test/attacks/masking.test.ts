import { readdirSync, readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { expect } from 'vitest';
import { personalColumns } from '../../src/database/tables/commerce.ts';
import { catchUp } from '../../src/rooms/feed/catch-up.ts';
import { Scope } from '../../src/shared/caller.ts';
import { mask } from '../../src/shared/mask.ts';
import { ask } from '../rooms/audit/trail.ts';
import { filled } from '../rooms/demo-shop/filled.ts';
import { onEachDatabase, startFrom, type TestDatabase } from '../support/databases.ts';
import { bareSchema } from '../support/schema.ts';
import { rootQueries } from './schema-walk.ts';

startFrom('shop');

const schema = bareSchema();
const withoutPii = { scopes: new Set(Object.values(Scope).filter((scope) => scope !== 'PII_READ')) };

/** A table of one's own: two personal columns, one of them not text, and one that becomes personal after it was captured. */
async function patients({ owner }: TestDatabase): Promise<void> {
  await owner.run(`
    create table public.patients (tenant text, id int primary key, name text, weight numeric(9, 3), ward text, nickname text);
    select audit.track('public.patients', personal_columns => array['name', 'weight']);
    select set_config('audit.actor', 'nurse', false), set_config('audit.reason', 'at the desk', false);
    insert into public.patients values ('demo', 1, 'Zacharias Quill', 81.377, 'north', 'Quillinho'), ('demo', 2, 'Yolanda Brisk', 62.119, 'north', null);
    update public.patients set name = 'Zacharias Quill-Marsh', weight = 80.955 where id = 1;
    update public.patients set nickname = 'Briskinha', ward = 'south' where id = 2;
    delete from public.patients where id = 2;
    select set_config('audit.actor', '', false), set_config('audit.reason', '', false);
    select audit.track('public.patients', personal_columns => array['name', 'weight', 'nickname']);`);
}

/** Every personal value that the database holds, in the trail and in the tables themselves; addresses of clients with them. */
async function personalValues({ owner }: TestDatabase): Promise<string[]> {
  await owner.run(`select set_config('app.personal', 'shown', false), set_config('app.tenant', 'demo', false)`);
  try {
    const readers = await owner.run<{ name: string }>(
      `select format('audit_capture.t%s_rows', table_key) as name from audit.tracked_table where untracked_at is null and personal_columns <> '{}'`,
    );
    const current = readers.map(({ name }) => {
      const key = /t(\d+)_rows/.exec(name)?.[1];
      return `select personal as image from ${name}(array(select distinct record_key from audit.entry where table_key = ${key}))`;
    });
    const rows = await owner.run<{ value: string }>(`
      select distinct value from (
        select e.value from (${[...current, 'select personal_before from audit.entry', 'select personal_after from audit.entry'].join(' union all ')}) i(image)
         cross join lateral jsonb_each_text(i.image) e
        union all
        select c.value from audit.entry e join audit.tracked_table t using (table_key)
          cross join lateral (select * from jsonb_each_text(e.before) union all select * from jsonb_each_text(e.after)) c
         where c.key = any (t.personal_columns)
        union all select host(client_ip) from audit.entry where client_ip is not null) v
       where value is not null`);
    return rows.map(({ value }) => value).filter((value) => value.length > 4);
  } finally {
    await owner.run(`select set_config('app.personal', '', false), set_config('app.tenant', '', false)`);
  }
}

const range = '{ from: "2025-01-01T00:00:00Z", to: "2027-12-31T00:00:00Z" }';
const words = {
  ...{ first: '2', range, 'Analytics.anomalies.range': '{ from: "2025-12-01T00:00:00Z", to: "2026-03-01T00:00:00Z" }' },
  ...{ groupBy: '[ACTOR, ENTITY_KEY]', seriesBy: 'ACTOR', interval: 'WEEK', text: '"123"', runId: '"run_20260217_143022_a1b2c3d4"' },
  ...{ 'Query.customer.by': '{ key: "C-1001" }', 'Query.user.by': '{ key: "jonas" }', 'Query.product.by': '{ sku: "LAPTOP-15" }' },
  ...{ 'Query.order.by': '{ number: "123" }', 'Query.payment.by': '{ key: "P-123" }' },
  ...{ tableName: '"public.patients"', key: '{ id: 1 }', 'Analytics.statusTransitions.entityType': 'ORDER' },
};

interface Question {
  readonly name: string;
  readonly source: string;
  readonly variables?: Record<string, unknown>;
}

/** The operations that we ship, every root field as far as three objects deep, and the same of every kind of thing that has an id. */
async function questions(context: TestDatabase): Promise<Question[]> {
  const folder = new URL('../../schema/operations/', import.meta.url);
  const shipped = readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => ({ name, source: readFileSync(new URL(name, folder), 'utf8') }))
    .filter(({ source }) => !/^mutation\b/m.test(source));
  const [customer] = await context.owner.run<{ key: string }>(
    `select key from commerce.customers c where exists (select from commerce.orders o where o.customer_id = c.id) order by id limit 1`,
  );
  const [payment] = await context.owner.run<{ key: string }>(`select key from commerce.payments order by id limit 1`);
  const given = {
    ...words,
    'Query.customer.by': `{ key: ${JSON.stringify(customer?.key)} }`,
    'Query.payment.by': `{ key: ${JSON.stringify(payment?.key)} }`,
  };
  const depth = context.kind === 'postgresql' ? 3 : 1; // what the schema shows does not depend on the database
  const walked = [...rootQueries(schema, { depth, arguments: given })].map(([name, source]) => ({ name, source }));
  const gone = [...rootQueries(schema, { depth, arguments: { ...given, key: '{ id: 2 }', 'Query.order.by': '{ number: "187" }' } })];
  const about = ['USER', 'CUSTOMER', 'ORDER', 'RECORD'].map((type) => ({
    name: `entries of ${type}`,
    source:
      rootQueries(schema, { depth: 2, arguments: { ...given, first: '100', 'Query.auditEntries.filter': `{ entityType: ${type} }` } }).get(
        'auditEntries',
      ) ?? '',
  }));
  return [
    ...shipped,
    ...walked,
    ...gone.filter(([name]) => ['record', 'order'].includes(name)).map(([name, source]) => ({ name: `${name} that is gone`, source })),
    ...about,
  ];
}

/** The answer as text, and what its ids and cursors hold when they are read. */
function readable(answer: unknown): string {
  const text = JSON.stringify(answer);
  const encoded = [...new Set(text.match(/(?<=")[A-Za-z0-9_-]{8,}(?=")/g))];
  return [
    text,
    ...encoded.map((id) => Buffer.from(id, 'base64url').toString('latin1')),
    ...encoded.map((id) => Buffer.from(id, 'base64url').toString()),
  ].join('\n');
}

onEachDatabase(
  'no personal value that the database knows reaches a caller without PII_READ, in whatever is asked',
  async (context) => {
    await filled(context);
    await patients(context);
    await catchUp(context.database);
    const values = await personalValues(context);
    expect(values.length).toBeGreaterThan(200);
    expect(values).toEqual(expect.arrayContaining(['Quillinho', 'Briskinha', '81.377', 'Yolanda Brisk']));
    const shown = new Set<string>();
    for (const { name, source } of await questions(context)) {
      const variables = {
        customerId: Buffer.from('Customer:1').toString('base64url'),
        range: { from: '2025-12-01T00:00:00Z', to: '2026-03-01T00:00:00Z' },
      };
      const hidden = await ask(context, 'demo', source, variables, withoutPii);
      const text = readable({ data: hidden.data, errors: hidden.errors });
      expect({ name, leaks: values.filter((value) => text.includes(value)) }).toEqual({ name, leaks: [] });
      expect(
        hidden.errors?.filter(({ originalError }) => (originalError as { code?: string } | undefined)?.code !== 'FORBIDDEN') ?? [],
      ).toEqual([]);

      const open = await ask(context, 'demo', source, variables);
      expect(open.errors?.map(({ message }) => message) ?? []).toEqual([]);
      const told = readable(open.data);
      for (const value of values) if (told.includes(value)) shown.add(value);
    }
    // The questions can tell personal values: those who may see them do.
    expect([...shown]).toEqual(
      expect.arrayContaining(['Quillinho', 'Briskinha', '81.377', '80.955', 'Yolanda Brisk', 'Zacharias Quill-Marsh']),
    );
    expect(shown.size).toBeGreaterThan(60);
  },
  { fresh: true, timeoutMs: 180_000 },
);

onEachDatabase(
  'a hidden value is recognisable, and that it changed is still told',
  async (context) => {
    await patients(context);
    const query = `query ($id: JSONObject!) { record(tableName: "public.patients", key: $id) {
    values
    history(direction: ASC) { nodes { snapshot changes { field before after } } }
    blame(fields: ["name", "weight", "ward", "nickname"]) { field value changeCount }
    timeline { nodes { ... on FieldsChanged { changes { field before after } } } }
    where(field: "name") { fields { field value } }
    asked: why(field: "name", value: "Zacharias Quill-Marsh") { reasons { change { after } } }
    any: why(field: "name") { reasons { change { before after } } }
  } }`;
    const told = async (id: number, caller: object) =>
      JSON.parse(JSON.stringify((await ask(context, 'demo', query, { id: { id } }, caller)).data)).record;
    const { history, timeline, blame, where, values, asked, any } = await told(1, withoutPii);
    expect(values).toEqual({ tenant: 'demo', id: 1, name: mask, weight: mask, ward: 'north', nickname: mask });
    expect(history.nodes.map(({ snapshot }: { snapshot: { name: string } }) => snapshot.name)).toEqual([mask, mask]);
    expect(history.nodes[1].changes).toEqual([
      { field: 'name', before: mask, after: mask },
      { field: 'weight', before: mask, after: mask },
    ]);
    expect(timeline.nodes).toContainEqual({ changes: history.nodes[1].changes });
    expect(blame).toEqual([
      { field: 'name', value: mask, changeCount: 1 },
      { field: 'weight', value: mask, changeCount: 1 },
      { field: 'ward', value: 'north', changeCount: 0 },
      { field: 'nickname', value: mask, changeCount: 0 },
    ]);
    expect(where.fields).toEqual([{ field: 'name', value: mask }]);
    // Whether a guess is right shows no more than any other guess does.
    expect(asked.reasons).toEqual([]);
    expect(any.reasons).toEqual([{ change: { before: mask, after: mask } }, { change: { before: null, after: mask } }]);
    const gone = await told(2, withoutPii);
    expect(gone.history.nodes.map(({ changes }: { changes: object[] }) => changes)).toContainEqual([
      { field: 'ward', before: 'north', after: 'south' },
      { field: 'nickname', before: null, after: mask }, // empty shows as empty, as everywhere
    ]);

    const open = await told(1, {});
    expect(open.values).toMatchObject({ name: 'Zacharias Quill-Marsh', weight: '80.955', nickname: 'Quillinho' });
    expect(open.history.nodes[1].changes[0]).toEqual({ field: 'name', before: 'Zacharias Quill', after: 'Zacharias Quill-Marsh' });
    expect(open.asked.reasons).toEqual([{ change: { after: 'Zacharias Quill-Marsh' } }]);
  },
  { fresh: true },
);

onEachDatabase('who may not see a personal value may not ask by it either, however deep the question stands', async (context) => {
  await context.owner.run(
    `insert into commerce.users (tenant, key, email, display_name) values ('demo', 'vera', 'vera@shop.example', 'Vera Stone')`,
  );
  const refused = [
    '{ customers(filter: { name: { contains: "a" } }) { totalCount } }',
    '{ customers(filter: { or: [{ not: { and: [{ email: { isNull: false } }] } }] }) { totalCount } }',
    '{ customers(orderBy: [{ field: CREATED_AT }, { field: NAME }]) { totalCount } }',
    '{ customers(orderBy: { field: NAME, direction: DESC }) { totalCount } }',
    '{ customer(by: { email: "vera@shop.example" }) { key } }',
    '{ users(filter: { displayName: { startsWith: "V" } }) { totalCount } }',
    '{ users(filter: { email: { eq: "vera@shop.example" } }) { totalCount } }',
    '{ users(orderBy: { field: DISPLAY_NAME }) { nodes { key } } }',
    '{ user(by: { email: "vera@shop.example" }) { key } }',
    '{ auditEntries(filter: { actorName: { eq: "Vera Stone" } }) { totalCount } }',
    '{ auditEntries(filter: { clientIp: "10.0.0.0/8" }) { totalCount } }',
    `{ analytics { changeTrend(range: ${range}, interval: WEEK, filter: { not: { actorName: { contains: "v" } } }) { count } } }`,
    'query ($f: AuditEntryFilterInput = { actorName: { eq: "x" } }) { auditEntries(filter: $f) { totalCount } }',
  ];
  for (const source of refused) {
    const { errors } = await ask(context, 'demo', source, {}, withoutPii);
    const error = errors?.[0]?.originalError as { code?: string; message?: string } | undefined;
    expect([source, error?.code, error?.message]).toEqual([
      source,
      'FORBIDDEN',
      expect.stringMatching(/ asks by personal data, which needs the permission PII_READ\.$/),
    ]);
    expect((await ask(context, 'demo', source)).errors).toBeUndefined();
  }
  // Words find what is there for everybody, and names only for those who may see them.
  await context.source.write({ tenant: 'demo', actor: 'vera' }, (tx) => tx.run(sql`select audit.log_event('GREETED', 'hello')`));
  const byWord = '{ auditEntries(filter: { text: "stone" }) { totalCount } }';
  expect((await ask(context, 'demo', byWord)).data).toEqual({ auditEntries: { totalCount: 1 } });
  expect((await ask(context, 'demo', byWord, {}, withoutPii)).data).toEqual({ auditEntries: { totalCount: 0 } });
  const open = '{ users(last: 1, filter: { isActive: true }, orderBy: { field: CREATED_AT }) { nodes { key } } }';
  expect((await ask(context, 'demo', open, {}, withoutPii)).data).toEqual({ users: { nodes: [{ key: 'vera' }] } });
});

onEachDatabase(
  'the database itself keeps personal columns from the app role, and masks for who does not say who reads',
  async (context) => {
    await patients(context);
    const { database } = context;
    await expect(database.read('demo', sql`select personal_after from audit.entry`)).rejects.toThrow(/permission denied/);
    await expect(database.read('demo', sql`select e from audit.entry e`)).rejects.toThrow(/permission denied/);
    const image = sql`select personal_after from audit.shown_entry where record_key = '1' and operation = 'INSERT' and personal_after ? 'weight'`;
    const masked = [{ personal_after: { name: mask, weight: mask } }];
    expect(await database.read('demo', image)).toEqual(masked);
    expect(await database.read({ tenant: 'demo', scopes: new Set(['ADMIN']) }, image)).toEqual(masked);
    expect(await database.read({ tenant: 'demo', scopes: new Set(['PII_READ']) }, image)).toEqual([
      { personal_after: { name: 'Zacharias Quill', weight: '81.377' } },
    ]);
    expect(await database.write({ tenant: 'demo', actor: 'ann' }, (tx) => tx.run(image))).toEqual(masked);
    for (let times = 0; times < 12; times++) expect(await database.read('demo', image)).toEqual(masked); // whichever connection
  },
  { fresh: true },
);

onEachDatabase('the columns of the shop that the code masks are those of the catalogue', async ({ owner }) => {
  const rows = await owner.run(
    `select table_name, c from audit.tracked_table, unnest(personal_columns) c where table_name like 'commerce.%'`,
  );
  const inCode = [...personalColumns].map((column) => ({
    table_name: `commerce.${getTableConfig(column.table as PgTable).name}`,
    c: column.name,
  }));
  const byName = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  expect(inCode.sort(byName)).toEqual(rows.map(({ table_name, c }) => ({ table_name, c })).sort(byName));
});
