// A closed loop of HTTP/1.1 requests over raw sockets: cheap enough to share two cores with the server that it measures.
// Runs as a process of its own: takes one job, gives one result.
import { connect } from 'node:net';

export interface Job {
  readonly url: string;
  /** Taken in turn by all connections. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

export interface Result {
  /** Good answers. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of one answer with its head, on average. */
  readonly bytes: number;
  /** Answers with another status than 200, or with errors. */
  readonly failures: number;
  /** Beginning of the first of them. */
  readonly failure: string | null;
}

const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

/** Length of the whole answer; null while it cannot be told. A chunked one ends where its last chunk does. */
function lengthOf(answer: Buffer): number | null {
  const end = answer.indexOf(headEnd);
  if (end < 0) return null;
  const length = /content-length: *(\d+)/i.exec(answer.toString('latin1', 0, end))?.[1];
  if (length !== undefined) return end + headEnd.length + Number(length);
  return answer.subarray(-lastChunk.length).equals(lastChunk) ? answer.length : null;
}

async function load({ url, bodies, connections, seconds }: Job): Promise<Result> {
  const { hostname, port, pathname } = new URL(url);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\naccept: application/json\r\ncontent-type: application/json\r\n`;
  const requests = bodies.map((body) => Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`));
  const took: number[] = [];
  let sent = 0;
  let bytes = 0;
  let failures = 0;
  let failure: string | null = null;
  const start = performance.now();
  const until = start + seconds * 1000;

  const client = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      let parts: Buffer[] = [];
      let received = 0;
      let length: number | null = null;
      let sentAt = 0;
      const send = () => {
        parts = [];
        received = 0;
        length = null;
        sentAt = performance.now();
        socket.write(requests[sent++ % requests.length] ?? '');
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('close', () => resolve());
      socket.on('data', (part: Buffer) => {
        parts.push(part);
        received += part.length;
        if (length !== null && received < length) return;
        const answer = Buffer.concat(parts);
        parts = [answer];
        length = lengthOf(answer);
        if (length === null || received < length) return;
        const now = performance.now();
        took.push(now - sentAt);
        bytes += received;
        if (answer.toString('latin1', 9, 12) !== '200' || answer.includes('"errors":[')) {
          failures++;
          failure ??= answer.toString('utf8', 0, 600);
        }
        if (now < until) send();
        else socket.end();
      });
    });

  await Promise.all(Array.from({ length: connections }, client));
  const elapsed = (performance.now() - start) / 1000;
  took.sort((a, b) => a - b);
  const quantile = (q: number) => took[Math.min(took.length - 1, Math.floor(q * took.length))] ?? Number.NaN;
  return {
    perSecond: (took.length - failures) / elapsed,
    p50: quantile(0.5),
    p99: quantile(0.99),
    bytes: bytes / took.length,
    failures,
    failure,
  };
}

process.once('message', async (job: Job) => {
  process.send?.(await load(job));
  process.disconnect();
});
