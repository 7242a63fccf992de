import { Field, ObjectType } from 'type-graphql';
import { Sensitive } from '../../shared/access.directives.ts';
import { connectionType } from '../../shared/connection.type.ts';
import { DateTime } from '../../shared/scalars.ts';
import { NodeType } from './node.type.ts';
import { TraceableType } from './traceable.type.ts';

@ObjectType('User', {
  implements: [NodeType, TraceableType],
  description: 'A person or service that uses the systems being tracked.',
  simpleResolvers: true,
})
export class UserType {
  @Field(() => DateTime, { description: 'When the account was made.' })
  readonly createdAt!: string;

  @Sensitive('PERSONAL')
  @Field(() => String, { description: 'Full name.' })
  readonly displayName!: string;

  @Sensitive('PERSONAL')
  @Field(() => String, { nullable: true, description: 'Address for mail.' })
  readonly email!: string | null;

  @Field(() => Boolean, { description: 'Whether the account may sign in.' })
  readonly isActive!: boolean;

  @Field(() => [String], { description: 'Roles as the source spells them.' })
  readonly roles!: readonly string[];
}

export const UserConnectionType = connectionType('User', () => UserType);
