import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  type InputObjectTypeDefinitionNode,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
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
  const definitions = document.definitions.map((definition): DefinitionNode => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) {
      return definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ? inputWithDirectives(definition, schema) : definition;
    }
    const type = schema.getType(definition.name.value);
    const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
    return {
      ...definition,
      directives: merged(definition.directives, type),
      fields: definition.fields?.map((field) => fieldWithDirectives(field, fields[field.name.value])),
    };
  });
  return { ...document, definitions };
}

function fieldWithDirectives(node: FieldDefinitionNode, field: GraphQLField<unknown, unknown> | undefined): FieldDefinitionNode {
  const argumentNamed = (name: string) => field?.args.find((argument) => argument.name === name);
  return {
    ...node,
    directives: merged(node.directives, field),
    arguments: node.arguments?.map((argument) => ({
      ...argument,
      directives: merged(argument.directives, argumentNamed(argument.name.value)),
    })),
  };
}

function inputWithDirectives(node: InputObjectTypeDefinitionNode, schema: GraphQLSchema): InputObjectTypeDefinitionNode {
  const type = schema.getType(node.name.value);
  const fields = isInputObjectType(type) ? type.getFields() : {};
  return {
    ...node,
    directives: merged(node.directives, type),
    fields: node.fields?.map((field) => ({ ...field, directives: merged(field.directives, fields[field.name.value]) })),
  };
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
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field.description);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field.description);
      for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name}:)`, argument.description);
    }
  }
  return missing;
}
