import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../shared/scalars.ts';
import { NodeType } from '../commerce/node.type.ts';
import { TruncatePolicy } from './audit.model.ts';

registerEnumType(TruncatePolicy, {
  name: 'TruncatePolicy',
  description: 'What to do on TRUNCATE.',
  valuesConfig: { KEEP_ROWS: { description: 'Log the rows that it removes.' }, REFUSE: { description: 'Refuse it.' } },
});

@ObjectType('TrackedTable', { implements: NodeType, description: 'A table whose changes are captured.', simpleResolvers: true })
export class TrackedTableType {
  @Field(() => String, { description: 'Table, with its schema.' })
  readonly tableName!: string;

  @Field(() => [String], { description: 'Columns that identify a row.' })
  readonly keyColumns!: readonly string[];

  @Field(() => [String], { description: 'Columns that are never stored in the log.' })
  readonly ignoredColumns!: readonly string[];

  @Field(() => [String], { description: 'Columns stored masked; see @sensitive.' })
  readonly maskedColumns!: readonly string[];

  @Field(() => [String], { description: 'Columns whose change needs a reason; see analytics.unexplainedChanges.' })
  readonly reasonRequiredColumns!: readonly string[];

  @Field(() => DateTime, { description: 'Since when.' })
  readonly trackedSince!: string;

  @Field(() => [String], { description: 'Columns with personal data, erasable by eraseSubject.' })
  readonly personalColumns!: readonly string[];

  @Field(() => TruncatePolicy, { description: 'What happens on TRUNCATE.' })
  readonly truncatePolicy!: TruncatePolicy;
}
