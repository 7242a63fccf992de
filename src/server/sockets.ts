import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Caller, Credentials } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import { refusableNumbers } from '../shared/exact-json.ts';
import type { Log } from '../shared/log.ts';
import { HttpError } from './http-error.ts';
import type { Metrics } from './metrics.ts';
import { Pings } from './pings.ts';
import { originOf, purposeOf } from './request-headers.ts';
import { closingMs, SocketConnection } from './socket-connection.ts';
import { CallerCounts, closeCodes } from './socket-limits.ts';
import { callerKey, type OperationOptions, socketOperations } from './socket-operations.ts';

export interface SocketsOptions extends Omit<OperationOptions, 'connect' | 'isStopping' | 'onError'> {
  readonly callerOf: (credentials: Credentials) => Promise<Caller>;
  readonly credentialsOf: (request: FastifyRequest) => Credentials;
  /** Without tokens a page of another origin must not open a socket: it would act as the one fixed caller. */
  readonly requiresTokens: boolean;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Time between two looks at who holds a socket: a token that ended, a key that was revoked. */
const lookMs = 2_000;

/** graphql-transport-ws at /graphql. */
export class Sockets {
  private readonly upgrades = new WeakMap<IncomingMessage, { socket: Duplex; head: Buffer; response: ServerResponse }>();
  private readonly connections = new Set<SocketConnection>();
  private readonly perCaller: CallerCounts;
  private readonly upgrader: WebSocketServer;
  private readonly protocol: ReturnType<typeof makeServer<Record<string, unknown>, SocketConnection>>;
  private readonly looking: NodeJS.Timeout;
  private readonly pings: Pings;
  private isStopping = false;
  private isLooking = false;

  constructor(private readonly options: SocketsOptions) {
    const { limits, metrics } = options;
    this.perCaller = new CallerCounts(limits.socketsPerCaller);
    this.upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.messageBytes,
      perMessageDeflate: false, // memory per socket, and a small message may inflate
      handleProtocols: (protocols) => (protocols.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
    });
    this.protocol = makeServer(
      socketOperations({
        ...options,
        connect: (connection, credentials) => this.connect(connection, credentials),
        isStopping: () => this.isStopping,
        onError: (code) => metrics.error(code),
      }),
    );
    metrics.gauge('whence_sockets', 'WebSockets that are open.', () => this.connections.size);
    this.looking = setInterval(() => this.lookAtCallers(), lookMs).unref();
    this.pings = new Pings(limits.pingMs);
  }

