import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';

/**
 * The schema as text, sorted by name, with the directives that its fields carry: graphql's own printer leaves those out.
 * The text depends on the schema only, not on the order in which its parts were registered.
 */
export function printedSchema(schema: GraphQLSchema): string {
  const bare = parse(printSchema(lexicographicSortSchema(schema)));
  return `${print(withAppliedDirectives(bare, schema))}\n`;
}

function withAppliedDirectives(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  let owner = '';
  let field = '';
  return visit(document, {
    enter(node) {
      if (node.kind === 'ObjectTypeDefinition' || node.kind === 'InterfaceTypeDefinition' || node.kind === 'InputObjectTypeDefinition') owner = node.name.value;
      if (node.kind === 'FieldDefinition') field = node.name.value;
    },
    ObjectTypeDefinition: { leave: (node) => ({ ...node, directives: merged(node.directives, schema.getType(node.name.value)) }) },
    FieldDefinition: { leave: (node) => ({ ...node, directives: merged(node.directives, fieldOf(schema, owner, node.name.value)) }) },
    InputValueDefinition: {
      leave: (node, _key, _parent, _path, ancestors) => {
        const isArgument = ancestors.some((ancestor) => !Array.isArray(ancestor) && (ancestor as DefinitionNode | { kind: string }).kind === 'FieldDefinition');
        const holder = isArgument ? fieldOf(schema, owner, field)?.args.find((argument) => argument.name === node.name.value) : inputOf(schema, owner, node.name.value);
        return { ...node, directives: merged(node.directives, holder) };
      },
    },
  });
}

interface Described {
  readonly astNode?: { readonly directives?: readonly ConstDirectiveNode[] } | null;
}

/** What the printer wrote itself (`@deprecated`, `@oneOf`) stays; the others follow in order of their names. */
function merged(printed: readonly ConstDirectiveNode[] = [], holder: Described | null | undefined): readonly ConstDirectiveNode[] {
  const known = new Set(printed.map((directive) => directive.name.value));
  const applied = (holder?.astNode?.directives ?? []).filter((directive) => !known.has(directive.name.value));
  return [...printed, ...applied.toSorted((a, b) => (a.name.value < b.name.value ? -1 : 1))];
}

function fieldOf(schema: GraphQLSchema, owner: string, name: string) {
  const type = schema.getType(owner);
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}

function inputOf(schema: GraphQLSchema, owner: string, name: string) {
  const type = schema.getType(owner);
  return isInputObjectType(type) ? type.getFields()[name] : undefined;
}

/** Names of types, fields, arguments and enum values without a description, e.g. `Product.price`. */
export function undescribed(schema: GraphQLSchema): string[] {
  const missing: string[] = [];
  const check = (name: string, description: string | null | undefined) => {
    if (!description?.trim()) missing.push(name);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    check(type.name, type.description);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value.description);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field.description);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field.description);
      for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name}:)`, argument.description);
    }
  }
  return missing;
}
