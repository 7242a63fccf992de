import { languageOf } from '../../shared/language/languages.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { type AuditEntry, actorOfEntry } from '../audit/audit.model.ts';
import { shownValue } from '../audit/changes.ts';
import { type Narrative, narrativeOf } from '../audit/narrative.ts';
import { fieldName, shownInWords, thingOf } from '../audit/summary.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { groupsOf } from './batches.ts';
import type { CopiesService } from './copies.service.ts';
import type { CellReference, CopiedCell, FieldOrigin, WhereAnswer } from './explain.model.ts';
import { type Explained, type Explaining, once } from './explained.ts';
import { keyOfRecord } from './record-key.ts';
import { keyColumnsOf } from './tracked-table.queries.ts';
import type { Shown, Version } from './version.model.ts';
import { ownSource, type ToldCopy, whereSentences } from './where.ts';

interface Origin extends FieldOrigin {
  readonly copies: () => Promise<readonly CopiedCell[]>;
}

/** WHERE a row's values came from. */
export class WhereService {
  constructor(
    private readonly explaining: Explaining,
    private readonly copies: CopiesService,
  ) {}

  /** @throws DomainError `BAD_USER_INPUT` for a field that the entity does not have. */
  async where(ctx: RequestContext, entity: Shown<Entity>, wanted: string | null | undefined): Promise<WhereAnswer> {
    const explained = await this.explaining.explained(ctx, entity, wanted);
    const { ref, map, field } = explained;
    const { provenance } = this.explaining;
    const asked = map.fields.filter((known) => field === null || known.field === field);
    const names = asked.map((known) => known.field);
    const [writers, image] = await Promise.all([
      provenance.loaders(ctx).writersOf(ref, map, names),
      provenance.presentImage(ctx, ref, entity.shownVersion),
    ]);
    const writerOf = new Map(writers.flatMap(({ entryId, fields }) => fields.map((written) => [written, entryId] as const)));
    const fields = await Promise.all(
      asked.map(async (known): Promise<Origin> => {
        const auditEntry = await provenance.entryOf(ctx, writerOf.get(known.field) ?? null);
        return this.originOf(ctx, known.field, shownValue(known, image), auditEntry);
      }),
    );
    return { fields, narrative: once(() => this.narrative(ctx, entity, explained, fields)) };
  }

  private originOf(ctx: RequestContext, field: string, value: unknown, auditEntry: AuditEntry | null): Origin {
    const { audit } = this.explaining;
    const copies = once(async () => (auditEntry ? this.copies.copiedFrom(ctx, auditEntry, field, value) : []));
    return {
      ...{ field, value, auditEntry, copies },
      actor: auditEntry && audit.actor(ctx, actorOfEntry(auditEntry)),
      origin: auditEntry && { ...auditEntry, recordSource: auditEntry.recordSource ?? ownSource },
      copiedFrom: async () => (await copies()).map((cell) => this.referenceOf(ctx, cell)),
    };
  }

  private referenceOf(ctx: RequestContext, { column, ref, value }: CopiedCell): CellReference {
    const { provenance } = this.explaining;
    const { tableName } = ref.table;
    const version = once((): Promise<Version> => provenance.latest(ctx, ref));
    const dot = tableName.indexOf('.');
    const row = {
      schema: tableName.slice(0, dot),
      table: tableName.slice(dot + 1),
      key: keyOfRecord(keyColumnsOf(ref.table), ref.recordKey),
      version,
      entity: async () => provenance.entityOf(ctx, await version()),
    };
    return { column, row, value };
  }

  private async narrative(ctx: RequestContext, entity: Shown<Entity>, { ref }: Explained, fields: readonly Origin[]): Promise<Narrative> {
    const language = languageOf(null);
    const teller = this.explaining.teller(ctx);
    const what = thingOf({ businessKey: entity.key, recordKey: ref.recordKey }, ref.table, language);
    const inWords = (field: string) => fieldName(field, ref.table, language);
    const byEntry = [...groupsOf(fields, ({ auditEntry }) => auditEntry)];
    const written = await Promise.all(
      byEntry.flatMap(([entry, group]) =>
        entry ? [teller.nameOf(entry).then((actor) => ({ entry, actor, fields: group.map(({ field }) => inWords(field)) }))] : [],
      ),
    );
    const older = fields.filter(({ auditEntry }) => auditEntry === null).map(({ field }) => inWords(field));
    const copied = await Promise.all(
      fields.map(async ({ field, value, auditEntry, copies }) =>
        (await copies()).map((cell): ToldCopy => {
          const { table } = cell.ref;
          return {
            ...{ field: inWords(field), value: shownInWords(value, language), what },
            sourceField: fieldName(cell.field, table, language),
            source: thingOf(cell.writer ?? { businessKey: null, recordKey: cell.ref.recordKey }, table, language),
            evidence: [auditEntry, cell.writer].flatMap((entry) => entry?.id ?? []),
          };
        }),
      ),
    );
    const firstEntry = older.length > 0 ? await this.explaining.loaders(ctx).firstChangeOf(ref) : null;
    written.sort((a, b) => (BigInt(a.entry.id) > BigInt(b.entry.id) ? -1 : 1));
    return narrativeOf(whereSentences({ what, written, copies: copied.flat(), older, firstEntry }, language));
  }
}
