import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer, ask, insert, refusal } from './asking.ts';

const usd = { currency: 'USD', is_active: true, created_at: '2026-01-01', categories: [], stock_quantity: 7 };
const user = (id: number, key: string, name: string) => ({
  id,
  key,
  display_name: name,
  roles: [],
  is_active: true,
  created_at: '2026-01-01',
});

/** Runs statements in one transaction, with settings of the audit context. */
function change({ owner }: TestDatabase, settings: Record<string, string | number>, statements: string): Promise<unknown> {
  const set = Object.entries(settings).map(([name, value]) => `set local audit.${name} = '${value}';`);
  return owner.transaction((tx) => tx.run(`${set.join(' ')} ${statements}`));
}

async function newestEntry({ owner }: TestDatabase, tenant: string): Promise<string> {
  const [row] = await owner.run<{ id: string }>(sql`select max(id)::text as id from audit.entry where tenant = ${tenant}`);
  return row?.id ?? '';
}

interface Why {
  reasons: {
    change: { field: string; before: unknown; after: unknown };
    reason: { text: string; source: string } | null;
    impact: unknown;
    auditEntry: { id: string };
  }[];
  causes: { degree: number; relation: string; auditEntry: { id: string; operation: string; operationName: string | null } }[];
  narrative: { text: string; markdown: string; sentences: { text: string; evidence: { id: string }[] }[] };
}
const whyFields = `reasons { change { field before after } reason { text source } impact { measure before after periodDays } auditEntry { id } }
  causes { degree relation auditEntry { id operation operationName } } narrative { text markdown sentences { text evidence { id } } }`;

async function why(context: TestDatabase, tenant: string, sku: string, args = ''): Promise<Why> {
  const { product } = await answer<{ product: { why: Why } }>(
    context,
    tenant,
    `{ product(by: { sku: "${sku}" }) { why${args} { ${whyFields} } } }`,
  );
  return product.why;
}
const entryId = (id: string) => encodeGlobalId('AuditEntry', id);
const steps = ({ causes }: Why) =>
  causes.map(({ degree, relation, auditEntry }) => `${degree} ${relation} ${auditEntry.operationName ?? auditEntry.operation}`);

async function laptop(context: TestDatabase, tenant: string): Promise<void> {
  await insert(context, 'users', tenant, [user(1, 'ann', 'Ann Lee'), user(2, 'bob', 'Bob Ray')]);
  await insert(context, 'products', tenant, [
    { ...usd, id: 1, sku: 'LAPTOP', name: 'Laptop', price: '1299.99' },
    { ...usd, id: 2, sku: 'CABLE', name: 'Cable', price: '5' },
  ]);
}
const set = (tenant: string, what: string) => `update commerce.products set ${what} where tenant = '${tenant}' and id = 1`;