  /** Sends upgrades through fastify like any other request: rate, names of this host, request id and errors are looked at in one place. */
  listen(app: FastifyInstance): void {
    app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const response = new ServerResponse(request);
      response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
      response.once('finish', () => socket.end(() => socket.destroy())); // refused: nothing follows on this connection
      socket.on('error', () => socket.destroy());
      this.upgrades.set(request, { socket, head, response });
      app.routing(request, response);
    });
    app.addHook('onRequest', async ({ raw, routeOptions }) => {
      if (!this.upgrades.has(raw)) return;
      if (raw.method === 'GET' && routeOptions.url === '/graphql' && raw.headers.upgrade?.toLowerCase() === 'websocket') return;
      throw new HttpError(400, 'BAD_USER_INPUT', 'Only GET /graphql becomes a WebSocket; other requests go without the header Upgrade.');
    });
  }

  /**
   * Whether the request is an upgrade, which is then taken care of.
   * @throws HttpError 403 for a page of another origin, DomainError `UNAVAILABLE` while the server stops or has no room.
   */
  take(request: FastifyRequest, reply: FastifyReply): boolean {
    const upgrade = this.upgrades.get(request.raw);
    if (!upgrade) return false;
    const { origin, host } = request.headers;
    if (!this.options.requiresTokens && origin !== undefined && !isSameOrigin(origin, host)) {
      throw new HttpError(403, 'FORBIDDEN', 'Without tokens no page of another origin may open a socket.');
    }
    const { limits } = this.options;
    if (this.isStopping) throw new DomainError('UNAVAILABLE', 'The server is about to stop.');
    if (this.connections.size >= limits.sockets)
      throw new DomainError('UNAVAILABLE', `At most ${limits.sockets} sockets are open at once.`, { limit: limits.sockets });
    const credentials = this.options.credentialsOf(request);
    const said = { requestId: request.id, trace: request.trace, credentials, purpose: purposeOf(request), ...originOf(request) };
    reply.hijack();
    const { socket, head, response } = upgrade;
    response.detachSocket(socket as Parameters<ServerResponse['detachSocket']>[0]);
    this.upgrader.handleUpgrade(request.raw, socket, head, (webSocket) => {
      const connection = new SocketConnection(webSocket, socket, said, limits);
      webSocket.once('close', (code) => this.options.metrics.socketClosed(connection.closedWith ?? code));
      this.open(connection);
    });
    return true;
  }

  /** Begins nothing more, waits for the operations under way that end by themselves, then closes every socket with 1001. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    clearInterval(this.looking);
    this.pings.stop();
    const until = Date.now() + graceMs;
    while (Date.now() < until && [...this.connections].some(({ answering }) => answering > 0)) await sleep(20);
    for (const connection of this.connections) connection.close(closeCodes.stopping, 'The server is about to stop');
    for (const end = Date.now() + closingMs; this.connections.size > 0 && Date.now() < end; ) await sleep(20);
    for (const connection of this.connections) connection.cut(); // also who said farewell and then did not leave
  }

  private open(connection: SocketConnection): void {
    this.connections.add(connection);
    const unping = this.pings.add(connection);
    let take = async (_text: string) => {};
    const closed = this.protocol.opened(
      {
        protocol: connection.protocol,
        send: (text) => connection.send(text),
        close: (code = closeCodes.internal, reason = '') => connection.close(code, reason),
        onMessage: (given) => {
          take = given;
        },
      },
      connection,
    );
    connection.onText((text) => {
      take(refusableNumbers(text)).catch((error: unknown) => {
        // The one thing that graphql-ws throws by itself is a message that only servers send.
        if (error instanceof Error && error.message.startsWith('Unexpected message of type')) {
          connection.close(closeCodes.badMessage, 'Invalid message received');
        } else {
          this.options.log.error({ requestId: connection.upgrade.requestId, err: error }, 'a socket failed');
          connection.close(closeCodes.internal, 'Something went wrong on our side');
        }
      });
    });
    connection.onClose(() => {
      this.connections.delete(connection);
      unping();
      closed().catch((error: unknown) =>
        this.options.log.error({ requestId: connection.upgrade.requestId, err: error }, 'a socket failed'),
      );
    });
  }

  private async connect(connection: SocketConnection, credentials: Credentials): Promise<boolean> {
    const caller = await this.callerOrClose(connection, credentials);
    if (caller === null) return false;
    const leave = this.perCaller.take(callerKey(caller));
    if (leave === null) {
      connection.close(closeCodes.tooManySockets, `Too many sockets: at most ${this.options.limits.socketsPerCaller} per caller`);
      return false;
    }
    connection.onClose(leave);
    connection.caller = caller;
    connection.credentials = credentials;
    return connection.isOpen;
  }

  /** Null when who asks is nobody any more: the socket is then closed. While that cannot be found out a socket that is in use stays. */
  private async callerOrClose(connection: SocketConnection, credentials: Credentials): Promise<Caller | null> {
    try {
      const caller = await this.options.callerOf(credentials);
      if (caller.validUntilMs === undefined || caller.validUntilMs > Date.now()) return caller;
      closeExpired(connection);
    } catch (error) {
      const code = error instanceof DomainError ? error.code : null;
      const isKnown = connection.caller !== null;
      if (code === 'UNAUTHENTICATED')
        connection.close(isKnown ? closeCodes.forbidden : closeCodes.unauthorized, error instanceof Error ? error.message : '');
      else if (code === 'FORBIDDEN') connection.close(closeCodes.forbidden, error instanceof Error ? error.message : '');
      else if (isKnown) return connection.caller;
      else if (code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED')
        connection.close(closeCodes.tryLater, 'Callers cannot be verified now');
      else {
        this.options.log.error({ requestId: connection.upgrade.requestId, err: error }, 'a socket failed');
        connection.close(closeCodes.internal, 'Something went wrong on our side');
      }
    }
    return null;
  }

  /** What has ended by the clock at once; the rest one after the other, since keys may be looked up in the database. */
  private lookAtCallers(): void {
    for (const connection of this.connections) {
      if ((connection.caller?.validUntilMs ?? Number.POSITIVE_INFINITY) <= Date.now()) closeExpired(connection);
    }
    if (this.isLooking || !this.options.requiresTokens) return;
    this.isLooking = true;
    const look = async () => {
      for (const connection of this.connections) {
        if (connection.caller !== null && connection.isOpen) await this.callerOrClose(connection, connection.credentials);
      }
    };
    void look().finally(() => {
      this.isLooking = false;
    });
  }
}

function closeExpired(connection: SocketConnection): void {
  connection.close(closeCodes.forbidden, 'The token has expired: connect again with a new one');
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
