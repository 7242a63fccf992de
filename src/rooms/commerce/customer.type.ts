import { Field, ObjectType } from 'type-graphql';
import { Sensitive } from '../../shared/access.directives.ts';
import { connectionType } from '../../shared/connection.type.ts';
import { DateTime } from '../../shared/scalars.ts';
import { NodeType } from './node.type.ts';
import { TraceableType } from './traceable.type.ts';

@ObjectType('Customer', { implements: [NodeType, TraceableType], description: 'A customer of the shop.', simpleResolvers: true })
export class CustomerType {
  @Field(() => DateTime, { description: 'When the customer was made.' })
  readonly createdAt!: string;

  @Sensitive('PERSONAL')
  @Field(() => String, { nullable: true, description: 'Address for mail.' })
  readonly email!: string | null;

  @Sensitive('PERSONAL')
  @Field(() => String, { description: 'Full name.' })
  readonly name!: string;

  @Sensitive('PERSONAL')
  @Field(() => String, { nullable: true, description: 'Number for calls.' })
  readonly phone!: string | null;
}

export const CustomerConnectionType = connectionType('Customer', () => CustomerType);
