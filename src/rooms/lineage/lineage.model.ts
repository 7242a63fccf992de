import type { TimeRange } from '../../shared/time-range.ts';
import type { EntityType } from '../commerce/commerce.model.ts';

export const ProvNodeType = { ACTIVITY: 'ACTIVITY', AGENT: 'AGENT', ENTITY: 'ENTITY' } as const;
export type ProvNodeType = keyof typeof ProvNodeType;

/** After PROV-DM (https://www.w3.org/TR/prov-dm/). Every relation reads from the later thing to the earlier one; edges point the other way. */
export const ProvRelation = {
  ACTED_ON_BEHALF_OF: 'ACTED_ON_BEHALF_OF',
  USED: 'USED',
  WAS_ASSOCIATED_WITH: 'WAS_ASSOCIATED_WITH',
  WAS_ATTRIBUTED_TO: 'WAS_ATTRIBUTED_TO',
  WAS_DERIVED_FROM: 'WAS_DERIVED_FROM',
  WAS_GENERATED_BY: 'WAS_GENERATED_BY',
  WAS_INFORMED_BY: 'WAS_INFORMED_BY',
  WAS_INVALIDATED_BY: 'WAS_INVALIDATED_BY',
} as const;
export type ProvRelation = keyof typeof ProvRelation;

export const LineageDirection = { BOTH: 'BOTH', DOWNSTREAM: 'DOWNSTREAM', UPSTREAM: 'UPSTREAM' } as const;
export type LineageDirection = keyof typeof LineageDirection;
/** One way of a walk. */
export type Way = Exclude<LineageDirection, 'BOTH'>;

export const TransformationKind = {
  AGGREGATION: 'AGGREGATION',
  FILTER: 'FILTER',
  IDENTITY: 'IDENTITY',
  JOIN: 'JOIN',
  MASKING: 'MASKING',
  TRANSFORMATION: 'TRANSFORMATION',
} as const;
export type TransformationKind = keyof typeof TransformationKind;

/**
 * What a node stands for.
 * - `version`: what an INSERT or UPDATE left behind; `id` is its entry. - `base`: a row as it was before the log; `id` is the key of its table,
 *   `name` the key of the row. - `transaction`: `id` is its first entry. - `execution`: a tracked operation; `name` is its hash key in hexadecimal.
 *   - `run`: `name` is its key. - `agent`: `name` is `Actor:<key>` or `DatabaseActor:<account>`.
 */
export const nodeKinds = ['version', 'base', 'transaction', 'execution', 'run', 'agent'] as const;
export type NodeKind = (typeof nodeKinds)[number];

export interface NodeRef {
  readonly kind: NodeKind;
  /** A bigint in text; null where `name` says it all. */
  readonly id: string | null;
  readonly name: string | null;
}

/** A node within a graph. */
export interface WalkedNode {
  readonly ref: NodeRef;
  /** `keyOfNode(ref)`. */
  readonly key: string;
  /** Hops from the root; negative for upstream. */
  readonly degree: number;
  readonly hiddenUpstream: number;
  readonly hiddenDownstream: number;
}

/** An edge from the node that the data comes from to the one that it goes to. */
export interface WalkedEdge {
  readonly source: string;
  readonly target: string;
  readonly relation: ProvRelation;
  /** Ids of the entries behind it, oldest first, at most `maxEdgeEntries`. */
  readonly entryIds: readonly string[];
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
}

export interface LineageFilter {
  readonly entityTypes?: readonly EntityType[] | null;
  readonly fields?: readonly string[] | null;
  readonly range?: TimeRange | null;
  readonly relations?: readonly ProvRelation[] | null;
}

export interface LineageRequest {
  readonly direction: LineageDirection;
  readonly depth: number;
  readonly maxNodes: number;
  readonly filter?: LineageFilter | null;
}

/** A foreign key of one column between tracked tables, beside the tenant's. */
export interface Reference {
  readonly childTable: number;
  readonly column: string;
  readonly parentTable: number;
}

export const maxEdgeEntries = 20;
/** Neighbours of one node, of one kind, that are looked at; what a count gives is exact up to here. */
export const maxNeighbours = 10_000;
/** Totals count this far. */
export const maxCounted = 10_000;
export const maxDepth = 10;
export const maxGraphNodes = 2_000;

const provTypes: Readonly<Record<NodeKind, ProvNodeType>> = {
  version: 'ENTITY',
  base: 'ENTITY',
  transaction: 'ACTIVITY',
  execution: 'ACTIVITY',
  run: 'ACTIVITY',
  agent: 'AGENT',
};

export function provTypeOf({ kind }: NodeRef): ProvNodeType {
  return provTypes[kind];
}
