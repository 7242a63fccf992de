import { Field, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import { BigIntText, DateTime } from '../../shared/scalars.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { NodeType } from '../commerce/node.type.ts';

@ObjectType('EntityDiff', { implements: NodeType, description: 'Difference of one entity between two points.' })
export class EntityDiffType extends NodeType {}

export const EntityDiffConnectionType = connectionType('EntityDiff', () => EntityDiffType);

@ObjectType('DataDiff', { description: 'Difference of all data of the tenant between two points.' })
export class DataDiffType {}

@ObjectType('DiffStatistic', { description: 'Counts of one kind of entity in a difference.', simpleResolvers: true })
export class DiffStatisticType {
  @Field(() => Int, { description: 'Entities made.' })
  readonly added!: number;

  @Field(() => EntityType, { description: 'Kind of entity.' })
  readonly entityType!: EntityType;

  @Field(() => Int, { description: 'Entities changed.' })
  readonly modified!: number;

  @Field(() => Int, { description: 'Entities deleted.' })
  readonly removed!: number;
}

@ObjectType('VersionPoint', { description: 'A resolved point in time.', simpleResolvers: true })
export class VersionPointType {
  @Field(() => BigIntText, {
    description: 'Log position: that of the newest entry that lies at or before the point and has one; 0 before all.',
  })
  readonly sequence!: string;

  @Field(() => DateTime, { description: 'The time that was asked for; of a place in the log when its entry was recorded.' })
  readonly timestamp!: string;
}
