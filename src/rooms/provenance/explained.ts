import type { Database } from '../../database/database.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { ExplainLoaders } from './explain.loaders.ts';
import { type FieldMap, fieldMapOf, refuseUnknownFields } from './field-map.ts';
import type { ProvenanceService } from './provenance.service.ts';
import { Teller } from './telling.ts';
import type { RecordRef, Shown } from './version.model.ts';

/** What is explained: a record, as of the version that the entity shows, and one field of it or all. */
export interface Explained {
  readonly ref: RecordRef;
  readonly map: FieldMap;
  /** Null for all. */
  readonly field: string | null;
}

/** What every explanation needs of a request. */
export class Explaining {
  constructor(
    private readonly database: Database,
    readonly audit: AuditService,
    readonly provenance: ProvenanceService,
  ) {}

  /** @throws DomainError `BAD_USER_INPUT` for a field that the entity does not have. */
  async explained(ctx: RequestContext, entity: Shown<Entity>, field: string | null | undefined): Promise<Explained> {
    const ref = await this.provenance.refOf(ctx, entity);
    const map = fieldMapOf(ref.table);
    if (typeof field === 'string') refuseUnknownFields([field], new Set(map.fields.map((known) => known.field)), 'field');
    return { ref, map, field: field ?? null };
  }

  loaders(ctx: RequestContext): ExplainLoaders {
    return ctx.memo(this, () => {
      const { tenant } = ctx.caller;
      const keep = (entry: AuditEntry) => this.audit.loaders(ctx).keep(entry);
      return new ExplainLoaders((statement) => this.database.read(ctx.caller, statement), tenant, this.provenance.loaders(ctx), keep);
    });
  }

  teller(ctx: RequestContext): Teller {
    return new Teller(this.audit, ctx);
  }
}

/** Calls `make` at most once. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
