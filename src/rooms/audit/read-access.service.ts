import type { Database } from '../../database/database.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import { decodeGlobalId, encodeGlobalId, isBigintKey, notAGlobalId } from '../../shared/global-id.ts';
import { type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import { cursorScope } from '../../shared/page-keyset.ts';
import { readPage } from '../../shared/page-read.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { periodOf, type TimeRange } from '../../shared/time-range.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { typenameOf } from '../commerce/node.type.ts';
import type { NodeRegistry } from '../commerce/node-registry.ts';
import type { EntityRead, ReadAccess } from './read-access.model.ts';
import { readAccessById, readAccessList, toReadAccess } from './read-access.queries.ts';

export interface ReadAccessRequest extends PageRequest {
  /** Global id of an entity: reads of it, also among others. */
  readonly entityId?: string | null;
  readonly range?: TimeRange | null;
}

const entityTypes = new Map(Object.values(EntityType).map((type): [string, EntityType] => [typenameOf(type), type]));

/** Who read which data. */
export class ReadAccessService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly nodes: NodeRegistry,
  ) {}

  /** Newest first. */
  page(ctx: RequestContext, { entityId, range, ...request }: ReadAccessRequest): Promise<Page<ReadAccess>> {
    const { tenant } = ctx.caller;
    const list = readAccessList(tenant, entityId ? entityOf(entityId) : null, range ? periodOf(range) : null);
    const window = pageWindow(request, this.codec, tenant, cursorScope(list.name, list.order));
    return readPage((statement) => this.database.read(tenant, statement), list, window, { codec: this.codec, tenant });
  }

  /** @throws DomainError `FORBIDDEN` without AUDIT_READ: the type itself carries no permission. */
  async byId(ctx: RequestContext, id: string): Promise<ReadAccess | null> {
    const { tenant, scopes } = ctx.caller;
    if (!scopes.has('AUDIT_READ')) throw new DomainError('FORBIDDEN', 'This needs the permission AUDIT_READ.', { scope: 'AUDIT_READ' });
    const [row] = await this.database.read(tenant, readAccessById(tenant, id));
    return row ? toReadAccess(row) : null;
  }

  /** As it is now; null when it is gone, and where many entities were read or none. */
  async entity(ctx: RequestContext, { entityType, entityKey }: ReadAccess): Promise<object | null> {
    if (entityType === null || entityKey === null) return null;
    return await this.nodes.load(ctx, encodeGlobalId(typenameOf(entityType), entityKey), 'entity');
  }
}

function entityOf(entityId: string): EntityRead {
  const { type, key } = decodeGlobalId(entityId, 'entityId');
  const entityType = entityTypes.get(type);
  if (!entityType) {
    throw new DomainError('BAD_USER_INPUT', `"entityId" must be the id of an entity; this one names a ${type}.`, { argument: 'entityId' });
  }
  if (entityType !== 'RECORD' && !isBigintKey(key)) throw notAGlobalId('entityId');
  return { entityType, entityKey: key };
}
