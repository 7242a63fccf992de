import type { SQL } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import { languageOf } from '../../shared/language/languages.ts';
import type { Page, PageRequest } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { TimeRange } from '../../shared/time-range.ts';
import { type AuditEntry, actorOfEntry } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { millisecondsBetween } from '../audit/duration.ts';
import { type Narrative, narrativeOf } from '../audit/narrative.ts';
import { pointOf } from '../audit/shop-moments.ts';
import type { SummaryFacts } from '../audit/summary.ts';
import type { Customer, Entity } from '../commerce/commerce.model.ts';
import type { CommerceService } from '../commerce/commerce.service.ts';
import { JourneyLoaders } from './journey.loaders.ts';
import type { CustomerFigures, Journey, JourneyEvent, JourneyFact, JourneyKind, JourneyStage } from './journey.model.ts';
import type { TableKeys } from './journey.queries.ts';
import { storyOf, toldOneByOne } from './journey-narrative.ts';
import type { ToldEvent, ToldOrder } from './journey-order.ts';
import { pageOfEvents } from './journey-page.ts';
import { stagesOf } from './journey-stage.ts';

const tableNames: Readonly<Record<JourneyKind, string>> = {
  CUSTOMER: 'commerce.customers',
  ORDER: 'commerce.orders',
  ORDER_ITEM: 'commerce.order_items',
  PAYMENT: 'commerce.payments',
};
const dayMs = 86_400_000;

