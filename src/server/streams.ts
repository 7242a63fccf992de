import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { Caller } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import type { ReadKeeper } from '../shared/read-notes.ts';
import type { RequestContext } from '../shared/request-context.ts';
import type { RequestFacts } from './format-error.ts';
import type { GraphqlAnswer, GraphqlExecutor } from './graphql.ts';
import { parametersOf, readOperation } from './graphql-request.ts';
import type { SharedAnswer, Subscribe, SubscriptionChannel } from './graphql-subscription.ts';
import { HttpError, statusOf } from './http-error.ts';
import type { KnownDocuments } from './known-documents.ts';
import type { Metrics } from './metrics.ts';
import { contextOf, recorded } from './recorded.ts';
import { originOf, purposeOf } from './request-headers.ts';
import { factsOf } from './request-log.ts';
import { CallerCounts, type SocketLimits } from './socket-limits.ts';
import { callerKey } from './socket-operations.ts';
import { within } from './within.ts';

export interface StreamsOptions {
  readonly graphql: GraphqlExecutor;
  readonly subscribe: Subscribe;
  readonly documents: KnownDocuments;
  readonly callerOf: (request: FastifyRequest) => Promise<Caller>;
  readonly limits: SocketLimits;
  readonly requestTimeoutMs: number;
  readonly metrics: Metrics;
  readonly readLog: ReadKeeper | null;
  /** Makes an error what the caller is told. */
  readonly told: (error: unknown, facts: RequestFacts) => GraphQLFormattedError;
}

/** Time between two looks at who reads a stream: a token that ended, a key that was revoked. */
const lookMs = 2_000;

/**
 * Subscriptions as server-sent events at /graphql/stream, one a request: events `next` with an answer each, then `complete`, as in the
 * protocol graphql-sse (distinct connections). The id of an event is a cursor, so that a reader who comes again with `Last-Event-ID`
 * misses nothing.
 */
export class Streams {
  private readonly open = new Set<ServerResponse>();
  private readonly perCaller: CallerCounts;
  private isStopping = false;

  constructor(private readonly options: StreamsOptions) {
    this.perCaller = new CallerCounts(options.limits.socketsPerCaller);
    options.metrics.gauge('whence_streams', 'Streams of server-sent events that are open.', () => this.open.size);
  }

  listen(app: FastifyInstance): void {
    const handler = (request: FastifyRequest, reply: FastifyReply) => this.answer(request, reply);
    app.get('/graphql/stream', { exposeHeadRoute: false }, handler);
    app.post('/graphql/stream', handler);
  }

  /** Ends every stream; their readers come again elsewhere. */
  stop(): void {
    this.isStopping = true;
    for (const response of this.open) response.end();
  }

