import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

/** Items of a connection when neither `first` nor `last` is given. */
const usualPage = 50;
/** Items of a plain list: bounded by 100, mostly far shorter. */
const usualList = 10;

/**
 * Static cost of an operation after the IBM GraphQL Cost Directives draft: each field that gives an object weighs 1, any other 0, or what its
 * `@cost` says; what stands below a list counts once per item, by its slicing argument (`first`, `last`) or the usual length.
 * Fragments are weighed where they are spread; `@skip` and `@include` are not looked at.
 */
export function costOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
): number {
  // A fragment of one type and page size is weighed once, however often it is spread.
  const known = new Map<string, number>();

  const ofSet = (set: SelectionSetNode | undefined, type: GraphQLNamedType | undefined, pageSize: number | null): number => {
    let sum = 0;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) sum += ofField(selection, type, pageSize);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const name = selection.typeCondition?.name.value;
        sum += ofSet(selection.selectionSet, name === undefined ? type : schema.getType(name), pageSize);
      } else {
        const fragment = fragments.get(selection.name.value);
        const key = `${selection.name.value}:${pageSize}`;
        if (!known.has(key)) {
          known.set(key, 0); // a loop never gets here: validation refused it
          known.set(key, ofSet(fragment?.selectionSet, schema.getType(fragment?.typeCondition.name.value ?? ''), pageSize));
        }
        sum += known.get(key) ?? 0;
      }
    }
    return sum;
  };

  const ofField = (node: FieldNode, type: GraphQLNamedType | undefined, pageSize: number | null): number => {
    const field = fieldOf(schema, type, node.name.value);
    if (!field) return 0;
    const named = getNamedType(field.type);
    const own = weightOf(field) ?? (isCompositeType(named) ? 1 : 0);
    const sizing = field.astNode?.directives?.find(({ name }) => name.value === 'listSize');
    const below = ofSet(node.selectionSet, named, sizing ? sliceOf(node, variables) : null);
    const isSized = pageSize !== null && (node.name.value === 'edges' || node.name.value === 'nodes');
    const items = isSized ? pageSize : isList(field) ? usualList : 1;
    return items * (own + below);
  };

  const root = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() };
  return ofSet(operation.selectionSet, root[operation.operation] ?? undefined, null);
}

function fieldOf(schema: GraphQLSchema, type: GraphQLNamedType | undefined, name: string): GraphQLField<unknown, unknown> | undefined {
  if (isObjectType(type)) return type.getFields()[name];
  if (!isAbstractType(type)) return undefined;
  const own = 'getFields' in type ? type.getFields()[name] : undefined;
  return own ?? schema.getPossibleTypes(type)[0]?.getFields()[name];
}

function weightOf(field: GraphQLField<unknown, unknown>): number | null {
  const cost = field.astNode?.directives?.find(({ name }) => name.value === 'cost');
  const weight = cost?.arguments?.find(({ name }) => name.value === 'weight')?.value;
  return weight?.kind === Kind.STRING ? Number(weight.value) : null;
}

function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** What the page asks for; an absurd number is refused later, where pages are read. */
function sliceOf({ arguments: given = [] }: FieldNode, variables: Variables): number {
  for (const { name, value } of given) {
    if (name.value !== 'first' && name.value !== 'last') continue;
    const size = value.kind === Kind.VARIABLE ? variables[value.name.value] : value.kind === Kind.INT ? Number(value.value) : null;
    if (typeof size === 'number') return Math.min(Math.max(size, 1), 500);
  }
  return usualPage;
}
