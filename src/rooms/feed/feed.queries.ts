import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import type { Head, Tick } from '../audit/feed-cursor.model.ts';
import type { OtherHeads } from './feed.model.ts';

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

/** One row: how many alerts went. @param kept of each tenant. */
export function pruneAlerts(kept: number): SQL {
  return sql`/* feed.pruneAlerts */ select audit.prune_alerts(${kept}::int) as pruned`;
}
