import { ArgsType, Directive, Field, ID, InputType, registerEnumType } from 'type-graphql';
import { AsksOfPersonal } from '../../shared/access.directives.ts';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import { DateTimeFilterInput, type OrderTerm, orderInput, StringFilterInput } from '../../shared/filter.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { Role } from './commerce.model.ts';
import type { UserFilter, UserOrderField } from './user.queries.ts';

registerEnumType(Role, {
  name: 'Role',
  description: 'Roles.',
  valuesConfig: {
    ADMIN: { description: 'Admin.' },
    ANALYST: { description: 'Analyst.' },
    AUDITOR: { description: 'Auditor.' },
    OPERATOR: { description: 'Operator.' },
    SERVICE: { description: 'Service.' },
    VIEWER: { description: 'Viewer.' },
  },
});

@InputType('UserFilterInput', { description: 'Which User items; fields are ANDed.' })
export class UserFilterInput implements UserFilter {
  @AsksOfPersonal()
  @Field(() => StringFilterInput, { nullable: true, description: 'Name.' })
  readonly displayName?: StringFilterInput | null;

  @AsksOfPersonal()
  @Field(() => StringFilterInput, { nullable: true, description: 'Mail.' })
  readonly email?: StringFilterInput | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether active.' })
  readonly isActive?: boolean | null;

  @Field(() => Role, { nullable: true, description: 'Holds this role.' })
  readonly role?: Role | null;

  @Field(() => DateTimeFilterInput, { nullable: true, description: 'When made.' })
  readonly createdAt?: DateTimeFilterInput | null;

  @Field(() => [UserFilterInput], { nullable: true, description: 'All of these.' })
  readonly and?: UserFilterInput[] | null;

  @Field(() => [UserFilterInput], { nullable: true, description: 'Any of these.' })
  readonly or?: UserFilterInput[] | null;

  @Field(() => UserFilterInput, { nullable: true, description: 'Not this.' })
  readonly not?: UserFilterInput | null;
}

const UserOrderInput = orderInput('User', { CREATED_AT: 'By created at.', DISPLAY_NAME: 'By display name.' }, ['DISPLAY_NAME']);

@Directive('@oneOf')
@InputType('UserIdentifierInput', { description: 'Names one User: give exactly one field.' })
export class UserIdentifierInput {
  @Field(() => ID, { nullable: true, description: 'Global id.' })
  readonly id?: string | null;

  @AsksOfPersonal()
  @Field(() => String, { nullable: true, description: 'Mail.' })
  readonly email?: string | null;

  @Field(() => String, { nullable: true, description: 'Business key, or the key of the source system.' })
  readonly key?: string | null;
}

@ArgsType()
export class UsersArgs extends PageArgs {
  @Field(() => AsOfInput, { nullable: true, description: 'Read at another time.' })
  readonly asOf?: AsOf | null;

  @Field(() => UserFilterInput, { nullable: true, description: 'Which ones.' })
  readonly filter?: UserFilterInput | null;

  @Field(() => [UserOrderInput], { nullable: true, description: 'Order; ties are broken by id.' })
  readonly orderBy?: OrderTerm<UserOrderField>[] | null;
}
