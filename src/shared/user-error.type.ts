import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { UserErrorCode } from './user-error.ts';

registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'Codes of user errors.',
  valuesConfig: {
    ALREADY_EXISTS: { description: 'Already exists.' },
    CONFLICT: { description: 'Conflict.' },
    FORBIDDEN: { description: 'Forbidden.' },
    IDEMPOTENCY_MISMATCH: { description: 'Idempotency mismatch.' },
    INVALID: { description: 'Invalid.' },
    NOT_FOUND: { description: 'Not found.' },
    TOO_LARGE: { description: 'Too large.' },
  },
});

@ObjectType('UserError', { description: 'A failure that the caller can act on.', simpleResolvers: true })
export class UserErrorType {
  @Field(() => UserErrorCode, { description: 'Code for programs.' })
  readonly code!: UserErrorCode;

  @Field(() => [String], { nullable: true, description: 'Path of the input field at fault, e.g. ["input", "scriptName"].' })
  readonly field!: readonly string[] | null;

  @Field(() => String, { description: 'Text for people.' })
  readonly message!: string;
}
