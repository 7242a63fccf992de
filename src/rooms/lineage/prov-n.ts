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

/** PROV-N (https://www.w3.org/TR/prov-n/), one statement a line. */
export function provN({ nodes, edges }: LineageDocument): string {
  const statements = [...nodes.map(ofNode), ...edges.map(ofEdge)].map((statement) => `  ${statement}`);
  return ['document', `  prefix ${namespace.prefix} <${namespace.uri}>`, '', ...statements, 'endDocument', ''].join('\n');
}

function ofNode({ key, provType, label, types, tableName, startedAt, endedAt }: DocumentNode): string {
  const attributes = [
    `prov:label=${text(label)}`,
    ...types.map((type) => `prov:type='${type}'`),
    ...(tableName === null ? [] : [`${qualified('table')}=${text(tableName)}`]),
  ];
  const times = provType === 'ACTIVITY' ? [startedAt ?? '-', endedAt ?? '-'] : [];
  return `${provClasses[provType]}(${[qualified(key), ...times].join(', ')}, [${attributes.join(', ')}])`;
}

function ofEdge(edge: DocumentEdge): string {
  const { name, ends, hasTime, unsaid } = relationForms[edge.relation];
  const said = [...ends.map(([, end]) => qualified(edge[end])), ...(hasTime ? [edge.at] : []), ...Array<string>(unsaid).fill('-')];
  return `${name}(${qualified(edgeKey(edge))}; ${said.join(', ')})`;
}

/** A string literal; one of several lines stands in three quotes. */
function text(value: string): string {
  const escaped = value.replace(/[\\"]/g, '\\$&');
  return /[\r\n]/.test(value) ? `"""${escaped}"""` : `"${escaped}"`;
}
