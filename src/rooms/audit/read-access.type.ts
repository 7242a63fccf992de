import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { DateTime } from '../../shared/scalars.ts';
import { TimeRangeInput } from '../../shared/time-range.input.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { NodeType } from '../commerce/node.type.ts';
import type { ReadAccess } from './read-access.model.ts';
import type { ReadAccessRequest } from './read-access.service.ts';

@ObjectType('ReadAccess', { implements: NodeType, description: 'One read of data, for access audits.', simpleResolvers: true })
export class ReadAccessType {
  @Field(() => [String], { description: 'Fields read.' })
  readonly fields!: ReadAccess['fields'];

  @Field(() => DateTime, { description: 'When.' })
  readonly occurredAt!: string;

  @Field(() => String, { nullable: true, description: 'Stated purpose.' })
  readonly purpose!: string | null;

  @Field(() => EntityType, { nullable: true, description: 'Kind of entity read.' })
  readonly entityType!: EntityType | null;

  @Field(() => Boolean, { description: 'Whether it was allowed.' })
  readonly isAllowed!: boolean;

  @Field(() => String, { nullable: true, description: 'Name of the GraphQL operation or REST route.' })
  readonly operationName!: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of rows returned.' })
  readonly rowCount!: number | null;
}

export const ReadAccessConnectionType = connectionType('ReadAccess', () => ReadAccessType);

@ArgsType()
export class ReadAccessesArgs extends PageArgs implements ReadAccessRequest {
  @Field(() => ID, { nullable: true, description: 'Entity that was read.' })
  readonly entityId?: string | null;

  @Field(() => TimeRangeInput, { nullable: true, description: 'Period.' })
  readonly range?: TimeRangeInput | null;
}
