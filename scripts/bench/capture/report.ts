import { cpus } from 'node:os';
import type { Milliseconds, ReadTime } from './reads.ts';
import type { Factor } from './writes.ts';

export interface Measured {
  readonly version: string;
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly changes: number;
  readonly writers: number;
  readonly factors: readonly Factor[];
  /** Updates per second. */
  readonly throughput: { readonly plain: number; readonly tracked: number };
  readonly bytes: number;
  /** Per number of entries. */
  readonly reads: readonly (readonly [number, readonly ReadTime[]])[];
}

const many = (count: number) => Math.round(count).toLocaleString('en');
const time = (microseconds: number) => (microseconds < 1000 ? `${Math.round(microseconds)} us` : `${(microseconds / 1000).toFixed(1)} ms`);

/** Markdown. */
export function report({ version, isQuick, rounds, changes, writers, factors, throughput, bytes, reads }: Measured): string {
  const writeRows = factors.map(
    ({ what, plain, tracked, times }) =>
      `| ${what} | ${time(plain.cpu)} | ${time(tracked.cpu)} | **${times.cpu.toFixed(2)}** | ${times.elapsed.toFixed(2)} |`,
  );
  const both = (ms?: Milliseconds) => `${ms?.median.toFixed(2)} / ${ms?.p95.toFixed(2)}`;
  const readRows = (reads[0]?.[1] ?? []).map(
    ({ what }, i) => `| ${what} | ${reads.map(([, times]) => `${both(times[i]?.executed)} | ${both(times[i]?.waited)}`).join(' | ')} |`,
  );
  return `# What capture costs

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), default settings.
Command: \`npm run bench:capture${isQuick ? ' -- quick' : ''}\`. Medians of ${rounds} rounds (3 for 100,000 rows) in which the two tables take turns; rerun, don't trust.

## Writes: processor time of the backend, tracked over untracked

| statement | untracked | tracked | factor | elapsed |
|---|---|---|---|---|
${writeRows.join('\n')}

${writers} writers at once, one row a transaction: ${many(throughput.plain)} updates a second untracked, ${many(throughput.tracked)} tracked (**${(throughput.tracked / throughput.plain).toFixed(2)}**).

Bytes per change with all indexes (${many(changes)} single-row updates with actor, role, reason and code, each in its own transaction): **${Math.round(bytes)}**.

## Reads: milliseconds for a page of 50, median / 95th percentile

All statements of a page together, as the server sends them for its tenant: executed, by PostgreSQL's own account; waited, from sending
to the answer on a machine that does other things too.

| page of | ${reads.map(([total]) => `${many(total)} entries: executed | waited`).join(' | ')} |
|---|${reads.map(() => '---|---').join('|')}|
${readRows.join('\n')}
`;
}
