/** What one scenario showed. */
export interface Seen {
  readonly scenario: string;
  /** How many times it was done. */
  readonly faults: number;
  readonly answered: number;
  /** Failures by code. */
  readonly failures: ReadonlyMap<string, number>;
  readonly slowestFailureMs: number;
  /** From the end of the fault to the last failure; null: there was none. */
  readonly recoveryMs: number | null;
  readonly residentMb: number;
  readonly broken: readonly string[];
}

const columns = ['scenario', 'faults', 'answered', 'failures', 'slowest failure', 'recovered in', 'memory', 'promises'] as const;

/** One line per scenario, and below each what was broken. */
export function table(seen: readonly Seen[]): string {
  const rows = seen.map((one) => [
    one.scenario,
    String(one.faults),
    String(one.answered),
    [...one.failures].map(([code, count]) => `${count} ${code}`).join(', ') || 'none',
    one.failures.size === 0 ? '' : `${Math.round(one.slowestFailureMs)} ms`,
    one.recoveryMs === null ? '' : `${Math.round(one.recoveryMs)} ms`,
    `${Math.round(one.residentMb)} MB`,
    one.broken.length === 0 ? 'kept' : 'BROKEN',
  ]);
  const widths = columns.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const broken = seen.flatMap(({ scenario, broken }) => broken.map((what) => `BROKEN  ${scenario}: ${what}`));
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line), ...broken].join('\n');
}
