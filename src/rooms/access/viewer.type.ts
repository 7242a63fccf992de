import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { type CostBudget, Scope } from '../../shared/caller.ts';
import { DateTime } from '../../shared/scalars.ts';

registerEnumType(Scope, {
  name: 'Scope',
  description: 'Permissions of a caller.',
  valuesConfig: {
    ADMIN: { description: 'Track tables, retention, erasure.' },
    ANALYTICS_READ: { description: 'Analytics read.' },
    AUDIT_READ: { description: 'Audit read.' },
    AUDIT_WRITE: { description: 'Audit write.' },
    EXPORT_CREATE: { description: 'Export create.' },
    PII_READ: { description: 'Pii read.' },
    PROVENANCE_QUERY: { description: 'Provenance query.' },
    QUERY_EXPLAIN: { description: 'Query explain.' },
    VAULT_READ: { description: 'Vault read.' },
    VAULT_WRITE: { description: 'Vault write.' },
    TENANT_REPORT: { description: 'Read figures of all tenants, never rows.' },
    SITE_WRITE: { description: 'Write website events.' },
  },
});

@ObjectType('CostBudget', { description: 'Rate limit in cost units.', simpleResolvers: true })
class CostBudgetType {
  @Field(() => Int, { description: 'Units per window.' })
  readonly limit!: number;

  @Field(() => Int, { description: 'Units left.' })
  readonly remaining!: number;

  @Field(() => DateTime, { description: 'When the window starts again.' })
  readonly resetsAt!: string;
}

@ObjectType('Viewer', { description: 'The caller.' })
export class ViewerType {
  @Field(() => CostBudgetType, { nullable: true, description: 'Cost units left in this window; null where there is no limit.' })
  readonly costBudget!: CostBudget | null;

  @Field(() => [Scope], { description: 'Permissions.' })
  readonly scopes!: readonly Scope[];

  @Field(() => String, { description: 'Tenant whose data is visible.' })
  readonly tenantKey!: string;
}
