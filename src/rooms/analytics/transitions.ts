import type { TrackedTable } from '../audit/audit.model.ts';

/** Whether a status may follow another by what was declared for the table, in any case of letters; the first status may be any. */
export function isAllowed({ transitions }: Pick<TrackedTable, 'transitions'>, before: string | null, after: string): boolean {
  if (transitions === null || before === null) return true;
  const isSame = (one: string, other: string) => one.toUpperCase() === other.toUpperCase();
  return transitions.some(({ from, to }) => isSame(from, before) && isSame(to, after));
}
