import {
  type DocumentEdge,
  type DocumentNode,
  edgeKey,
  type LineageDocument,
  namespace,
  qualified,
  relationForms,
} from './lineage-document.ts';

/** Context that PROV-JSONLD documents name; it gives the terms below their meaning in PROV-O. */
const provContext = 'https://openprovenance.org/prov-jsonld/context.jsonld';
const classNames = { ENTITY: 'Entity', ACTIVITY: 'Activity', AGENT: 'Agent' } as const;

/** PROV-JSONLD (https://www.w3.org/submissions/prov-jsonld). */
export function provJsonld({ nodes, edges }: LineageDocument): string {
  const context = [{ [namespace.prefix]: namespace.uri }, provContext];
  return JSON.stringify({ '@context': context, '@graph': [...nodes.map(ofNode), ...edges.map(ofEdge)] }, null, 2);
}

function ofNode({ key, provType, label, types, tableName, startedAt, endedAt }: DocumentNode): Record<string, unknown> {
  return {
    '@type': classNames[provType],
    '@id': qualified(key),
    ...(startedAt !== null && { startTime: startedAt }),
    ...(endedAt !== null && { endTime: endedAt }),
    label: [{ '@value': label }],
    type: types,
    ...(tableName !== null && { [qualified('table')]: [{ '@value': tableName }] }),
  };
}

function ofEdge(edge: DocumentEdge): Record<string, unknown> {
  const { className, ends, hasTime } = relationForms[edge.relation];
  return {
    '@type': className,
    '@id': qualified(edgeKey(edge)),
    ...Object.fromEntries(ends.map(([role, end]) => [role, qualified(edge[end])])),
    ...(hasTime && { time: edge.at }),
  };
}
