import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry } from './audit.model.ts';
import type { AuditService } from './audit.service.ts';
import { AuditEntryType } from './audit-entry.type.ts';
import type { NarrativeSentence } from './narrative.ts';

@ObjectType('NarrativeSentence', { description: 'One sentence of a narrative.', simpleResolvers: true })
class NarrativeSentenceType {
  @Field(() => String, { description: 'The sentence.' })
  readonly text!: string;
}

@ObjectType('Narrative', {
  description: 'Text made for people from the records; every sentence can be traced to its entries.',
  simpleResolvers: true,
})
export class NarrativeType {
  @Field(() => String, { description: 'Markdown.' })
  readonly markdown!: string;

  @Field(() => [NarrativeSentenceType], { description: 'Sentences with their evidence; bounded to 200.' })
  readonly sentences!: readonly NarrativeSentence[];

  @Field(() => String, { description: 'Plain text.' })
  readonly text!: string;
}

@Resolver(() => NarrativeSentenceType)
export class NarrativeSentenceResolver {
  constructor(private readonly audit: AuditService) {}

  @FieldResolver(() => [AuditEntryType], {
    description: 'Entries that support it, at most 100; empty only where it says that the log holds none.',
  })
  async evidence(@Root() sentence: NarrativeSentence, @Ctx() ctx: RequestContext): Promise<AuditEntry[]> {
    const found = await Promise.all(sentence.evidence.map((id) => this.audit.loaders(ctx).entry(id)));
    return found.filter((entry) => entry !== null);
  }
}
