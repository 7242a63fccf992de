// Oracle's "Customer Orders" sample schema, one CSV file per table. Ids are the file's own, as text.

interface FromLine {
  /** In its file, counted from 1; the header is line 1. */
  readonly line: number;
}

export interface CoCustomer extends FromLine {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}
export interface CoProduct extends FromLine {
  readonly id: string;
  readonly name: string;
  readonly price: string;
  /** Colour, brand, sizes, reviews ...; kept in the details of the product's first entry. */
  readonly details: Readonly<Record<string, unknown>>;
}
interface CoStore extends FromLine {
  readonly id: string;
  readonly name: string;
}
export interface CoOrder extends FromLine {
  readonly id: string;
  /** RFC 3339 with microseconds; the file names no zone, so its times are read as UTC. */
  readonly at: string;
  /** The file's nine-digit fraction had more than microseconds, which are cut off. */
  readonly isTruncated: boolean;
  readonly customer: string;
  readonly store: string;
  readonly status: string;
}
export interface CoItem extends FromLine {
  readonly order: string;
  /** Place within the order. */
  readonly place: number;
  readonly product: string;
  /** The item's own price: the files tell no time at which a product's price changed, so it changes no product. */
  readonly price: string;
  readonly quantity: number;
  readonly shipment: string | null;
}
export interface CoShipment extends FromLine {
  readonly id: string;
  readonly address: string;
  readonly status: string;
}
interface CoStock extends FromLine {
  readonly product: string;
  readonly quantity: number;
}

export interface CoFolder {
  readonly customers: readonly CoCustomer[];
  readonly products: readonly CoProduct[];
  readonly stores: readonly CoStore[];
  readonly orders: readonly CoOrder[];
  readonly items: readonly CoItem[];
  readonly shipments: readonly CoShipment[];
  readonly inventory: readonly CoStock[];
}
export type CoTable = keyof CoFolder;

export const fileOf: Readonly<Record<CoTable, string>> = {
  customers: 'customers.csv',
  products: 'products.csv',
  stores: 'stores.csv',
  orders: 'orders.csv',
  items: 'order_items.csv',
  shipments: 'shipments.csv',
  inventory: 'inventory.csv',
};

/** The files state prices without a currency; the sample's shop is an American one. */
export const coCurrency = 'USD';

/** Ids of the files are small numbers: their own prefix keeps them from meeting another shop's order 123. */
export const coKey = (id: string): string => `CO-${id}`;

export type CoCount =
  | 'customers'
  | 'products'
  | 'stores'
  | 'shipments'
  | 'shipmentsWithoutItem'
  | 'inventoryLines'
  | 'orders'
  | 'ordersAlreadyThere'
  | 'items'
  | 'timesTruncated'
  | 'runs';
