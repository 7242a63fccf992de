// Steps of a status, judged alike wherever they are told.
import type { TrackedTable } from '../audit/audit.model.ts';

/** A status is told as text, whatever type its column has; null where there is none. */
export function statusText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether the declared steps allow this one; they do where none are declared, and the first status follows none. */
export function isDeclaredStep({ transitions }: Pick<TrackedTable, 'transitions'>, from: string | null, to: string | null): boolean {
  return from === null || transitions === null || transitions.some((step) => step.from === from && step.to === to);
}
