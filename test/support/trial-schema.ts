// A schema whose only purpose is to fail in every way a resolver can: what the server makes of it is tested over real HTTP.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphQLSchema } from 'graphql';
import { Arg, Ctx, Directive, Field, InputType, Int, Mutation, ObjectType, Query, Resolver, Root, Subscription } from 'type-graphql';
import { ViewerResolver } from '../../src/rooms/access/viewer.resolver.ts';
import { schemaFrom } from '../../src/server/schema.ts';
import { RequiresScope, Sensitive } from '../../src/shared/access.directives.ts';
import { DomainError } from '../../src/shared/errors.ts';
import type { RequestContext } from '../../src/shared/request-context.ts';
import { DateTime, IPAddress, Json } from '../../src/shared/scalars.ts';

@Directive('@oneOf')
@InputType('TrialOneOfInput', { description: 'By one or by two.' })
class TrialOneOfInput {
  @Field(() => String, { nullable: true, description: 'One.' })
  readonly one?: string;

  @Field(() => String, { nullable: true, description: 'Two.' })
  readonly two?: string;
}

@RequiresScope('VAULT_READ')
@ObjectType('TrialSecret', { description: 'Guarded as a whole.' })
class TrialSecret {
  @Field(() => String, { nullable: true, description: 'Text.' })
  readonly text?: string;

  @Sensitive('PERSONAL')
  @Field(() => String, { description: 'A name.' })
  readonly name!: string;

  @Sensitive('PERSONAL')
  @Field(() => IPAddress, { nullable: true, description: 'An address.' })
  readonly address?: string | null;

  @Sensitive('SECRET')
  @Field(() => String, { nullable: true, description: 'Nothing.' })
  readonly absent?: string | null;
}

/** Who waits at `Subscription.counting` now. */
export const counting = { open: 0 };

/** Gives nothing until it is ended. */
function silence(): AsyncGenerator<number> {
  counting.open++;
  let end = () => {};
  const ended = new Promise<{ done: true; value: undefined }>((resolve) => {
    end = () => resolve({ done: true, value: undefined });
  });
  const close = () => {
    counting.open--;
    end();
    return ended;
  };
  const events = { next: () => ended, return: close, throw: close, [Symbol.asyncIterator]: () => events };
  return events as unknown as AsyncGenerator<number>;
}

/** 1 to `to` at once, then its end; a negative `to` ends in a fault. */
async function* count(to: number): AsyncGenerator<number> {
  counting.open++;
  try {
    for (let at = 1; at <= Math.abs(to); at++) yield at;
    if (to < 0) throw new Error('select secret from /home/us/file.ts');
  } finally {
    counting.open--;
  }
}

@Resolver()
class TrialResolver {
  @Subscription(() => Int, { nullable: true, description: 'Counts.', subscribe: ({ args }) => count(args['to']) })
  counting(
    @Root() at: number,
    @Arg('to', () => Int, { description: 'Last; negative: fails after it.' }) _to: number,
    @Ctx() ctx: RequestContext,
  ): number {
    return ctx.memo(counting, () => at); // the first number again where events share a context
  }

  @RequiresScope('VAULT_READ')
  @Subscription(() => Int, { nullable: true, description: 'Counts for those who may.', subscribe: () => count(3) })
  secretCounting(@Root() at: number): number {
    return at;
  }

  @Subscription(() => Int, { nullable: true, description: 'Says nothing until it is given up.', subscribe: () => silence() })
  silence(@Root() at: number): number {
    return at;
  }

  @Query(() => String, { nullable: true, description: 'Fails as a programming error does.' })
  bug(): string {
    throw new Error('select secret from /home/us/file.ts');
  }

  @Query(() => String, { nullable: true, description: 'Fails with a cause that only the log may know.' })
  away(): string {
    throw new DomainError('UNAVAILABLE', 'The database did not answer.', { waitedMs: 5 }, { cause: new Error('password=hunter2') });
  }

  @Query(() => String, { description: 'Promises text and gives none.' })
  hole(): string | null {
    return null;
  }

  @Query(() => DateTime, { nullable: true, description: 'Gives what its scalar cannot write.' })
  badTime(): string {
    return 'soon';
  }

  @Query(() => Json, { nullable: true, description: 'Gives back what it got.' })
  echo(
    @Arg('json', () => Json, { nullable: true, description: 'Anything.' }) json: unknown,
    @Arg('time', () => DateTime, { nullable: true, description: 'An instant.' }) time: string | null,
    @Arg('count', () => Int, { nullable: true, description: 'A number.' }) count: number | null,
    @Arg('by', () => TrialOneOfInput, { nullable: true, description: 'Exactly one.' }) by: TrialOneOfInput | null,
  ): unknown {
    return { json, time, count, by };
  }

  @Directive('@cost(weight: "7")')
  @Query(() => String, { nullable: true, description: 'Takes three seconds.' })
  async slow(): Promise<string> {
    await sleep(3_000);
    return 'done';
  }

  @Query(() => TrialSecret, { nullable: true, description: 'A guarded object.' })
  secret(): TrialSecret {
    return { text: 'seen', name: 'Ann', address: '192.0.2.1' };
  }

  @Mutation(() => String, { nullable: true, description: 'Changes nothing.' })
  change(): string {
    return 'changed';
  }
}

export function trialSchema(): GraphQLSchema {
  return schemaFrom([new ViewerResolver(), new TrialResolver()]);
}
