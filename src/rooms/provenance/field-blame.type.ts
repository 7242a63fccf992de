import { Field, Int, ObjectType } from 'type-graphql';
import { Json } from '../../shared/scalars.ts';
import type { FieldBlame } from './version.model.ts';

@ObjectType('FieldBlame', { description: 'Which change gave one field its present value.', simpleResolvers: true })
export class FieldBlameType {
  @Field(() => Int, { description: '0 for the most recently changed field of the entity, growing with age.' })
  readonly age!: number;

  @Field(() => String, { description: 'Field name.' })
  readonly field!: string;

  @Field(() => Int, { description: 'Number of times the field has changed.' })
  readonly changeCount!: FieldBlame['changeCount'];

  @Field(() => Json, { nullable: true, description: 'Present value.' })
  readonly value!: unknown;
}
