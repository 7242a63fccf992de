import { Query, Resolver } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { AnalyticsType } from './analytics.type.ts';

@Resolver()
export class AnalyticsResolver {
  @RequiresScope('ANALYTICS_READ')
  @Query(() => AnalyticsType, { nullable: true, description: 'Aggregates over the audit log.' })
  analytics(): AnalyticsType {
    return new AnalyticsType();
  }
}
