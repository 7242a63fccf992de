import { type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { type Row, textArray } from '../../database/database.ts';
import { entries, feedHeads, feedTicks, positions } from '../../database/tables/audit.ts';
import { e, entryColumns } from '../audit/entry.queries.ts';
import type { Pin } from '../audit/entry-pages.queries.ts';
import type { CursorFacts, Head, OtherHeads, Tick } from './feed.model.ts';

/** Entries of one tenant that get a position in one step at most: about 30 ms. */
const share = 2_000;
/** After which no further tenant is begun in a step. */
const budgetMs = 100;

/** What the worker hands from step to step, so that a step looks at new transactions only. */
export interface StepMemory {
  readonly tick: Tick;
  /** A `pg_snapshot`. */
  readonly snapshot: string;
}

/** Takes a tick when there is something new, and gives positions: one row for `toStep`. */
export function feedStep(tenants: readonly string[], memory: StepMemory | null): SQL {
  return sql`/* feed.step */ select newest_tick, newest_mark, known_mark, seen::text, waiting, waiting_seconds, heads
    from audit.feed_step(${textArray(tenants)}::text::text[], ${memory ? String(memory.tick.number) : null}::text::bigint,
      ${memory?.snapshot ?? null}::text::pg_snapshot, ${share}::int, ${`${budgetMs} ms`}::text::interval)`;
}

export interface Step {
  readonly memory: StepMemory;
  /** Mark of the tick that was newest at the step before; null when there was none. */
  readonly knownMark: string | null;
  readonly waiting: number;
  readonly waitingSeconds: number;
  readonly heads: ReadonlyMap<string, Head>;
  readonly others: ReadonlyMap<string, OtherHeads>;
}

export function toStep(row: Row): Step {
  const tick = { number: Number(row['newest_tick'] ?? 0), mark: String(row['newest_mark'] ?? 0) };
  const heads = Object.entries(row['heads'] as Record<string, [sequence: number, tick: number, operations: number, alerts: number]>);
  return {
    memory: { tick, snapshot: String(row['seen']) },
    knownMark: row['known_mark'] as string | null,
    waiting: Number(row['waiting']),
    waitingSeconds: Number(row['waiting_seconds']),
    heads: new Map(heads.map(([tenant, [sequence, ownTick]]) => [tenant, { sequence, ownTick, tick }])),
    others: new Map(heads.map(([tenant, [, , operations, alerts]]) => [tenant, { operations, alerts }])),
  };
}

/** One row: how many ticks went. */
export function pruneTicks(keptMs: number): SQL {
  return sql`/* feed.prune */ select audit.prune_ticks(${`${keptMs} ms`}::text::interval) as pruned`;
}

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
}

/**
 * Entries of a stretch, in order, with `sequence` and `tick`. Tick n + 1 may have been under way when a snapshot was taken that saw tick n;
 * tick n + 2 was taken after it, and what comes later was not in it.
 */
export function entriesAt({ tenant, from, to, except, limit }: Stretch, where: SQL): SQL {
  const unseen = except
    ? sql` and (${p.tick} > ${except.tick}::text::bigint + 2 or not pg_visible_in_snapshot(${e.xid}, ${except.snapshot}::text::pg_snapshot))`
    : sql``;
  return sql`/* feed.entries */ select ${p.sequence}, ${p.tick}, ${entryColumns}
    from ${positions} p join ${entries} e on ${e.tenant} = ${p.tenant} and ${e.id} = ${p.entryId}
   where ${p.tenant} = ${tenant} and ${p.sequence} > ${String(from)}::text::bigint and ${p.sequence} <= ${String(to)}::text::bigint and ${where}${unseen}
   order by ${p.sequence} limit ${limit}::int`;
}
