import { Directive, Field, ID, InputType } from 'type-graphql';
import { BigIntText, DateTime, RunId } from './scalars.ts';

/** A point in time as a caller names it: exactly one field is given. */
export interface AsOf {
  /** Global id of an AuditEntry. */
  readonly auditEntryId?: string | null;
  readonly runId?: string | null;
  readonly sequence?: string | null;
  readonly systemTime?: string | null;
  readonly cursor?: string | null;
  readonly sourceTime?: string | null;
}

@Directive('@oneOf')
@InputType('AsOfInput', { description: 'A point in time: give exactly one field.' })
export class AsOfInput implements AsOf {
  @Field(() => ID, { nullable: true, description: 'Right after this entry.' })
  readonly auditEntryId?: string | null;

  @Field(() => RunId, { nullable: true, description: 'Right after this run ended.' })
  readonly runId?: string | null;

  @Field(() => BigIntText, { nullable: true, description: 'Right after this position of the log.' })
  readonly sequence?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'State as this log knew it at this time (recordedAt).' })
  readonly systemTime?: string | null;

  @Field(() => String, { nullable: true, description: 'Right after this cursor of the trail or the feed.' })
  readonly cursor?: string | null;

  @Field(() => DateTime, { nullable: true, description: "State by the sources' own times (occurredAt)." })
  readonly sourceTime?: string | null;
}
