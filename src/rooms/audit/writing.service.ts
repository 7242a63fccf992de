import type { Database, Transaction, WriteContext } from '../../database/database.ts';
import { bigintKeyOfGlobalId, decodeGlobalId, isBigintKey, notAGlobalId } from '../../shared/global-id.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { refusal } from '../../shared/user-error.ts';
import type { MutationCall, Outcome } from '../access/idempotency.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { typenameOf } from '../commerce/node.type.ts';
import type { AuditService } from './audit.service.ts';
import { isBusinessEntity } from './entity-fields.ts';
import { checkDetails, checkText, explained } from './mutation-faults.ts';
import { writeOnce } from './write-once.ts';
import * as queries from './writing.queries.ts';

interface Keyed {
  readonly idempotencyKey?: string | null;
}
export type StartRun = Keyed & queries.RunOpening;
export interface FinishRun extends Keyed {
  readonly runId: string;
  readonly status: string;
  readonly details?: Readonly<Record<string, unknown>> | null;
}
export interface AddReason extends Keyed {
  /** Global id. */
  readonly auditEntryId: string;
  readonly reason: queries.ReasonGiven;
}
export interface RecordAuditEvent extends Keyed {
  readonly operationName: string;
  /** Global id; or entityType and entityKey; or none of them. */
  readonly entityId?: string | null;
  readonly entityType?: EntityType | null;
  readonly entityKey?: string | null;
  readonly details?: Readonly<Record<string, unknown>> | null;
  readonly reason?: queries.ReasonGiven | null;
  readonly runId?: string | null;
}

const entityTypes = new Map(Object.values(EntityType).map((type): [string, EntityType] => [typenameOf(type), type]));

/** What callers append to the trail. Each gives the key of what it made; nothing is ever changed in place. */
export class WritingService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
  ) {}

  /** The outcome's id is the run's. */
  startRun(ctx: RequestContext, input: StartRun): Promise<Outcome> {
    return this.write(ctx, 'startRun', input, {}, async (tx) => {
      checkText(input.name, 'name');
      checkText(input.eventPrefix, 'eventPrefix');
      checkReason(input.reason);
      checkDetails(input.details);
      const [row] = await tx.run(queries.startRun(input)).catch(explained({ ALREADY_EXISTS: 'runId' }));
      return String(row?.['id']);
    });
  }

  finishRun(ctx: RequestContext, input: FinishRun): Promise<Outcome> {
    return this.write(ctx, 'finishRun', input, {}, async (tx) => {
      checkDetails(input.details);
      await tx
        .run(queries.finishRun(input.runId, input.status, input.details))
        .catch(explained({ NOT_FOUND: 'runId', CONFLICT: 'runId', INVALID: 'status' }));
      return input.runId;
    });
  }

  /** The outcome's id is that of the entry that got the reason. */
  addReason(ctx: RequestContext, input: AddReason): Promise<Outcome> {
    const entryId = bigintKeyOfGlobalId(input.auditEntryId, 'AuditEntry', 'input.auditEntryId');
    return this.write(ctx, 'addReason', input, {}, async (tx) => {
      checkReason(input.reason);
      await tx.run(queries.addReason(entryId, input.reason)).catch(explained({ NOT_FOUND: 'auditEntryId' }));
      return entryId;
    });
  }

  /** The outcome's id is the new entry's. */
  recordAuditEvent(ctx: RequestContext, input: RecordAuditEvent): Promise<Outcome> {
    const { reason } = input;
    const why = { reason: reason?.text, reasonCode: reason?.code ?? undefined, reference: reason?.reference ?? undefined };
    return this.write(ctx, 'recordAuditEvent', input, why, async (tx) => {
      checkText(input.operationName, 'operationName');
      checkReason(reason);
      checkDetails(input.details);
      const subject = await this.subjectOf(tx, ctx.caller.tenant, input);
      const [row] = await tx.run(queries.recordEvent(input.operationName, input.details, subject, input.runId));
      return String(row?.['id']);
    });
  }

  /** The row that an event is about; null when it is about none. */
  private async subjectOf(tx: Transaction, tenant: string, input: RecordAuditEvent): Promise<queries.EventSubject | null> {
    const { entityId, entityType, entityKey } = input;
    if (entityId && (entityType || entityKey))
      throw refusal('INVALID', 'Give "entityId", or "entityType" and "entityKey", not both.', 'entityId');
    if (entityId) {
      const { type, key } = decodeGlobalId(entityId, 'input.entityId');
      const named = entityTypes.get(type);
      if (!named) throw refusal('INVALID', `"entityId" must be the id of an entity; this one names a ${type}.`, 'entityId');
      if (!isBusinessEntity(named)) return await recordSubject(tx, tenant, key);
      if (!isBigintKey(key)) throw notAGlobalId('input.entityId');
      return found(await tx.run(queries.shopSubject(tenant, named, { id: key })), 'entityId');
    }
    if (!entityType && !entityKey) return null;
    if (!entityType) throw refusal('INVALID', '"entityKey" needs "entityType" beside it.', 'entityType');
    if (!entityKey) throw refusal('INVALID', '"entityType" needs "entityKey" beside it.', 'entityKey');
    if (!isBusinessEntity(entityType))
      throw refusal('INVALID', 'A record is named by "entityId": its key alone does not say of which table.', 'entityType');
    return found(await tx.run(queries.shopSubject(tenant, entityType, { key: entityKey })), 'entityKey');
  }

  private async write(
    ctx: RequestContext,
    mutation: string,
    input: MutationCall['input'],
    why: Partial<WriteContext>,
    work: (tx: Transaction) => Promise<string>,
  ): Promise<Outcome> {
    try {
      return await writeOnce(this.database, ctx, { mutation, input, why }, work);
    } finally {
      this.audit.loaders(ctx).forgetAll();
    }
  }
}

async function recordSubject(tx: Transaction, tenant: string, key: string): Promise<queries.EventSubject> {
  const end = key.indexOf(':');
  const [tableName, recordKey] = [key.slice(0, end), key.slice(end + 1)];
  if (end <= 0 || recordKey === '') throw notAGlobalId('input.entityId');
  const [row] = await tx.run(queries.recordSubject(tenant, tableName, recordKey));
  const subject = row && { tableKey: row['table_key'] as number, recordKey, entityKey: null };
  if (subject && (row['known'] === true || (await tx.run(queries.presentRecord(subject.tableKey, recordKey))).length > 0)) return subject;
  throw refusal('NOT_FOUND', 'There is no such entity.', 'entityId');
}

function found(rows: readonly Record<string, unknown>[], field: string): queries.EventSubject {
  const [row] = rows;
  if (!row) throw refusal('NOT_FOUND', 'There is no such entity.', field);
  return { tableKey: row['table_key'] as number, recordKey: row['record_key'] as string, entityKey: row['entity_key'] as string | null };
}

function checkReason(reason: queries.ReasonGiven | null | undefined): void {
  checkText(reason?.text, 'reason.text', 'text');
  checkText(reason?.code, 'reason.code');
  checkText(reason?.reference, 'reason.reference');
}
