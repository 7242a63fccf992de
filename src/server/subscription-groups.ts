import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { GraphQLFormattedError } from 'graphql';
import { isLiveFeed, type LiveFeed, type LivePart, type LivePlace, type LiveReader } from '../shared/live-feed.ts';
import type { RequestFacts } from './format-error.ts';
import { factsOf, type GraphqlAnswer, type GraphqlExecutor } from './graphql.ts';
import { answersAlone, over, type SharedAnswer, type Subscribe, type SubscriptionChannel, sourceOf } from './graphql-subscription.ts';
import { SharedOperation } from './shared-operation.ts';

/** Who has more than this waiting is left out of the group, and reads the database when it has read what waits. */
const slowBytes = 1_048_576;
const drainedBytes = 65_536;
const lookMs = 20;
/** Subscribers served in one go; other work comes in between. */
const inOneGo = 500;

/**
 * Subscribers of live feeds. Each catches up by itself; who has reached the newest event joins those who asked the same with the same
 * permissions: an event is then read, executed and written as JSON once for all of them.
 */
export class SubscriptionGroups {
  private readonly subscribers = new Set<Subscriber>();
  private readonly around: Surroundings;

  /**
   * @param patienceMs how long a reader may take over what waits before its connection is ended.
   * @param told makes an error what the subscriber is told; errors that are told are counted there.
   */
  constructor(
    private readonly graphql: GraphqlExecutor,
    patienceMs: number,
    told: (error: unknown, facts: RequestFacts) => GraphQLFormattedError,
  ) {
    this.around = { groups: new Map(), patienceMs, told, left: (subscriber) => this.subscribers.delete(subscriber) };
  }

  readonly subscribe: Subscribe = async (subscription, channel) => {
    const { graphql } = this;
    const source = await sourceOf(graphql, subscription);
    if (!isLiveFeed(source)) return answersAlone(graphql, subscription, source);
    const operation = new SharedOperation(graphql, subscription, source);
    const facts = factsOf(subscription.sharedContext());
    const subscriber = new Subscriber(source.resume, operation, channel, facts, this.around);
    this.subscribers.add(subscriber);
    void subscriber.follow(source.first);
    return subscriber;
  };

  /** How many are subscribed to live feeds. */
  get size(): number {
    return this.subscribers.size;
  }
}

interface Surroundings {
  readonly groups: Map<string, Group>;
  readonly patienceMs: number;
  readonly told: (error: unknown, facts: RequestFacts) => GraphQLFormattedError;
  readonly left: (subscriber: Subscriber) => void;
}

/**
 * One subscriber: alone with a reader of its own, or in a group. Yields nothing but the error that ended it. There are thousands that
 * wait for most of their time: in a group each keeps little of its own.
 */
class Subscriber implements AsyncIterator<GraphqlAnswer, void, void> {
  private at: LivePlace = { place: null, cursor: '', isNewest: false };
  private reader: LiveReader | null = null;
  private group: Group | null = null;
  private hasLeft = false;
  private end: (answer: GraphqlAnswer | null) => void = () => {};
  private ending: Promise<GraphqlAnswer | null> = new Promise((resolve) => {
    this.end = resolve;
  });

  constructor(
    private readonly resume: LiveFeed['resume'],
    private operation: SharedOperation,
    private readonly channel: SubscriptionChannel,
    private readonly facts: RequestFacts,
    private readonly around: Surroundings,
  ) {}

  /** Reads alone until there is a group to join. Never rejects. */
  async follow(reader: LiveReader): Promise<void> {
    this.reader = reader;
    this.at = reader.start;
    try {
      while (!this.hasLeft && !this.joins(reader)) {
        const { value: part, done } = await reader.next();
        if (done) return this.leave(null);
        this.take(await this.operation.answersTo(part.events), part);
        await this.drained();
      }
    } catch (error) {
      this.leave(this.hasLeft ? null : { errors: [this.around.told(error, this.facts)] });
    }
  }

