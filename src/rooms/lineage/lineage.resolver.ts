import { Arg, Args, Ctx, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import { Cost } from '../../shared/connection.directives.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { AuditEntryType } from '../audit/audit-entry.type.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { NodeType } from '../commerce/node.type.ts';
import type { NodeRegistry } from '../commerce/node-registry.ts';
import { TraceableType } from '../commerce/traceable.type.ts';
import type { Shown, Version } from '../provenance/version.model.ts';
import { VersionInfoType } from '../provenance/version-info.type.ts';
import { LineageArgs } from './lineage.args.ts';
import { ProvNodeType, provTypeOf, type WalkedEdge, type WalkedNode } from './lineage.model.ts';
import { idOfNode, type LineageGraph, type LineageService } from './lineage.service.ts';
import {
  FieldMappingType,
  LineageEdgeType,
  LineageGraphType,
  LineageNodeType,
  LineagePathType,
  LineageTotalsType,
} from './lineage.type.ts';
import type { LineageDocumentService } from './lineage-document.service.ts';
import { ProvFormat } from './lineage-document.ts';
import type { FieldMapping, LineageMappingService } from './lineage-mapping.service.ts';

@Resolver(() => TraceableType)
export class TraceableLineageResolver {
  constructor(private readonly graphs: LineageService) {}

  @Cost(20)
  @FieldResolver(() => LineageGraphType, { description: 'Upstream causes and sources, downstream effects.' })
  lineage(@Root() entity: Shown<Entity>, @Args(() => LineageArgs) args: LineageArgs, @Ctx() ctx: RequestContext): Promise<LineageGraph> {
    return this.graphs.graphOf(ctx, entity, args);
  }
}

@Resolver(() => LineageGraphType)
export class LineageGraphResolver {
  constructor(
    private readonly lineage: LineageService,
    private readonly documents: LineageDocumentService,
  ) {}

  @FieldResolver(() => [LineageEdgeType], { description: 'Edges between the nodes.' })
  edges(@Root() { edges }: LineageGraph): readonly WalkedEdge[] {
    return edges;
  }

  @Cost(10)
  @FieldResolver(() => String, { description: 'The same graph in a standard format.' })
  document(
    @Root() graph: LineageGraph,
    @Arg('format', () => ProvFormat, { description: 'Which format.' }) format: ProvFormat,
    @Ctx() ctx: RequestContext,
  ): Promise<string> {
    return this.documents.documentOf(ctx, graph, format);
  }

  @FieldResolver(() => Boolean, { description: 'True when depth or maxNodes cut the graph; the cut nodes say how much is hidden.' })
  isPartial(@Root() { nodes }: LineageGraph): boolean {
    return nodes.some(({ hiddenUpstream, hiddenDownstream }) => hiddenUpstream > 0 || hiddenDownstream > 0);
  }

  @FieldResolver(() => [LineageNodeType], { description: 'Nodes, nearest first.' })
  nodes(@Root() { nodes }: LineageGraph): readonly WalkedNode[] {
    return nodes;
  }

  @Cost(10)
  @FieldResolver(() => [LineagePathType], { description: 'Shortest paths from the root to one node.' })
  async paths(
    @Root() graph: LineageGraph,
    @Arg('to', () => ID, { description: 'Global id of the other end.' }) to: string,
    @Arg('limit', () => Int, { defaultValue: 5, description: 'At most this many.' }) limit: number,
    @Ctx() ctx: RequestContext,
  ): Promise<LineagePathType[]> {
    return (await this.lineage.paths(ctx, graph, to, limit)).map((nodeIds) => ({ nodeIds }));
  }

  @FieldResolver(() => LineageNodeType, { description: 'Where the walk began.' })
  root(@Root() { root }: LineageGraph): WalkedNode {
    return root;
  }

  @Cost(10)
  @FieldResolver(() => LineageTotalsType, { description: 'How many nodes there are in all, counted without returning them.' })
  totals(@Root() graph: LineageGraph, @Ctx() ctx: RequestContext): LineageTotalsType {
    return {
      downstream: () => this.lineage.total(ctx, graph, 'DOWNSTREAM'),
      upstream: () => this.lineage.total(ctx, graph, 'UPSTREAM'),
    };
  }
}

@Resolver(() => LineageNodeType)
export class LineageNodeResolver {
  constructor(private readonly lineage: LineageService) {}

  @FieldResolver(() => NodeType, { nullable: true, description: 'The entity, run, actor or vault execution behind the node.' })
  entity(@Root() node: WalkedNode, @Ctx() ctx: RequestContext): Promise<object | null> {
    return this.lineage.entity(ctx, node);
  }

  @FieldResolver(() => ID, { description: 'Global id of the node within lineage.' })
  id(@Root() { key }: WalkedNode): string {
    return idOfNode(key);
  }

  @FieldResolver(() => String, { description: 'Short text for the picture.' })
  label(@Root() node: WalkedNode, @Ctx() ctx: RequestContext): Promise<string> {
    return this.lineage.label(ctx, node);
  }

  @FieldResolver(() => ProvNodeType, { description: 'PROV class.' })
  provType(@Root() { ref }: WalkedNode): ProvNodeType {
    return provTypeOf(ref);
  }

  @FieldResolver(() => VersionInfoType, { nullable: true, description: 'Version shown.' })
  version(@Root() { ref }: WalkedNode, @Ctx() ctx: RequestContext): Promise<Version | null> {
    return this.lineage.versionOf(ctx, ref);
  }
}

@Resolver(() => LineageEdgeType)
export class LineageEdgeResolver {
  constructor(
    private readonly audit: AuditService,
    private readonly mappings: LineageMappingService,
  ) {}

  @FieldResolver(() => [AuditEntryType], { description: 'Entries behind the edge; bounded to 20.' })
  async auditEntries(@Root() { entryIds }: WalkedEdge, @Ctx() ctx: RequestContext): Promise<AuditEntry[]> {
    const entries = await Promise.all(entryIds.map((id) => this.audit.loaders(ctx).entry(id)));
    return entries.filter((entry) => entry !== null);
  }

  @FieldResolver(() => [FieldMappingType], { description: 'Field to field mapping, when known.' })
  fieldMappings(@Root() edge: WalkedEdge, @Ctx() ctx: RequestContext): Promise<FieldMapping[]> {
    return this.mappings.mappingsOf(ctx, edge);
  }

  @FieldResolver(() => ID, { description: 'Id of the node the data comes from.' })
  source(@Root() { source }: WalkedEdge): string {
    return idOfNode(source);
  }

  @FieldResolver(() => ID, { description: 'Id of the node the data goes to.' })
  target(@Root() { target }: WalkedEdge): string {
    return idOfNode(target);
  }
}

/** What `node` and `nodes` find of lineage. */
export function registerLineageNodes(registry: NodeRegistry, lineage: LineageService): NodeRegistry {
  return registry.register('LineageNode', (ctx, key, argument) => lineage.node(ctx, key, argument));
}
