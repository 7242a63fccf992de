import { Field, ObjectType } from 'type-graphql';
import { JsonObject } from '../../shared/scalars.ts';
import type { Image } from '../audit/audit.model.ts';
import { NodeType } from '../commerce/node.type.ts';
import { TraceableType } from '../commerce/traceable.type.ts';

@ObjectType('Record', {
  implements: [NodeType, TraceableType],
  description: 'A row of any other tracked table: the same questions can be asked of it as of a business entity.',
  simpleResolvers: true,
})
export class RecordType {
  @Field(() => String, { description: 'Table, with its schema, e.g. public.shipments.' })
  readonly tableName!: string;

  @Field(() => JsonObject, { description: 'Column values as they are at this version.' })
  readonly values!: Image;
}