  private async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { graphql, documents, limits, requestTimeoutMs } = this.options;
    if (this.isStopping) throw new DomainError('UNAVAILABLE', 'The server is about to stop.');
    if (this.open.size >= limits.sockets)
      throw new DomainError('UNAVAILABLE', `At most ${limits.sockets} streams are open at once.`, { limit: limits.sockets });
    const caller = await this.options.callerOf(request);
    const leave = this.perCaller.take(callerKey(caller));
    if (leave === null) {
      const limit = limits.socketsPerCaller;
      throw new HttpError(429, 'OPERATION_LIMIT', `At most ${limit} streams at once of one caller: end one first.`, { limit });
    }
    reply.raw.once('close', leave);
    const operation = readOperation(parametersOf(request), 'STREAM', documents);
    const sender = {
      ...{ caller, requestId: request.id, trace: request.trace, purpose: purposeOf(request), ...originOf(request) },
      resumeAfter: lastEventOf(request),
    };
    const ofSender = <T>(work: (context: RequestContext) => Promise<T>) => recorded(graphql, this.options.readLog, sender, work);
    const { answer, prepared } = await within(
      requestTimeoutMs,
      ofSender((context) => graphql.execute(operation, context)),
    );
    if (prepared === null || answer.data === undefined) return refuse(reply, answer);
    const stream = new Stream(reply);
    let answers: AsyncIterator<GraphqlAnswer, void, void>;
    try {
      answers = await this.options.subscribe(
        { request: operation, prepared, recorded: ofSender, sharedContext: () => contextOf(graphql, sender) },
        stream,
      );
    } catch (error) {
      return refuse(reply, { errors: [this.options.told(error, factsOf(request))] });
    }
    reply.hijack();
    stream.begin();
    this.open.add(reply.raw);
    void this.follow(request, stream, answers, caller);
    return reply;
  }

  private async follow(
    request: FastifyRequest,
    stream: Stream,
    answers: AsyncIterator<GraphqlAnswer, void, void>,
    caller: Caller,
  ): Promise<void> {
    const { response } = stream;
    const pinging = setInterval(() => response.write(':\n\n'), this.options.limits.pingMs).unref();
    const end = () => {
      clearInterval(pinging);
      this.open.delete(response);
      void answers.return?.();
    };
    response.once('close', end);
    if (response.closed) end(); // the reader has gone while the subscription began
    void this.endOf(request, caller, response).then((end) => {
      if (end) stream.tell(end);
      stream.complete();
    });
    try {
      for (let next = await answers.next(); !next.done; next = await answers.next()) stream.tell(next.value);
    } catch (error) {
      stream.tell({ errors: [this.options.told(error, factsOf(request))] });
    }
    stream.complete();
  }

  /** When who reads is nobody any more: what it is then told. Looks until the stream is closed. */
  private async endOf(request: FastifyRequest, caller: Caller, response: ServerResponse): Promise<GraphqlAnswer | null> {
    const isOver = () => (caller.validUntilMs ?? Number.POSITIVE_INFINITY) <= Date.now();
    while (!response.destroyed && !response.writableEnded) {
      await sleep(lookMs, undefined, { ref: false });
      try {
        if (isOver()) throw new DomainError('UNAUTHENTICATED', 'The token has expired: come again with a new one.');
        await this.options.callerOf(request);
      } catch (error) {
        const code = error instanceof DomainError ? error.code : null;
        if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') return { errors: [this.options.told(error, factsOf(request))] };
      }
    }
    return null;
  }
}

// The bytes of an event are the same for everybody, as its answer is.
const written = new WeakMap<SharedAnswer, Buffer>();

class Stream implements SubscriptionChannel {
  readonly response: ServerResponse;

  constructor(private readonly reply: FastifyReply) {
    this.response = reply.raw;
  }

  begin(): void {
    if (this.response.headersSent) return;
    for (const [name, value] of Object.entries(this.reply.getHeaders())) if (value !== undefined) this.response.setHeader(name, value);
    this.response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // a proxy must not wait for more
      'x-request-id': this.reply.request.id,
    });
    this.response.write(':\n\n');
  }

  push(answers: readonly SharedAnswer[]): void {
    this.begin();
    if (this.response.writable) this.response.write(Buffer.concat(answers.map(eventOf)));
  }

  bufferedBytes(): number {
    return this.response.writableLength;
  }

  giveUp(): void {
    this.response.destroy();
  }

  tell(answer: GraphqlAnswer): void {
    this.push([{ json: Buffer.from(JSON.stringify(answer)), cursor: null }]);
  }

  complete(): void {
    if (this.response.writable) this.response.end('event: complete\ndata:\n\n');
  }
}

function eventOf(answer: SharedAnswer): Buffer {
  let event = written.get(answer);
  if (!event) {
    const id = answer.cursor === null ? '' : `id: ${answer.cursor}\n`;
    event = Buffer.concat([Buffer.from(`event: next\n${id}data: `), answer.json, Buffer.from('\n\n')]);
    written.set(answer, event);
  }
  return event;
}

function lastEventOf({ headers }: FastifyRequest): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function refuse(reply: FastifyReply, answer: GraphqlAnswer): FastifyReply {
  const status = statusOf(answer.errors?.[0]?.extensions?.['code']);
  return reply
    .status(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ errors: answer.errors ?? [] }));
}
