import { DomainError } from '../../shared/errors.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry, Image } from '../audit/audit.model.ts';
import { shownValue } from '../audit/changes.ts';
import { entityFields } from '../audit/entity-fields.ts';
import { type CopyRule, copyChain, isCopy, ruleFor, sourceKey } from './copies.ts';
import { tableOfEntity } from './entity-image.queries.ts';
import type { CopiedCell } from './explain.model.ts';
import type { Explaining } from './explained.ts';
import type { RecordRef } from './version.model.ts';

/** Finds what a value was copied from, by the shop's rules; it is claimed only where the source held the same value at that moment. */
export class CopiesService {
  constructor(private readonly explaining: Explaining) {}

  /** The cells that a value which an entry wrote came through, nearest first. */
  async copiedFrom(ctx: RequestContext, entry: AuditEntry, field: string, value: unknown): Promise<CopiedCell[]> {
    return copyChain(
      await this.sourceOf(ctx, entry, field, value),
      async (cell) => cell.writer && this.sourceOf(ctx, cell.writer, cell.field, cell.value),
    );
  }

  /** Where the values that an entry wrote were copied from, of these fields or of all. */
  async sourcesOf(ctx: RequestContext, entry: AuditEntry, fields: readonly string[] | null): Promise<CopiedCell[]> {
    if (entry.operation !== 'INSERT' && entry.operation !== 'UPDATE') return [];
    const changes = await this.explaining.audit.changes(ctx, entry);
    const asked = changes.filter(({ field }) => fields?.includes(field) ?? true);
    const found = await Promise.all(asked.map(({ field, after }) => this.sourceOf(ctx, entry, field, after)));
    return found.filter((cell) => cell !== null);
  }

  /** The cell that an entry copied a value from; null where no rule names one, or it held another value. */
  private async sourceOf(ctx: RequestContext, entry: AuditEntry, field: string, value: unknown): Promise<CopiedCell | null> {
    const tracked = await this.explaining.audit.table(ctx, entry);
    const rule = tracked && ruleFor(tracked.entityType, field);
    if (!rule) return null;
    const image = await this.imageAfter(ctx, entry);
    const key = image && sourceKey(rule, image);
    const table = key ? await this.explaining.provenance.loaders(ctx).table(tableOfEntity(rule.source.entityType)) : null;
    if (!key || !table) return null;
    const cell = await this.cellOf(ctx, rule, { table, recordKey: key, upTo: String(BigInt(entry.id) - 1n) });
    return cell && isCopy(value, cell.value) ? cell : null;
  }

  /** The source's value as of `ref`: what the last entry before stated, else what the row held before the log knew of a change. */
  private async cellOf(ctx: RequestContext, rule: CopyRule, ref: RecordRef): Promise<CopiedCell | null> {
    const field = entityFields[rule.source.entityType].find((known) => known.field === rule.source.field);
    if (!field) return null;
    const [column] = field.columns;
    const writer = await this.explaining.loaders(ctx).lastStatementOf(ref, column);
    if (writer?.operation === 'DELETE') return null;
    const image = writer?.after ?? (await this.imageOf(ctx, ref));
    return image && { field: field.field, column, ref, value: shownValue(field, image), writer };
  }

  /** The whole row right after an entry. */
  private async imageAfter(ctx: RequestContext, entry: AuditEntry): Promise<Image | null> {
    if (entry.operation === 'INSERT') return entry.after;
    const loaders = this.explaining.provenance.loaders(ctx);
    const version = await loaders.versionByEntry(entry.id);
    return version && loaders.imageOf(version);
  }

  private async imageOf(ctx: RequestContext, ref: RecordRef): Promise<Image | null> {
    const { provenance } = this.explaining;
    try {
      return await provenance.loaders(ctx).imageOf(await provenance.latest(ctx, ref));
    } catch (error) {
      if (error instanceof DomainError && error.code === 'HISTORY_UNAVAILABLE') return null;
      throw error;
    }
  }
}
