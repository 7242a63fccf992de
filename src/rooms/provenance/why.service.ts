import { DomainError } from '../../shared/errors.ts';
import { languageOf } from '../../shared/language/languages.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { refuseBadText } from '../../shared/text.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import type { FieldChange } from '../audit/changes.ts';
import { type Narrative, narrativeOf } from '../audit/narrative.ts';
import { fieldName, shownInWords, thingOf } from '../audit/summary.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { groupsOf } from './batches.ts';
import type { CausesService } from './causes.service.ts';
import type { BusinessImpact, CauseStep, ReasonedChange, WhyAnswer } from './explain.model.ts';
import { type Explained, type Explaining, once } from './explained.ts';
import { impactOf } from './impact.ts';
import type { FoundChange } from './life.queries.ts';
import { changeIn, changesIn, presentLife } from './life.ts';
import type { ToldEntry } from './telling.ts';
import type { RecordRef, Shown } from './version.model.ts';
import { holdsValue } from './wanted-value.queries.ts';
import { wantedValue } from './wanted-value.ts';
import { maxReasons, whySentences } from './why.ts';

const maxValueLength = 10_000;

interface Change {
  readonly entry: AuditEntry;
  readonly change: FieldChange;
}

/** What the answer begins with. */
interface Written {
  /** Newest first. */
  readonly changes: readonly Change[];
  /** The entry whose causes are told: that of the newest change, or the row's deletion. */
  readonly newest: AuditEntry | null;
  /** The changes that were looked at for a value that the field never had. */
  readonly looked: readonly AuditEntry[] | null;
}

/** What a change is of, and the moment that it is read at, if that is not now. */
type ImpactOf = { readonly entityType: string } & Pick<RecordRef, 'seenAt'>;

function impactOfRecord({ table, seenAt }: RecordRef): ImpactOf {
  return { entityType: table.entityType, seenAt };
}

/** WHY a row's values are as they are. */
export class WhyService {
  constructor(
    private readonly explaining: Explaining,
    private readonly causes: CausesService,
  ) {}

  /** @throws DomainError `BAD_USER_INPUT` for a field that the entity does not have, and for a value without a field. */
  async why(ctx: RequestContext, entity: Shown<Entity>, field: string | null | undefined, value: unknown): Promise<WhyAnswer> {
    const hasValue = value !== undefined && value !== null;
    if (hasValue) refuseValue(value, field);
    const explained = await this.explaining.explained(ctx, entity, field);
    const written = once(() => (hasValue ? this.writtenAs(ctx, explained, value) : this.written(ctx, explained)));
    const causes = once(async () => {
      const { newest } = await written();
      return newest ? this.causes.causesOf(ctx, newest, explained.field) : [];
    });
    return {
      reasons: async () => {
        const { changes } = await written();
        return Promise.all(changes.map(({ entry, change }) => this.reasoned(ctx, explained, entry, change)));
      },
      causes,
      narrative: once(async () => this.narrative(ctx, entity, explained, await written(), await causes(), value)),
    };
  }

  /** Effect of a change of a field; null where none is measured: only prices of products are, and only now, since it came afterwards. */
  async impactOf(ctx: RequestContext, of: ImpactOf, field: string, entry: AuditEntry): Promise<BusinessImpact | null> {
    if (of.seenAt || of.entityType !== 'PRODUCT' || field !== 'price' || entry.operation !== 'UPDATE') return null;
    return impactOf(await this.explaining.loaders(ctx).soldAround(entry));
  }

  private async reasoned(ctx: RequestContext, { ref }: Explained, entry: AuditEntry, change: FieldChange): Promise<ReasonedChange> {
    return {
      auditEntry: entry,
      change,
      reason: await this.explaining.audit.reason(ctx, entry),
      impact: () => this.impactOf(ctx, impactOfRecord(ref), change.field, entry),
    };
  }

  private async written(ctx: RequestContext, explained: Explained): Promise<Written> {
    const { ref, map, field } = explained;
    if (field === null) return this.lastWritten(ctx, explained);
    const found = await this.explaining.loaders(ctx).changesOf({ ref, map, field, limit: maxReasons });
    const changes = this.changesOf(explained, field, found);
    return { changes, newest: changes[0]?.entry ?? null, looked: null };
  }

  /** For each field the change that gave it its present value. */
  private async lastWritten(ctx: RequestContext, { ref, map }: Explained): Promise<Written> {
    const fields = map.fields.map(({ field }) => field);
    const loaders = this.explaining.provenance.loaders(ctx);
    const [writers, [last]] = await Promise.all([
      loaders.writersOf(ref, map, fields),
      this.explaining.loaders(ctx).changesOf({ ref, map, field: null, limit: 1 }),
    ]);
    const entries = await Promise.all(writers.map(({ entryId }) => this.explaining.audit.loaders(ctx).entry(entryId)));
    const changes = entries.flatMap((entry, place): Change[] => {
      const wrote = writers[place]?.fields ?? [];
      if (!entry) return [];
      return changesIn(entry, ref.table, map)
        .filter(({ field }) => wrote.includes(field))
        .map((change) => ({ entry, change }));
    });
    return { changes: changes.slice(0, maxReasons), newest: last?.entry ?? null, looked: null };
  }

