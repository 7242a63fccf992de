/** Work that goes on beside the requests. Health and metrics show how far it is behind. */
export interface Worker {
  /** One word, e.g. `upkeep`. */
  readonly name: string;
  /** How long ago it should have done what it has not done yet, in seconds; 0: it is up to date. */
  lagSeconds(): number;
  /** A server that is further behind should not be sent requests. */
  readonly mostLagSeconds: number;
  stop(): void;
}
