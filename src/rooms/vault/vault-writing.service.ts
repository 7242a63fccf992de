import type { Database, Transaction } from '../../database/database.ts';
import { notAGlobalId } from '../../shared/global-id.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { refusal } from '../../shared/user-error.ts';
import type { MutationCall, Outcome } from '../access/idempotency.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { checkDetails, checkText } from '../audit/mutation-faults.ts';
import { writeOnce } from '../audit/write-once.ts';
import { executionsByKey } from './execution.queries.ts';
import { executionKey } from './execution-key.ts';
import type { MetadataSeal } from './metadata-seal.ts';
import type { ScriptType } from './vault.model.ts';
import * as queries from './vault.queries.ts';
import type { VaultService } from './vault.service.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Keyed {
  readonly idempotencyKey?: string | null;
}
export interface TrackOperation extends Keyed {
  readonly scriptName: string;
  readonly scriptType: ScriptType;
  readonly scriptTypeName?: string | null;
  readonly metadata?: Fields | null;
  readonly runId?: string | null;
}
export interface CompleteOperation extends Keyed {
  /** Global id. */
  readonly executionId: string;
  readonly isSuccess: boolean;
  readonly errorMessage?: string | null;
  readonly metadata?: Fields | null;
}

/** What callers write into the vault. The outcome's id is the operation's hash key. */
export class VaultWritingService {
  constructor(
    private readonly database: Database,
    private readonly vault: VaultService,
    private readonly audit: AuditService,
    private readonly seal: MetadataSeal,
  ) {}

  trackOperation(ctx: RequestContext, input: TrackOperation): Promise<Outcome> {
    return this.write(ctx, 'trackOperation', input, async (tx) => {
      checkText(input.scriptName, 'scriptName');
      checkText(input.scriptTypeName, 'scriptTypeName');
      checkDetails(input.metadata, 'metadata');
      const { scriptName, scriptType, runId } = input;
      const metadata = this.sealed(ctx, input.metadata);
      const [row] = await tx.run(
        queries.trackOperation({ scriptName, scriptTypeName: input.scriptTypeName ?? scriptType, metadata, runId }),
      );
      return String(row?.['key']);
    });
  }

  completeOperation(ctx: RequestContext, input: CompleteOperation): Promise<Outcome> {
    const hashKey = executionKey(input.executionId, 'input.executionId');
    if (hashKey === null) throw notAGlobalId('input.executionId');
    return this.write(ctx, 'completeOperation', input, async (tx) => {
      checkText(input.errorMessage, 'errorMessage', 'text');
      checkDetails(input.metadata, 'metadata');
      if (input.isSuccess && input.errorMessage) {
        throw refusal('INVALID', 'What went well has no "errorMessage".', 'errorMessage');
      }
      const [row] = await tx.run(queries.completeOperation({ ...input, hashKey, metadata: this.sealed(ctx, input.metadata) }));
      if (row?.['done'] === true) return hashKey;
      const [known] = await tx.run(executionsByKey(ctx.caller.tenant, [hashKey]));
      if (known) throw refusal('CONFLICT', 'This operation has ended already.', 'executionId');
      throw refusal('NOT_FOUND', 'There is no such operation.', 'executionId');
    });
  }

  private sealed({ caller }: RequestContext, metadata: Fields | null | undefined): Fields | null {
    return metadata ? this.seal.seal(caller.tenant, metadata) : null;
  }

  private async write(
    ctx: RequestContext,
    mutation: string,
    input: MutationCall['input'],
    work: (tx: Transaction) => Promise<string>,
  ): Promise<Outcome> {
    try {
      return await writeOnce(this.database, ctx, { mutation, input }, work);
    } finally {
      this.audit.loaders(ctx).forgetAll();
      this.vault.loaders(ctx).forgetAll();
    }
  }
}
