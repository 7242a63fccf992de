// OpenLineage 2-0-2 (https://openlineage.io/docs/spec/object-model): transactions, operations and runs are runs of jobs, tables are datasets.
import { createHash } from 'node:crypto';
import type { DocumentEdge, DocumentNode, LineageDocument } from './lineage-document.ts';
import type { FieldMapping } from './lineage-mapping.service.ts';

const specification = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/';
const producer = 'urn:whence';
const namespace = 'whence';
/** Where nothing says when. */
const unknownTime = new Date(0).toISOString();

interface TimedEvent {
  readonly eventTime: string;
  readonly [field: string]: unknown;
}

/**
 * One event a line, oldest first: of each activity its start, and its end with what it read and wrote (while it runs: that it does); then one for
 * each table that no activity of the graph wrote or read.
 */
export function openLineage(document: LineageDocument): string {
  const events = new Events(document);
  const ofActivities = document.nodes.filter(({ provType }) => provType === 'ACTIVITY').flatMap((activity) => events.ofActivity(activity));
  const inTime = ofActivities.toSorted((a, b) => Number(a.eventTime > b.eventTime) - Number(a.eventTime < b.eventTime));
  return [...inTime, ...events.ofOtherTables()].map((event) => `${JSON.stringify(event)}\n`).join('');
}

class Events {
  private readonly nodes: ReadonlyMap<string, DocumentNode>;
  private readonly into = new Map<string, DocumentEdge[]>();
  private readonly outOf = new Map<string, DocumentEdge[]>();
  private readonly told = new Set<string>();

  constructor(document: LineageDocument) {
    this.nodes = new Map(document.nodes.map((node) => [node.key, node]));
    for (const edge of document.edges) {
      this.into.set(edge.target, [...(this.into.get(edge.target) ?? []), edge]);
      this.outOf.set(edge.source, [...(this.outOf.get(edge.source) ?? []), edge]);
    }
  }

  ofActivity(activity: DocumentNode): TimedEvent[] {
    const written = this.ends(this.outOf.get(activity.key), 'WAS_GENERATED_BY', 'target');
    const derivations = written.flatMap(({ key }) => (this.into.get(key) ?? []).filter(({ relation }) => relation === 'WAS_DERIVED_FROM'));
    const read = [
      ...derivations.flatMap(({ source }) => this.nodes.get(source) ?? []),
      ...this.ends(this.into.get(activity.key), 'USED', 'source'),
      ...this.ends(this.into.get(activity.key), 'WAS_INVALIDATED_BY', 'source'),
    ];
    const [begun, ended] = [activity.startedAt ?? this.firstSeen(activity), activity.endedAt];
    const same = {
      run: { runId: uuidOf(activity.key), facets: this.parentOf(activity) },
      job: { ...jobOf(activity), facets: jobType(activity) },
    };
    return [
      { ...base('RunEvent', begun), eventType: 'START', ...same },
      {
        ...base('RunEvent', ended ?? begun),
        eventType: activity.state ?? 'OTHER',
        ...same,
        inputs: this.datasets(read, () => ({})),
        outputs: this.datasets(written, (versions) => this.columnLineage(versions, derivations)),
      },
    ];
  }

  /** The operation that a transaction belongs to, else the run that either belongs to. */
  private parentOf({ key }: DocumentNode): object {
    const informants = this.ends(this.into.get(key), 'WAS_INFORMED_BY', 'source');
    const parent = informants.find(({ kind }) => kind === 'execution') ?? informants.find(({ kind }) => kind === 'run');
    if (!parent) return {};
    return {
      parent: {
        ...facet('facets/1-0-1/ParentRunFacet.json#/$defs/ParentRunFacet'),
        run: { runId: uuidOf(parent.key) },
        job: jobOf(parent),
      },
    };
  }

