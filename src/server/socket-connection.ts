import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RawData, WebSocket } from 'ws';
import type { Caller, Credentials } from '../shared/caller.ts';
import type { SharedAnswer } from './graphql-subscription.ts';
import type { Sender } from './recorded.ts';
import { textFrames } from './socket-frames.ts';
import { closeCodes, type SocketLimits } from './socket-limits.ts';

/** Time that a peer has to answer our close; then the connection is cut. */
export const closingMs = 1_000;

/** One socket: what comes in is counted, what goes out is bounded. */
export class SocketConnection {
  /** Set by connection_init. */
  caller: Caller | null = null;
  credentials: Credentials = {};
  purpose: string | null = null;
  /** Operations under way. */
  operations = 0;
  /** Those of them whose answer is being worked out: queries, mutations, and subscriptions that begin. */
  answering = 0;
  /** The code we closed it with; null while it is open or when the peer was first. */
  closedWith: number | null = null;
  private readonly closing: (() => void)[] = [];
  private isAnswering = true;
  private secondBegan = 0;
  private messages = 0;

  constructor(
    private readonly socket: WebSocket,
    /** What `socket` writes to. */
    private readonly wire: Duplex,
    /** What the request said that became this socket; operations are named after it. */
    readonly upgrade: Omit<Sender, 'caller'> & { readonly credentials: Credentials },
    private readonly limits: SocketLimits,
  ) {
    socket.on('pong', () => {
      this.isAnswering = true;
    });
    socket.on('error', () => {}); // ws closes the socket itself, with the code that says why
    socket.once('close', () => {
      for (const end of this.closing.splice(0)) end();
    });
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  onClose(end: () => void): void {
    if (this.socket.readyState === WebSocket.CLOSED) end();
    else this.closing.push(end);
  }

  /** Hands text messages on, one after the other in the order they came; what is no text or comes too fast closes the socket. */
  onText(take: (text: string) => void): void {
    this.socket.on('message', (data: RawData, isBinary: boolean) => {
      if (!this.isOpen) return; // what a peer still sends while we close
      const now = Date.now();
      if (now - this.secondBegan >= 1_000) [this.secondBegan, this.messages] = [now, 0];
      if (++this.messages > this.limits.messagesPerSecond) {
        this.close(closeCodes.tooManyMessages, `Too many messages: at most ${this.limits.messagesPerSecond} per second`);
      } else if (isBinary) this.close(closeCodes.badMessage, 'Messages must be text');
      else take(String(data));
    });
  }

  /** Sends a text message. Resolves when it left this process, and at once when the socket is closed. Who lets too much wait is closed out. */
  send(text: string | Buffer): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    const waiting = this.socket.bufferedAmount;
    if (waiting > 0 && waiting + text.length > this.limits.bufferBytes) {
      this.close(closeCodes.slowReader, 'Answers are read too slowly');
      return Promise.resolve();
    }
    return new Promise((resolve) => this.socket.send(text, { binary: false }, () => resolve()));
  }

  /** Each answer as a message of its own, in one write: ws would copy, frame and write every single one. Whole frames never mix with its own. */
  push(prefix: Buffer, answers: readonly SharedAnswer[]): void {
    if (this.isOpen) this.wire.write(textFrames(prefix, answers));
  }

  /** Closes in good order; a peer that does not answer is cut off soon. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.closedWith = code;
    this.socket.close(code, reason.replace(/[^ -~]/g, '?').slice(0, 120)); // a close frame holds 123 bytes
    void sleep(closingMs, undefined, { ref: false }).then(() => this.cut());
  }

  /** Ends it without waiting for the peer. */
  cut(): void {
    this.socket.terminate();
  }

  /** Cuts a peer that did not answer the ping before, else sends the next one. */
  ping(): void {
    if (!this.isOpen) return;
    if (this.isAnswering) this.socket.ping();
    else this.cut();
    this.isAnswering = false;
  }
}
