import type { Money } from '../../shared/money.ts';
import type { Moment } from './moment.model.ts';

/** Kinds of entity; `RECORD` is a row of any other tracked table. */
export const EntityType = {
  RECORD: 'RECORD',
  CUSTOMER: 'CUSTOMER',
  ORDER: 'ORDER',
  ORDER_ITEM: 'ORDER_ITEM',
  PAYMENT: 'PAYMENT',
  PRODUCT: 'PRODUCT',
  USER: 'USER',
} as const;
export type EntityType = keyof typeof EntityType;

/** What every entity has, whichever room holds it. Instants are text as PostgreSQL prints them, in UTC. */
export interface Entity {
  readonly entityType: EntityType;
  /** Key part of the global id; for the shop a bigint in text. */
  readonly id: string;
  /** Business key. */
  readonly key: string;
  /** Another time that it is shown at, and all that is reached from it. */
  readonly seenAt?: Moment;
}

export interface User extends Entity {
  readonly entityType: 'USER';
  readonly email: string | null;
  readonly displayName: string;
  readonly roles: readonly string[];
  readonly isActive: boolean;
  readonly createdAt: string;
}

export interface Customer extends Entity {
  readonly entityType: 'CUSTOMER';
  readonly email: string | null;
  readonly name: string;
  readonly phone: string | null;
  /** Id of the user who made it. */
  readonly createdById: string | null;
  readonly createdAt: string;
}

export interface Product extends Entity {
  readonly entityType: 'PRODUCT';
  /** Also its business key. */
  readonly sku: string;
  readonly name: string;
  /** Outermost first. */
  readonly categories: readonly string[];
  readonly price: Money;
  readonly stockQuantity: number;
  /** Stock level under which a new order is placed. */
  readonly safetyStock: number | null;
  readonly isActive: boolean;
  readonly createdAt: string;
}

export const OrderStatus = {
  CANCELLED: 'CANCELLED',
  CONFIRMED: 'CONFIRMED',
  DELIVERED: 'DELIVERED',
  PENDING: 'PENDING',
  PROCESSING: 'PROCESSING',
  REFUNDED: 'REFUNDED',
  SHIPPED: 'SHIPPED',
  OTHER: 'OTHER',
} as const;
export type OrderStatus = keyof typeof OrderStatus;

export interface Order extends Entity {
  readonly entityType: 'ORDER';
  /** Also its business key. */
  readonly number: string;
  readonly customerId: string | null;
  readonly status: OrderStatus;
  readonly statusText: string;
  readonly total: Money;
  readonly placedAt: string;
}

export const OrderItemStatus = { ORDERED: 'ORDERED', CANCELLED: 'CANCELLED', REFUNDED: 'REFUNDED', OTHER: 'OTHER' } as const;
export type OrderItemStatus = keyof typeof OrderItemStatus;

export interface OrderItem extends Entity {
  readonly entityType: 'ORDER_ITEM';
  readonly orderId: string;
  /** Place within the order, from 1. */
  readonly line: number;
  readonly productId: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly lineTotal: Money;
  readonly status: OrderItemStatus;
  readonly statusText: string;
}

export const PaymentStatus = {
  AUTHORIZED: 'AUTHORIZED',
  FAILED: 'FAILED',
  PENDING: 'PENDING',
  REFUNDED: 'REFUNDED',
  SETTLED: 'SETTLED',
  OTHER: 'OTHER',
} as const;
export type PaymentStatus = keyof typeof PaymentStatus;

export const PaymentMethod = { BANK_TRANSFER: 'BANK_TRANSFER', CARD: 'CARD', CASH: 'CASH', OTHER: 'OTHER', WALLET: 'WALLET' } as const;
export type PaymentMethod = keyof typeof PaymentMethod;

export interface Payment extends Entity {
  readonly entityType: 'PAYMENT';
  readonly orderId: string;
  readonly method: PaymentMethod;
  readonly methodText: string;
  readonly status: PaymentStatus;
  readonly statusText: string;
  readonly amount: Money;
  /** Reference of the provider. */
  readonly reference: string | null;
  readonly settledAt: string | null;
  readonly createdAt: string;
}

/** Roles a filter can ask for; a user may hold others. */
export const Role = {
  ADMIN: 'ADMIN',
  ANALYST: 'ANALYST',
  AUDITOR: 'AUDITOR',
  OPERATOR: 'OPERATOR',
  SERVICE: 'SERVICE',
  VIEWER: 'VIEWER',
} as const;
export type Role = keyof typeof Role;

/** The value that a source's spelling stands for, in any case; `OTHER` for what the list lacks. */
export function fromSpelling<V extends string>(values: Readonly<Record<V, V>>, text: string): V | 'OTHER' {
  const wanted = text.toUpperCase();
  return Object.hasOwn(values, wanted) ? (wanted as V) : 'OTHER';
}

/** The values of an enum that a spelling can stand for: all but `OTHER`. */
export function spelledValues<V extends string>(values: Readonly<Record<V, V>>): Exclude<V, 'OTHER'>[] {
  return Object.keys(values).filter((value) => value !== 'OTHER') as Exclude<V, 'OTHER'>[];
}
