import type { FragmentDefinitionNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';

/** Whether a field is selected right below the one that is resolved, in whatever fragment, also where a directive leaves it out. */
export function selects({ fieldNodes, fragments }: GraphQLResolveInfo, name: string): boolean {
  return fieldNodes.some(({ selectionSet }) => names(selectionSet, name, fragments));
}

function names(set: SelectionSetNode | undefined, name: string, fragments: Readonly<Record<string, FragmentDefinitionNode>>): boolean {
  return (set?.selections ?? []).some((one) => {
    if (one.kind === 'Field') return one.name.value === name;
    return names(one.kind === 'InlineFragment' ? one.selectionSet : fragments[one.name.value]?.selectionSet, name, fragments);
  });
}
