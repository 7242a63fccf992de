import { orderItems } from '../../database/tables/commerce.ts';
import { DomainError } from '../../shared/errors.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import type { CommerceService } from '../commerce/commerce.service.ts';
import type { ProvenanceService } from '../provenance/provenance.service.ts';
import type { LineageRequest } from './lineage.model.ts';
import type { LineageService } from './lineage.service.ts';
import type { LineageDocumentService } from './lineage-document.service.ts';
import type { ProvFormat } from './lineage-document.ts';

export const exportedKinds = ['user', 'customer', 'product', 'order', 'order-item', 'payment'] as const;
export type ExportedKind = (typeof exportedKinds)[number];

/** What is exported: an entity of the shop by its business key, or a row of any tracked table by its key columns. */
export type Exported =
  | { readonly kind: ExportedKind; readonly key: string }
  | { readonly tableName: string; readonly key: Readonly<Record<string, unknown>> };

export interface ExportOptions extends LineageRequest {
  readonly format: ProvFormat;
  /** Levels walked so far. */
  readonly progress?: (levels: number) => void;
}

export interface ExportedLineage {
  readonly document: string;
  readonly nodes: number;
  readonly edges: number;
  readonly isPartial: boolean;
}

/** The lineage of one row as a document, for callers without GraphQL. */
export class LineageExportService {
  constructor(
    private readonly commerce: CommerceService,
    private readonly provenance: ProvenanceService,
    private readonly lineage: LineageService,
    private readonly documents: LineageDocumentService,
  ) {}

  /** @throws DomainError `NOT_FOUND` when there is no such row. */
  async export(ctx: RequestContext, what: Exported, { format, progress, ...request }: ExportOptions): Promise<ExportedLineage> {
    const entity = await this.entityOf(ctx, what);
    if (!entity)
      throw new DomainError(
        'NOT_FOUND',
        `There is no ${'kind' in what ? `${what.kind} ${what.key}` : `row ${JSON.stringify(what.key)} of ${what.tableName}`}.`,
      );
    const graph = await this.lineage.graphOf(ctx, entity, request, progress);
    const document = await this.documents.documentOf(ctx, graph, format);
    const isPartial = graph.nodes.some(({ hiddenUpstream, hiddenDownstream }) => hiddenUpstream + hiddenDownstream > 0);
    return { document, nodes: graph.nodes.length, edges: graph.edges.length, isPartial };
  }

  private entityOf(ctx: RequestContext, what: Exported): Promise<Entity | null> {
    if ('tableName' in what) return this.provenance.record(ctx, what.tableName, what.key);
    const by = { key: what.key };
    switch (what.kind) {
      case 'user':
        return this.commerce.user(ctx, by);
      case 'customer':
        return this.commerce.customer(ctx, by);
      case 'product':
        return this.commerce.product(ctx, by);
      case 'order':
        return this.commerce.order(ctx, by);
      case 'order-item':
        return this.commerce.loaders(ctx).orderItems.by(orderItems.key, what.key);
      case 'payment':
        return this.commerce.payment(ctx, by);
    }
  }
}
