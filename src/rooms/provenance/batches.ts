/** Items by a key that they share, in the order of the first of each. */
export function groupsOf<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Answers a batch group by group; the answers come in the order of the items. */
export async function inGroups<T, K, V>(
  items: readonly T[],
  keyOf: (item: T) => K,
  answer: (group: readonly T[]) => Promise<readonly V[]>,
): Promise<V[]> {
  const answers = new Map<T, V>();
  const groups = [...groupsOf(items, keyOf).values()];
  const found = await Promise.all(groups.map(answer));
  for (const [index, group] of groups.entries()) for (const [place, item] of group.entries()) answers.set(item, found[index]?.[place] as V);
  return items.map((item) => answers.get(item) as V);
}
