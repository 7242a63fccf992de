import { readFileSync } from 'node:fs';
import type { Sql } from 'postgres';

/** Processor time of one backend of this machine, in microseconds: what the kernel says it ran, to the nanosecond. */
export async function backendOf(sql: Sql): Promise<() => number> {
  const [row] = await sql`select pg_backend_pid() as pid`;
  const file = `/proc/${row?.['pid']}/schedstat`;
  return () => Number(readFileSync(file, 'utf8').split(' ')[0]) / 1000;
}

export interface Cost {
  readonly cpu: number;
  readonly elapsed: number;
}

/** Microseconds per turn, of the backend and on the clock. */
export async function costOf(cpuNow: () => number, turns: number, turn: (i: number) => Promise<unknown>): Promise<Cost> {
  const cpu = cpuNow();
  const start = performance.now();
  for (let i = 0; i < turns; i++) await turn(i);
  return { cpu: (cpuNow() - cpu) / turns, elapsed: ((performance.now() - start) * 1000) / turns };
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
