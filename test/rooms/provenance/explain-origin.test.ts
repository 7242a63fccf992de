import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { answer, insert } from './asking.ts';
import { type Explained, explained, record, run } from './explained.ts';

onEachDatabase('what is older than the log is said to be, and never guessed', async (context) => {
  await run(
    context,
    'create table public.old (tenant text, id int primary key, name text, price numeric(9,2), note text)',
    "insert into public.old values ('old', 1, 'kite', 5, null), ('old', 2, 'ball', 3, null)",
  );
  await run(context, "select audit.track('public.old')");
  const untouched = await record(context, 'old', 'old', { id: 2 });
  expect(untouched.why).toMatchObject({ reasons: [], causes: [] });
  expect(untouched.why.narrative.sentences).toEqual([
    { text: 'The log holds no change of public.old 2: what it holds is older than the log.', evidence: [] },
  ]);
  expect(untouched.how).toMatchObject({ steps: [], totalDurationMs: 0 });
  expect(untouched.where.fields.map(({ field, value, actor, origin, auditEntry }) => [field, value, actor, origin, auditEntry])).toEqual([
    ...[
      ['id', 2, null, null, null],
      ['name', 'ball', null, null, null],
      ['price', '3.00', null, null, null],
      ['note', null, null, null, null],
    ],
  ]);
  expect(untouched.where.narrative.sentences).toEqual([
    {
      text: 'id, name, price and note of public.old 2 have values that are older than the log, which holds no change of it.',
      evidence: [],
    },
  ]);

  await run(context, "set local audit.reason = 'sale'", 'update public.old set price = 4 where id = 1');
  const { why, how, where } = await record(context, 'old', 'old', { id: 1 });
  expect(why.reasons).toEqual([{ change: { field: 'price', after: '4.00' }, reason: { text: 'sale' } }]);
  expect(how.steps).toMatchObject([{ sincePreviousMs: null, changes: [{ field: 'price', before: '5.00', after: '4.00' }] }]);
  expect(where.fields.map(({ field, actor }) => [field, actor?.key ?? null])).toEqual([
    ['id', null],
    ['name', null],
    ['price', 'ann'],
    ['note', null],
  ]);
  expect(where.narrative.sentences.at(-1)).toEqual({
    text: expect.stringMatching(
      /^id, name and note of public.old 1 have values that are older than the log, whose first change of it is of /,
    ),
    evidence: [{ operation: 'UPDATE' }],
  });
});

onEachDatabase('masked and personal columns are explained as the log holds them', async (context) => {
  await run(
    context,
    'create table public.people (tenant text, id int primary key, name text, pin text)',
    "select audit.track('public.people', masked_columns => array['pin'], personal_columns => array['name'])",
  );
  await run(context, "insert into public.people values ('people', 1, 'Cara', '1234')");
  await run(context, "update public.people set pin = '9876', name = 'Dora' where id = 1");
  const { why, how, where } = await record(context, 'people', 'people', { id: 1 });
  expect(why.reasons.map(({ change }) => [change.field, change.after])).toEqual([
    ['name', 'Dora'],
    ['pin', '***'],
    ['id', 1],
  ]);
  expect(how.steps.map(({ changes }) => changes.map(({ field, before, after }) => [field, before, after]))).toEqual([
    [
      ['id', null, 1],
      ['name', null, 'Cara'],
      ['pin', null, '***'],
    ],
    [
      ['name', 'Cara', 'Dora'],
      ['pin', '***', '***'],
    ],
  ]);
  expect(where.fields.map(({ field, value }) => [field, value])).toEqual([
    ['id', 1],
    ['name', 'Dora'],
    ['pin', '***'],
  ]);
  expect(JSON.stringify([why, how, where])).not.toMatch(/1234|9876/);
  const asked = await answer<{ record: { why: Explained['why'] } }>(
    context,
    'people',
    'query { record(tableName: "public.people", key: { id: 1 }) { why(field: "name", value: "Cara") { reasons { change { field after } reason { text } } } } }',
  );
  expect(asked.record.why.reasons).toEqual([{ change: { field: 'name', after: 'Cara' }, reason: null }]);
});

