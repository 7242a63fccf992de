import { ArgsType, Field } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { ChangeKind } from '../audit/changes.ts';
import { EntityType } from '../commerce/commerce.model.ts';

@ArgsType()
export class DiffArgs {
  @Field(() => AsOfInput, { description: 'Older point.' })
  readonly from!: AsOf;

  @Field(() => AsOfInput, { nullable: true, description: 'Newer point; now when absent.' })
  readonly to?: AsOf | null;
}

@ArgsType()
export class DifferencesArgs extends PageArgs {
  @Field(() => [EntityType], { nullable: true, description: 'Kinds of entity.' })
  readonly entityTypes?: EntityType[] | null;

  @Field(() => [ChangeKind], { nullable: true, description: 'Kinds of change.' })
  readonly kinds?: ChangeKind[] | null;
}
