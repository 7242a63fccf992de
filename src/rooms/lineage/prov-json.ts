import {
  type DocumentEdge,
  type DocumentNode,
  edgeKey,
  type LineageDocument,
  namespace,
  provClasses,
  qualified,
  relationForms,
} from './lineage-document.ts';

type Statements = Record<string, Record<string, Record<string, unknown>>>;

/** PROV-JSON (https://www.w3.org/Submission/prov-json). */
export function provJson({ nodes, edges }: LineageDocument): string {
  const statements: Statements = {};
  const add = (kind: string, key: string, content: Record<string, unknown>) => {
    statements[kind] ??= {};
    statements[kind][qualified(key)] = content;
  };
  for (const node of nodes) add(provClasses[node.provType], node.key, ofNode(node));
  for (const edge of edges) add(relationForms[edge.relation].name, edgeKey(edge), ofEdge(edge));
  return JSON.stringify({ prefix: { [namespace.prefix]: namespace.uri }, ...statements }, null, 2);
}

function ofNode({ label, types, tableName, startedAt, endedAt }: DocumentNode): Record<string, unknown> {
  return {
    ...(startedAt !== null && { 'prov:startTime': startedAt }),
    ...(endedAt !== null && { 'prov:endTime': endedAt }),
    'prov:label': label,
    'prov:type': types.map((type) => ({ $: type, type: 'prov:QUALIFIED_NAME' })),
    ...(tableName !== null && { [qualified('table')]: tableName }),
  };
}

function ofEdge(edge: DocumentEdge): Record<string, unknown> {
  const { ends, hasTime } = relationForms[edge.relation];
  return {
    ...Object.fromEntries(ends.map(([role, end]) => [`prov:${role}`, qualified(edge[end])])),
    ...(hasTime && { 'prov:time': edge.at }),
  };
}
