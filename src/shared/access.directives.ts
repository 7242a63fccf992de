import { DirectiveLocation, GraphQLDirective, GraphQLEnumType, GraphQLNonNull } from 'graphql';
import { Directive, Extensions } from 'type-graphql';
import type { Scope } from './caller.ts';

const SensitiveKind = new GraphQLEnumType({
  name: 'SensitiveKind',
  description: 'Kinds of sensitive data.',
  values: { PERSONAL: { description: 'Personal.' }, SECRET: { description: 'Secret.' } },
});

export const sensitiveDirective = new GraphQLDirective({
  name: 'sensitive',
  description: 'Marks personal or secret data: masked unless the caller holds PII_READ, and left out of exports by default.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: { kind: { type: new GraphQLNonNull(SensitiveKind), description: 'Which kind of data.' } },
});

/** The directive over the enum Scope that the schema already holds: a twin of the same name would not fit into it. */
export function requiresScopeDirective(scope: GraphQLEnumType): GraphQLDirective {
  return new GraphQLDirective({
    name: 'requiresScope',
    description: 'The permission that a caller needs; without it the field is null and an error with code FORBIDDEN is added.',
    locations: [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.OBJECT],
    args: { scope: { type: new GraphQLNonNull(scope), description: 'The permission.' } },
  });
}

/** On a field, or on a class for all of its fields: refused with FORBIDDEN for callers without the permission. */
export function RequiresScope(scope: Scope): PropertyDecorator & MethodDecorator & ClassDecorator {
  return Directive(`@requiresScope(scope: ${scope})`);
}

/** Extension of an input field whose values say something of personal data: true, or which values of its enum do. */
export const askingOfPersonal = 'asksOfPersonal';

/**
 * On a field of an input that filters, orders or names by personal data: who may not see it may not ask by it either, and is refused with
 * FORBIDDEN. `values`: of an enum only these.
 */
export function AsksOfPersonal(values: true | readonly string[] = true): PropertyDecorator {
  return Extensions({ [askingOfPersonal]: values }) as PropertyDecorator;
}

/** On a field that holds personal or secret data. */
export function Sensitive(kind: 'PERSONAL' | 'SECRET'): PropertyDecorator & MethodDecorator {
  return Directive(`@sensitive(kind: ${kind})`);
}
