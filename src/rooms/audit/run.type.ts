import { ArgsType, Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import { DateTimeFilterInput, StringFilterInput } from '../../shared/filter.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { RunId } from '../../shared/scalars.ts';
import { NodeType } from '../commerce/node.type.ts';
import { RunStatus } from './run.model.ts';
import type { RunFilter } from './run-list.queries.ts';

registerEnumType(RunStatus, {
  name: 'RunStatus',
  description: 'States of a batch.',
  valuesConfig: {
    ABANDONED: { description: 'Abandoned.' },
    FAILED: { description: 'Failed.' },
    RUNNING: { description: 'Running.' },
    SUCCEEDED: { description: 'Succeeded.' },
  },
});

@ObjectType('Run', { implements: NodeType, description: 'A batch: entries that belong together under one run id.', simpleResolvers: true })
export class RunType {
  @Field(() => RunId, { description: 'Public identifier run_YYYYMMDD_HHMMSS_xxxxxxxx.' })
  readonly key!: string;
}

export const RunConnectionType = connectionType('Run', () => RunType);

@InputType('RunFilterInput', { description: 'Which Run items; fields are ANDed.' })
export class RunFilterInput implements RunFilter {
  @Field(() => StringFilterInput, { nullable: true, description: 'Identifier.' })
  readonly runId?: StringFilterInput | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'Name.' })
  readonly name?: StringFilterInput | null;

  @Field(() => DateTimeFilterInput, { nullable: true, description: 'When begun.' })
  readonly startedAt?: DateTimeFilterInput | null;

  @Field(() => RunStatus, { nullable: true, description: 'State.' })
  readonly status?: RunStatus | null;

  @Field(() => [RunFilterInput], { nullable: true, description: 'All of these.' })
  readonly and?: RunFilterInput[] | null;

  @Field(() => [RunFilterInput], { nullable: true, description: 'Any of these.' })
  readonly or?: RunFilterInput[] | null;

  @Field(() => RunFilterInput, { nullable: true, description: 'Not this.' })
  readonly not?: RunFilterInput | null;
}

@ArgsType()
export class RunsArgs extends PageArgs {
  @Field(() => RunFilterInput, { nullable: true, description: 'Which.' })
  readonly filter?: RunFilterInput | null;
}
