import type { Anomaly } from '../analytics/anomaly.model.ts';
import type { HealthStatus, VaultExecution } from '../vault/vault.model.ts';

export type AlertKind = 'ANOMALY' | 'EXECUTION' | 'HEALTH';

/** A check of the installation that went from well to not well. */
export interface FailedCheck {
  readonly name: string;
  readonly status: HealthStatus;
  readonly detail: string;
}

/** What needs attention, as callers see it. */
export type Alert = Anomaly | FailedCheck | VaultExecution;

/** An alert as it was raised: whatever is known of an operation is known by its key. */
export type RaisedAlert = { readonly sequence: string } & (
  | { readonly kind: 'ANOMALY'; readonly anomaly: Anomaly }
  | { readonly kind: 'EXECUTION'; readonly hashKey: string }
  | { readonly kind: 'HEALTH'; readonly check: FailedCheck }
);

/** Something that was found, before it is known whether it was found before. */
export interface Finding {
  /** Equal texts: the same finding. */
  readonly finding: string;
  readonly score?: number;
  readonly facts: object;
}
