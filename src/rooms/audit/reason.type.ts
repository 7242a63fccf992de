import { Ctx, Field, FieldResolver, InputType, ObjectType, Resolver, Root, registerEnumType } from 'type-graphql';
import type { RequestContext } from '../../shared/request-context.ts';
import { DateTime } from '../../shared/scalars.ts';
import type { Actor } from './actor.ts';
import { ActorType } from './actor.type.ts';
import { type Reason, ReasonSource } from './audit.model.ts';
import type { AuditService } from './audit.service.ts';

registerEnumType(ReasonSource, {
  name: 'ReasonSource',
  description: 'Where a reason came from.',
  valuesConfig: { CALLER: { description: 'Caller.' }, INFERRED: { description: 'Inferred.' }, RUN: { description: 'Run.' } },
});

@ObjectType('Reason', { description: 'The stated business reason of a change.', simpleResolvers: true })
export class ReasonType {
  @Field(() => String, { nullable: true, description: "Short code from the tenant's catalogue, e.g. PROMOTION." })
  readonly code!: string | null;

  @Field(() => String, { nullable: true, description: "Ticket or document that explains it; a URL or the tenant's own reference." })
  readonly reference!: string | null;

  @Field(() => ReasonSource, { description: 'Where the reason came from: given by the caller, taken from the run, or inferred by a rule.' })
  readonly source!: ReasonSource;

  @Field(() => String, { description: 'Free text.' })
  readonly text!: string;

  @Field(() => DateTime, { description: 'When it was stated.' })
  readonly statedAt!: string;
}

@InputType('ReasonInput', { description: 'The reason of a change.' })
export class ReasonInput {
  @Field(() => String, { nullable: true, description: "Code from the tenant's catalogue." })
  readonly code?: string | null;

  @Field(() => String, { nullable: true, description: "Ticket or document; a URL or the tenant's own reference." })
  readonly reference?: string | null;

  @Field(() => String, { description: 'Free text.' })
  readonly text!: string;
}

@Resolver(() => ReasonType)
export class ReasonResolver {
  constructor(private readonly audit: AuditService) {}

  @FieldResolver(() => ActorType, { nullable: true, description: 'Who approved it.' })
  approvedBy(@Root() reason: Reason, @Ctx() ctx: RequestContext): Actor | null {
    return reason.approvedBy && this.audit.actor(ctx, reason.approvedBy);
  }

  @FieldResolver(() => ActorType, { nullable: true, description: 'Who stated it.' })
  statedBy(@Root() reason: Reason, @Ctx() ctx: RequestContext): Actor | null {
    return reason.statedBy && this.audit.actor(ctx, reason.statedBy);
  }
}
