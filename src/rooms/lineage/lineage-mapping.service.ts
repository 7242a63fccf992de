import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { CopiesService } from '../provenance/copies.service.ts';
import type { TransformationKind, WalkedEdge } from './lineage.model.ts';
import type { LineageService } from './lineage.service.ts';
import { fieldOf } from './lineage-fields.ts';
import { nodeOfKey } from './lineage-key.ts';

export interface FieldMapping {
  readonly sourceField: string;
  readonly targetField: string;
  readonly transformation: TransformationKind;
}

interface RowName {
  readonly tableKey: number | null;
  readonly recordKey: string | null;
}

/** How fields of one version were made from fields of another. */
export class LineageMappingService {
  constructor(
    private readonly audit: AuditService,
    private readonly copies: CopiesService,
    private readonly lineage: LineageService,
  ) {}

  /**
   * Of a derivation: between versions of one row the fields that were changed (`TRANSFORMATION`); from another row the reference (`JOIN`), and the
   * values that were the same there at that moment, by the shop's rules (`IDENTITY`). Of what was only named as a cause nothing is known.
   */
  async mappingsOf(ctx: RequestContext, { relation, source, target }: WalkedEdge): Promise<FieldMapping[]> {
    if (relation !== 'WAS_DERIVED_FROM') return [];
    const [from, entry] = await Promise.all([this.rowOf(ctx, source), this.lineage.entryOf(ctx, nodeOfKey(target, 'target'))]);
    if (!from || !entry) return [];
    const changes = await this.audit.changes(ctx, entry);
    if (isSameRow(from, entry)) {
      return changes.map(({ field }) => ({ sourceField: field, targetField: field, transformation: 'TRANSFORMATION' }));
    }
    const copied = await Promise.all(changes.map(({ field }) => this.copiesOf(ctx, from, entry, field)));
    return [...(await this.referencesOf(ctx, from, entry)), ...copied.flat()];
  }

  private async copiesOf(ctx: RequestContext, from: RowName, entry: AuditEntry, field: string): Promise<FieldMapping[]> {
    const cells = await this.copies.sourcesOf(ctx, entry, [field]);
    return cells
      .filter(({ ref }) => ref.table.tableKey === from.tableKey && ref.recordKey === from.recordKey)
      .map((cell) => ({ sourceField: cell.field, targetField: field, transformation: 'IDENTITY' }));
  }

  private async referencesOf(ctx: RequestContext, from: RowName, entry: AuditEntry): Promise<FieldMapping[]> {
    const references = await this.lineage.referencesOf(ctx);
    const [parent, child] = await Promise.all([this.audit.loaders(ctx).table(from.tableKey), this.audit.table(ctx, entry)]);
    return references
      .filter(({ childTable, parentTable }) => childTable === entry.tableKey && parentTable === from.tableKey)
      .filter(({ column }) => String(entry.after?.[column] ?? '') === from.recordKey)
      .map(({ column }) => ({
        sourceField: fieldOf(parent?.entityType ?? 'RECORD', parent?.keyColumns[0] ?? 'id'),
        targetField: fieldOf(child?.entityType ?? 'RECORD', column),
        transformation: 'JOIN',
      }));
  }

  private async rowOf(ctx: RequestContext, key: string): Promise<RowName | null> {
    const ref = nodeOfKey(key, 'source');
    return ref.kind === 'base' ? { tableKey: Number(ref.id), recordKey: ref.name } : this.lineage.entryOf(ctx, ref);
  }
}

const isSameRow = (one: RowName, other: RowName): boolean => one.tableKey === other.tableKey && one.recordKey === other.recordKey;
