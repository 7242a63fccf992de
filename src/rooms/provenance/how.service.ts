import { languageOf } from '../../shared/language/languages.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { type Narrative, narrativeOf } from '../audit/narrative.ts';
import { fieldName, thingOf } from '../audit/summary.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import type { HowAnswer, HowStep } from './explain.model.ts';
import { type Explained, type Explaining, once } from './explained.ts';
import { howSentences, howSteps, maxSteps, maxStepsTold, totalDurationMs } from './how.ts';
import { changesIn, presentLife } from './life.ts';
import type { Shown } from './version.model.ts';

/** HOW a row came to be what it is: the changes of its present life. */
export class HowService {
  constructor(private readonly explaining: Explaining) {}

  /** @throws DomainError `BAD_USER_INPUT` for a field that the entity does not have. */
  async how(ctx: RequestContext, entity: Shown<Entity>, wanted: string | null | undefined): Promise<HowAnswer> {
    const explained = await this.explaining.explained(ctx, entity, wanted);
    const { ref, map, field } = explained;
    const found = await this.explaining.loaders(ctx).changesOf({ ref, map, field, limit: maxSteps + 1 });
    const life = presentLife(found, ({ entry }) => entry).map(({ entry }) => entry);
    const changesOf = (entry: AuditEntry) => changesIn(entry, ref.table, map).filter((change) => field === null || change.field === field);
    const steps = howSteps(life, ref.table, changesOf);
    return { steps, totalDurationMs: totalDurationMs(steps), narrative: once(() => this.narrative(ctx, entity, explained, steps)) };
  }

  private async narrative(
    ctx: RequestContext,
    entity: Shown<Entity>,
    { ref, field }: Explained,
    steps: readonly HowStep[],
  ): Promise<Narrative> {
    const language = languageOf(null);
    const teller = this.explaining.teller(ctx);
    const { table } = ref;
    const [told, first] = await Promise.all([
      Promise.all(
        steps
          .slice(-maxStepsTold)
          .map(async (step) => ({ step, told: await teller.tell(step.auditEntry, { table, changes: step.changes }) })),
      ),
      steps.length > 0 ? null : this.explaining.loaders(ctx).firstChangeOf(ref),
    ]);
    return narrativeOf(
      howSentences(
        {
          what: thingOf({ businessKey: entity.key, recordKey: ref.recordKey }, table, language),
          field: field === null ? null : fieldName(field, table, language),
          steps: told,
          firstEntry: first?.id ?? null,
        },
        language,
      ),
    );
  }
}
