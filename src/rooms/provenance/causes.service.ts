import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { type FoundCause, maxCauses, maxDegrees, maxOfTransaction, nextDegree, ofTransaction } from './causes.ts';
import type { CopiesService } from './copies.service.ts';
import type { CauseStep } from './explain.model.ts';
import type { Explaining } from './explained.ts';

/** Changes of the same row are left out afterwards: a few more are looked at. */
const lookedAtOfTransaction = 2 * maxOfTransaction;

/** Follows causes back to their roots, breadth first: one round of statements for each degree. */
export class CausesService {
  constructor(
    private readonly explaining: Explaining,
    private readonly copies: CopiesService,
  ) {}

  /** From the entry that wrote a value (of `field`; null for all that it wrote) back, nearest first. */
  async causesOf(ctx: RequestContext, entry: AuditEntry, field: string | null): Promise<CauseStep[]> {
    const fields = field === null ? null : [field];
    const steps: CauseStep[] = [{ auditEntry: entry, degree: 0, relation: 'WROTE_VALUE', fields }];
    let nearest: readonly CauseStep[] = steps;
    while (nearest.length > 0 && steps.length < maxCauses && (nearest[0]?.degree ?? 0) < maxDegrees) {
      const found = await Promise.all(nearest.map((step) => this.behind(ctx, step)));
      nearest = nextDegree(steps, found.flat());
      steps.push(...nearest);
    }
    return steps;
  }

  private async behind(ctx: RequestContext, step: CauseStep): Promise<FoundCause[]> {
    const [linked, copied] = await Promise.all([this.linked(ctx, step), this.copies.sourcesOf(ctx, step.auditEntry, step.fields)]);
    const sources = copied.flatMap(({ writer, field }): FoundCause[] =>
      writer ? [{ auditEntry: writer, relation: 'VALUE_COPIED', fields: [field] }] : [],
    );
    return [...linked, ...sources];
  }

  private async linked(ctx: RequestContext, step: CauseStep): Promise<FoundCause[]> {
    const loaders = this.explaining.audit.loaders(ctx);
    const links = await loaders.causeLinksOf(step.auditEntry);
    const entriesBy = async (ids: readonly string[]) =>
      (await Promise.all(ids.map((id) => loaders.entry(id)))).filter((entry) => entry !== null);
    const single = links.filter(({ relation }) => relation !== 'SAME_TRANSACTION');
    const shared = step.relation === 'SAME_TRANSACTION' ? [] : links.filter(({ relation }) => relation === 'SAME_TRANSACTION');
    const [named, earlier] = await Promise.all([
      entriesBy(single.map(({ id }) => id)),
      entriesBy(shared.slice(0, lookedAtOfTransaction).map(({ id }) => id)),
    ]);
    const byId = new Map(named.map((entry) => [entry.id, entry]));
    return [
      ...single.flatMap(({ id, relation }): FoundCause[] => {
        const auditEntry = byId.get(id);
        return auditEntry ? [{ auditEntry, relation, fields: null }] : [];
      }),
      ...ofTransaction(step, earlier).map((auditEntry): FoundCause => ({ auditEntry, relation: 'SAME_TRANSACTION', fields: null })),
    ];
  }
}
