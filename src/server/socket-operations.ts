import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import type { Caller, Credentials } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import type { Log } from '../shared/log.ts';
import type { ReadKeeper } from '../shared/read-notes.ts';
import type { RequestContext } from '../shared/request-context.ts';
import { formatError } from './format-error.ts';
import type { GraphqlAnswer, GraphqlExecutor } from './graphql.ts';
import { readOperation } from './graphql-request.ts';
import type { SharedAnswer, Subscribe, SubscriptionChannel } from './graphql-subscription.ts';
import type { KnownDocuments } from './known-documents.ts';
import { contextOf, recorded } from './recorded.ts';
import { purposeIn } from './request-headers.ts';
import type { SocketConnection } from './socket-connection.ts';
import { CallerCounts, closeCodes, type SocketLimits } from './socket-limits.ts';
import { within } from './within.ts';

export interface OperationOptions {
  readonly graphql: GraphqlExecutor;
  readonly subscribe: Subscribe;
  readonly documents: KnownDocuments;
  readonly limits: SocketLimits;
  readonly readLog: ReadKeeper | null;
  /** Longest time for one query or mutation. */
  readonly requestTimeoutMs: number;
  /** Begins `caller` and `credentials` of a connection; false when it closed the connection instead. */
  readonly connect: (connection: SocketConnection, credentials: Credentials) => Promise<boolean>;
  /** Whether no operation is begun any more. */
  readonly isStopping: () => boolean;
  /** Each refused operation, by its code. */
  readonly onError: (code: unknown) => void;
  readonly log: Log;
}

type Answered = ExecutionArgs & { readonly answer: GraphqlAnswer };
type Subscribed = ExecutionArgs & { readonly answers: GivenUpAtOnce<GraphqlAnswer> };

/** What graphql-ws leaves to us: who connects, and the answer to one operation, which takes the way that operations over HTTP take. */
export function socketOperations(options: OperationOptions): ServerOptions<Record<string, unknown>, SocketConnection> {
  const { graphql, limits, log } = options;
  const ofCallers = new CallerCounts(limits.operationsPerCaller);
  let numbered = 0;
  return {
    connectionInitWaitTimeout: limits.initMs,
    async onConnect({ extra: connection, connectionParams }) {
      const given = textsIn(connectionParams);
      try {
        connection.purpose = purposeIn(given.get('x-purpose') ?? '') ?? connection.upgrade.purpose;
      } catch (error) {
        connection.close(closeCodes.badMessage, error instanceof Error ? error.message : '');
        return false;
      }
      return options.connect(connection, credentialsOf(given, connection.upgrade.credentials));
    },
    async onSubscribe({ extra: connection }, id, payload) {
      const requestId = `${connection.upgrade.requestId}.${++numbered}`;
      const { caller } = connection;
      if (caller === null) throw new Error('graphql-ws lets nobody subscribe before the acknowledgement');
      let release = () => {};
      connection.answering++;
      try {
        if (options.isStopping()) throw new DomainError('UNAVAILABLE', 'The server is about to stop.');
        release = admitted(connection, caller, limits, ofCallers);
        const { purpose, upgrade } = connection;
        const sender = { caller, requestId, trace: upgrade.trace, purpose, application: upgrade.application, clientIp: upgrade.clientIp };
        const ofSender = <T>(work: (context: RequestContext) => Promise<T>) => recorded(graphql, options.readLog, sender, work);
        const request = readOperation(payload, 'SOCKET', options.documents);
        const { answer, prepared } = await within(
          options.requestTimeoutMs,
          ofSender((context) => graphql.execute(request, context)),
        );
        if (prepared === null || answer.data === undefined) return refused(release, answer.errors ?? []);
        const operation = { schema: graphql.schema, document: prepared.document, operationName: request.operationName };
        if (prepared.type !== 'subscription') {
          release();
          return { ...operation, answer } satisfies Answered;
        }
        const answers = await options.subscribe(
          { request, prepared, recorded: ofSender, sharedContext: () => contextOf(graphql, sender) },
          new SocketChannel(connection, id),
        );
        return { ...operation, answers: new GivenUpAtOnce(answers, release) } satisfies Subscribed;
      } catch (error) {
        const told = formatError(error, { requestId, traceId: connection.upgrade.trace?.traceId, tenant: caller.tenant }, log);
        options.onError(told.extensions?.['code']);
        return refused(release, [told]);
      } finally {
        connection.answering--;
      }
    },
    execute: (operation) => (operation as Answered).answer as object,
    subscribe: (operation) => (operation as Subscribed).answers as AsyncIterable<object>,
    onNext: (_context, _id, _payload, _operation, answer) => answer as object,
    onError: ({ extra }, _id, _payload, errors) =>
      errors.map((error) =>
        error instanceof ToldError
          ? error.told
          : formatError(error, { requestId: extra.upgrade.requestId, tenant: extra.caller?.tenant }, log),
      ),
  };
}