  /** The newest change that produced a value. */
  private async writtenAs(ctx: RequestContext, explained: Explained, value: unknown): Promise<Written> {
    const { ref, map, field } = explained;
    const asked = map.fields.find((known) => known.field === field);
    const type = ref.table.versions.at(-1)?.columns.find(({ name }) => name === asked?.columns[0])?.type ?? '';
    const wanted = asked && wantedValue(asked, type, value);
    const loaders = this.explaining.loaders(ctx);
    if (asked && wanted) {
      const where = { name: JSON.stringify(wanted), sql: holdsValue(map, asked, wanted) };
      const found = await loaders.changesOf({ ref, map, field, limit: maxReasons, where });
      const changes = this.changesOf(explained, asked.field, found);
      if (wanted.kind === 'money' && wanted.currency === null) refuseSeveralCurrencies(changes);
      const [newest] = changes;
      if (newest) return { changes: [newest], newest: newest.entry, looked: null };
    }
    const all = this.changesOf(explained, field ?? '', await loaders.changesOf({ ref, map, field, limit: maxReasons }));
    return { changes: [], newest: null, looked: all.map(({ entry }) => entry) };
  }

  /** The changes of one field in the record's present life; its deletion gave it no value. */
  private changesOf({ ref, map }: Explained, field: string, found: readonly FoundChange[]): Change[] {
    return presentLife(found, ({ entry }) => entry).flatMap(({ entry, fits }): Change[] => {
      const change = fits && entry.operation !== 'DELETE' ? changeIn(entry, field, ref.table, map) : null;
      return change ? [{ entry, change }] : [];
    });
  }

  private async narrative(
    ctx: RequestContext,
    entity: Shown<Entity>,
    { ref, field }: Explained,
    { changes, newest, looked }: Written,
    causes: readonly CauseStep[],
    value: unknown,
  ): Promise<Narrative> {
    const language = languageOf(null);
    const teller = this.explaining.teller(ctx);
    const { table } = ref;
    const byEntry = groupsOf(changes, ({ entry }) => entry.id);
    const entries = new Map([newest, ...changes.map(({ entry }) => entry)].flatMap((entry) => (entry ? [[entry.id, entry] as const] : [])));
    const [written, told, impact, firstEntry] = await Promise.all([
      Promise.all(
        [...entries.values()].map((entry) =>
          teller.tell(entry, { table, changes: (byEntry.get(entry.id) ?? []).map(({ change }) => change) }),
        ),
      ),
      Promise.all(causes.slice(1).map(async (step) => ({ step, told: await this.toldCause(ctx, step) }))),
      this.measured(ctx, impactOfRecord(ref), changes),
      newest ? null : this.explaining.loaders(ctx).firstChangeOf(ref),
    ]);
    const neverHad = looked && { value: shownInWords(value, language), looked: looked.map(({ id }) => id) };
    return narrativeOf(
      whySentences(
        {
          what: thingOf({ businessKey: entity.key, recordKey: ref.recordKey }, table, language),
          field: field === null ? null : fieldName(field, table, language),
          ...{ written, causes: told, impact, neverHad, firstEntry: firstEntry?.id ?? null },
        },
        language,
      ),
    );
  }

  /** Of a value's source only the field that was copied is told. */
  private async toldCause(ctx: RequestContext, { auditEntry, fields }: CauseStep): Promise<ToldEntry> {
    const teller = this.explaining.teller(ctx);
    if (fields === null) return teller.tell(auditEntry);
    const { audit } = this.explaining;
    const [table, changes] = await Promise.all([audit.table(ctx, auditEntry), audit.changes(ctx, auditEntry)]);
    return teller.tell(auditEntry, { table, changes: changes.filter(({ field }) => fields.includes(field)) });
  }

  /** The effect of the newest change of a price among these, with the entries that were counted. */
  private async measured(ctx: RequestContext, of: ImpactOf, changes: readonly Change[]) {
    const [newest] = changes.filter(({ entry, change }) => entry.id === changes[0]?.entry.id && change.field === 'price');
    const measured = newest && (await this.impactOf(ctx, of, newest.change.field, newest.entry));
    if (!newest || !measured) return null;
    const counted = await this.explaining.loaders(ctx).itemsSoldAround({ change: newest.entry, days: measured.periodDays });
    return { measured, counted };
  }
}

function refuseValue(value: unknown, field: string | null | undefined): void {
  const argument = 'value';
  if (typeof field !== 'string')
    throw new DomainError('BAD_USER_INPUT', '"value" is a value of one field: give "field", too.', { argument });
  refuseBadText(value, argument);
  if (JSON.stringify(value).length > maxValueLength)
    throw new DomainError('BAD_USER_INPUT', `"value" is longer than ${maxValueLength} characters.`, { argument });
}

/** An amount alone names a value only as long as the field never held it in two currencies. */
function refuseSeveralCurrencies(changes: readonly Change[]): void {
  const currencies = new Set(changes.map(({ change }) => (change.after as { currency?: string } | null)?.currency));
  if (currencies.size < 2) return;
  const names = [...currencies].join(', ');
  const message = `"value" is an amount that the field held in several currencies (${names}): give {"amount": ..., "currency": ...}.`;
  throw new DomainError('BAD_USER_INPUT', message, { argument: 'value' });
}
