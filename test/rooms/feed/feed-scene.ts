import { sql } from 'drizzle-orm';
import type { Database } from '../../../src/database/database.ts';
import { AuditService } from '../../../src/rooms/audit/audit.service.ts';
import type { AuditEntryFilter } from '../../../src/rooms/audit/entry-filter.queries.ts';
import { PointService } from '../../../src/rooms/audit/point.service.ts';
import { ShopMoments } from '../../../src/rooms/audit/shop-moments.ts';
import { CommerceService } from '../../../src/rooms/commerce/commerce.service.ts';
import type { FeedItem, FeedPart } from '../../../src/rooms/feed/feed.model.ts';
import { FeedService } from '../../../src/rooms/feed/feed.service.ts';
import { FeedWorker } from '../../../src/rooms/feed/feed-worker.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { openLog } from '../../../src/shared/log.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { atFileEnd } from '../../support/file-end.ts';

const dayMs = 24 * 60 * 60_000;

/** A background worker and the feed on it, as one server has them. */
export interface FeedServer {
  readonly worker: FeedWorker;
  readonly feed: FeedService;
  open(tenant: string, filter?: AuditEntryFilter | null, after?: string | null): Promise<AsyncIterableIterator<FeedPart>>;
}

export type Scene = Pick<TestDatabase, 'database' | 'kind'>;

/** @param moved told after each step of the worker that found something. */
export async function startServer({ database, kind }: Scene, heartbeatMs = 200, moved: () => void = () => {}): Promise<FeedServer> {
  const own: Database = database.as('whence_app', { connections: 1 });
  const worker = new FeedWorker(own, openLog('silent'), { polls: kind === 'postgresql', cursorAgeMs: 7 * dayMs, alertsKept: 1_000, moved });
  atFileEnd(() => worker.stop());
  database.onWrite(() => worker.poke());
  await worker.start();
  const codec = new CursorCodec('a secret for tests only');
  const audit = new AuditService(
    database,
    codec,
    new CommerceService(database, codec, new ShopMoments(database, new PointService(database, codec))),
  );
  const feed = new FeedService(database, codec, audit, worker, heartbeatMs);
  const open: FeedServer['open'] = (tenant, filter, after) => feed.open(contextOf(tenant), filter, after);
  return { worker, feed, open };
}

function contextOf(tenant: string) {
  return requestContext({ ...fixedCaller, tenant }, 'request of a test');
}

/** Takes parts until `isEnough` says so about all items taken, or a heartbeat comes where that ends it; ends the feed. */
export async function take(
  stream: AsyncIterableIterator<FeedPart>,
  isEnough: (items: readonly FeedItem[]) => boolean,
  endsQuietly = false,
): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  while (!isEnough(items)) {
    const { value, done } = await stream.next();
    if (done) break;
    items.push(...value.items);
    if (endsQuietly && value.items.length === 0) break;
  }
  await stream.return?.();
  return items;
}

export const idsOf = (items: readonly FeedItem[]): string[] => items.map(({ entry }) => entry.id);

/** A table of one tenant's toys, tracked. */
export async function openToys({ owner }: TestDatabase, table: string, tenant: string): Promise<void> {
  await owner.run(`create table public.${table} (tenant text default '${tenant}', name text, price int, primary key (tenant, name));
    grant select, insert, update, delete on public.${table} to whence_source; select audit.track('public.${table}')`);
}

/** Sets prices in one transaction: a toy that is not there yet is made. */
export function price(
  { source }: Pick<TestDatabase, 'source'>,
  table: string,
  tenant: string,
  toys: Readonly<Record<string, number>>,
): Promise<void> {
  return source.write({ tenant, actor: 'ann' }, async (tx) => {
    for (const [name, value] of Object.entries(toys)) await tx.run(priceOf(table, tenant, name, value));
  });
}

export function priceOf(table: string, tenant: string, name: string, value: number) {
  return sql`insert into ${sql.identifier(table)} (tenant, name, price) values (${tenant}, ${name}, ${value}::int)
    on conflict (tenant, name) do update set price = excluded.price`;
}
