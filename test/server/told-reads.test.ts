import { type GraphQLField, isObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { toldFields } from '../../src/server/told-reads.ts';
import { bareSchema } from '../support/schema.ts';

const schema = bareSchema();
const toldOf = toldFields(schema);
const told = new Set(
  Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()).flatMap((field) => toldOf(type, field as GraphQLField<unknown, never>)?.name ?? [])),
);

it('personal fields, what needs AUDIT_READ and what leads to the trail are told', () => {
  const expected = [
    ...['Customer.email', 'Customer.name', 'Customer.phone', 'User.email', 'Actor.displayName', 'Origin.clientIp', 'UserActivity.userName'],
    ...['AuditEntry.before', 'Query.auditEntries', 'Query.trackedTables', 'Query.readAccesses', 'Query.node', 'Query.nodes'],
    ...['why', 'how', 'where', 'timeline', 'blame', 'history', 'version'].map((field) => `Customer.${field}`),
    ...['Customer.journey', 'Order.statusFlow', 'Product.priceHistory', 'Query.run', 'Query.runs', 'Record.values', 'SearchHit.excerpt'],
  ];
  expect(expected.filter((name) => !told.has(name))).toEqual([]);
});

it('what the shop sells, counts, and what lies behind a told field are not told again', () => {
  const plain = ['Product.name', 'Product.price', 'Order.status', 'Query.products', 'Query.customers', 'Query.analytics', 'Query.record'];
  const behind = ['FieldBlame.value', 'EntityVersion.snapshot', 'Run.entries', 'Customer.orders', 'Order.customer', 'Viewer.scopes'];
  expect([...plain, ...behind].filter((name) => told.has(name))).toEqual([]);
});
