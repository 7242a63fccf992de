import { Field, ObjectType } from 'type-graphql';
import { DateTime } from '../../shared/scalars.ts';

@ObjectType('VersionInfo', { description: 'Stamp of one version of one entity.', simpleResolvers: true })
export class VersionInfoType {
  @Field(() => DateTime, { description: 'When the database recorded it; of a row older than the log, since when its table is tracked.' })
  readonly systemFrom!: string;

  @Field(() => DateTime, { nullable: true, description: 'When the database replaced it; null for the latest.' })
  readonly systemTo!: string | null;
}
