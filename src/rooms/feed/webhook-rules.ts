/** Endpoints of one tenant at most. */
export const mostWebhooks = 100;

/** How deliveries are tried; times in milliseconds. */
export interface WebhookRules {
  /** Of one delivery; then it is given up. */
  readonly tries: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** Deliveries given up in a row after which nothing more is sent until somebody says so. */
  readonly givenUpInARow: number;
  readonly entries: number;
  /** Of a body; one entry is sent whatever its length. */
  readonly bytes: number;
  /** Within which a delivery and what is read for it are over, or another server goes on. */
  readonly leaseMs: number;
}

/** Twelve tries over about three hours. */
export const usualWebhookRules: WebhookRules = {
  tries: 12,
  firstWaitMs: 5_000,
  longestWaitMs: 3_600_000,
  givenUpInARow: 5,
  entries: 100,
  bytes: 512 * 1_024,
  leaseMs: 45_000,
};

/** Between a failed attempt, the first being 1, and the next: twice as long each time; up to half of it is left to chance, so that not all come at once. */
export function waitAfter(attempt: number, { firstWaitMs, longestWaitMs }: WebhookRules, chance: number = Math.random()): number {
  const longest = Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs);
  return longest * (1 - chance / 2);
}
