import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { post } from '../../support/test-server.ts';
import { openShop } from '../commerce/shop.ts';
import { openReading, operation, type Reading } from './reading.ts';

const customerId = (id: number | string) => encodeGlobalId('Customer', String(id));
const reader = ['PII_READ', 'AUDIT_READ'] as const;

/** A shop of a tenant of its own, and a server over it that logs strictly. */
async function scene(context: TestDatabase, tenant: string, work: (reading: Reading) => Promise<void>): Promise<void> {
  await openShop(context, tenant);
  const reading = await openReading(context, tenant);
  try {
    await work(reading);
  } finally {
    await reading.close();
  }
}

/** What is logged for a tenant, oldest first. */
function logged({ owner }: TestDatabase, tenant: string): Promise<Record<string, unknown>[]> {
  return owner.run(sql`select actor, to_jsonb(fields) as fields, entity_type, entity_key, row_count, is_allowed, purpose, operation_name
    from audit.read_access where tenant = ${tenant} order by id`);
}

const access = { actor: 'ann', is_allowed: true, purpose: null, operation_name: null };

onEachDatabase('who read a customer, when, which fields and what for is answered from real reads', async (context) => {
  await scene(context, 'who', async ({ as }) => {
    const purpose = { 'x-purpose': 'Ticket 7: wrong address', 'user-agent': 'support-desk/2' };
    await as('ann', reader, 'query Card { customer(by: { key: "C1" }) { name email } }', purpose);
    await as('bob', reader, '{ customers { nodes { phone } } }');
    await as('bob', reader, '{ customer(by: { key: "C2" }) { name } }');
    const { data, errors } = await as('eve', reader, operation('who-read'), {}, { customerId: customerId(1) });
    expect(errors).toBeUndefined();
    const { nodes } = data!['readAccesses'] as { nodes: Record<string, unknown>[] };
    expect(nodes).toMatchObject([
      { actor: { displayName: 'Bob Ray' }, fields: ['Customer.phone'], purpose: null },
      { actor: { displayName: 'Ann Lee' }, fields: ['Customer.email', 'Customer.name'], purpose: 'Ticket 7: wrong address' },
    ]);
    const details = `{ readAccesses(entityId: "${customerId(1)}", last: 1) { nodes {
      entity { id } entityType isAllowed operationName rowCount actor { key role isVerified } origin { application clientIp sessionId recordSource }
    } } }`;
    const answer = await as('eve', reader, details);
    expect(answer.data).toEqual({
      readAccesses: {
        nodes: [
          {
            entity: { id: customerId(1) },
            entityType: 'CUSTOMER',
            isAllowed: true,
            operationName: 'Card',
            rowCount: 1,
            actor: { key: 'ann', role: 'VIEWER', isVerified: true },
            origin: { application: 'support-desk/2', clientIp: '127.0.0.1', sessionId: 'key-1', recordSource: 'graphql' },
          },
        ],
      },
    });
  });
});

onEachDatabase('a read of many names no single entity, and is found by each of them', async (context) => {
  await scene(context, 'many', async ({ as }) => {
    await as('ann', reader, '{ customers { nodes { email } } orders { nodes { number status } } }');
    expect(await logged(context, 'many')).toEqual([
      { ...access, fields: ['Customer.email'], entity_type: 'CUSTOMER', entity_key: null, row_count: 3 },
    ]);
    const found = await as('ann', reader, `{ readAccesses(entityId: "${customerId(3)}") { totalCount nodes { entity { id } rowCount } } }`);
    expect(found.data).toEqual({ readAccesses: { totalCount: 1, nodes: [{ entity: null, rowCount: 3 }] } });
  });
});

onEachDatabase('what was masked or refused is logged as not allowed', async (context) => {
  await scene(context, 'refused', async ({ as }) => {
    await as('ann', [], '{ customer(by: { key: "C1" }) { name } }');
    await as('ann', [], '{ auditEntries { nodes { id } } }');
    await as('ann', [], '{ customer(by: { key: "C1" }) { history(first: 1) { nodes { version { auditEntry { reason { text } } } } } } }');
    await as('ann', [], `{ node(id: "${encodeGlobalId('ReadAccess', '1')}") { id } }`);
    const refused = { ...access, is_allowed: false };
    expect(await logged(context, 'refused')).toEqual([
      { ...refused, fields: ['Customer.name'], entity_type: 'CUSTOMER', entity_key: '1', row_count: 1 },
      { ...refused, fields: ['Query.auditEntries'], entity_type: null, entity_key: null, row_count: 0 },
      { ...access, fields: ['Customer.history'], entity_type: 'CUSTOMER', entity_key: '1', row_count: 1 },
      { ...refused, fields: ['AuditEntry.reason'], entity_type: 'CUSTOMER', entity_key: '1', row_count: 1 },
      { ...refused, fields: ['Query.node'], entity_type: null, entity_key: null, row_count: 0 },
    ]);
  });
});

