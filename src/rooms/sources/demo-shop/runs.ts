import type { Deed } from './actors.ts';
import type { Shop } from './shop.ts';
import type { Action, EntryReference, StepContext } from './step.model.ts';
import { type Micros, stampText } from './time.ts';
import type { Timeline } from './timeline.ts';

/** One thing done in a run: `act` is called when its moment has come, and does nothing by giving no actions. */
export interface RunPart {
  readonly operationName: string;
  readonly cause?: EntryReference;
  act(at: Micros): Action[];
}

export interface RunPlan {
  readonly runId: string;
  readonly name: string;
  /** The entries that open and close it are <prefix>_START and <prefix>_END. */
  readonly prefix: string;
  readonly started: Micros;
  readonly finished: Micros;
  readonly status?: 'SUCCEEDED' | 'FAILED';
  readonly details: Readonly<Record<string, unknown>>;
  /** Who runs it and why, at a moment. */
  context(at: Micros, deed: Deed): StepContext;
}

export function runIdOf(started: Micros, digits: string): string {
  return `run_${stampText(started)}_${digits}`;
}

/** Puts a run on the timeline: opened, its parts spread evenly, closed. `parts` is called when it opens. */
export function planRun(timeline: Timeline, shop: Shop, plan: RunPlan, parts: () => readonly RunPart[]): void {
  const { runId, name, prefix, started, finished, status = 'SUCCEEDED', details } = plan;
  timeline.at(started, () => {
    const planned = parts();
    shop.record(started, plan.context(started, { runId }), [{ kind: 'startRun', name, prefix, details }]);
    planned.forEach(({ operationName, cause, act }, i) => {
      timeline.at(started + Math.round(((finished - started) * (i + 1)) / (planned.length + 1)), (at) => {
        const actions = act(at);
        if (actions.length > 0) shop.record(at, plan.context(at, { runId, operationName }), actions, cause);
      });
    });
    timeline.at(finished, () => {
      const context = plan.context(finished, { runId });
      shop.record(finished, context, [{ kind: 'finishRun', status, details: { ...details, parts: planned.length } }]);
    });
  });
}
