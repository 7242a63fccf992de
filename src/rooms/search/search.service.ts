import type { Database } from '../../database/database.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { english } from '../../shared/language/english.ts';
import { type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import { cursorScope } from '../../shared/page-keyset.ts';
import { readPage } from '../../shared/page-read.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Customer, Entity, EntityType, Product, User } from '../commerce/commerce.model.ts';
import type { CommerceService } from '../commerce/commerce.service.ts';
import type { ProvenanceService } from '../provenance/provenance.service.ts';
import { encodeRecordName } from '../provenance/record-key.ts';
import type { TrackedRecord } from '../provenance/version.model.ts';
import { excerptOf } from './excerpt.ts';
import { questionOf } from './question.ts';
import type { Found, SearchHit } from './search.model.ts';
import { searchHits } from './search.queries.ts';

export interface SearchRequest extends PageRequest {
  readonly text: string;
  readonly entityTypes?: readonly EntityType[] | null;
}

/** Entities by words: keys, names, and what the entries about them say. */
export class SearchService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly commerce: CommerceService,
    private readonly provenance: ProvenanceService,
  ) {}

  /** Best first; names and mail addresses of people are searched, and shown, only for callers with PII_READ. */
  async search(ctx: RequestContext, request: SearchRequest): Promise<Page<SearchHit>> {
    const { tenant, scopes } = ctx.caller;
    const personal = scopes.has('PII_READ');
    const question = questionOf(request.text);
    const list = searchHits(tenant, question, request.entityTypes ?? null, personal);
    const window = pageWindow(request, this.codec, tenant, cursorScope(list.name, list.order));
    const page = await readPage((statement) => this.database.read(ctx.caller, statement), list, window, { codec: this.codec, tenant });
    const edges = await Promise.all(
      page.edges.map(async ({ cursor, node: found }) => {
        const entity = await this.entityOf(ctx, found);
        return entity && { cursor, node: hitOf(entity, found, question.words, personal) };
      }),
    );
    const there = edges.filter((edge) => edge !== null); // a row may be deleted between two statements
    return { ...page, edges: there, nodes: there.map(({ node }) => node) };
  }

  private async entityOf(ctx: RequestContext, { entityType, tableName, recordKey }: Found): Promise<Entity | null> {
    const loaders = this.commerce.loaders(ctx);
    switch (entityType) {
      case 'CUSTOMER':
        return loaders.customers.byId(recordKey);
      case 'ORDER':
        return loaders.orders.byId(recordKey);
      case 'ORDER_ITEM':
        return loaders.orderItems.byId(recordKey);
      case 'PAYMENT':
        return loaders.payments.byId(recordKey);
      case 'PRODUCT':
        return loaders.products.byId(recordKey);
      case 'USER':
        return loaders.users.byId(recordKey);
      case 'RECORD':
        return this.provenance.recordByGlobalKey(ctx, encodeRecordName({ tableName, recordKey }), 'id');
    }
  }
}

function hitOf(entity: Entity, found: Found, words: readonly string[], personal: boolean): SearchHit {
  const names = namesOf(entity, personal);
  const kind = entity.entityType === 'RECORD' ? (entity as TrackedRecord).tableName : english.kind(entity.entityType);
  return {
    entity,
    label: names[0] ?? `${kind} ${entity.key}`,
    excerpt: excerptOf(found.said ?? [`${kind} ${entity.key}`, ...names].join(' · '), words),
  };
}

/** The name to show first; empty where an entity has none, or it may not be shown. */
function namesOf(entity: Entity, personal: boolean): string[] {
  switch (entity.entityType) {
    case 'PRODUCT': {
      const { name, categories } = entity as Product;
      return [name, ...categories];
    }
    case 'CUSTOMER': {
      const { name, email } = entity as Customer;
      return personal ? [name, ...(email === null ? [] : [email])] : [];
    }
    case 'USER': {
      const { displayName, email } = entity as User;
      return personal ? [displayName, ...(email === null ? [] : [email])] : [];
    }
    default:
      return [];
  }
}
