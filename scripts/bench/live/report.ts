import { cpus } from 'node:os';
import type { Capture, Latency, LongWrite, Stall, Throughput } from './cases.ts';
import type { Options } from './options.ts';
import type { ServerName } from './servers.ts';
import type { Webhooks } from './webhooks.ts';

export interface Figures {
  readonly throughputs: ({ readonly server: ServerName } & Throughput)[];
  readonly latencies: ({ readonly server: ServerName } & Latency)[];
  longWrite?: LongWrite;
  capture?: Capture;
  stall?: Stall;
  readonly webhooks: Webhooks[];
}

interface Circumstances extends Options {
  readonly postgresVersion: string;
  /** Load of the machine before the run, by the kernel's average of a minute. */
  readonly loadBefore: number;
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const table = (heads: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n');
const whole = (value: number) => Math.round(value).toLocaleString('en');
const fixed = (value: number, digits = 1) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const complete = (isComplete: boolean) => (isComplete ? 'yes' : '**no**');

/** Markdown. */
export function report(figures: Figures, { postgresVersion, loadBefore, seconds, stallSeconds, note }: Circumstances): string {
  return `# Live feed, next to plain graphql-ws and PostGraphile

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${postgresVersion}, Node ${process.versions.node} for every server, ${cpus().length} cores (${cpus()[0]?.model.trim()}) shared by
subscribers, writer, server and database. Load of the machine before the run: ${loadBefore.toFixed(1)}.${note && `\n${note}`}
Command: \`npm run bench:live -- --seconds ${seconds} --stall-seconds ${stallSeconds}\`. Compare ratios within one run; rerun, don't trust. README.md says what is measured.

## As many deliveries as come through

${throughputs(figures)}

## Delay from write to delivery, at an even rate

${latencies(figures)}
${[longWriteOf(figures), captureOf(figures), stallOf(figures), webhooksOf(figures)].filter(Boolean).join('\n')}`;
}

function throughputs({ throughputs }: Figures): string {
  const rows = throughputs.map(({ server, subscribers, perSecond, cpuPerDelivery, serverCores, isComplete }) => {
    const ours = throughputs.find((one) => one.server === 'whence' && one.subscribers === subscribers);
    const ratio = server === 'whence' || !ours ? '' : `**${fixed(ours.perSecond / perSecond)}**`;
    const cpuRatio = server === 'whence' || !ours ? '' : fixed(cpuPerDelivery / ours.cpuPerDelivery);
    return [
      ...[whole(subscribers), server, whole(perSecond), ratio, fixed(cpuPerDelivery, 2), cpuRatio, fixed(serverCores, 2)],
      complete(isComplete),
    ];
  });
  return table(
    [
      ...['subscribers', 'server', 'deliveries/s', 'Whence / it', 'µs of its processor per delivery', 'it / Whence', 'cores of the server'],
      'everybody had everything once',
    ],
    rows,
  );
}

function latencies({ latencies }: Figures): string {
  const rows = latencies.map((one) => [
    ...[whole(one.subscribers), one.server, fixed(one.wantedPerSecond, 0), fixed(one.writtenPerSecond, 1)],
    ...[one.p50, one.p95, one.p99].map((ms) => fixed(ms)),
    ...[fixed(one.cpuPerDelivery, 2), whole(one.residentMb), complete(one.isComplete)],
  ]);
  return table(
    [
      ...[
        'subscribers',
        'server',
        'entries/s wanted',
        'written',
        'p50 ms',
        'p95 ms',
        'p99 ms',
        'µs of its processor per delivery',
        'MB resident',
      ],
      'everybody had everything once',
    ],
    rows,
  );
}

const heads = ['', 'p50 ms', 'p95 ms', 'p99 ms', 'everybody had everything once'];
const delays = (what: string, { p50, p95, p99, isComplete }: Latency) => [what, fixed(p50), fixed(p95), fixed(p99), complete(isComplete)];

function longWriteOf({ longWrite }: Figures): string {
  if (!longWrite) return '';
  const { without, beside } = longWrite;
  return `
## Beside a transaction that writes and stays open for five seconds

100 subscribers, 100 entries a second. It adds ${fixed(beside.p50 - without.p50)} ms to the median and ${fixed(beside.p99 - without.p99)} ms to p99 of the other entries.

${table(heads, [delays('without', without), delays('beside it', beside)])}
`;
}

function captureOf({ capture }: Figures): string {
  if (!capture) return '';
  const { withFeed, withoutFeed, writes } = capture;
  const cells = (what: string, { cpu, tookMs }: Capture['withFeed']) => [what, whole(cpu), fixed(tookMs, 3)];
  return `
## What a writer pays

Twice ${whole(writes)} writes of one row, one after the other, in turns while the server follows for 100 subscribers and while it stands still (SIGSTOP). What a
write takes also says how busy the cores are, which server and subscribers share with the database.

${table(['', 'µs of the session of the writer per write', 'ms until it is committed, median'], [cells('with the feed', withFeed), cells('without', withoutFeed)])}
`;
}

function stallOf({ stall }: Figures): string {
  if (!stall) return '';
  return `
## Beside a socket that does not read

50 readers, 500 entries a second. Resident memory grew by ${fixed(stall.grownMb)} MB at most.

${table(heads, [delays('without', stall.before), delays('beside it', stall.meanwhile)])}
`;
}

function webhooksOf({ webhooks }: Figures): string {
  if (webhooks.length === 0) return '';
  const rows = webhooks.map((one) => [
    ...[whole(one.endpoints), whole(one.perSecond), fixed(one.entriesPerDelivery), whole(one.cpuPerEntry)],
    ...[fixed(one.p50), fixed(one.p99), complete(one.isComplete)],
  ]);
  const heads = ['endpoints', 'entries/s, of all', 'entries a delivery', 'µs of the server an entry and endpoint'];
  return `
## Webhooks

Entries that wait, as many as come through; then 100 entries a second, each from its writing to its arrival.

${table([...heads, 'p50 ms', 'p99 ms', 'every endpoint had everything'], rows)}
`;
}
