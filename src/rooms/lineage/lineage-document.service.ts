import { instantFromPostgres } from '../../shared/instant.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { impliedStatus, type RunStatus } from '../audit/run.model.ts';
import type { ExecutionStatus } from '../vault/vault.model.ts';
import { provTypeOf, type WalkedEdge, type WalkedNode } from './lineage.model.ts';
import { agentOf, type LineageGraph, type LineageService } from './lineage.service.ts';
import type { DocumentEdge, DocumentNode, LineageDocument, ProvFormat } from './lineage-document.ts';
import type { LineageMappingService } from './lineage-mapping.service.ts';
import { openLineage } from './openlineage.ts';
import { provJson } from './prov-json.ts';
import { provJsonld } from './prov-jsonld.ts';
import { provN } from './prov-n.ts';

const writers: Readonly<Record<ProvFormat, (document: LineageDocument) => string>> = {
  OPENLINEAGE: openLineage,
  PROV_JSON: provJson,
  PROV_JSONLD: provJsonld,
  PROV_N: provN,
};
const states: Readonly<Record<RunStatus, DocumentNode['state']>> = {
  ABANDONED: 'ABORT',
  FAILED: 'FAIL',
  RUNNING: 'RUNNING',
  SUCCEEDED: 'COMPLETE',
};
const executionStates: Readonly<Record<ExecutionStatus, DocumentNode['state']>> = {
  CANCELLED: 'ABORT',
  COMPLETED: 'COMPLETE',
  FAILED: 'FAIL',
  RUNNING: 'RUNNING',
};

/** Writes graphs in the formats of other programs. What it says of nodes is what a picture shows: labels, kinds and times, no values of rows. */
export class LineageDocumentService {
  constructor(
    private readonly audit: AuditService,
    private readonly lineage: LineageService,
    private readonly mappings: LineageMappingService,
  ) {}

  async documentOf(ctx: RequestContext, { nodes, edges }: Pick<LineageGraph, 'nodes' | 'edges'>, format: ProvFormat): Promise<string> {
    const [told, joined] = await Promise.all([
      Promise.all(nodes.map((node) => this.node(ctx, node))),
      Promise.all(edges.map((edge) => this.edge(ctx, edge, format === 'OPENLINEAGE'))),
    ]);
    return writers[format]({ nodes: told, edges: joined });
  }

  private async edge(ctx: RequestContext, edge: WalkedEdge, withMappings: boolean): Promise<DocumentEdge> {
    return { ...edge, at: edge.firstSeenAt, mappings: withMappings ? await this.mappings.mappingsOf(ctx, edge) : [] };
  }

  private async node(ctx: RequestContext, node: WalkedNode): Promise<DocumentNode> {
    const { ref, key } = node;
    const plain = { key, kind: ref.kind, provType: provTypeOf(ref), label: await this.lineage.label(ctx, node) };
    const rest = { tableName: null, startedAt: null, endedAt: null, name: null, state: null };
    if (ref.kind === 'agent') {
      const kind = await this.audit.actor(ctx, agentOf(ref)).kind();
      return { ...plain, ...rest, types: kind === 'USER' ? ['prov:Person'] : kind === 'UNKNOWN' ? [] : ['prov:SoftwareAgent'] };
    }
    if (ref.kind === 'run') return { ...plain, ...rest, ...(await this.run(ctx, ref.name ?? '')) };
    const execution = await this.lineage.executionOf(ctx, ref);
    if (execution) {
      return {
        ...{ ...plain, ...rest, types: ['whence:execution', `whence:${execution.scriptType}`] },
        startedAt: instantFromPostgres(execution.executedAt),
        endedAt: execution.completedAt === null ? null : instantFromPostgres(execution.completedAt),
        name: execution.scriptName,
        state: executionStates[execution.status],
      };
    }
    const entry = await this.lineage.entryOf(ctx, ref);
    if (ref.kind === 'transaction') {
      const startedAt = entry && instantFromPostgres(entry.occurredAt);
      return {
        ...plain,
        ...rest,
        types: ['whence:transaction'],
        startedAt,
        name: entry?.operationName ?? 'transaction',
        state: 'COMPLETE',
      };
    }
    const table = await this.audit.loaders(ctx).table(ref.kind === 'base' ? Number(ref.id) : (entry?.tableKey ?? null));
    return { ...plain, ...rest, types: [`whence:${table?.entityType ?? 'RECORD'}`], tableName: table?.tableName ?? null };
  }

  /** As the API tells of it: a run that nobody opened is known by its entries. */
  private async run(ctx: RequestContext, key: string): Promise<Pick<DocumentNode, 'types' | 'startedAt' | 'endedAt' | 'name' | 'state'>> {
    const { opened } = await this.audit.loaders(ctx).run(key);
    const entries = opened ? null : await this.audit.loaders(ctx).entriesOfRun(key);
    const status = opened?.status ?? (entries && impliedStatus(entries));
    const at = (text: string | null | undefined) => (text ? instantFromPostgres(text) : null);
    return {
      types: ['whence:run'],
      startedAt: at(opened?.startedAt ?? entries?.firstAt),
      endedAt: at(opened ? opened.finishedAt : status === 'RUNNING' ? null : entries?.lastAt),
      name: opened?.name ?? key,
      state: status && states[status],
    };
  }
}