  private firstSeen({ key }: DocumentNode): string {
    const [first] = [...(this.into.get(key) ?? []), ...(this.outOf.get(key) ?? [])].map(({ at }) => at).sort();
    return first ?? unknownTime;
  }

  ofOtherTables(): object[] {
    const versions = [...this.nodes.values()].filter(({ tableName }) => tableName !== null && !this.told.has(tableName));
    const [newest = ''] = [...this.into.values()]
      .flat()
      .map(({ at }) => at)
      .sort()
      .reverse();
    return this.datasets(versions, () => ({})).map((dataset) => ({
      ...base('DatasetEvent', newest || unknownTime),
      dataset,
    }));
  }

  private ends(edges: readonly DocumentEdge[] | undefined, relation: DocumentEdge['relation'], end: 'source' | 'target'): DocumentNode[] {
    return (edges ?? []).filter((edge) => edge.relation === relation).flatMap((edge) => this.nodes.get(edge[end]) ?? []);
  }

  /** Tables by name, each with the versions of its rows. */
  private datasets(versions: readonly DocumentNode[], facets: (versions: readonly DocumentNode[]) => object): object[] {
    const tables = new Map<string, DocumentNode[]>();
    for (const version of new Set(versions)) {
      if (version.tableName === null) continue;
      tables.set(version.tableName, [...(tables.get(version.tableName) ?? []), version]);
    }
    return [...tables].toSorted(byName).map(([name, ofTable]) => {
      this.told.add(name);
      const rows = { ...facet('2-0-2/OpenLineage.json#/$defs/DatasetFacet'), versions: ofTable.map(({ key }) => key) };
      return { namespace, name, facets: { whence_versions: rows, ...facets(ofTable) } };
    });
  }

  private columnLineage(versions: readonly DocumentNode[], derivations: readonly DocumentEdge[]): object {
    const keys = new Set(versions.map(({ key }) => key));
    const fields = new Map<string, Map<string, object>>();
    for (const { source, target, mappings } of derivations) {
      const table = this.nodes.get(source)?.tableName;
      if (!keys.has(target) || !table) continue;
      for (const mapping of mappings) {
        const made = fields.get(mapping.targetField) ?? new Map<string, object>();
        made.set(JSON.stringify([table, mapping.sourceField, mapping.transformation]), inputField(table, mapping));
        fields.set(mapping.targetField, made);
      }
    }
    if (fields.size === 0) return {};
    const told = [...fields].toSorted(byName).map(([name, made]) => [name, { inputFields: [...made.values()] }]);
    return {
      columnLineage: {
        ...facet('facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet'),
        fields: Object.fromEntries(told),
      },
    };
  }
}

function inputField(name: string, { sourceField, transformation }: FieldMapping): object {
  const isIndirect = transformation === 'JOIN' || transformation === 'FILTER';
  const masking = transformation === 'MASKING';
  const how = { type: isIndirect ? 'INDIRECT' : 'DIRECT', subtype: masking ? 'TRANSFORMATION' : transformation, description: '', masking };
  return { namespace, name, field: sourceField, transformations: [how] };
}

function base(definition: 'RunEvent' | 'DatasetEvent', eventTime: string): TimedEvent {
  return { eventTime, producer, schemaURL: `${specification}${definition}` };
}

const facet = (schema: string): object => ({ _producer: producer, _schemaURL: `https://openlineage.io/spec/${schema}` });
const jobOf = ({ name, kind }: DocumentNode): { namespace: string; name: string } => ({ namespace, name: name ?? kind });
const jobType = ({ types }: DocumentNode): object => ({
  jobType: {
    ...facet('facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet'),
    ...{ processingType: 'BATCH', integration: 'WHENCE', jobType: (types.at(-1) ?? '').replace(/^whence:/, '').toUpperCase() },
  },
});
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** The same for one activity, whenever it is written: a UUID of version 5. */
function uuidOf(key: string): string {
  const hash = createHash('sha1').update(`whence ${key}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash
    .toString('hex')
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
