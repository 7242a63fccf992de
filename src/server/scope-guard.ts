import {
  type ConstDirectiveNode,
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLSchema,
  getNullableType,
  isNonNullType,
  isObjectType,
  Kind,
} from 'graphql';
import { Scope } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import { mask } from '../shared/mask.ts';
import type { RequestContext } from '../shared/request-context.ts';
import { refusePersonalQuestions } from './personal-questions.ts';

/**
 * Puts a check in front of every field that carries `@requiresScope`, or whose object does, or whose arguments may ask by personal data, and a
 * mask behind every field that carries `@sensitive`; other fields are left as they are. Changes the schema it is given.
 */
export function guardScopes(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const ofObject = requiredScope(type.astNode?.directives);
    for (const field of Object.values(type.getFields())) {
      for (const scope of new Set([ofObject, requiredScope(field.astNode?.directives)])) {
        if (scope !== null) guard(field, scope);
      }
      refusePersonalQuestions(field);
      if (field.astNode?.directives?.some(({ name }) => name.value === 'sensitive')) maskWithoutPii(field);
    }
  }
}

function guard(field: GraphQLField<unknown, RequestContext>, scope: Scope): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context, info) => {
    if (!context.caller.scopes.has(scope)) throw new DomainError('FORBIDDEN', `This needs the permission ${scope}.`, { scope });
    return resolve(source, args, context, info);
  };
}

/** Text becomes `***`, anything else null; what is null stays null, so that it shows whether there is a value. */
function maskWithoutPii(field: GraphQLField<unknown, RequestContext>): void {
  const isText = String(getNullableType(field.type)) === 'String';
  if (!isText && isNonNullType(field.type)) throw new Error(`${field.name} cannot be masked: it is never null`);
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = async (source, args, context, info) => {
    const value = await resolve(source, args, context, info);
    if (context.caller.scopes.has('PII_READ') || value === null || value === undefined) return value;
    return isText ? mask : null;
  };
}

function requiredScope(directives: readonly ConstDirectiveNode[] = []): Scope | null {
  const value = directives.find((directive) => directive.name.value === 'requiresScope')?.arguments?.[0]?.value;
  if (value === undefined) return null;
  if (value.kind === Kind.ENUM && Object.hasOwn(Scope, value.value)) return value.value as Scope;
  throw new Error('@requiresScope names no scope');
}
