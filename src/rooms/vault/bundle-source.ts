import type { SQL } from 'drizzle-orm';
import type { Database, Owner, OwnerTransaction, Reader, Row } from '../../database/database.ts';
import { type BundleScope, beginSnapshot } from './bundle.queries.ts';

/** Where a bundle takes its rows from. */
export interface BundleSource extends BundleScope {
  readonly kind: Database['kind'];
  run(statement: SQL): Promise<Row[]>;
}

/** One tenant as the server may see it. Each statement sees its own state of the database. */
export function tenantSource(database: Database, reader: Exclude<Reader, string>): BundleSource {
  return { kind: database.kind, tenant: reader.tenant, isOwner: false, run: (statement) => database.read(reader, statement) };
}

export function ownerSource(owner: Owner, tenant: string | null, on: OwnerTransaction = owner): BundleSource {
  return { kind: owner.kind, tenant, isOwner: true, run: (statement) => on.run(statement) };
}

/** All statements of `work` see one state of the database. The embedded one answers nobody else meanwhile. */
export function inSnapshot<T>(owner: Owner, tenant: string | null, work: (source: BundleSource) => Promise<T>): Promise<T> {
  return owner.transaction(async (tx) => {
    await tx.run(beginSnapshot);
    return await work(ownerSource(owner, tenant, tx));
  });
}
