import { type GraphQLField, type GraphQLFieldResolver, type GraphQLInputType, getNamedType, isInputObjectType } from 'graphql';
import { askingOfPersonal } from '../shared/access.directives.ts';
import { DomainError } from '../shared/errors.ts';
import type { RequestContext } from '../shared/request-context.ts';

/**
 * The arguments of a field that may ask by personal data (see `AsksOfPersonal`), wrapped in front of it: a caller without PII_READ who does is
 * refused, so that no filter, order or key tells what is masked.
 */
export function refusePersonalQuestions(field: GraphQLField<unknown, RequestContext>): void {
  const asking = field.args.filter(({ type }) => mayAsk(type, new Set()));
  if (asking.length === 0) return;
  // A promise, so that the log of reads tells the refusal.
  const refusing =
    (resolve: GraphQLFieldResolver<unknown, RequestContext>): GraphQLFieldResolver<unknown, RequestContext> =>
    async (source, args, context, info) => {
      if (!context.caller.scopes.has('PII_READ')) for (const { name, type } of asking) refuse(args[name], type, name);
      return await resolve(source, args, context, info);
    };
  if (field.subscribe) field.subscribe = refusing(field.subscribe);
  else if (field.resolve) field.resolve = refusing(field.resolve);
}

function mayAsk(type: GraphQLInputType, seen: Set<unknown>): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || seen.has(named)) return false;
  seen.add(named);
  return Object.values(named.getFields()).some((field) => personalOf(field) !== undefined || mayAsk(field.type, seen));
}

function refuse(value: unknown, type: GraphQLInputType, path: string): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuse(item, type, `${path}[${index}]`);
    return;
  }
  const named = getNamedType(type);
  if (!isInputObjectType(named) || typeof value !== 'object' || value === null) return;
  const fields = named.getFields();
  for (const [name, given] of Object.entries(value)) {
    const field = fields[name];
    if (!field || given === undefined) continue;
    const at = `${path}.${name}`;
    const personal = personalOf(field);
    if (personal === true || personal?.includes(String(given))) {
      throw new DomainError('FORBIDDEN', `"${at}" asks by personal data, which needs the permission PII_READ.`, {
        scope: 'PII_READ',
        argument: at,
      });
    }
    refuse(given, field.type, at);
  }
}

function personalOf(field: { readonly extensions: object }): true | readonly string[] | undefined {
  const personal = (field.extensions as { readonly [askingOfPersonal]?: true | readonly string[] })[askingOfPersonal];
  return personal === true || (personal && personal.length > 0) ? personal : undefined;
}
