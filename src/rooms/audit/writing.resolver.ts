import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Outcome } from '../access/idempotency.ts';
import type { AuditService } from './audit.service.ts';
import type { WritingService } from './writing.service.ts';
import {
  AddReasonInput,
  AddReasonPayload,
  FinishRunInput,
  FinishRunPayload,
  RecordAuditEventInput,
  RecordAuditEventPayload,
  StartRunInput,
  StartRunPayload,
} from './writing.type.ts';

@Resolver()
export class WritingResolver {
  constructor(
    private readonly writing: WritingService,
    private readonly audit: AuditService,
  ) {}

  @RequiresScope('AUDIT_WRITE')
  @Mutation(() => StartRunPayload, { nullable: true, description: 'Opens a batch.' })
  async startRun(
    @Arg('input', () => StartRunInput, { description: 'Input.' }) input: StartRunInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    return this.run(ctx, await this.writing.startRun(ctx, input));
  }

  @RequiresScope('AUDIT_WRITE')
  @Mutation(() => FinishRunPayload, { nullable: true, description: 'Closes a batch.' })
  async finishRun(
    @Arg('input', () => FinishRunInput, { description: 'Input.' }) input: FinishRunInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    return this.run(ctx, await this.writing.finishRun(ctx, input));
  }

  @RequiresScope('AUDIT_WRITE')
  @Mutation(() => RecordAuditEventPayload, { nullable: true, description: 'Writes an application event to the audit log.' })
  async recordAuditEvent(
    @Arg('input', () => RecordAuditEventInput, { description: 'Input.' }) input: RecordAuditEventInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    return this.entry(ctx, await this.writing.recordAuditEvent(ctx, input));
  }

  @RequiresScope('AUDIT_WRITE')
  @Mutation(() => AddReasonPayload, { nullable: true, description: 'Adds a reason to a change that has none; the log keeps both.' })
  async addReason(
    @Arg('input', () => AddReasonInput, { description: 'Input.' }) input: AddReasonInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    return this.entry(ctx, await this.writing.addReason(ctx, input));
  }

  private async run(ctx: RequestContext, { id, userErrors }: Outcome): Promise<object> {
    return { run: id === null ? null : await this.audit.loaders(ctx).run(id), userErrors };
  }

  private async entry(ctx: RequestContext, { id, userErrors }: Outcome): Promise<object> {
    return { auditEntry: id === null ? null : await this.audit.loaders(ctx).entry(id), userErrors };
  }
}
