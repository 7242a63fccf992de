// Which fields show personal or audit data: the one place that decides what the log of reads tells.
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** Types of which each object is an item of audit data: every field of theirs is told, or the list that holds them. */
const auditItems = ['AuditEntry', 'ReadAccess'];
/** Rows of other tables, which may hold anything, and what the search finds in names and in the trail. */
const openFields = ['Record.values', 'SearchHit.excerpt', 'SearchHit.label'];

/** How the log of reads treats a field. */
export interface ToldField {
  /** `Type.field`. */
  readonly name: string;
  /** Of a field of the root that gives anything with an id: what of its value is told. Null: all of it. */
  readonly itemsOf: ((value: unknown) => unknown[]) | null;
  /** Whether what it gives is counted here, and not by its own fields. */
  readonly isCounted: boolean;
}

/**
 * Gives for a field how it is told; null for one that shows nothing of the kind. Told are fields that are `@sensitive`, that need AUDIT_READ,
 * and those of an entity or of the root that lead to the trail: to a type from which an audit entry is reached without passing an entity
 * (history, blame, why, how, where, timelines, journeys, runs). What another permission opens, e.g. analytics, is told only by what is in it.
 */
export function toldFields(schema: GraphQLSchema): (type: GraphQLObjectType, field: GraphQLField<unknown, never>) => ToldField | null {
  const trail = trailTypes(schema);
  return (type, field) => {
    const name = `${type.name}.${field.name}`;
    const scope = scopeOf(field) ?? scopeOf(type);
    const target = getNamedType(field.type);
    const isOfSource = type !== schema.getQueryType();
    const told = (itemsOf: ToldField['itemsOf'] = null): ToldField => ({
      name,
      itemsOf,
      isCounted: !isOfSource && scopeOf(itemOf(target)) === null,
    });
    if (scope === 'AUDIT_READ' || openFields.includes(name) || has(field, 'sensitive')) return told();
    if (scope !== null || (isOfSource && !isEntity(type))) return null;
    if (isAbstractType(target) && !trail.has(target.name))
      return isOfSource ? null : told((value) => [value].flat().filter((item) => trail.has(typenameOf(item))));
    return trail.has(target.name) ? told() : null;
  };
}

/** Name of the permission in `@requiresScope`; null without one. */
export function scopeOf(place: {
  readonly astNode?: GraphQLField<unknown, never>['astNode'] | GraphQLNamedType['astNode'];
}): string | null {
  const directive = place.astNode?.directives?.find(({ name }) => name.value === 'requiresScope');
  const value = directive?.arguments?.[0]?.value;
  return value?.kind === 'EnumValue' ? value.value : null;
}

export function has(field: GraphQLField<unknown, never>, directive: string): boolean {
  return field.astNode?.directives?.some(({ name }) => name.value === directive) ?? false;
}

function trailTypes(schema: GraphQLSchema): ReadonlySet<string> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const open = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .filter((type) => !(roots as unknown[]).includes(type) && !isEntity(type));
  const found = new Set(auditItems);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const type of open) {
      if (Object.values(type.getFields()).some((field) => found.has(getNamedType(field.type).name))) found.add(type.name);
    }
  }
  return found;
}

function isEntity(type: GraphQLNamedType): boolean {
  if (type.name === 'Traceable') return true;
  return (isObjectType(type) || isInterfaceType(type)) && type.getInterfaces().some(({ name }) => name === 'Traceable');
}

/** What a connection is of; any other type itself. */
function itemOf(type: GraphQLNamedType): GraphQLNamedType {
  const nodes = isObjectType(type) ? type.getFields()['nodes'] : undefined;
  return nodes ? getNamedType(nodes.type) : type;
}

function typenameOf(value: unknown): string {
  return (value as { readonly __typename?: string } | null | undefined)?.__typename ?? '';
}
