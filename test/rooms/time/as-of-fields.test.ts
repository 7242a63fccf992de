// Every field that hangs below an entity, as the schema has it: what is asked as of a point answers the same whatever is written later.

import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { selectionOf, type Walk } from '../../attacks/schema-walk.ts';
import { alpha, fill, furnish } from '../../attacks/two-tenants.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { bareSchema } from '../../support/schema.ts';
import { answer, change } from '../audit/trail.ts';

const schema = bareSchema();
const { name: tenant, mark, base } = alpha;

/** What is told as it is known now, each for a reason. */
const leftOut: Readonly<Record<string, string>> = {
  edges: 'nodes are the same',
  AuditEntry: 'an entry is told with whatever was added to it and came of it',
  Actor: 'who an actor is, is known now',
  'LineageNode.entity': 'of an agent it is who that is now; of a version what that version held',
  'VersionInfo.isCurrent': 'whether there is a later one is what it says',
  'VersionInfo.systemTo': 'when there was a later one is what it says',
};

const types = ['User', 'Customer', 'Product', 'Order', 'OrderItem', 'Payment', 'Record'] as const;
const keyOf = (type: (typeof types)[number]) => (type === 'Record' ? `public.parcels:${base}` : String(base));

/** Between them they have every field of `Traceable` and whatever hangs deeper; of the others the fields alone. */
const lookedInto: readonly string[] = ['Customer', 'Product'];

const since = '{ systemTime: "%s" }';

async function everythingAsOf(context: TestDatabase, started: string, at: string): Promise<Record<string, unknown>> {
  const walk: Omit<Walk, 'depth'> = {
    leftOut,
    arguments: { first: '20', from: since.replace('%s', started), format: 'PROV_JSON', 'OrderItem.product.asOf': since.replace('%s', at) },
  };
  const told: Record<string, unknown> = {};
  for (const type of types) {
    const selection = selectionOf(schema, schema.getType(type)!, { ...walk, depth: lookedInto.includes(type) ? 2 : 1 });
    const { node } = await answer(
      context,
      tenant,
      `query ($id: ID!, $at: DateTime!) { node(id: $id, asOf: { systemTime: $at }) { ... on ${type} ${selection} } }`,
      {
        id: encodeGlobalId(type, keyOf(type)),
        at,
      },
    );
    told[type] = node;
  }
  return told;
}

/** Each leaf by where it stands. */
function leaves(value: unknown, path = '', found = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) leaves(inner, `${path}.${name}`, found);
  else if (!/[cC]ursor$/.test(path)) found.set(path, value);
  return found;
}

const now = async ({ owner }: TestDatabase) =>
  String((await owner.run<{ at: string }>('select audit.instant(clock_timestamp()) as at'))[0]?.at);

onEachDatabase(
  'no field below an entity tells anything that is written after the point',
  async (context) => {
    await furnish(context);
    const [tracked] = await context.owner.run<{ at: string }>('select audit.instant(max(tracked_since)) as at from audit.tracked_table');
    const started = String(tracked?.at);
    const at = await now(context);
    const before = leaves(await everythingAsOf(context, started, at));
    const one = sql`tenant = ${tenant} and id = ${base}::bigint`;
    const who = { tenant, actor: `${mark}-0-user`, application: 'later', session: 'later', reason: 'later', requestId: 'later' };
    await change(
      context,
      who,
      sql`update commerce.users set is_active = false, roles = '{later}' where ${one}`,
      sql`update commerce.customers set name = 'later' where ${one}`,
      sql`update commerce.products set price = 99, name = 'later', sku = 'later' where ${one}`,
      sql`update commerce.orders set status = 'SHIPPED', number = 'later' where ${one}`,
      sql`update commerce.order_items set quantity = 7, status = 'SHIPPED' where ${one}`,
      sql`update commerce.payments set status = 'REFUNDED' where ${one}`,
      sql`update public.parcels set label = 'later', weight = 9 where id = ${base}`,
    );
    await fill(context, alpha, 1);
    await change(
      context,
      who,
      sql`update commerce.orders set customer_id = ${base} where tenant = ${tenant} and id = ${base + 10}::bigint`,
    );
    const [entry] = await context.owner.run<{ id: string }>(
      sql`select min(id)::text as id from audit.entry where tenant = ${tenant} and record_key = ${String(base)} and operation = 'UPDATE'`,
    );
    await answer(
      context,
      tenant,
      `mutation ($id: ID!) { addReason(input: { auditEntryId: $id, reason: { text: "later" } }) { auditEntry { id } } }`,
      {
        id: encodeGlobalId('AuditEntry', entry?.id ?? ''),
      },
    );
    await change(context, who, sql`delete from commerce.payments where ${one}`, sql`delete from commerce.order_items where ${one}`);
    const after = leaves(await everythingAsOf(context, started, at));
    const differ = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
    expect(differ.map((path) => [path, before.get(path), after.get(path)])).toEqual([]);
    expect(before.size).toBeGreaterThan(300);
  },
  { timeoutMs: 120_000 },
);
