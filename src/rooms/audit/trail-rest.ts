import type { Database, Row } from '../../database/database.ts';
import { DomainError } from '../../shared/errors.ts';
import { isBigintKey } from '../../shared/global-id.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { bad, instantIn, numberIn, type RestRequest, type RestRoute, textIn } from '../../shared/rest.ts';
import { checkText } from './mutation-faults.ts';
import { auditLog, logEvent, runEvents, runSummary } from './trail-rest.queries.ts';
import { writeOnce } from './write-once.ts';

/** Events of one run that an answer holds at most; `event_count` counts them all. */
const maxEvents = 10_000;
const runIdForm = /^run_\d{8}_\d{6}_[0-9a-f]{8}$/;

/** GET /api/v1/audit-log, POST /api/v1/audit-events, GET /api/v1/runs/{run_id}. */
export function trailRoutes(database: Database): RestRoute[] {
  return [
    { method: 'GET', path: '/api/v1/audit-log', scope: 'AUDIT_READ', answer: (ctx, request) => log(database, ctx, request) },
    { method: 'POST', path: '/api/v1/audit-events', scope: 'AUDIT_WRITE', answer: (ctx, request) => record(database, ctx, request) },
    {
      method: 'GET',
      path: '/api/v1/runs/:runId',
      scope: 'AUDIT_READ',
      answer: (ctx, { names }) => run(database, ctx, names['runId'] ?? ''),
    },
  ];
}

async function log(database: Database, ctx: RequestContext, request: RestRequest): Promise<object> {
  const { tenant } = ctx.caller;
  const limit = numberIn(request, 'limit', 1, 1_000) ?? 100;
  const before = textIn(request, 'before');
  if (before !== null && !isBigintKey(before)) throw bad('before', 'must be the audit_id of an event.');
  const asked = {
    ...{ sku: textIn(request, 'sku'), operation: textIn(request, 'operation'), runId: textIn(request, 'run_id') },
    ...{ from: instantIn(request, 'from'), to: instantIn(request, 'to', true), before },
    ...{ limit: limit + 1, offset: numberIn(request, 'offset', 0, 100_000) ?? 0 },
  };
  const rows = await database.read(ctx.caller, auditLog(tenant, asked));
  ctx.reads?.list('Query.auditEntries', Math.min(rows.length, limit), true);
  const events = rows.slice(0, limit).map((row) => eventOf(ctx, row));
  return { events, next_before: rows.length > limit ? (events.at(-1)?.audit_id ?? null) : null };
}

/** An unknown run has no events and is no error. */
async function run(database: Database, ctx: RequestContext, runId: string): Promise<object> {
  const { tenant } = ctx.caller;
  const [[summary], events] = await Promise.all([
    database.read(ctx.caller, runSummary(tenant, runId)),
    database.read(ctx.caller, runEvents(tenant, runId, maxEvents)),
  ]);
  ctx.reads?.list('Query.run', events.length, true);
  return {
    ...{ run_id: runId, event_count: Number(summary?.['event_count']), events: events.map((row) => eventOf(ctx, row)) },
    ...{ start_time: summary?.['start_time'], end_time: summary?.['end_time'], duration_seconds: summary?.['duration_seconds'] },
  };
}

/** Who acts is the caller, and when is the database's: neither is taken from the body. */
async function record(database: Database, ctx: RequestContext, { body, idempotencyKey }: RestRequest): Promise<object> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw bad('body', 'must be a JSON object.');
  const given = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !['operation', 'details', 'sku', 'run_id'].includes(name));
  if (unknown !== undefined) throw bad(unknown, 'is not a field: operation, details, sku and run_id are.');
  const text = (name: string): string | null => {
    const value = given[name] ?? null;
    if (value !== null && typeof value !== 'string') throw bad(name, 'must be a text.');
    return value;
  };
  const [operation, sku, runId] = [text('operation'), text('sku'), text('run_id')];
  if (operation === null) throw bad('operation', 'is missing.');
  if (runId !== null && !runIdForm.test(runId)) throw bad('run_id', 'must look like run_20260217_143022_a1b2c3d4.');
  const details =
    typeof given['details'] === 'object' && given['details'] !== null ? JSON.stringify(given['details']) : (text('details') ?? '');
  const input = { operation, details, sku, runId, ...(idempotencyKey !== undefined && { idempotencyKey }) };
  const outcome = await writeOnce(database, ctx, { mutation: 'POST /api/v1/audit-events', input }, async (tx) => {
    checkText(operation, 'operation');
    checkText(details === '' ? null : details, 'details', 'text');
    const [row] = await tx.run(logEvent(operation, details, sku, ctx.caller.actor, runId));
    return String(row?.['id']);
  });
  const [fault] = outcome.userErrors;
  if (fault) throw new DomainError('BAD_USER_INPUT', fault.message, { reason: fault.code });
  return { audit_id: Number(outcome.id) };
}

/** Who did it is personal; what is told is noted as read. */
function eventOf({ caller, reads }: RequestContext, row: Row) {
  const { audit_id, timestamp, operation, sku, details, user, run_id } = row;
  const mayName = caller.scopes.has('PII_READ');
  const entry = { id: String(audit_id), tableKey: row['table_key'], recordKey: row['record_key'] };
  for (const field of ['AuditEntry.details', 'AuditEntry.entityKey']) reads?.field('AuditEntry', field, entry, true);
  reads?.field('AuditEntry', 'Actor.key', entry, mayName);
  return { audit_id: Number(audit_id), timestamp, operation, sku, details, user: mayName ? user : '***', run_id };
}
