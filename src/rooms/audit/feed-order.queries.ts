import { type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Row } from '../../database/database.ts';
import { entries, feedHeads, feedTicks, positions } from '../../database/tables/audit.ts';
import { e, entryColumns } from './entry.queries.ts';
import type { Pin } from './entry-pages.queries.ts';
import type { CursorFacts } from './feed-cursor.model.ts';

/** One row for `toCursorFacts`. */
export function cursorFacts(tenant: string, tick: number): SQL {
  return sql`/* feed.cursor */ select coalesce(head.sequence, 0) as sequence, coalesce(head.tick, 0) as own_tick, newest.tick as newest, newest.mark as newest_mark,
      (select max(epoch)::text from audit.epoch) as epoch, (select min(${feedTicks.tick}) from ${feedTicks}) as oldest,
      (select ${feedTicks.mark} from ${feedTicks} where ${feedTicks.tick} = ${String(tick)}::text::bigint) as mark
    from (select ${feedTicks.tick}, ${feedTicks.mark} from ${feedTicks} order by ${feedTicks.tick} desc limit 1) newest
    left join (select ${feedHeads.sequence}, ${feedHeads.tick} from ${feedHeads} where ${feedHeads.tenant} = ${tenant}) head on true`;
}

export function toCursorFacts(row: Row): CursorFacts {
  const tick = { number: Number(row['newest']), mark: String(row['newest_mark']) };
  return {
    head: { sequence: Number(row['sequence']), ownTick: Number(row['own_tick']), tick },
    epoch: String(row['epoch']),
    oldestTick: Number(row['oldest']),
    mark: row['mark'] as string | null,
  };
}

const p = alias(positions, 'p');

/** Positions above `from`, up to `to`. */
export interface Stretch {
  readonly tenant: string;
  readonly from: number;
  readonly to: number;
  /** What an earlier page has shown already. */
  readonly except: Pin | null;
  readonly limit: number;
  /** Whether the last ones are wanted, in reverse. */
  readonly backward?: boolean;
}

/**
 * Entries of a stretch, in order, with `sequence` and `tick`. Tick n + 1 may have been under way when a snapshot was taken that saw tick n;
 * tick n + 2 was taken after it, and what comes later was not in it.
 */
export function entriesAt({ tenant, from, to, except, limit, backward }: Stretch, where: SQL): SQL {
  const unseen = except
    ? sql` and (${p.tick} > ${except.tick}::text::bigint + 2 or not pg_visible_in_snapshot(${e.xid}, ${except.snapshot}::text::pg_snapshot))`
    : sql``;
  return sql`/* feed.entries */ select ${p.sequence}, ${p.tick}, ${entryColumns}
    from ${positions} p join ${entries} e on ${e.tenant} = ${p.tenant} and ${e.id} = ${p.entryId}
   where ${p.tenant} = ${tenant} and ${p.sequence} > ${String(from)}::text::bigint and ${p.sequence} <= ${String(to)}::text::bigint and ${where}${unseen}
   order by ${p.sequence}${sql.raw(backward ? ' desc' : '')} limit ${limit}::int`;
}
