// A lineage graph as other programs read it. Pure: what the formats share.
import { createHash } from 'node:crypto';
import type { NodeKind, ProvNodeType, ProvRelation } from './lineage.model.ts';
import type { FieldMapping } from './lineage-mapping.service.ts';

export const ProvFormat = { OPENLINEAGE: 'OPENLINEAGE', PROV_JSON: 'PROV_JSON', PROV_JSONLD: 'PROV_JSONLD', PROV_N: 'PROV_N' } as const;
export type ProvFormat = keyof typeof ProvFormat;

/** Instants are RFC 3339. */
export interface DocumentNode {
  readonly key: string;
  readonly kind: NodeKind;
  readonly provType: ProvNodeType;
  readonly label: string;
  /** Qualified names. */
  readonly types: readonly string[];
  /** Of a version: its table, with the schema. */
  readonly tableName: string | null;
  /** Of an activity. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Of an activity: what it did, and how far it is. */
  readonly name: string | null;
  readonly state: 'RUNNING' | 'COMPLETE' | 'FAIL' | 'ABORT' | 'OTHER' | null;
}

export interface DocumentEdge {
  readonly source: string;
  readonly target: string;
  readonly relation: ProvRelation;
  readonly at: string;
  /** Only read for OpenLineage. */
  readonly mappings: readonly FieldMapping[];
}

export interface LineageDocument {
  readonly nodes: readonly DocumentNode[];
  readonly edges: readonly DocumentEdge[];
}

/** Names of things in this log; a tenant is no part of them. */
export const namespace = { prefix: 'whence', uri: 'urn:whence:lineage:' } as const;

export const qualified = (key: string): string => `${namespace.prefix}:${key}`;

/** The same for one relation of two nodes, whenever it is written. */
export function edgeKey({ relation, source, target }: Pick<DocumentEdge, 'relation' | 'source' | 'target'>): string {
  return `edge.${createHash('sha256').update(`${relation} ${source} ${target}`).digest('hex').slice(0, 32)}`;
}

type End = 'source' | 'target';

/** How PROV-DM writes a relation: its name, what it says of which end (in the order of PROV-N), and whether it has a time. */
export interface RelationForm {
  /** In PROV-N and PROV-JSON. */
  readonly name: string;
  /** Class of the qualified relation, as PROV-JSONLD and PROV-O name it. */
  readonly className: string;
  readonly ends: readonly (readonly [role: string, end: End])[];
  readonly hasTime: boolean;
  /** Optional arguments of PROV-N that come after and are not said. */
  readonly unsaid: number;
}

const form = (name: string, className: string, ends: RelationForm['ends'], hasTime: boolean, unsaid = 0): RelationForm => ({
  ...{ name, className, ends, hasTime, unsaid },
});

export const relationForms: Readonly<Record<ProvRelation, RelationForm>> = {
  ACTED_ON_BEHALF_OF: form(
    'actedOnBehalfOf',
    'Delegation',
    [
      ['delegate', 'target'],
      ['responsible', 'source'],
    ],
    false,
    1,
  ),
  USED: form(
    'used',
    'Usage',
    [
      ['activity', 'target'],
      ['entity', 'source'],
    ],
    true,
  ),
  WAS_ASSOCIATED_WITH: form(
    'wasAssociatedWith',
    'Association',
    [
      ['activity', 'target'],
      ['agent', 'source'],
    ],
    false,
    1,
  ),
  WAS_ATTRIBUTED_TO: form(
    'wasAttributedTo',
    'Attribution',
    [
      ['entity', 'target'],
      ['agent', 'source'],
    ],
    false,
  ),
  WAS_DERIVED_FROM: form(
    'wasDerivedFrom',
    'Derivation',
    [
      ['generatedEntity', 'target'],
      ['usedEntity', 'source'],
    ],
    false,
    3,
  ),
  WAS_GENERATED_BY: form(
    'wasGeneratedBy',
    'Generation',
    [
      ['entity', 'target'],
      ['activity', 'source'],
    ],
    true,
  ),
  WAS_INFORMED_BY: form(
    'wasInformedBy',
    'Communication',
    [
      ['informed', 'target'],
      ['informant', 'source'],
    ],
    false,
  ),
  // A version goes into the transaction that ended it: data flows that way.
  WAS_INVALIDATED_BY: form(
    'wasInvalidatedBy',
    'Invalidation',
    [
      ['entity', 'source'],
      ['activity', 'target'],
    ],
    true,
  ),
};

/** The classes of PROV, in the order that documents list them. */
export const provClasses: Readonly<Record<ProvNodeType, string>> = { ENTITY: 'entity', ACTIVITY: 'activity', AGENT: 'agent' };
