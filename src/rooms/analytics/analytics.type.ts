import { ObjectType } from 'type-graphql';

@ObjectType('Analytics', {
  description: 'Aggregates over the audit log; each field is independent, so one slow panel does not hold up the others.',
})
export class AnalyticsType {}