onEachDatabase('a deleted row tells its end; a row made anew tells its present life only', async (context) => {
  await run(
    context,
    'create table public.lives (tenant text, id int primary key, status text)',
    `select audit.track('public.lives', status_column => 'status', transitions => '[{"from": "A", "to": "B"}]')`,
  );
  await run(context, "insert into public.lives values ('lives', 1, 'A')");
  await run(context, "update public.lives set status = 'B' where id = 1");
  await run(context, "set local audit.reason = 'broken'", 'delete from public.lives where id = 1');
  const gone = await record(context, 'lives', 'lives', { id: 1 });
  expect(gone.how.steps.map(({ auditEntry, isExpected }) => [auditEntry.operation, isExpected])).toEqual([
    ['INSERT', true],
    ['UPDATE', true],
    ['DELETE', true],
  ]);
  expect(gone.why.causes.map(({ relation, auditEntry }) => [relation, auditEntry.operation])).toEqual([['WROTE_VALUE', 'DELETE']]);
  expect(gone.why.narrative.text).toMatch(/^ann deleted public\.lives 1 on .* UTC\. The reason given: "broken"\./);
  expect(gone.where.fields.map(({ field, value }) => [field, value])).toEqual([
    ['id', 1],
    ['status', 'B'],
  ]);

  await run(context, "insert into public.lives values ('lives', 1, 'B')");
  await run(context, "update public.lives set status = 'A' where id = 1");
  const again = await record(context, 'lives', 'lives', { id: 1 });
  expect(again.how.steps.map(({ auditEntry, isExpected }) => [auditEntry.operation, isExpected])).toEqual([
    ['INSERT', true],
    ['UPDATE', false],
  ]);
  expect(again.how.narrative.text).toContain('The declared state machine does not allow this step.');
  const never = await answer<{ record: { why: Explained['why'] } }>(
    context,
    'lives',
    'query { record(tableName: "public.lives", key: { id: 1 }) { why(field: "status", value: "C") { reasons { change { field after } reason { text } } } } }',
  );
  expect(never.record.why.reasons).toEqual([]);
});

onEachDatabase('a renamed column keeps its story under its new name', async (context) => {
  await run(context, 'create table public.names (tenant text, id int primary key, prize int)', "select audit.track('public.names')");
  await run(context, "insert into public.names values ('names', 1, 5)");
  await run(context, 'update public.names set prize = 6 where id = 1');
  await run(context, 'alter table public.names rename column prize to price');
  await run(context, 'update public.names set price = 7 where id = 1');
  const { record: found } = await answer<{ record: { why: Explained['why']; old: Explained['why'] } }>(
    context,
    'names',
    'query { record(tableName: "public.names", key: { id: 1 }) { why(field: "price") { reasons { change { field after } reason { text } } } old: why(field: "price", value: 6) { reasons { change { field after } reason { text } } } } }',
  );
  expect(found.why.reasons.map(({ change }) => [change.field, change.after])).toEqual([
    ['price', 7],
    ['price', 6],
    ['price', 5],
  ]);
  expect(found.old.reasons.map(({ change }) => change.after)).toEqual([6]);
});

onEachDatabase('an entity as of a version is explained as of it', async (context) => {
  await insert(context, 'products', 'asof', [
    {
      id: 1,
      sku: 'KITE',
      name: 'Kite',
      categories: [],
      stock_quantity: 9,
      price: '10',
      currency: 'USD',
      is_active: true,
      created_at: '2026-01-01',
    },
  ]);
  await run(context, "set local audit.reason = 'cheaper'", "update commerce.products set price = 9 where tenant = 'asof'");
  await run(context, "update commerce.products set price = 8, name = 'Kite 2' where tenant = 'asof'");
  const { product } = await answer<{ product: { history: { nodes: { entity: Explained }[] } } }>(
    context,
    'asof',
    `{ product(by: { sku: "KITE" }) { history { nodes { entity { ${explained} } } } } }`,
  );
  const [, second, first] = product.history.nodes.map(({ entity }) => entity);
  expect(second!.why.narrative.text).toMatch(
    /^ann changed price of product KITE from 10\.00 USD to 9\.00 USD on .* The reason given: "cheaper"\./,
  );
  expect(second!.how.steps).toHaveLength(2);
  expect(second!.where.fields.find(({ field }) => field === 'price')).toMatchObject({
    value: { amount: '9.00' },
    auditEntry: { operation: 'UPDATE' },
  });
  expect(second!.where.fields.find(({ field }) => field === 'name')).toMatchObject({ value: 'Kite', auditEntry: { operation: 'INSERT' } });
  expect(first!.how.steps).toHaveLength(1);
  expect(first!.why.reasons.find(({ change }) => change.field === 'id')?.change.after).toBe(encodeGlobalId('Product', '1'));
});
