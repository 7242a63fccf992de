import type { ActorFacts, ActorType, Reason } from './audit.model.ts';
import { actorOfKey } from './audit.model.ts';

export const RunStatus = { ABANDONED: 'ABANDONED', FAILED: 'FAILED', RUNNING: 'RUNNING', SUCCEEDED: 'SUCCEEDED' } as const;
export type RunStatus = keyof typeof RunStatus;

/** A batch. One that nobody opened is known only by the entries that name it: then `opened` is null. */
export interface Run {
  /** run_YYYYMMDD_HHMMSS_<8 hex digits>: sorts by time. */
  readonly key: string;
  readonly opened: OpenedRun | null;
}

interface OpenedRun {
  readonly name: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly actor: string | null;
  readonly actorKind: ActorType | null;
  readonly reason: string | null;
  readonly reasonCode: string | null;
  readonly reference: string | null;
}

/** What the entries of a run say about it. */
export interface RunEntries {
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Who wrote the first one. */
  readonly actor: ActorFacts;
  /** Whether an event named ..._START is among them, and one named ..._END. */
  readonly hasStart: boolean;
  readonly hasEnd: boolean;
}

/**
 * State of a run that nobody opened. It runs as long as it has a start event and no end event. Otherwise it succeeded: whatever names it
 * is committed, and nobody is expected to close it.
 */
export function impliedStatus({ hasStart, hasEnd }: Pick<RunEntries, 'hasStart' | 'hasEnd'>): RunStatus {
  return hasStart && !hasEnd ? 'RUNNING' : 'SUCCEEDED';
}

/** Why the run was done; entries that give no reason inherit it. */
export function reasonOfRun({ opened }: Run): Reason | null {
  const text = opened?.reason ?? opened?.reasonCode;
  if (!opened || !text) return null;
  return {
    text,
    code: opened.reasonCode,
    reference: opened.reference,
    source: 'RUN',
    statedAt: opened.startedAt,
    statedBy: opened.actor === null ? null : actorOfKey(opened.actor, opened.actorKind),
    approvedBy: null,
  };
}
