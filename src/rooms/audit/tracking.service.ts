import type { Owner, Transaction } from '../../database/database.ts';
import { DatabaseFault } from '../../database/faults.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { refusal, type UserError, userError } from '../../shared/user-error.ts';
import { type MutationCall, type Outcome, onceOnly } from '../access/idempotency.ts';
import type { TrackedTable } from './audit.model.ts';
import type { AuditService } from './audit.service.ts';
import { raised } from './mutation-faults.ts';
import * as queries from './tracking.queries.ts';

interface Keyed {
  readonly idempotencyKey?: string | null;
}
export type TrackTable = Keyed & Omit<queries.TrackingOptions, 'tenant'>;
export type UntrackTable = Keyed & { readonly tableName: string };

const maxNameLength = 200;

/** Which tables are captured. It needs the owner's rights, which a server may not have. */
export class TrackingService {
  constructor(
    private readonly owner: Owner | null,
    private readonly audit: AuditService,
  ) {}

  /** Tables of this tenant that are captured now, by name. */
  async trackedTables(ctx: RequestContext): Promise<TrackedTable[]> {
    const tables = await this.audit.loaders(ctx).tables();
    return [...tables.values()].filter((table) => table.untrackedAt === null);
  }

  /** The outcome's id is the table's key. */
  trackTable(ctx: RequestContext, input: TrackTable): Promise<Outcome> {
    const { tenant } = ctx.caller;
    return this.change(ctx, 'trackTable', input, async (tx) => {
      await this.requireOurs(tx, tenant, input.tableName);
      const [row] = await tx.run(queries.track(input)).catch((error: unknown) => {
        const told = explain(error);
        throw told ? refusal(told.code, told.message, fieldAtFault(told, input)) : error;
      });
      const tableKey = row?.['table_key'] as number;
      const [table] = await tx.run(queries.tenantOfTable(tableKey));
      if (table?.['tenant'] !== null && table?.['tenant'] !== tenant) {
        throw refusal('INVALID', 'The table has no column tenant or tenant_id: name the one that says whose a row is.', 'tenantColumn');
      }
      return String(tableKey);
    });
  }

  /** The outcome's id is the table's key. What was captured stays. */
  untrackTable(ctx: RequestContext, input: UntrackTable): Promise<Outcome> {
    return this.change(ctx, 'untrackTable', input, async (tx) => {
      const known = await this.requireOurs(tx, ctx.caller.tenant, input.tableName);
      if (!known?.['is_tracked']) throw refusal('NOT_FOUND', `${input.tableName} is not tracked.`, 'tableName');
      await tx.run(queries.untrack(input.tableName));
      return String(known['table_key']);
    });
  }

  /** A table all of whose rows are another tenant's is none of ours: as good as not there. */
  private async requireOurs(tx: Transaction, tenant: string, tableName: string): Promise<Record<string, unknown> | undefined> {
    if (tableName.trim() === '') throw refusal('INVALID', 'A table needs a name.', 'tableName');
    if (tableName.length > maxNameLength)
      throw refusal('TOO_LARGE', `A table's name has at most ${maxNameLength} characters.`, 'tableName');
    const [known] = await tx.run(queries.knownTable(tableName)).catch((error: unknown) => {
      throw isNoName(error)
        ? refusal('INVALID', 'That is not the name of a table: give its schema and name, e.g. public.shipments.', 'tableName')
        : error;
    });
    if (known && known['tenant'] !== null && known['tenant'] !== tenant)
      throw refusal('NOT_FOUND', `There is no table ${tableName}.`, 'tableName');
    return known;
  }

  private async change(
    ctx: RequestContext,
    mutation: string,
    input: MutationCall['input'],
    work: (tx: Transaction) => Promise<string>,
  ): Promise<Outcome> {
    if (!this.owner) {
      return {
        id: null,
        userErrors: [userError('FORBIDDEN', 'Tracking needs the owner of the database: start the server with DATABASE_OWNER_URL.')],
      };
    }
    const { tenant } = ctx.caller;
    try {
      return await this.owner.transaction(async (tx) => {
        await tx.run(queries.shortLockWait);
        return await onceOnly(
          tx,
          { tenant, mutation, input },
          () => work(tx),
          (error) => {
            const told = explain(error);
            return told && [told];
          },
        );
      });
    } finally {
      this.audit.loaders(ctx).forgetAll();
    }
  }
}

/** What the caller can act on: what our functions raise, what the owner login may not do, and a table that is in use. */
function explain(error: unknown): UserError | null {
  const told = raised(error);
  if (told || !(error instanceof DatabaseFault)) return told;
  if (error.sqlState === '42501') return userError('FORBIDDEN', `The owner's login does not have the rights for it: ${error.message}.`);
  if (error.sqlState === '55P03') return userError('CONFLICT', 'The table is in use; try again later.', 'tableName');
  return isNoName(error) ? userError('INVALID', 'That is not the name of a table.', 'tableName') : null;
}

/** to_regclass gives null for a table that is not there, and an error for what cannot be a name. */
function isNoName(error: unknown): boolean {
  return error instanceof DatabaseFault && ['42601', '42602', '0A000'].includes(error.sqlState);
}

/** The input field that a message is about: audit.track names the column, or the option. */
function fieldAtFault({ message }: UserError, input: TrackTable): string {
  const column = /(?:has no column|^Column) (\S+?)(?: identifies|\.$)/.exec(message)?.[1];
  const lists = ['ignoredColumns', 'maskedColumns', 'personalColumns', 'reasonRequiredColumns'] as const;
  if (column !== undefined) {
    if (input.tenantColumn === column) return 'tenantColumn';
    if (input.statusColumn === column) return 'statusColumn';
    return lists.find((list) => input[list]?.includes(column)) ?? 'tenantColumn';
  }
  return /has no column tenant/.test(message) ? 'tenantColumn' : 'tableName';
}
