import { by, service } from './actors.ts';
import { catalogue } from './catalogue.ts';
import { type CatalogueCustomer, type StaffMember, staff } from './people.ts';
import { Random } from './random.ts';
import { seasonStart } from './season.ts';
import { money, type Shop } from './shop.ts';
import type { Action } from './step.model.ts';
import { day, hour, instantText, type Micros, minute, whenAtWork } from './time.ts';
import type { Timeline } from './timeline.ts';

/** Customers that are there on the first day; the others come later. */
const firstCustomers = 20;

/** The first morning: the accounts of the staff, the goods on the shelves, the first customers. Then new customers over the season. */
export function openShop(timeline: Timeline, shop: Shop, customers: readonly CatalogueCustomer[]): void {
  const morning = seasonStart + 6 * hour;
  timeline.at(morning, (at) => {
    const deed = { operationName: 'USER_CREATED', reason: 'First account of the shop', reasonCode: 'SETUP' };
    shop.record(at, service('installer', deed), [addUsers([staff.admin], at)]);
  });
  timeline.at(morning + 4 * minute, (at) => {
    const { admin: _, ...others } = staff;
    const deed = { operationName: 'USER_CREATED', reason: 'Accounts of the staff', reasonCode: 'SETUP', reference: 'HR-1' };
    shop.record(at, by('admin', at, deed), [addUsers(Object.values(others), at)]);
  });
  timeline.at(morning + 20 * minute, (at) => {
    const deed = { operationName: 'PRODUCT_CREATED', reason: 'Opening catalogue', reasonCode: 'SETUP', reference: 'CAT-2025-12' };
    shop.record(at, by('admin', at, deed), [addProducts(shop, at)]);
  });
  customers.slice(0, firstCustomers).forEach((customer, i) => {
    timeline.at(morning + 30 * minute + i * 45_000_000, (at) => addCustomer(shop, customer, at, 'Taken over from the old customer list'));
  });
  const random = new Random('new customers');
  for (const customer of customers.slice(firstCustomers)) {
    timeline.at(whenAtWork(seasonStart + random.micros(1 * day, 86 * day), random), (at) => addCustomer(shop, customer, at));
  }
}

function addUsers(members: readonly StaffMember[], at: Micros): Action {
  const rows = members.map(({ key, email, displayName, roles }) => {
    return { key, email, display_name: displayName, roles, is_active: true, created_at: instantText(at) };
  });
  return { kind: 'insert', table: 'users', rows };
}

function addProducts(shop: Shop, at: Micros): Action {
  for (const { sku, currency, demand, mostPerLine, priceCents, stock, safetyStock } of catalogue) {
    shop.products.set(sku, { sku, currency, demand, mostPerLine, priceCents, stock, safetyStock, isActive: true });
  }
  const rows = catalogue.map(({ sku, name, categories, priceCents, currency, stock, safetyStock }) => {
    const levels = { stock_quantity: stock, safety_stock: safetyStock };
    return { sku, name, categories, price: money(priceCents), currency, ...levels, is_active: true, created_at: instantText(at) };
  });
  return { kind: 'insert', table: 'products', rows };
}

function addCustomer(shop: Shop, customer: CatalogueCustomer, at: Micros, reason?: string): void {
  shop.customers.push(customer);
  const { key, email, name, phone, createdBy } = customer;
  const deed = { operationName: 'CUSTOMER_CREATED', ...(reason !== undefined && { reason, reasonCode: 'SETUP' }) };
  const row = { key, email, name, phone, created_by: createdBy, created_at: instantText(at) };
  shop.record(at, by(createdBy, at, deed), [{ kind: 'insert', table: 'customers', rows: [row] }]);
}
