// A walk over a graph that is only read level by level. Pure: whoever calls says what lies behind a level.
import type { NodeRef, WalkedNode, Way } from './lineage.model.ts';
import { keyOfNode } from './lineage-key.ts';

export interface WalkStep {
  readonly way: Way;
  readonly ref: NodeRef;
}

/** What lies behind the steps of one level. */
export interface Level {
  /** Neighbours of each step, in their order, counted. */
  readonly totals: readonly number[];
  /** Neighbours of all steps of a way, each once, in order; at least as many as were asked for, if there are as many. */
  readonly found: Readonly<Record<Way, readonly NodeRef[]>>;
}

export type ReadLevel = (steps: readonly WalkStep[], limit: number) => Promise<Level>;

export interface WalkLimits {
  readonly ways: readonly Way[];
  readonly depth: number;
  readonly maxNodes: number;
}

/** What a walk came to: its nodes, nearest first, and how many neighbours each has on the ways it was walked, whether shown or not. */
export interface Walk {
  readonly nodes: readonly Pick<WalkedNode, 'ref' | 'key' | 'degree'>[];
  /** Neighbours by `way:key`; what was not walked from is left out. */
  readonly totals: ReadonlyMap<string, number>;
}

/**
 * Breadth first from the seeds, which stand at 0, each way by itself: against the edges and along them. A node is taken once, and walked on from
 * once a way, so that a circle ends. Where not all of a level fit, each way gets half of the room, and what the other leaves. Every node is asked for
 * its neighbours, those at the rim as well: one call a level.
 */
export async function walk(seeds: readonly NodeRef[], { ways, depth, maxNodes }: WalkLimits, read: ReadLevel): Promise<Walk> {
  const nodes = new Map(seeds.slice(0, maxNodes).map((ref) => [keyOfNode(ref), { ref, key: keyOfNode(ref), degree: 0 }]));
  const visited = { UPSTREAM: new Set(nodes.keys()), DOWNSTREAM: new Set(nodes.keys()) };
  const totals = new Map<string, number>();
  let steps: WalkStep[] = ways.flatMap((way) => [...nodes.values()].map(({ ref }) => ({ way, ref })));
  for (let level = 1; steps.length > 0; level++) {
    const { totals: counted, found } = await read(steps, maxNodes + 1);
    for (const [place, { way, ref }] of steps.entries()) totals.set(`${way}:${keyOfNode(ref)}`, counted[place] ?? 0);
    if (level > depth) break;
    const fresh = {
      UPSTREAM: found.UPSTREAM.filter((ref) => !visited.UPSTREAM.has(keyOfNode(ref))),
      DOWNSTREAM: found.DOWNSTREAM.filter((ref) => !visited.DOWNSTREAM.has(keyOfNode(ref))),
    };
    const taken = share(fresh, nodes, maxNodes - nodes.size);
    for (const { way, ref } of taken) {
      const key = keyOfNode(ref);
      visited[way].add(key);
      if (!nodes.has(key)) nodes.set(key, { ref, key, degree: way === 'UPSTREAM' ? -level : level });
    }
    steps = taken;
  }
  return { nodes: [...nodes.values()], totals };
}

/** What of a level fits into the room. A node that is there already takes none. */
function share(fresh: Readonly<Record<Way, readonly NodeRef[]>>, nodes: ReadonlyMap<string, unknown>, room: number): WalkStep[] {
  const isNew = (ref: NodeRef) => !nodes.has(keyOfNode(ref));
  const wanted = { UPSTREAM: fresh.UPSTREAM.filter(isNew).length, DOWNSTREAM: fresh.DOWNSTREAM.filter(isNew).length };
  const upstream = Math.max(Math.ceil(room / 2), room - wanted.DOWNSTREAM);
  const left = { UPSTREAM: upstream, DOWNSTREAM: room - Math.min(upstream, wanted.UPSTREAM) };
  const taken: WalkStep[] = [];
  for (const way of ['UPSTREAM', 'DOWNSTREAM'] as const) {
    for (const ref of fresh[way]) {
      if (isNew(ref) && left[way]-- <= 0) continue;
      taken.push({ way, ref });
    }
  }
  return taken;
}