onEachDatabase('why tells every change of a field with its reason, newest first, and finds a value in any spelling', async (context) => {
  await laptop(context, 'why');
  await change(
    context,
    { actor: 'ann', reason: 'Spring', reason_code: 'PROMOTION', reference: 'PRC-1', approved_by: 'bob' },
    set('why', 'price = 1199.99'),
  );
  await change(context, { actor: 'bob' }, set('why', 'stock_quantity = 3'));
  await change(context, { actor: 'bob' }, set('why', 'price = 1250'));
  const all = await why(context, 'why', 'LAPTOP', '(field: "price")');
  expect(all.reasons.map(({ change: { after }, reason }) => [(after as { amount: string }).amount, reason])).toEqual([
    ['1250.00', null],
    ['1199.99', { text: 'Spring', source: 'CALLER' }],
    ['1299.99', null],
  ]);
  expect(all.narrative.sentences[1]?.text).toMatch(/^The reason is unknown/);
  expect(all.narrative.text).toContain('"Spring" (code PROMOTION, reference PRC-1), approved by Bob Ray');
  expect(all.narrative.markdown).toMatch(
    /^## What happened\n\n- Bob Ray changed price of product LAPTOP from 1199\.99 USD to 1250\.00 USD/,
  );
  for (const sentence of all.narrative.sentences) expect(sentence.evidence.length).toBeGreaterThan(0);

  for (const value of ['{ amount: "1199.9900", currency: "USD" }', '{ amount: 1199.99, currency: "USD" }', '"1199.99"', '1199.99']) {
    const one = await why(context, 'why', 'LAPTOP', `(field: "price", value: ${value})`);
    expect(one.reasons.map(({ reason }) => reason?.text)).toEqual(['Spring']);
    expect(steps(one)).toEqual(['0 WROTE_VALUE UPDATE']);
  }
  const created = await why(context, 'why', 'LAPTOP', '(field: "price", value: "1299.99")');
  expect(created.narrative.text).toMatch(/created product LAPTOP with price 1299\.99 USD on/);
  for (const value of ['{ amount: "1199.99", currency: "EUR" }', '"7"', '"none"', '[1]', '{ amount: "x" }', '""']) {
    const none = await why(context, 'why', 'LAPTOP', `(field: "price", value: ${value})`);
    expect([none.reasons, none.causes]).toEqual([[], []]);
    expect(none.narrative.sentences.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^No change gave price of product LAPTOP the value .*newest 3 changes/),
    ]);
    expect(none.narrative.sentences[0]?.evidence).toHaveLength(3);
  }
  await context.owner.run(set('why', "price = 1199.99, currency = 'EUR'"));
  expect(
    await refusal(context, 'why', '{ product(by: { sku: "LAPTOP" }) { why(field: "price", value: 1199.99) { causes { degree } } } }'),
  ).toMatch(/^BAD_USER_INPUT: "value" is an amount that the field held in several currencies \(EUR, USD\)/);
  expect((await why(context, 'why', 'LAPTOP', '(field: "stockQuantity", value: "3.0")')).reasons).toHaveLength(1);
  expect((await why(context, 'why', 'LAPTOP', '(field: "createdAt", value: "2026-01-01T01:00:00+01:00")')).reasons).toHaveLength(1);
  expect((await why(context, 'why', 'LAPTOP', '(field: "categories", value: [])')).reasons).toHaveLength(1);
  expect((await why(context, 'why', 'LAPTOP', '(field: "isActive", value: true)')).reasons).toHaveLength(1);
  expect((await why(context, 'why', 'LAPTOP', `(field: "id", value: "${encodeGlobalId('Product', '1')}")`)).reasons).toHaveLength(1);
});

onEachDatabase('without a field why tells for each field the change that gave it its present value', async (context) => {
  await laptop(context, 'each');
  await change(context, { actor: 'ann', reason: 'Spring' }, set('each', 'price = 1199.99'));
  await change(context, { actor: 'bob', reason: 'Counted' }, set('each', 'stock_quantity = 3'));
  const { reasons, narrative } = await why(context, 'each', 'LAPTOP');
  expect(reasons.slice(0, 3).map(({ change: { field }, reason }) => `${field} ${reason?.text}`)).toEqual([
    'stockQuantity Counted',
    'price Spring',
    'id undefined',
  ]);
  expect(reasons.map(({ change: { field } }) => field).toSorted()).toEqual([
    'categories',
    'createdAt',
    'id',
    'isActive',
    'name',
    'price',
    'safetyStock',
    'sku',
    'stockQuantity',
  ]);
  expect(narrative.sentences[0]?.text).toMatch(/^Bob Ray changed stock quantity of product LAPTOP from 7 to 3 on/);
});