/** Only the beginning of a message is the subscriber's own. */
class SocketChannel implements SubscriptionChannel {
  private readonly frameStart: Buffer;

  constructor(
    private readonly connection: SocketConnection,
    id: string,
  ) {
    const text = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    this.frameStart = Buffer.allocUnsafeSlow(Buffer.byteLength(text)); // alone: a piece of a pool would keep all of it for as long as it is there
    this.frameStart.write(text);
  }

  push(answers: readonly SharedAnswer[]): void {
    this.connection.push(this.frameStart, answers);
  }

  bufferedBytes(): number {
    return this.connection.bufferedBytes();
  }

  giveUp(): void {
    this.connection.close(closeCodes.slowReader, 'Answers are read too slowly');
  }
}

/** graphql-ws takes errors of graphql's class only. */
class ToldError extends GraphQLError {
  constructor(readonly told: GraphQLFormattedError) {
    super(told.message);
  }
}

function refused(release: () => void, errors: readonly GraphQLFormattedError[]): readonly GraphQLError[] {
  release();
  return errors.map((error) => new ToldError(error));
}

/** @throws DomainError `OPERATION_LIMIT`; else gives the function that makes room again. */
function admitted(connection: SocketConnection, caller: Caller, limits: SocketLimits, ofCallers: CallerCounts): () => void {
  const refuse = (where: string, limit: number) =>
    new DomainError('OPERATION_LIMIT', `At most ${limit} operations at once on ${where}: end one first.`, { limit });
  if (connection.operations >= limits.operationsPerSocket) throw refuse('a socket', limits.operationsPerSocket);
  const leave = ofCallers.take(callerKey(caller));
  if (leave === null) throw refuse('all sockets of a caller', limits.operationsPerCaller);
  connection.operations++;
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    connection.operations--;
    leave();
  };
}

export function callerKey({ tenant, actor }: Caller): string {
  return JSON.stringify([tenant, actor]);
}

/**
 * The answers as graphql-ws wants them; room is made as soon as they end, fail or are given up. A generator function would not do: its
 * `return()` waits for the answer under way, which may never come.
 */
class GivenUpAtOnce<T> implements AsyncIterableIterator<T, void, void> {
  constructor(
    private readonly answers: AsyncIterator<T, void, void>,
    private readonly release: () => void,
  ) {}

  async next(): Promise<IteratorResult<T, void>> {
    let isLast = true;
    try {
      const result = await this.answers.next();
      isLast = result.done === true;
      return result;
    } finally {
      if (isLast) this.release();
    }
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.release();
    await this.answers.return?.();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<T, void>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Texts of connection_init by their names, which are those of headers, in any case. */
function textsIn(parameters: Record<string, unknown> | undefined): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of Object.entries(parameters ?? {})) if (typeof value === 'string') given.set(name.toLowerCase(), value);
  return given;
}

/** Those of the upgrade count where the message brings no token and no key. */
function credentialsOf(given: ReadonlyMap<string, string>, ofUpgrade: Credentials): Credentials {
  const [authorization, apiKey] = [given.get('authorization'), given.get('x-api-key')];
  const proof = authorization === undefined && apiKey === undefined ? ofUpgrade : { authorization, apiKey };
  return { ...proof, customerId: given.get('x-customer-id') ?? ofUpgrade.customerId };
}
