import type { WalkedEdge } from './lineage.model.ts';

type Edge = Pick<WalkedEdge, 'source' | 'target'>;

/**
 * The shortest paths from the nearest of the roots to the nearest of the goals: along the edges, or against all of them, whichever is shorter (along
 * them when both are). At most `limit`, in the order of the edges; each begins with a root.
 */
export function shortestPaths(edges: readonly Edge[], roots: readonly string[], goals: ReadonlySet<string>, limit: number): string[][] {
  const along = search(edges, roots, goals, limit);
  const against = search(
    edges.map(({ source, target }) => ({ source: target, target: source })),
    roots,
    goals,
    limit,
  );
  const length = (paths: readonly string[][]) => paths[0]?.length ?? Number.POSITIVE_INFINITY;
  return length(against) < length(along) ? against : along;
}

function search(edges: readonly Edge[], roots: readonly string[], goals: ReadonlySet<string>, limit: number): string[][] {
  const next = new Map<string, Set<string>>();
  for (const { source, target } of edges) next.set(source, (next.get(source) ?? new Set()).add(target));
  // Each node with those that a shortest way comes from.
  const before = new Map<string, string[]>(roots.map((root) => [root, []]));
  let level = [...new Set(roots)];
  let reached = level.filter((key) => goals.has(key));
  while (reached.length === 0 && level.length > 0) {
    const found = new Map<string, string[]>();
    for (const from of level) {
      for (const to of next.get(from) ?? []) {
        if (!before.has(to)) found.set(to, [...(found.get(to) ?? []), from]);
      }
    }
    for (const [key, from] of found) before.set(key, from);
    level = [...found.keys()];
    reached = level.filter((key) => goals.has(key));
  }
  return reached.flatMap((goal) => waysTo(goal, before, limit)).slice(0, limit);
}

/** The ways back to a root, turned round; cut at `limit` on the way, since there can be very many. */
function waysTo(goal: string, before: ReadonlyMap<string, readonly string[]>, limit: number): string[][] {
  let ways: string[][] = [[goal]];
  while (ways.some(([first]) => (before.get(first ?? '')?.length ?? 0) > 0)) {
    ways = ways.flatMap((way) => (before.get(way[0] ?? '') ?? []).map((from) => [from, ...way])).slice(0, limit);
  }
  return ways;
}
