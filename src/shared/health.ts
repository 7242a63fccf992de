/** One thing that must be well before requests are sent here. */
export interface HealthCheck {
  readonly name: string;
  readonly isWell: boolean;
  /** What is wrong and what mends it; never a name or value of anybody. */
  readonly detail?: string;
}