onEachDatabase('entries of the trail are told by the entities they are about', async (context) => {
  await scene(context, 'trail', async ({ as }) => {
    await as(
      'ann',
      reader,
      '{ auditEntries(filter: { entityKey: { in: ["C1", "C2", "LAPTOP-15"] } }) { nodes { summary origin { clientIp } } } }',
    );
    expect(await logged(context, 'trail')).toEqual([
      {
        ...access,
        fields: ['AuditEntry.origin', 'AuditEntry.summary', 'Origin.clientIp'],
        entity_type: 'PRODUCT',
        entity_key: '1',
        row_count: 1,
      },
      {
        ...access,
        fields: ['AuditEntry.origin', 'AuditEntry.summary', 'Origin.clientIp'],
        entity_type: 'CUSTOMER',
        entity_key: null,
        row_count: 2,
      },
    ]);
    const found = await as('ann', reader, `{ readAccesses(entityId: "${customerId(2)}") { nodes { fields } } }`);
    expect(found.data).toMatchObject({
      readAccesses: { nodes: [{ fields: ['AuditEntry.origin', 'AuditEntry.summary', 'Origin.clientIp'] }] },
    });
  });
});

onEachDatabase(
  'there is no way round: records, versions by id, blame, why and journeys are told as what they are about',
  async (context) => {
    await scene(context, 'ways', async ({ as }) => {
      const { data } = await as('ann', reader, '{ auditEntries(filter: { entityKey: { eq: "C2" } }) { nodes { id } } }');
      const { nodes } = data!['auditEntries'] as { nodes: { id: string }[] };
      const entryKey = Buffer.from(nodes[0]!.id, 'base64url').toString().split(':')[1]!;
      const ways: Record<string, string> = {
        'Record.values': '{ record(tableName: "commerce.customers", key: { id: "2" }) { values } }',
        'Query.node': `{ node(id: "${encodeGlobalId('EntityVersion', entryKey)}") { ... on EntityVersion { snapshot } } }`,
        'Query.nodes': `{ nodes(ids: ["${encodeGlobalId('Product', '1')}", "${encodeGlobalId('EntityVersion', entryKey)}"]) { ... on EntityVersion { snapshot } } }`,
        'SearchHit.excerpt': '{ search(text: "Dan") { nodes { excerpt } } }',
        'Customer.blame': '{ customer(by: { key: "C2" }) { blame { value } } }',
        'Customer.why': '{ customer(by: { key: "C2" }) { why { narrative { text } } } }',
        'Customer.journey': '{ customer(by: { key: "C2" }) { journey { events(first: 1) { nodes { summary } } } } }',
      };
      for (const [field, query] of Object.entries(ways)) {
        const answer = await as('ann', reader, query);
        expect(answer.errors, query).toBeUndefined();
        const last = (await logged(context, 'ways')).at(-1);
        expect(last).toMatchObject({ entity_type: 'CUSTOMER', entity_key: '2', is_allowed: true });
        expect(last?.['fields']).toContain(field);
      }
    });
  },
);

onEachDatabase('what is neither personal nor of the trail is not logged', async (context) => {
  await scene(context, 'plain', async ({ as }) => {
    await as(
      'ann',
      reader,
      '{ viewer { tenantKey } products { nodes { sku name price { amount } } } customer(by: { key: "C1" }) { key } }',
    );
    await as('ann', ['ANALYTICS_READ'], '{ analytics { __typename } }');
    await as('ann', reader, '{ nonsense }');
    expect(await logged(context, 'plain')).toEqual([]);
  });
});

onEachDatabase('reading the log is logged once, and not among the reads of the entity', async (context) => {
  await scene(context, 'noise', async ({ as }) => {
    const ask = `{ readAccesses(entityId: "${customerId(1)}") { nodes { id actor { displayName } } } }`;
    await as('ann', reader, '{ customer(by: { key: "C1" }) { name } }');
    await as('ann', reader, ask);
    const again = await as('ann', reader, ask);
    expect((again.data!['readAccesses'] as { nodes: unknown[] }).nodes).toHaveLength(1);
    const own = { ...access, fields: ['Actor.displayName', 'Query.readAccesses'], entity_type: null, entity_key: null, row_count: 1 };
    expect((await logged(context, 'noise')).slice(1)).toEqual([own, own]);
  });
});

