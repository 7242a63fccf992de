import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNullableType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { Scope } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import { mask } from '../shared/mask.ts';
import type { RequestContext } from '../shared/request-context.ts';
import { refusePersonalQuestions } from './personal-questions.ts';
import { has, scopeOf, type ToldField, toldFields } from './told-reads.ts';

type Field = GraphQLField<unknown, RequestContext>;
type Resolve = GraphQLFieldResolver<unknown, RequestContext>;

/**
 * Puts a check in front of every field that carries `@requiresScope`, or whose object does, or whose arguments may ask by personal data, and a
 * mask behind every field that carries `@sensitive`, and notes what is read of personal and audit data; other fields are left as they are.
 * Changes the schema it is given.
 */
export function guardScopes(schema: GraphQLSchema): void {
  const toldOf = toldFields(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const ofObject = requiredScope(type);
    for (const field of Object.values(type.getFields())) {
      const told = toldOf(type, field as GraphQLField<unknown, never>);
      refusePersonalQuestions(field);
      if (has(field as GraphQLField<unknown, never>, 'sensitive')) maskWithoutPii(field, type.name, told);
      else if (told) note(field, type.name, told);
      for (const scope of new Set([ofObject, requiredScope(field)])) {
        if (scope !== null) guard(field, type.name, scope, told);
      }
    }
  }
}

function guard(field: Field, type: string, scope: Scope, told: ToldField | null): void {
  const guarded =
    (resolve: Resolve): Resolve =>
    (source, args, context, info) => {
      if (context.caller.scopes.has(scope)) return resolve(source, args, context, info);
      if (told) noteRead(told, type, source, undefined, context, info.operation.name?.value, false);
      throw new DomainError('FORBIDDEN', `This needs the permission ${scope}.`, { scope });
    };
  field.resolve = guarded(field.resolve ?? defaultFieldResolver);
  if (field.subscribe) field.subscribe = guarded(field.subscribe); // refused when it begins, not at the first event
}

function note(field: Field, type: string, told: ToldField): void {
  const { subscribe } = field;
  if (subscribe) {
    // That somebody listens is one access; events are told to many at once.
    field.subscribe = async (source, args, context, info) => {
      const events: unknown = await subscribe(source, args, context, info);
      noteRead({ ...told, itemsOf: null }, type, undefined, undefined, context, info.operation.name?.value, true);
      return events;
    };
  }
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context, info) => {
    const value: unknown = resolve(source, args, context, info);
    if (context.reads === null) return value;
    const refused = (error: unknown) => {
      if (error instanceof DomainError && error.code === 'FORBIDDEN')
        noteRead(told, type, source, undefined, context, info.operation.name?.value, false);
      throw error;
    };
    return whenThere(value instanceof Promise ? value.catch(refused) : value, (there) => {
      noteRead(told, type, source, there, context, info.operation.name?.value, true);
      return there;
    });
  };
}

/** Text becomes `***`, anything else null; what is null stays null, so that it shows whether there is a value. */
function maskWithoutPii(field: Field, type: string, told: ToldField | null): void {
  const isText = String(getNullableType(field.type)) === 'String';
  if (!isText && isNonNullType(field.type)) throw new Error(`${field.name} cannot be masked: it is never null`);
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context, info) =>
    whenThere(resolve(source, args, context, info), (value) => {
      const isAllowed = context.caller.scopes.has('PII_READ');
      if (told) noteRead(told, type, source, value, context, info.operation.name?.value, isAllowed);
      if (isAllowed || value === null || value === undefined) return value;
      return isText ? mask : null;
    });
}

function noteRead(
  told: ToldField,
  type: string,
  source: unknown,
  value: unknown,
  { reads }: RequestContext,
  operationName: string | undefined,
  isAllowed: boolean,
): void {
  if (reads === null) return;
  reads.operationName = operationName ?? null;
  if (source !== undefined && source !== null) reads.field(type, told.name, source, isAllowed);
  else if (told.itemsOf && isAllowed) for (const item of told.itemsOf(value)) reads.field(type, told.name, item, isAllowed);
  else reads.list(told.name, told.isCounted ? rowsIn(value) : 0, isAllowed);
}

/** Items of a page or a list; one thing is one row. */
function rowsIn(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (Array.isArray(value)) return value.filter((item) => item !== null).length;
  const { edges } = value as { readonly edges?: unknown };
  return Array.isArray(edges) ? edges.length : 1;
}

function whenThere(value: unknown, then: (there: unknown) => unknown): unknown {
  return value instanceof Promise ? value.then(then) : then(value);
}

function requiredScope(place: Parameters<typeof scopeOf>[0]): Scope | null {
  const scope = scopeOf(place);
  if (scope === null || Object.hasOwn(Scope, scope)) return scope as Scope | null;
  throw new Error(`@requiresScope names ${scope}, which is no scope`);
}
