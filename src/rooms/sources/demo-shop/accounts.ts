import { by, lenaLeaves } from './actors.ts';
import type { CatalogueCustomer } from './people.ts';
import { Random } from './random.ts';
import { seasonStart } from './season.ts';
import type { Shop } from './shop.ts';
import type { ColumnValue } from './step.model.ts';
import { day, type Micros, micros, whenAtWork } from './time.ts';
import type { Timeline } from './timeline.ts';

/** What befalls customers, users and products themselves: new contact data, calls to the help desk, new roles, the end of a product. */
export function planAccounts(timeline: Timeline, shop: Shop): void {
  planContacts(timeline, shop);
  planCalls(timeline, shop);
  planUsers(timeline, shop);
  planProducts(timeline, shop);
}

const topics = {
  customers: ['Copy of an invoice', 'Wants to pay by transfer', 'Change of name', 'Complaint about a late parcel'],
  products: ['Does not start', 'Which cable fits?', 'Is it in stock?', 'Asks for the manual'],
} as const;

function planContacts(timeline: Timeline, shop: Shop): void {
  const random = new Random('contacts');
  const moved = new Set<CatalogueCustomer>();
  for (let i = 0; i < 28; i++) {
    timeline.at(whenAtWork(seasonStart + random.micros(2 * day, 88 * day), random), (at) => {
      // The customer of order 123 keeps the address by which they are asked for.
      const customer = random.pick(shop.customers.filter(({ key }) => key !== 'CUST-017'));
      const isFirst = !moved.has(customer);
      moved.add(customer);
      const wantsEmail = isFirst && random.chance(0.5);
      const set: Record<string, ColumnValue> = wantsEmail
        ? { email: customer.email.replace('@mail.', '@post.') }
        : { phone: `+1 555 01${random.integer(60, 99)} ext. ${random.integer(1, 900)}` };
      const reason = random.pick(['Customer called with new contact data', 'Letter came back', null]);
      const deed = { operationName: 'CONTACT_UPDATED', ...(reason !== null && { reason, reasonCode: 'CUSTOMER_REQUEST' }) };
      const who = random.pick(['carlos', 'carlos', 'mia'] as const);
      shop.record(at, by(who, at, deed), [{ kind: 'update', table: 'customers', key: customer.key, set }]);
    });
  }
}

function planCalls(timeline: Timeline, shop: Shop): void {
  const random = new Random('calls');
  for (let i = 0; i < 36; i++) {
    timeline.at(whenAtWork(seasonStart + random.micros(day, 89 * day), random), (at) => call(shop, random, at));
  }
}

/** Somebody asks the help desk. */
export function call(shop: Shop, random: Random, at: Micros): void {
  const table = random.pick(['customers', 'products'] as const);
  const key = table === 'customers' ? random.pick(shop.customers).key : random.pick([...shop.products.keys()]);
  const asked = {
    channel: random.pick(['telephone', 'chat', 'mail']),
    minutes: random.integer(2, 30),
    topic: random.pick(topics[table]),
  };
  const details = { ...asked, ticket: `HELP-${random.integer(1000, 9999)}` };
  shop.record(at, by('carlos', at, { operationName: 'SUPPORT_CALL' }), [{ kind: 'event', table, key, details }]);
}

function planUsers(timeline: Timeline, shop: Shop): void {
  const change = (at: Micros, key: string, operationName: string, reason: string, set: Readonly<Record<string, ColumnValue>>) =>
    timeline.at(at, (then) => {
      const deed = { operationName, reason, reasonCode: 'STAFF', reference: `HR-${key}` };
      shop.record(then, by('admin', then, deed), [{ kind: 'update', table: 'users', key, set }]);
    });
  change(micros('2026-01-12 08:05:00'), 'jonas', 'ROLES_CHANGED', 'Helps out on the help desk', { roles: ['SALES', 'SUPPORT'] });
  change(micros('2026-01-26 09:30:00'), 'tom', 'ROLES_CHANGED', 'Leads the warehouse now', { roles: ['WAREHOUSE', 'WAREHOUSE_LEAD'] });
  change(micros('2026-02-09 08:40:00'), 'carlos', 'USER_CHANGED', 'New address', { email: 'carlos.mendes@demo-shop.example' });
  change(lenaLeaves, 'lena', 'USER_DEACTIVATED', 'Left the company', { is_active: false });
}

function planProducts(timeline: Timeline, shop: Shop): void {
  for (const [text, sku, reason] of [
    ['2026-01-30 15:10:00', 'TABLET-8', 'No longer made'],
    ['2026-02-19 10:45:00', 'FOOTREST', 'Too many returns'],
  ] as const) {
    timeline.at(micros(text), (at) => {
      const deed = { operationName: 'PRODUCT_DEACTIVATED', reason, reasonCode: 'DISCONTINUED', approvedBy: 'priya' };
      shop.record(at, by('admin', at, deed), [shop.deactivate(shop.product(sku))]);
    });
  }
  timeline.at(micros('2026-02-04 13:20:00'), (at) => {
    const set = { name: 'Mechanical keyboard, quiet keys', categories: ['Accessories', 'Input', 'Quiet'] };
    const deed = { operationName: 'PRODUCT_CHANGED', reason: 'Maker changed the switches', reasonCode: 'CATALOGUE' };
    shop.record(at, by('mia', at, deed), [{ kind: 'update', table: 'products', key: 'KEYBOARD-M', set }]);
  });
}