/** The story of a customer, over the customer's own row, its orders, their items and their payments. */
export class JourneyService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly commerce: CommerceService,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError `BAD_USER_INPUT` when the range ends before it begins. */
  journey(customer: Customer, range: TimeRange | null | undefined, locale: string | null | undefined): Journey {
    if (range && typeof range.to === 'string' && range.to < range.from) {
      throw new DomainError('BAD_USER_INPUT', '"range" ends before it begins.', { argument: 'range' });
    }
    return { customer, range: range ?? null, locale: locale ?? null };
  }

  async events(ctx: RequestContext, journey: Journey, request: PageRequest): Promise<Page<JourneyEvent>> {
    const { locale, customer } = journey;
    return pageOfEvents(await this.eventsOf(ctx, journey), { locale, seenAt: customer.seenAt }, request, this.codec, ctx.caller.tenant);
  }

  async stages(ctx: RequestContext, journey: Journey): Promise<JourneyStage[]> {
    return stagesOf(await this.eventsOf(ctx, journey));
  }

  /** Whole days between the first event and the last. */
  async lifetimeDays(ctx: RequestContext, journey: Journey): Promise<number> {
    const events = await this.eventsOf(ctx, journey);
    const [first, last] = [events[0], events.at(-1)];
    return first && last ? Math.floor(millisecondsBetween(first.occurredAt, last.occurredAt) / dayMs) : 0;
  }

  figures(ctx: RequestContext, { customer, range }: Journey): Promise<CustomerFigures> {
    return this.loaders(ctx, customer).figuresOf(customer.id, range);
  }

  /** The story in words. It reads the entries that are told one by one: those of the customer's row and of fifty orders at most. */
  async narrative(ctx: RequestContext, journey: Journey): Promise<Narrative> {
    const { customer, range, locale } = journey;
    const events = await this.eventsOf(ctx, journey);
    const wanted = toldOneByOne(events);
    const [contacts, orders] = await Promise.all([
      this.told(ctx, wanted.contacts),
      Promise.all(wanted.orders.map((ofOrder) => this.toldOrder(ctx, customer, ofOrder))),
    ]);
    const story = { customerName: shownName(customer), customerKey: customer.key, range, events, contacts, orders };
    return narrativeOf(storyOf(story, languageOf(locale)));
  }

  /** The event of an entry; null when the entry is of no customer that there is. */
  async event(ctx: RequestContext, entryId: string): Promise<JourneyEvent | null> {
    const fact = await this.loaders(ctx).fact(entryId);
    return fact && { ...fact, locale: null };
  }

  /** The row that an event is about, at the moment of the journey; null when it is gone. */
  entity(ctx: RequestContext, { kind, recordKey, seenAt }: JourneyEvent): Promise<Entity | null> {
    const { customers, orders, orderItems, payments } = this.commerce.loaders(ctx, { seenAt });
    const loaders = { CUSTOMER: customers, ORDER: orders, ORDER_ITEM: orderItems, PAYMENT: payments };
    return loaders[kind].byId(recordKey);
  }

  async summary(ctx: RequestContext, event: JourneyEvent): Promise<string> {
    const entry = await this.audit.loaders(ctx).entry(event.id);
    return entry === null ? '' : this.audit.summary(ctx, entry, event.locale);
  }

  private async toldOrder(ctx: RequestContext, customer: Customer, events: readonly JourneyFact[]): Promise<ToldOrder> {
    const told = await this.told(ctx, events);
    const { orders, products } = this.commerce.loaders(ctx, customer);
    const orderId = events[0]?.orderId ?? '';
    const number = told.find(({ event }) => event.kind === 'ORDER')?.entry.businessKey ?? (await orders.byId(orderId))?.number ?? orderId;
    // Only what was taken back is told by its product.
    const takenBack = new Set(events.filter(({ stage }) => stage === 'RETURNING').map(({ recordKey }) => recordKey));
    const items = told.filter(({ event }) => event.kind === 'ORDER_ITEM' && takenBack.has(event.recordKey));
    const ids = [...new Set(items.map(({ entry }) => entry.after?.['product_id']).filter((id) => typeof id === 'string'))];
    const named = await Promise.all(ids.map(async (id) => [id, (await products.byId(id))?.sku ?? id] as const));
    return { number, events: told, products: new Map(named) };
  }

  private async told(ctx: RequestContext, events: readonly JourneyFact[]): Promise<ToldEvent[]> {
    const told = await Promise.all(
      events.map(async (event) => {
        const entry = await this.audit.loaders(ctx).entry(event.id);
        return entry && { event, entry, facts: await this.factsOf(ctx, event, entry) };
      }),
    );
    return told.filter((one) => one !== null);
  }

  /** Whether an order goes its way, or something was made, is told without a reason, and fields are told only of changes that bring no status. */
  private async factsOf(ctx: RequestContext, event: JourneyFact, entry: AuditEntry): Promise<SummaryFacts> {
    const isPlain =
      event.kind !== 'CUSTOMER' && (event.operation === 'INSERT' || (event.operation === 'UPDATE' && event.stage === 'FULFILMENT'));
    if (!isPlain) return this.audit.summaryFacts(ctx, entry, event.operation === 'UPDATE' && event.status === null ? undefined : []);
    const actor = await this.audit.actor(ctx, actorOfEntry(entry)).displayName();
    return { entry, table: await this.audit.table(ctx, entry), changes: [], actor, reason: entry.reasonText, runName: null };
  }

  private async eventsOf(ctx: RequestContext, { customer, range }: Journey): Promise<readonly JourneyFact[]> {
    const facts = await this.loaders(ctx, customer).facts(customer.id);
    return range === null ? facts : facts.filter(({ occurredAt }) => isWithin(occurredAt, range));
  }

  private loaders(ctx: RequestContext, { seenAt }: Pick<Customer, 'seenAt'> = {}): JourneyLoaders {
    const { tenant } = ctx.caller;
    const made = ctx.memo(this, () => new Map<string | null, JourneyLoaders>());
    const key = seenAt?.key ?? null;
    const read = (statement: SQL) => this.database.read(ctx.caller, statement);
    const scope = { tenant, moment: seenAt ?? null, asOf: pointOf({ seenAt }) };
    const loaders = made.get(key) ?? new JourneyLoaders(read, scope, () => this.tables(ctx));
    made.set(key, loaders);
    return loaders;
  }

  private async tables(ctx: RequestContext): Promise<TableKeys> {
    const tables = [...(await this.audit.loaders(ctx).tables()).values()];
    const keyOf = (kind: JourneyKind) => tables.find(({ tableName }) => tableName === tableNames[kind])?.tableKey ?? null;
    return { CUSTOMER: keyOf('CUSTOMER'), ORDER: keyOf('ORDER'), ORDER_ITEM: keyOf('ORDER_ITEM'), PAYMENT: keyOf('PAYMENT') };
  }
}

/** The only way by which a customer's name comes into a story. */
function shownName({ name }: Customer): string {
  return name;
}

function isWithin(instant: string, range: TimeRange): boolean {
  return instant >= range.from && (typeof range.to !== 'string' || instant < range.to);
}
