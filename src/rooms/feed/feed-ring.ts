import type { Head } from '../audit/feed-cursor.model.ts';
import type { PlacedItem } from './feed.model.ts';

/**
 * The newest items of one feed, those of positions above `floor` up to `head`; the filter left out the others. What is older is read from
 * the database.
 */
export class FeedRing<T extends { readonly sequence: number } = PlacedItem> {
  private items: T[] = [];
  private bottom: number;

  constructor(
    private top: Head,
    private readonly most: number,
  ) {
    this.bottom = top.sequence;
  }

  get head(): Head {
    return this.top;
  }

  get floor(): number {
    return this.bottom;
  }

  /** Everything above the head up to a new one. */
  add(items: readonly T[], head: Head): void {
    this.items.push(...items);
    this.top = head;
    const over = this.items.length - this.most;
    if (over <= 0) return;
    this.bottom = this.items[over - 1]?.sequence ?? this.bottom;
    this.items = this.items.slice(over);
  }

  /** Goes to a new head over more than can be kept. */
  skipTo(head: Head): void {
    this.items = [];
    this.top = head;
    this.bottom = head.sequence;
  }

  /** Items above a position that is not below the floor. */
  above(sequence: number): readonly T[] {
    const first = this.items.findLastIndex((item) => item.sequence <= sequence) + 1;
    return this.items.slice(first);
  }
}
