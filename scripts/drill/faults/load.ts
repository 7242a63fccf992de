// Callers of the server: half of them read, half of them write, each write with an idempotency key and repeated with it until it is acknowledged.
import { setTimeout as sleep } from 'node:timers/promises';

/** One request as its caller saw it; times of `performance.now()`. */
export interface Answer {
  readonly kind: 'read' | 'write' | 'slow';
  readonly startedAt: number;
  readonly endedAt: number;
  /** null: it has what was asked for. NETWORK: no answer of HTTP. NO_ANSWER: none in time. */
  readonly code: string | null;
}

interface Reply {
  readonly data?: Record<string, { auditEntry?: { id: string } | null; userErrors?: readonly { code: string }[] } | null> | null;
  readonly errors?: readonly { extensions?: { code?: string; outcome?: string } }[];
}

const patienceMs = 15_000;
const pauseMs = 15;
const awayPauseMs = 200;

const reading = '{ auditEntries(first: 3) { nodes { id operationName } } }';
/** A statement over products takes a second in the drill's database. */
const slowReading = '{ products(first: 1) { nodes { id } } }';
const writing = 'mutation ($input: RecordAuditEventInput!) { recordAuditEvent(input: $input) { auditEntry { id } userErrors { code } } }';
export const eventName = 'DRILL';
/** A write whose key begins like this takes a second to commit. */
export const slowCommitKey = 'slow-commit';

export class Load {
  readonly answers: Answer[] = [];
  /** Global id of the entry by idempotency key, for every write that was acknowledged. */
  readonly acknowledged = new Map<string, string>();
  private readonly open: string[] = [];
  private lastWrite = 0;
  private isOver = false;
  private workers: Promise<void>[] = [];

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  start(): void {
    this.isOver = false;
    const endless = async (work: () => Promise<Answer>) => {
      while (!this.isOver) {
        const { code } = await work();
        await sleep(code === 'NETWORK' ? awayPauseMs : pauseMs);
      }
    };
    this.workers = [...Array(4)].flatMap(() => [endless(() => this.read()), endless(() => this.write())]);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.workers);
  }

  read(): Promise<Answer> {
    return this.ask('read', reading).then(({ answer }) => answer);
  }

  readSlowly(): Promise<Answer> {
    return this.ask('slow', slowReading).then(({ answer }) => answer);
  }

  /** The oldest write that was not acknowledged yet, or a new one. */
  async write(key = this.open.shift() ?? `write-${++this.lastWrite}`): Promise<Answer> {
    const input = { operationName: eventName, details: { key }, idempotencyKey: key };
    const { answer, reply } = await this.ask('write', writing, { input });
    const payload = reply?.data?.['recordAuditEvent'];
    const id = payload?.auditEntry?.id;
    const known = this.acknowledged.get(key);
    if (answer.code !== null || !id) this.open.push(key);
    else if (known === undefined) this.acknowledged.set(key, id);
    else if (known !== id) this.answers.push({ ...answer, code: 'ANOTHER_OUTCOME' });
    return answer;
  }

  /** Repeats what is open until all of it is acknowledged, and some that were acknowledged: they must give the same outcome. */
  async settle(): Promise<void> {
    for (let rounds = 0; this.open.length > 0 && rounds < 1_000; rounds++) await this.write();
    if (this.open.length > 0) throw new Error(`${this.open.length} writes were never acknowledged`);
    for (const key of [...this.acknowledged.keys()].slice(-50)) await this.write(key);
  }

  async metrics(): Promise<string> {
    const response = await fetch(`${this.url}/metrics`, { headers: { authorization: `Bearer ${this.token}` } });
    return await response.text();
  }

  private async ask(
    kind: Answer['kind'],
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<{ answer: Answer; reply: Reply | null }> {
    const startedAt = performance.now();
    let reply: Reply | null = null;
    let code: string | null;
    try {
      const response = await fetch(`${this.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(patienceMs),
      });
      reply = (await response.json()) as Reply;
      code = codeOf(reply);
    } catch (error) {
      code = error instanceof Error && error.name === 'TimeoutError' ? 'NO_ANSWER' : 'NETWORK';
    }
    const answer = { kind, startedAt, endedAt: performance.now(), code };
    this.answers.push(answer);
    return { answer, reply };
  }
}

function codeOf({ data, errors }: Reply): string | null {
  const extensions = errors?.[0]?.extensions;
  if (errors) return extensions?.outcome === 'unknown' ? 'UNAVAILABLE (outcome unknown)' : (extensions?.code ?? 'NO_CODE');
  const refused = Object.values(data ?? {}).flatMap((payload) => payload?.userErrors ?? []);
  return refused[0]?.code ?? (data ? null : 'NO_DATA');
}
