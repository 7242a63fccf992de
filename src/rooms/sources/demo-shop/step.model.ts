import type { WriteContext } from '../../../database/database.ts';
import type { Micros } from './time.ts';

/** The newest entry of an entity that carries this operation name. */
export interface EntryReference {
  readonly entityKey: string;
  readonly operationName: string;
}

export type ShopTable = 'users' | 'customers' | 'products' | 'orders' | 'order_items' | 'payments';
export type ColumnValue = string | number | boolean | null | readonly string[];

/** Rows name other rows by business key; the statement looks up the id. */
export type Action =
  | { readonly kind: 'insert'; readonly table: ShopTable; readonly rows: readonly Readonly<Record<string, ColumnValue>>[] }
  | { readonly kind: 'update'; readonly table: ShopTable; readonly key: string; readonly set: Readonly<Record<string, ColumnValue>> }
  | { readonly kind: 'event'; readonly table: ShopTable; readonly key: string; readonly details: Readonly<Record<string, unknown>> }
  | {
      readonly kind: 'addReason';
      readonly entry: EntryReference;
      readonly reason: string;
      readonly reasonCode: string;
      readonly reference: string;
    }
  | { readonly kind: 'startRun'; readonly name: string; readonly prefix: string; readonly details: Readonly<Record<string, unknown>> }
  | { readonly kind: 'finishRun'; readonly status: 'SUCCEEDED' | 'FAILED'; readonly details: Readonly<Record<string, unknown>> };

/** Who acts, from where and why; the writer adds the tenant, the time, the source and the step's number. */
export type StepContext = Omit<WriteContext, 'tenant' | 'occurredAt' | 'recordSource' | 'requestId' | 'causeEntry'>;

/** One business transaction of the shop. */
export interface Step {
  readonly at: Micros;
  readonly context: StepContext;
  readonly actions: readonly Action[];
  readonly cause?: EntryReference | undefined;
}