onEachDatabase('causes are followed back through declarations, runs and transactions, and a circle ends', async (context) => {
  await laptop(context, 'causes');
  const { owner } = context;
  await owner.transaction((tx) =>
    tx.run(
      `set local app.tenant = 'causes'; set local audit.actor = 'ann'; select audit.start_run('Night', 'run_20260101_000000_0000cafe', 'Supplier list', 'COST')`,
    ),
  );
  await change(context, { actor: 'ann', run_id: 'run_20260101_000000_0000cafe' }, set('causes', 'stock_quantity = 5'));
  const inRun = await newestEntry(context, 'causes');
  await change(
    context,
    { actor: 'bob', cause_entry: inRun },
    `update commerce.products set name = 'Cord' where tenant = 'causes' and id = 2; ${set('causes', 'price = 1100')}`,
  );
  const found = await why(context, 'causes', 'LAPTOP', '(field: "price")');
  expect(steps(found)).toEqual(['0 WROTE_VALUE UPDATE', '1 DECLARED UPDATE', '1 SAME_TRANSACTION UPDATE', '2 SAME_RUN BATCH_START']);
  expect(found.narrative.text).toContain(
    'It was declared to be caused by this: Ann Lee changed stock quantity of product LAPTOP from 7 to 5',
  );
  expect(found.narrative.text).toContain('2 steps back: It belonged to a run: Ann Lee started run "Night"');
  const ofRun = await why(context, 'causes', 'LAPTOP', '(field: "stockQuantity", value: 5)');
  expect(ofRun.reasons.map(({ reason }) => reason)).toEqual([{ text: 'Supplier list', source: 'RUN' }]);
  const [, reason] = ofRun.narrative.sentences;
  expect(reason?.text).toBe('It was part of run "Night", which was done for this reason: "Supplier list" (code COST).');
  expect(reason?.evidence.map(({ id }) => id)).toEqual([ofRun.causes[1]?.auditEntry.id, entryId(inRun)]);

  // An entry that names the next one, which names it in turn.
  const next = BigInt(await newestEntry(context, 'causes')) + 2n;
  await change(context, { cause_entry: String(next) }, set('causes', 'price = 1000'));
  const first = await newestEntry(context, 'causes');
  await change(context, { cause_entry: first }, set('causes', 'price = 900'));
  const circle = await why(context, 'causes', 'LAPTOP', '(field: "price")');
  expect(new Set(circle.causes.map(({ auditEntry }) => auditEntry.id)).size).toBe(circle.causes.length);
  await change(context, { cause_entry: String(BigInt(await newestEntry(context, 'causes')) + 1n) }, set('causes', 'price = 800'));
  expect(steps(await why(context, 'causes', 'LAPTOP', '(field: "price", value: 800)'))[0]).toBe('0 WROTE_VALUE UPDATE');
});

onEachDatabase('a reason that was added later counts, and the entry that states it is named', async (context) => {
  await laptop(context, 'later');
  await change(context, { actor: 'ann' }, set('later', 'price = 1199'));
  const changed = await newestEntry(context, 'later');
  await context.owner.transaction((tx) =>
    tx.run(
      `set local app.tenant = 'later'; set local audit.actor = 'bob'; select audit.add_reason(${changed}, 'Agreed by telephone', 'DEAL', 'T-9')`,
    ),
  );
  const { reasons, narrative } = await why(context, 'later', 'LAPTOP', '(field: "price")');
  expect(reasons[0]?.reason?.text).toBe('Agreed by telephone');
  expect(narrative.sentences[1]?.text).toMatch(
    /^The reason was given later, by Bob Ray on .*: "Agreed by telephone" \(code DEAL, reference T-9\)\.$/,
  );
  expect(narrative.sentences[1]?.evidence.map(({ id }) => id)).toEqual([entryId(await newestEntry(context, 'later'))]);
});

onEachDatabase('of a transaction of 2,000 rows ten are causes, and they do not lead to all the others', async (context) => {
  const many = Array.from({ length: 2_000 }, (_, n) => ({ ...usd, id: n + 1, sku: `S${n + 1}`, name: `N${n}`, price: '5' }));
  await insert(context, 'products', 'huge', many);
  await change(context, { actor: 'ann' }, "update commerce.products set price = 6 where tenant = 'huge'");
  const [row] = await context.owner.run<{ key: string }>(
    sql`select entity_key as key from audit.entry where tenant = 'huge' order by id desc limit 1`,
  );
  const { causes, narrative } = await why(context, 'huge', row?.key ?? '', '(field: "price")');
  expect(causes.map(({ relation }) => relation)).toEqual(['WROTE_VALUE', ...Array.from({ length: 10 }, () => 'SAME_TRANSACTION')]);
  expect(narrative.text).toContain('; and 7 other changes.');
});

