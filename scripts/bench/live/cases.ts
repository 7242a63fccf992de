// What is measured. Each case says in the end whether every subscriber had every entry.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from './database.ts';
import { Fleet } from './fleet.ts';
import type { Server } from './servers.ts';
import { Writer } from './writer.ts';

export interface Throughput {
  readonly subscribers: number;
  readonly perSecond: number;
  /** Microseconds of processor time of the server. */
  readonly cpuPerDelivery: number;
  readonly serverCores: number;
  readonly isComplete: boolean;
}

export interface Latency {
  readonly subscribers: number;
  readonly wantedPerSecond: number;
  /** Entries; fewer than wanted when the server fell behind and the writer stopped. */
  readonly writtenPerSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly cpuPerDelivery: number;
  readonly residentMb: number;
  readonly isComplete: boolean;
}

interface Measured {
  readonly server: Server;
  readonly fleet: Fleet;
  readonly writer: Writer;
}

/** Who waits for longer than this has fallen behind. */
const mostBehindSeconds = 1;
/** The same in deliveries: a minute must do to make up for them. */
const mostBehind = 50_000;

export async function withSubscribers<T>(
  database: BenchDatabase,
  server: Server,
  subscribers: number,
  stalled: number,
  work: (measured: Measured) => Promise<T>,
): Promise<T> {
  const writer = new Writer(database, server.table);
  const fleet = await Fleet.subscribe(server, subscribers, stalled);
  try {
    await writer.writeEvenly(20, 1); // warms up
    await fleet.drained(writer.written, 20_000);
    return await work({ server, fleet, writer });
  } finally {
    await fleet.stop();
    await writer.close();
  }
}

/** Of one transaction where as many as possible are to come through: what PostgreSQL takes for it is not what is measured. */
const eventsAtOnce = 4;

/** As many entries as come through: the writer goes on when most of what it wrote has arrived. */
export async function throughput({ server, fleet, writer }: Measured, seconds: number): Promise<Throughput> {
  begin(fleet, writer);
  const arrived = () => fleet.delivered / fleet.readers;
  let isOver = false;
  let inFlight = 8;
  const write = async () => {
    while (!isOver) {
      if (writer.written - arrived() < inFlight) await writer.write(eventsAtOnce);
      else await sleep(1);
    }
  };
  const writing = Promise.all(Array.from({ length: 8 }, write));
  writing.catch(() => {}); // thrown below
  const pace = async (forMs: number) => {
    const until = performance.now() + forMs;
    for (let before = arrived(); performance.now() < until; before = arrived()) {
      await sleep(200);
      inFlight = Math.max(8, Math.ceil((arrived() - before) * 2)); // what comes through in 0.4 s
    }
  };
  await pace(1_000);
  const [from, cpu, count] = [performance.now(), server.cpuSeconds(), fleet.delivered];
  await pace(seconds * 1_000);
  const elapsed = (performance.now() - from) / 1_000;
  const deliveries = fleet.delivered - count;
  const cpuSeconds = server.cpuSeconds() - cpu;
  isOver = true;
  await writing;
  const isComplete = await fleet.drained(writer.written, 20_000);
  return {
    subscribers: fleet.subscribers,
    perSecond: deliveries / elapsed,
    cpuPerDelivery: (cpuSeconds / deliveries) * 1e6,
    serverCores: cpuSeconds / elapsed,
    isComplete,
  };
}

/** Delays at an even rate. */
export async function latency({ server, fleet, writer }: Measured, perSecond: number, seconds: number): Promise<Latency> {
  begin(fleet, writer);
  const [from, cpu] = [performance.now(), server.cpuSeconds()];
  const isBehind = () =>
    writer.written - fleet.delivered / fleet.readers > Math.max(4, Math.min(perSecond * mostBehindSeconds, mostBehind / fleet.readers));
  await writer.writeEvenly(perSecond, seconds, isBehind);
  const elapsed = (performance.now() - from) / 1_000;
  const isComplete = await fleet.drained(writer.written, 60_000);
  const cpuSeconds = server.cpuSeconds() - cpu;
  return {
    ...{ subscribers: fleet.subscribers, wantedPerSecond: perSecond, writtenPerSecond: writer.written / Math.max(elapsed, seconds) },
    ...percentiles(await fleet.delaysMs()),
    cpuPerDelivery: (cpuSeconds / fleet.delivered) * 1e6,
    residentMb: server.residentMb(),
    isComplete,
  };
}

export interface LongWrite {
  readonly without: Latency;
  readonly beside: Latency;
}

/** The same rate without and beside a transaction that writes first and commits last. */
export async function longWrite(measured: Measured, perSecond: number, seconds: number): Promise<LongWrite> {
  const without = await latency(measured, perSecond, seconds);
  const commit = await measured.writer.open();
  const beside = await latency(measured, perSecond, seconds);
  await commit();
  return { without, beside };
}

export interface Stall {
  readonly before: Latency;
  readonly meanwhile: Latency;
  readonly grownMb: number;
}

/** @param stalled how many of the subscribers read nothing. */
export async function stall(database: BenchDatabase, server: Server, stalled: number, perSecond: number, seconds: number): Promise<Stall> {
  const readers = 50;
  const before = await withSubscribers(database, server, readers, 0, (measured) => latency(measured, perSecond, Math.min(10, seconds)));
  return await withSubscribers(database, server, readers + stalled, stalled, async (measured) => {
    const mb = server.residentMb();
    let mostMb = mb;
    const looking = setInterval(() => {
      mostMb = Math.max(mostMb, server.residentMb());
    }, 200);
    const meanwhile = await latency(measured, perSecond, seconds).finally(() => clearInterval(looking));
    return { before, meanwhile, grownMb: mostMb - mb };
  });
}

export interface Capture {
  readonly withFeed: WriteCost;
  readonly withoutFeed: WriteCost;
  /** Of each kind. */
  readonly writes: number;
}

interface WriteCost {
  /** Processor time of the writer's session, microseconds a write: what others do on the machine changes it little. */
  readonly cpu: number;
  /** Median until it is committed, milliseconds. */
  readonly tookMs: number;
}

const writesOfTurn = 200;

/** Writes one after the other while the server follows and while it stands still, in turns. */
export async function capture({ server, writer, fleet }: Measured, turns: number): Promise<Capture> {
  begin(fleet, writer);
  const session = await writer.session();
  const found = { withFeed: { cpu: 0, tookMs: [] as number[] }, withoutFeed: { cpu: 0, tookMs: [] as number[] } };
  for (let turn = 0; turn < 2 * turns; turn++) {
    const kind = turn % 2 === 0 ? found.withFeed : found.withoutFeed;
    if (kind === found.withoutFeed) server.freeze();
    try {
      await sleep(50);
      const cpu = session.cpuMicroseconds();
      for (let i = 0; i < writesOfTurn; i++) {
        const from = performance.now();
        await session.write();
        kind.tookMs.push(performance.now() - from);
        await sleep(2);
      }
      kind.cpu += session.cpuMicroseconds() - cpu;
    } finally {
      server.thaw();
    }
    await fleet.drained(writer.written, 20_000);
  }
  session.release();
  const costOf = ({ cpu, tookMs }: (typeof found)['withFeed']) => ({ cpu: cpu / tookMs.length, tookMs: median(tookMs) });
  return { withFeed: costOf(found.withFeed), withoutFeed: costOf(found.withoutFeed), writes: turns * writesOfTurn };
}

function begin(fleet: Fleet, writer: Writer): void {
  fleet.begin();
  writer.written = 0;
}

function percentiles(ascending: readonly number[]) {
  const at = (share: number) => ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
