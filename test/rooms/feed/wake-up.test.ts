import { expect, it } from 'vitest';
import type { FeedPosition, Head } from '../../../src/rooms/audit/feed-cursor.model.ts';
import type { PlacedItem } from '../../../src/rooms/feed/feed.model.ts';
import { FeedGroup } from '../../../src/rooms/feed/feed-group.ts';
import { partsFrom } from '../../../src/rooms/feed/feed-reader.ts';
import type { HeadWatcher } from '../../../src/rooms/feed/feed-worker.ts';

const tick = { number: 1, mark: 'a' };
const headAt = (sequence: number): Head => ({ sequence, ownTick: 1, tick });
const here: FeedPosition = { kind: 'POSITION', sequence: 5, tick, except: null, isOfEntry: false };

it('whatever comes while a reader goes to sleep wakes it: it does not wait for the heartbeat', async () => {
  // The reader begins at every turn of what is done between the news and the moment at which it can be read.
  for (let turns = 0; turns < 12; turns++) {
    const watchers: HeadWatcher[] = [];
    const clock = {
      watch: (_tenant: string, watcher: HeadWatcher) => {
        watchers.push(watcher);
        return () => {};
      },
    };
    const read = async () => {
      for (let turn = 0; turn < 6; turn++) await null;
      return [{ sequence: 6 } as PlacedItem];
    };
    const group = new FeedGroup(clock, 'acme', headAt(5), read, () => new Error('undone'));
    const none = async () => [];
    const source = { ofSnapshot: none, ofStretch: none, cursorOf: () => '', heartbeatMs: 60_000, mostEntries: 500 };
    for (const watcher of watchers) watcher.reached(headAt(6), { operations: 0, alerts: 0 });
    for (let turn = 0; turn < turns; turn++) await null;
    const next = partsFrom(here, group, source, new AbortController().signal).next();
    const late = new Promise<string>((resolve) => setTimeout(() => resolve('late'), 200));
    expect(await Promise.race([next, late])).toMatchObject({ value: { items: [{ sequence: 6 }] } });
    group.close();
  }
});