onEachDatabase('pages are newest first, end where the period ends, and stay with their tenant', async (context) => {
  await scene(context, 'pages', async ({ as, server }) => {
    for (const name of ['a', 'b', 'c', 'd']) await as(name, reader, '{ customer(by: { key: "C1" }) { name } }');
    const page = (args: string) => `{ readAccesses(${args}) { nodes { actor { key } } pageInfo { endCursor hasNextPage } } }`;
    const keysOf = (answer: { data?: Record<string, unknown> | null }) => {
      const { nodes, pageInfo } = answer.data!['readAccesses'] as {
        nodes: { actor: { key: string } }[];
        pageInfo: Record<string, unknown>;
      };
      return { keys: nodes.map(({ actor }) => actor.key), ...pageInfo };
    };
    const ofCustomer = `entityId: "${customerId(1)}"`;
    const first = keysOf(await as('x', reader, page(`${ofCustomer}, first: 3`)));
    expect(first).toMatchObject({ keys: ['d', 'c', 'b'], hasNextPage: true });
    const next = page(`${ofCustomer}, first: 3, after: "${first['endCursor' as never]}"`);
    expect(keysOf(await as('x', reader, next))).toMatchObject({ keys: ['a'], hasNextPage: false });
    expect(
      keysOf(await as('x', reader, page(`${ofCustomer}, range: { from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" }`))).keys,
    ).toEqual([]);
    expect(keysOf(await as('x', reader, page(`${ofCustomer}, range: { from: "2026-01-01T00:00:00Z" }`))).keys).toHaveLength(4);
    const stranger = await post(server, { query: page(ofCustomer) }, { authorization: 'other/x/AUDIT_READ,PII_READ' });
    expect(keysOf(stranger).keys).toEqual([]);
    expect((await post(server, { query: next }, { authorization: 'other/x/AUDIT_READ' })).code).toBe('CURSOR_INVALID');
    const [id] = await context.owner.run(sql`select id::text from audit.read_access where tenant = 'pages' limit 1`);
    const node = `{ node(id: "${encodeGlobalId('ReadAccess', String(id?.['id']))}") { id ... on ReadAccess { fields } } }`;
    expect((await as('x', reader, node)).data).toMatchObject({ node: { fields: ['Customer.name'] } });
    expect((await post(server, { query: node }, { authorization: 'other/x/AUDIT_READ' })).data).toEqual({ node: null });
    expect((await as('x', [], node)).code).toBe('FORBIDDEN');
  });
});

onEachDatabase('an id that names no entity is refused', async (context) => {
  await scene(context, 'ids', async ({ as }) => {
    for (const id of [encodeGlobalId('AuditEntry', '1'), encodeGlobalId('Customer', 'x'), 'nonsense']) {
      expect((await as('ann', reader, `{ readAccesses(entityId: "${id}") { nodes { id } } }`)).code).toBe('BAD_USER_INPUT');
    }
  });
});

onEachDatabase('a purpose must be short and plain; UTF-8 is understood', async (context) => {
  await scene(context, 'purpose', async ({ as }) => {
    const ask = (purpose: string) => as('ann', reader, '{ customer(by: { key: "C1" }) { name } }', { 'x-purpose': purpose });
    const long = await ask('x'.repeat(201));
    expect(long).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', errors: [{ extensions: { argument: 'X-Purpose' } }] });
    expect(await ask('a\tb')).toMatchObject({ status: 400, code: 'BAD_TEXT' });
    expect((await ask(Buffer.from('Prüfung', 'utf8').toString('latin1'))).status).toBe(200);
    expect(await logged(context, 'purpose')).toMatchObject([{ purpose: 'Prüfung' }]);
  });
});

onEachDatabase('the log of reads is written by the server’s function alone and never changed', async (context) => {
  await scene(context, 'rights', async ({ as }) => {
    await as('ann', reader, '{ customer(by: { key: "C1" }) { name } }');
    const { database, owner, source } = context;
    const ann = { tenant: 'rights', actor: 'ann' };
    for (const table of ['read_access', 'read_access_entity']) {
      await expect(database.write(ann, (tx) => tx.run(sql.raw(`delete from audit.${table}`)))).rejects.toThrow('permission denied');
      await expect(owner.run(`update audit.${table} set occurred_at = now()`)).rejects.toThrow('append-only');
      await expect(owner.run(`truncate audit.${table}`)).rejects.toThrow('append-only');
      expect(await database.read('another', sql.raw(`select tenant from audit.${table}`))).toEqual([]);
      expect(await source.read('', sql.raw(`select tenant from audit.${table}`))).toEqual([]);
      expect(await database.read('rights', sql.raw(`select tenant from audit.${table}`))).toHaveLength(1);
    }
  });
});
