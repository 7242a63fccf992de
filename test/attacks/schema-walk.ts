// Operations written from the schema itself, so that a field that is new tomorrow is asked too.
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

export interface Walk {
  /** How many objects below the first one are looked into. */
  readonly depth: number;
  /** Arguments as GraphQL text by name; of a field by `Type.field.name`. A required one that is missing leaves the field out. */
  readonly arguments: Readonly<Record<string, string>>;
  /** Fields that are not asked, as `Type.field` or of all types, and types of which nothing but the id is, each with its reason. */
  readonly leftOut?: Readonly<Record<string, string>>;
}

/** A query for each root field whose required arguments are known, by its name. */
export function rootQueries(schema: GraphQLSchema, walk: Walk): Map<string, string> {
  const queries = new Map<string, string>();
  const root = schema.getQueryType();
  for (const field of Object.values(root?.getFields() ?? {})) {
    const asked = root && selected(schema, root, field, walk, walk.depth);
    if (asked) queries.set(field.name, `{ ${asked} }`);
  }
  return queries;
}

/** Every field of a type, in braces; empty when the walk is too short for it. */
export function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, walk: Walk, depth = walk.depth): string {
  if (isAbstractType(type)) {
    const possible = schema.getPossibleTypes(type).map((one) => {
      const inner = fieldsOf(schema, one, walk, depth, `${one.name}_`);
      return inner === '' ? '' : `... on ${one.name} { ${inner} }`;
    });
    return `{ __typename ${possible.join(' ')} }`;
  }
  if (!isObjectType(type)) return '';
  const fields = fieldsOf(schema, type, walk, depth);
  return fields === '' ? '' : `{ ${fields} }`;
}

/** Aliases keep fields of one name apart that are of different types in the objects of an interface. */
function fieldsOf(schema: GraphQLSchema, type: GraphQLObjectType, walk: Walk, depth: number, alias = ''): string {
  const fields = Object.values(type.getFields()).map((field) => {
    const asked = selected(schema, type, field, walk, depth);
    return asked === '' ? '' : `${alias === '' ? '' : `${alias}${field.name}: `}${asked}`;
  });
  return fields.filter((field) => field !== '').join(' ');
}

function selected(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  walk: Walk,
  depth: number,
): string {
  const type = getNamedType(field.type);
  if ((walk.leftOut?.[`${parent.name}.${field.name}`] ?? walk.leftOut?.[field.name]) !== undefined) return '';
  if (walk.leftOut?.[type.name] !== undefined) return `${field.name} { id }`;
  const given: string[] = [];
  for (const argument of field.args) {
    const text = walk.arguments[`${parent.name}.${field.name}.${argument.name}`] ?? walk.arguments[argument.name];
    if (text !== undefined) given.push(`${argument.name}: ${text}`);
    else if (isRequiredArgument(argument)) return '';
  }
  const asked = given.length === 0 ? field.name : `${field.name}(${given.join(', ')})`;
  if (isLeafType(type)) return asked;
  if (depth === 0) return '';
  // What only wraps others (a page, its edges, the panels) is no step of its own.
  const wraps = /(Connection|Edge|^Analytics)$/.test(type.name);
  const inner = selectionOf(schema, type, walk, wraps ? depth : depth - 1);
  return inner === '' ? '' : `${asked} ${inner}`;
}
