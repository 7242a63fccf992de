import type { Money } from '../../shared/money.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import type { FieldChange } from '../audit/changes.ts';
import type { EntityField } from '../audit/entity-fields.ts';
import type { TableHistory } from './tracked-table.queries.ts';
import type { RecordRef } from './version.model.ts';

export const TimelineItemType = {
  FIELDS_CHANGED: 'FIELDS_CHANGED',
  PRICE_CHANGE: 'PRICE_CHANGE',
  RECORD_CREATED: 'RECORD_CREATED',
  RECORD_DELETED: 'RECORD_DELETED',
  STATUS_TRANSITION: 'STATUS_TRANSITION',
  STOCK_CHANGE: 'STOCK_CHANGE',
  AMOUNT_CHANGE: 'AMOUNT_CHANGE',
  APPLICATION_EVENT: 'APPLICATION_EVENT',
} as const;
export type TimelineItemType = keyof typeof TimelineItemType;

export const StockLevel = { ON_HAND: 'ON_HAND', SAFETY: 'SAFETY' } as const;
export type StockLevel = keyof typeof StockLevel;

export type MoneyField = Extract<EntityField, { readonly shape: 'money' }>;

/** One of the ways in which an entry of a table can be told. `place` is its place among those of one entry; cursors hold it. */
export type Slot = { readonly place: number } & (
  | { readonly type: 'RECORD_CREATED'; readonly operation: 'INSERT' }
  | { readonly type: 'RECORD_DELETED'; readonly operation: 'DELETE' }
  | { readonly type: 'APPLICATION_EVENT'; readonly operation: 'EVENT' }
  | { readonly type: 'STATUS_TRANSITION' | 'FIELDS_CHANGED' }
  | { readonly type: 'PRICE_CHANGE' | 'AMOUNT_CHANGE'; readonly field: MoneyField }
  | { readonly type: 'STOCK_CHANGE'; readonly level: StockLevel; readonly column: string }
);

/** A table and the slots of its entries. */
export interface TimelineTable {
  readonly history: TableHistory;
  /** By place. */
  readonly slots: readonly Slot[];
  /** Column of the status by schema version, whatever it was called then; empty for a table without. */
  readonly statusColumns: Readonly<Record<string, string>>;
}

/** One entry told in one way: what it did to one slot of its table. */
interface ItemOf<Typename extends string> {
  readonly __typename: Typename;
  /** Key part of the global id: the id of the entry and, where the type has several slots, the slot's name. */
  readonly key: string;
  readonly entry: AuditEntry;
  readonly of: TimelineTable;
  /** At which the record is read; absent: now. */
  readonly seenAt?: RecordRef['seenAt'];
  /** By the source's own clock, as PostgreSQL prints it. */
  readonly occurredAt: string;
  /** What the item tells, and nothing else that the entry changed. */
  readonly changes: readonly FieldChange[];
}

type RecordCreated = ItemOf<'RecordCreated'>;
type RecordDeleted = ItemOf<'RecordDeleted'>;
type FieldsChanged = ItemOf<'FieldsChanged'>;

export interface PriceChange extends ItemOf<'PriceChange'> {
  readonly priceBefore: Money;
  readonly priceAfter: Money;
  /** Rounded to four decimals; null when the old price was 0 or in another currency. */
  readonly changePercent: number | null;
}

interface AmountChange extends ItemOf<'AmountChange'> {
  readonly field: string;
  readonly amountBefore: Money;
  readonly amountAfter: Money;
}

interface StockChange extends ItemOf<'StockChange'> {
  readonly level: StockLevel;
  /** Null where none was set. */
  readonly levelBefore: number | null;
  readonly levelAfter: number | null;
}

export interface StatusTransition extends ItemOf<'StatusTransition'> {
  /** Null for the first. */
  readonly statusBefore: string | null;
  readonly statusAfter: string;
  /** Whether the declared steps of the status allow it; true for the first, and where none are declared. */
  readonly isExpected: boolean;
}

interface ApplicationEvent extends ItemOf<'ApplicationEvent'> {
  readonly operationName: string;
  readonly details: Readonly<Record<string, unknown>> | null;
}

export type TimelineItem =
  | RecordCreated
  | RecordDeleted
  | FieldsChanged
  | PriceChange
  | AmountChange
  | StockChange
  | StatusTransition
  | ApplicationEvent;
