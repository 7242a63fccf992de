import { ArgsType, Field, ObjectType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { type Entity, EntityType } from '../commerce/commerce.model.ts';
import { TraceableType } from '../commerce/traceable.type.ts';

@ObjectType('SearchHit', { description: 'Something found by words.', simpleResolvers: true })
class SearchHitType {
  @Field(() => TraceableType, { description: 'The entity.' })
  readonly entity!: Entity;

  @Field(() => String, { description: 'Text around the words, with the words marked by ** **.' })
  readonly excerpt!: string;

  @Field(() => String, { description: 'Name to show.' })
  readonly label!: string;
}

export const SearchHitConnectionType = connectionType('SearchHit', () => SearchHitType, { counted: false });

@ArgsType()
export class SearchArgs extends PageArgs {
  @Field(() => String, { description: 'Words.' })
  readonly text!: string;

  @Field(() => [EntityType], { nullable: true, description: 'Kinds of entity.' })
  readonly entityTypes?: EntityType[] | null;
}
