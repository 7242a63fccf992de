// What the folder says, put together: orders with their items and shipments, in the order of the file. Pure.
import type { Reject } from './import.model.ts';
import { type CoFolder, type CoItem, type CoOrder, type CoProduct, type CoShipment, type CoTable, fileOf } from './oracle-co.model.ts';

export interface WholeOrder {
  readonly order: CoOrder;
  readonly storeName: string;
  readonly items: readonly CoItem[];
  /** Those that its items name, each once. */
  readonly shipments: readonly CoShipment[];
}

/** Orders of one day that follow each other in the file. */
export interface OrderDay {
  readonly day: string;
  readonly orders: readonly WholeOrder[];
}

export interface CoPlan {
  readonly products: readonly { readonly product: CoProduct; readonly stock: number }[];
  readonly days: readonly OrderDay[];
  readonly shipmentsWithoutItem: number;
  /** Lines that name what is not there, or what was there before. */
  readonly rejects: readonly Reject[];
  /** The folder without the rejected lines. */
  readonly folder: CoFolder;
}

export function planOf(read: CoFolder): CoPlan {
  const rejects: Reject[] = [];
  const keep = <T extends CoTable>(
    table: T,
    records: readonly CoFolder[T][number][],
    fault: (record: CoFolder[T][number]) => string | null,
  ) =>
    records.filter((record) => {
      const cause = fault(record);
      if (cause !== null) rejects.push({ file: fileOf[table], line: record.line, cause, text: '' });
      return cause === null;
    });
  const once = (name: string) => {
    const seen = new Set<string>();
    return (id: string) => (seen.size === seen.add(id).size ? `${name} ${id} is there twice` : null);
  };
  const [customerOnce, productOnce, storeOnce, shipmentOnce, orderOnce, itemOnce] = [
    'customer',
    'product',
    'store',
    'shipment',
    'order',
    'item',
  ].map(once);
  const customers = byId(keep('customers', read.customers, ({ id }) => customerOnce!(id)));
  const products = byId(keep('products', read.products, ({ id }) => productOnce!(id)));
  const stores = byId(keep('stores', read.stores, ({ id }) => storeOnce!(id)));
  const shipments = byId(keep('shipments', read.shipments, ({ id }) => shipmentOnce!(id)));
  const orders = byId(
    keep(
      'orders',
      read.orders,
      ({ id, customer, store }) => missing({ customer: [customers, customer], store: [stores, store] }) ?? orderOnce!(id),
    ),
  );
  const items = keep(
    'items',
    read.items,
    ({ order, product, shipment, place }) =>
      missing({
        order: [orders, order],
        product: [products, product],
        ...(shipment === null ? {} : { shipment: [shipments, shipment] }),
      }) ?? itemOnce!(`${order}/${place}`),
  );
  const inventory = keep('inventory', read.inventory, ({ product }) => missing({ product: [products, product] }));

  const itemsOf = new Map<string, CoItem[]>();
  for (const item of items) itemsOf.set(item.order, [...(itemsOf.get(item.order) ?? []), item]);
  const whole = [...orders.values()].map((order): WholeOrder => {
    const own = itemsOf.get(order.id) ?? [];
    const named = [...new Set(own.flatMap(({ shipment }) => (shipment === null ? [] : [shipment])))];
    return { order, storeName: stores.get(order.store)!.name, items: own, shipments: named.map((id) => shipments.get(id)!) };
  });
  const stock = new Map<string, number>();
  for (const { product, quantity } of inventory) stock.set(product, (stock.get(product) ?? 0) + quantity);
  const named = new Set(items.map(({ shipment }) => shipment));
  return {
    products: [...products.values()].map((product) => ({ product, stock: stock.get(product.id) ?? 0 })),
    days: daysOf(whole),
    shipmentsWithoutItem: [...shipments.keys()].filter((id) => !named.has(id)).length,
    rejects,
    folder: {
      customers: [...customers.values()],
      products: [...products.values()],
      stores: [...stores.values()],
      orders: [...orders.values()],
      items,
      shipments: [...shipments.values()],
      inventory,
    },
  };
}

/** The address that all shipments of an order share; null when there is none, or several. */
export function addressOf({ shipments }: WholeOrder): string | null {
  const addresses = new Set(shipments.map(({ address }) => address));
  const [only = ''] = addresses;
  return addresses.size === 1 && only !== '' ? only : null;
}

function daysOf(orders: readonly WholeOrder[]): OrderDay[] {
  const days: { day: string; orders: WholeOrder[] }[] = [];
  for (const order of orders) {
    const day = order.order.at.slice(0, 10);
    const last = days.at(-1);
    if (last?.day === day) last.orders.push(order);
    else days.push({ day, orders: [order] });
  }
  return days;
}

function missing(wanted: Readonly<Record<string, readonly [ReadonlyMap<string, unknown>, string]>>): string | null {
  const found = Object.entries(wanted).find(([, [known, id]]) => !known.has(id));
  return found ? `names ${found[0]} ${found[1][1]}, which is not there` : null;
}

function byId<T extends { readonly id: string }>(records: readonly T[]): Map<string, T> {
  return new Map(records.map((record) => [record.id, record]));
}
