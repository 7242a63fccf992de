import { expect } from 'vitest';
import { DomainError } from '../../../src/shared/errors.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer, ask, openShop } from './shop.ts';

/** Code and argument of the only error, and that nothing was sent. */
async function refusal(context: TestDatabase, source: string, variables?: Record<string, unknown>): Promise<unknown> {
  const { errors, statements } = await ask(context, 'bad', source, variables);
  expect(statements).toEqual([]);
  expect(errors).toHaveLength(1);
  const cause = errors?.[0]?.originalError;
  return cause instanceof DomainError ? `${cause.code} ${cause.extensions['argument']}` : errors?.[0]?.message;
}

onEachDatabase('page arguments that make no sense are named and send nothing', async (context) => {
  const products = (args: string) => refusal(context, `{ products(${args}) { nodes { id } } }`);
  expect(await products('first: -1')).toBe('BAD_USER_INPUT first');
  expect(await products('last: -1')).toBe('BAD_USER_INPUT last');
  expect(await products('first: 501')).toBe('BAD_USER_INPUT first');
  expect(await products('first: 1, last: 1')).toBe('BAD_USER_INPUT last');
  expect(await products('after: "x"')).toBe('CURSOR_INVALID after');
  expect(await products('before: ""')).toBe('CURSOR_INVALID before');
});

onEachDatabase('a cursor serves only the list, order and tenant that it was made for', async (context) => {
  await openShop(context, 'bad');
  await openShop(context, 'other');
  const cursorOf = async (tenant: string, field: string) => {
    const shown = (await answer(context, tenant, `{ list: ${field} { pageInfo { endCursor } } }`)) as {
      list: { pageInfo: { endCursor: string } };
    };
    return shown.list.pageInfo.endCursor;
  };
  const cursor = await cursorOf('bad', 'products(orderBy: [{ field: NAME }])');
  const use = (field: string, after = cursor) => refusal(context, `query ($after: String) { ${field} { nodes { id } } }`, { after });
  expect(await use('products(after: $after)')).toBe('CURSOR_INVALID after');
  expect(await use('products(orderBy: [{ field: NAME, direction: DESC }], after: $after)')).toBe('CURSOR_INVALID after');
  expect(await use('customers(orderBy: [{ field: NAME }], after: $after)')).toBe('CURSOR_INVALID after');
  const flipped = `${cursor.slice(0, 30)}${cursor[30] === 'A' ? 'B' : 'A'}${cursor.slice(31)}`;
  expect(await use('products(orderBy: [{ field: NAME }], after: $after)', flipped)).toBe('CURSOR_INVALID after');
  expect(await use('products(after: $after)', await cursorOf('other', 'products'))).toBe('CURSOR_INVALID after');
});

onEachDatabase('ids that are none of ours, of another type or out of range are refused before the database', async (context) => {
  const node = (id: string) => refusal(context, 'query ($id: ID!) { node(id: $id) { id } }', { id });
  expect(await node('Product:1')).toBe('BAD_USER_INPUT id');
  expect(await node('')).toBe('BAD_USER_INPUT id');
  expect(await node(encodeGlobalId('Shipment', '1'))).toBe('BAD_USER_INPUT id');
  for (const key of ['0', '-1', '01', '1.5', 'x', '9223372036854775808', '1\0', '1 ']) {
    expect(await node(encodeGlobalId('Product', key))).toBe('BAD_USER_INPUT id');
  }
  expect(await refusal(context, `{ product(by: { id: "${encodeGlobalId('Order', '1')}" }) { id } }`)).toBe('BAD_USER_INPUT by.id');
  expect(await refusal(context, `{ orders(filter: { not: { customerId: "x" } }) { nodes { id } } }`)).toBe(
    'BAD_USER_INPUT filter.not.customerId',
  );
  const ids = Array.from({ length: 101 }, () => encodeGlobalId('Product', '1'));
  expect(await refusal(context, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).toBe('BAD_USER_INPUT ids');
  expect(await answer(context, 'bad', `{ node(id: "${encodeGlobalId('Product', '9223372036854775807')}") { id } }`)).toEqual({
    node: null,
  });
});

onEachDatabase('"by" takes exactly one field', async (context) => {
  expect(await refusal(context, '{ product(by: {}) { id } }')).toMatch(/exactly one/i);
  expect(await refusal(context, '{ product(by: { sku: "A", key: "A" }) { id } }')).toMatch(/exactly one/i);
  expect(await refusal(context, 'query ($by: ProductIdentifierInput!) { product(by: $by) { id } }', { by: { sku: null } })).toMatch(
    /non-null|must not be null/i,
  );
});

onEachDatabase('a filter that is null inside, too deep or too large is refused with its place', async (context) => {
  const filter = (value: unknown) =>
    refusal(context, 'query ($filter: ProductFilterInput) { products(filter: $filter) { nodes { id } } }', { filter: value });
  expect(await filter({ sku: { eq: null } })).toBe('BAD_USER_INPUT filter.sku.eq');
  expect(await filter({ or: [{ isActive: null }] })).toBe('BAD_USER_INPUT filter.or[0].isActive');
  expect(await filter({ not: null })).toBe('BAD_USER_INPUT filter.not');
  expect(await filter({ stockQuantity: { in: Array.from({ length: 1001 }, (_, n) => n) } })).toBe('BAD_USER_INPUT filter.stockQuantity.in');
  expect(await filter({ name: { contains: 'x'.repeat(10_001) } })).toBe('BAD_USER_INPUT filter.name.contains');
  expect(await filter({ or: Array.from({ length: 101 }, () => ({ isActive: true })) })).toBe('BAD_USER_INPUT filter');
  let deep: object = { isActive: true };
  for (let level = 0; level < 8; level++) deep = { not: deep };
  expect(await filter(deep)).toBe('BAD_USER_INPUT filter');
});
