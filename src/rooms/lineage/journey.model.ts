import type { Money } from '../../shared/money.ts';
import type { TimeRange } from '../../shared/time-range.ts';
import type { AuditOperation } from '../audit/audit.model.ts';
import type { Customer } from '../commerce/commerce.model.ts';

export const JourneyStageName = {
  BROWSING: 'BROWSING',
  FULFILMENT: 'FULFILMENT',
  ORDERING: 'ORDERING',
  PAYING: 'PAYING',
  RETURNING: 'RETURNING',
  SUPPORT: 'SUPPORT',
} as const;
export type JourneyStageName = keyof typeof JourneyStageName;

/** Kinds of row that a customer's journey is made of. */
export type JourneyKind = 'CUSTOMER' | 'ORDER' | 'ORDER_ITEM' | 'PAYMENT';

/** One entry of a customer's rows, as much of it as stages, pages and figures need. */
export interface JourneyFact {
  /** Of the entry. */
  readonly id: string;
  readonly transactionId: string;
  /** RFC 3339, UTC, six decimals: compares as text. */
  readonly occurredAt: string;
  readonly kind: JourneyKind;
  readonly recordKey: string;
  /** Of an order the order itself; null for the customer. */
  readonly orderId: string | null;
  readonly operation: AuditOperation;
  readonly operationName: string | null;
  readonly reasonCode: string | null;
  /** Status that the entry brought, as its source spells it; null when it brought none. */
  readonly status: string | null;
  /** What a new order came to; null for every other entry. */
  readonly total: Money | null;
  readonly stage: JourneyStageName;
}

/** One that is shown. */
export interface JourneyEvent extends JourneyFact {
  /** Language in which it is told. */
  readonly locale: string | null;
  /** At which the customer is shown; absent: now. */
  readonly seenAt?: Customer['seenAt'];
}

/** Events in a row that belong to one stage. */
export interface JourneyStage {
  readonly stage: JourneyStageName;
  readonly startedAt: string;
  /** Time of its last event; null for the last stage, which may go on. */
  readonly endedAt: string | null;
  readonly eventCount: number;
}

/** Whose story, of which time, in which language: what every field of a journey is worked out from. */
export interface Journey {
  readonly customer: Customer;
  readonly range: TimeRange | null;
  readonly locale: string | null;
}

/** What a customer is worth, from the shop as it is. */
export interface CustomerFigures {
  readonly orderCount: number;
  /** By currency. */
  readonly lifetimeValue: readonly Money[];
}
