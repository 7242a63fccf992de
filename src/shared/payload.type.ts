import { Field, ObjectType } from 'type-graphql';
import type { UserError } from './user-error.ts';
import { UserErrorType } from './user-error.type.ts';

/**
 * Makes `<Mutation>Payload`: the changed object under its own name beside the user errors, e.g. `payloadType('startRun', 'run', () => RunType)`.
 * A resolver answers it with `{ [field]: object or null, userErrors }`.
 */
export function payloadType(
  mutation: string,
  field: string,
  type: () => object,
  description = 'The changed object; null when there are errors.',
): new () => object {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Payload`;

  @ObjectType(name, { description: `Outcome of ${mutation}.`, simpleResolvers: true })
  class Payload {
    @Field(() => [UserErrorType], { description: 'What went wrong; empty on success.' })
    readonly userErrors!: readonly UserError[];
  }
  const changed = type as Parameters<typeof Field>[0];
  Field(changed, { nullable: true, description })(Payload.prototype, field);
  return Payload;
}
