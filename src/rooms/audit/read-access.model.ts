import type { EntityType } from '../commerce/commerce.model.ts';

/** One kind of personal or audit data that one request read. Instants are text as PostgreSQL prints them, in UTC. */
export interface ReadAccess {
  readonly id: string;
  readonly occurredAt: string;
  readonly actorKey: string;
  readonly actorRole: string | null;
  /** Whether a credential proved who read. */
  readonly actorVerified: boolean;
  readonly operationName: string | null;
  /** `Type.field` as in the schema, sorted. */
  readonly fields: readonly string[];
  readonly entityType: EntityType | null;
  /** Key part of the global id; null when many entities were read, or none. */
  readonly entityKey: string | null;
  readonly rowCount: number;
  readonly isAllowed: boolean;
  readonly purpose: string | null;
  readonly sessionId: string | null;
  readonly application: string | null;
  readonly clientIp: string | null;
  readonly requestId: string | null;
}

/** An entity as accesses name it. */
export interface EntityRead {
  readonly entityType: EntityType;
  readonly entityKey: string;
}