  /** What a group has for it: those of the part that it has not got yet. */
  serve(part: LivePart, answers: readonly SharedAnswer[], from: number): void {
    if (this.channel.bufferedBytes() > slowBytes) {
      this.group?.remove(this);
      this.group = null;
      void this.catchUp();
      return;
    }
    const { place } = this.at;
    const isAhead = place !== null && place > from;
    this.take(isAhead ? answers.filter((_, i) => (part.events[i]?.place ?? 0) > place) : answers, part);
    if (this.channel.bufferedBytes() > slowBytes) void this.drained(); // its patience does not wait for the next part
  }

  next(): Promise<IteratorResult<GraphqlAnswer, void>> {
    const { ending } = this;
    this.ending = Promise.resolve(null);
    return ending.then((answer) => (answer === null ? over : { done: false, value: answer }));
  }

  async return(): Promise<IteratorResult<GraphqlAnswer, void>> {
    this.leave(null);
    return over;
  }

  leave(answer: GraphqlAnswer | null): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.group?.remove(this);
    void this.reader?.return?.();
    this.around.left(this);
    this.end(answer);
  }

  fail(error: unknown): void {
    this.leave({ errors: [this.around.told(error, this.facts)] });
  }

  private take(answers: readonly SharedAnswer[], place: LivePlace): void {
    if (this.hasLeft) return;
    if (answers.length > 0) this.channel.push(answers);
    this.at = place;
  }

  /** A group that is not ahead of it; where there is none it begins one, once nothing newer is there. */
  private joins(reader: LiveReader): boolean {
    const { place, isNewest } = this.at;
    const { groups } = this.around;
    let group = groups.get(this.operation.key);
    if (place === null || (group ? place < group.place : !isNewest)) return false;
    if (group) void reader.return?.();
    else {
      const begun = new Group(this.operation, reader, this.at, () => {
        if (groups.get(this.operation.key) === begun) groups.delete(this.operation.key);
      });
      groups.set(this.operation.key, begun);
      group = begun;
    }
    this.reader = null;
    this.operation = group.operation;
    if (place === group.place) this.at = group.at;
    this.group = group;
    group.add(this);
    return true;
  }

  private async catchUp(): Promise<void> {
    try {
      await this.drained();
      if (!this.hasLeft) await this.follow(await this.resume(this.at.cursor));
    } catch (error) {
      this.fail(error);
    }
  }

  private async drained(): Promise<void> {
    const until = performance.now() + this.around.patienceMs;
    while (!this.hasLeft && this.channel.bufferedBytes() > drainedBytes) {
      if (performance.now() > until) {
        this.channel.giveUp();
        return this.leave(null);
      }
      await sleep(lookMs);
    }
  }
}

/** Those who read the newest events of one feed by one operation. */
class Group {
  private readonly members = new Set<Subscriber>();

  constructor(
    readonly operation: SharedOperation,
    private readonly reader: LiveReader,
    /** Up to where its members were served. */
    public at: LivePlace,
    private readonly ended: () => void,
  ) {
    void this.pump();
  }

  get place(): number {
    return this.at.place ?? 0;
  }

  add(member: Subscriber): void {
    this.members.add(member);
  }

  remove(member: Subscriber): void {
    this.members.delete(member);
    if (this.members.size > 0) return;
    this.ended();
    void this.reader.return?.();
  }

  private async pump(): Promise<void> {
    try {
      for await (const part of this.reader) await this.serve(part, await this.operation.answersTo(part.events));
      for (const member of [...this.members]) member.leave(null);
    } catch (error) {
      this.ended(); // before its members are told, so that who comes again does not join it
      for (const member of [...this.members]) member.fail(error);
    }
  }

  private async serve(part: LivePart, answers: readonly SharedAnswer[]): Promise<void> {
    const from = this.place;
    const present = [...this.members];
    if (part.place !== null) this.at = part; // who joins from here on has got this part already
    for (const [i, member] of present.entries()) {
      if (i % inOneGo === inOneGo - 1) await nextTurn();
      if (this.members.has(member)) member.serve(part, answers, from);
    }
  }
}