onEachDatabase('what cannot be asked is refused by name', async (context) => {
  await laptop(context, 'bad');
  const refused = (field: string, variables = {}) =>
    refusal(
      context,
      'bad',
      `query ($v: JSON) { product(by: { sku: "CABLE" }) { ${field} { narrative { text } } a: name } v: product(by: { sku: "X" }) { why(field: "price", value: $v) { narrative { text } } } }`,
      variables,
    );
  expect(await refused('why(field: "prize")')).toMatch(
    /^BAD_USER_INPUT: "field" names "prize": there is no such field\. Fields are id, sku/,
  );
  expect(await refused('how(field: "")')).toMatch(/^BAD_USER_INPUT: "field" names ""/);
  expect(await refused(`where(field: "${'x'.repeat(5_000)}")`)).toMatch(/^BAD_USER_INPUT/);
  expect(await refused('why(value: 5)')).toMatch(/^BAD_USER_INPUT: "value" is a value of one field: give "field", too/);
  expect(await refused('why(field: "name", value: $v)', { v: 'a\0b' })).toMatch(/^BAD_TEXT/);
  expect(await refused('why(field: "name", value: $v)', { v: { deep: [{ x: '\ud800' }] } })).toMatch(/^BAD_TEXT/);
  expect(await refused('why(field: "name", value: $v)', { v: 'x'.repeat(20_000) })).toMatch(/^BAD_USER_INPUT: "value" is longer/);
  for (const v of [
    1e300,
    -0,
    '1'.repeat(300),
    'NaN',
    'Infinity',
    {},
    [],
    { amount: '1e5', currency: 'USD' },
    { amount: null, currency: null },
    false,
  ]) {
    const { errors } = await ask(
      context,
      'bad',
      `query ($v: JSON) { product(by: { sku: "CABLE" }) { price: why(field: "price", value: $v) { ${whyFields} } stock: why(field: "stockQuantity", value: $v) { ${whyFields} } made: why(field: "createdAt", value: $v) { ${whyFields} } } }`,
      { v },
    );
    expect(errors).toBeUndefined();
  }
});

onEachDatabase('a list is explained in a fixed number of statements', async (context) => {
  const products = Array.from({ length: 20 }, (_, n) => ({ ...usd, id: n + 1, sku: `S${n}`, name: `N${n}`, price: '5' }));
  await insert(context, 'products', 'list', products);
  await change(context, { actor: 'ann', reason: 'one' }, "update commerce.products set price = 6 where tenant = 'list'");
  await change(context, { actor: 'bob' }, "update commerce.products set name = name || '!' where tenant = 'list'");
  const source = (
    first: number,
  ) => `{ products(first: ${first}) { nodes { why { ${whyFields} } price: why(field: "price", value: "6") { ${whyFields} }
    how { totalDurationMs steps { isExpected changes { field } auditEntry { id } } narrative { text sentences { evidence { id } } } }
    where { narrative { text } fields { field value actor { displayName } origin { application } auditEntry { id } copiedFrom { column } } } } } }`;
  const few = await ask(context, 'list', source(2));
  const all = await ask(context, 'list', source(20));
  expect(all.errors).toBeUndefined();
  // An entry that another part of the answer has read already is not read again: which part comes first is the database's to say.
  const byChance = 'audit.entries.byId';
  expect(new Set([...all.statements, byChance])).toEqual(new Set([...few.statements, byChance]));
  expect(all.statements.length).toBeLessThanOrEqual(few.statements.length + 6);
});
