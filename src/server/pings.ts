/** How much of the pings is sent at once: all of 10,000 sockets would hold up whatever else is to be done for 0.2 s. */
const shareMs = 50;

/** Pings each of its members every `everyMs`, evenly spread over that time. */
export class Pings {
  private readonly shares: readonly Set<{ ping(): void }>[];
  private readonly timer: NodeJS.Timeout;
  private turn = 0;
  private added = 0;

  constructor(everyMs: number) {
    this.shares = Array.from({ length: Math.ceil(everyMs / shareMs) }, () => new Set<{ ping(): void }>());
    this.timer = setInterval(() => this.next(), everyMs / this.shares.length).unref();
  }

  /** Gives what takes the member out again. */
  add(member: { ping(): void }): () => void {
    const share = this.shares[this.added++ % this.shares.length];
    share?.add(member);
    return () => share?.delete(member);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private next(): void {
    for (const member of this.shares[this.turn++ % this.shares.length] ?? []) member.ping();
  }
}
