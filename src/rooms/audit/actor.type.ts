import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Sensitive } from '../../shared/access.directives.ts';
import { UserType } from '../commerce/user.type.ts';
import type { Actor } from './actor.ts';
import { ActorType as ActorKind } from './audit.model.ts';

registerEnumType(ActorKind, {
  name: 'ActorType',
  description: 'Kinds of actor.',
  valuesConfig: {
    DATABASE: { description: 'Database.' },
    SERVICE: { description: 'Service.' },
    UNKNOWN: { description: 'Unknown.' },
    USER: { description: 'User.' },
  },
});

@ObjectType('Actor', { description: 'Who or what acted: a user, a service or the database itself.', simpleResolvers: true })
export class ActorType {
  @Field(() => ActorKind, { description: 'What kind of actor.' })
  readonly kind!: Actor['kind'];

  @Field(() => String, { nullable: true, description: 'Database account used.' })
  readonly databaseUser!: string | null;

  @Sensitive('PERSONAL')
  @Field(() => String, { description: 'Name to show.' })
  readonly displayName!: Actor['displayName'];

  @Field(() => UserType, { nullable: true, description: "The user's record, when known." })
  readonly user!: Actor['user'];

  @Field(() => String, { nullable: true, description: 'Role held when acting, as the application named it.' })
  readonly role!: string | null;

  @Field(() => Boolean, { description: "Whether the database checked the identity, or merely took the caller's word." })
  readonly isVerified!: Actor['isVerified'];

  @Field(() => ID, { description: 'Stable id of the actor, also for actors that are no user here.' })
  readonly id!: string;

  @Sensitive('PERSONAL')
  @Field(() => String, { description: 'Name used by the source: account, user or service.' })
  readonly key!: string;
}
