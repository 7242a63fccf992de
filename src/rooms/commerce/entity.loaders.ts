import DataLoader from 'dataloader';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { ReadRows } from '../../shared/page-read.ts';
import type { Entity } from './commerce.model.ts';
import { type EntityTable, entitiesBy, entitiesById } from './entity.queries.ts';

const keysPerStatement = 500;

/** Entities of one kind by id and by text columns: one statement for all keys of one turn, no key twice in one request. */
export class EntityLoaders<T extends Entity> {
  private readonly ids: DataLoader<string, T | null>;
  private readonly columns = new Map<PgColumn, DataLoader<string, T | null>>();

  constructor(
    private readonly read: ReadRows,
    private readonly entity: EntityTable<T>,
    private readonly tenant: string,
  ) {
    this.ids = new DataLoader(
      async (ids) => {
        const rows = await read(entitiesById(entity, tenant, ids));
        return this.inOrder(ids, rows, 'id');
      },
      { maxBatchSize: keysPerStatement },
    );
  }

  byId(id: string): Promise<T | null> {
    return this.ids.load(id);
  }

  /** Keeps what another statement of this request has read, so that it is not asked again by id. */
  keep(record: T): T {
    this.ids.prime(record.id, record);
    return record;
  }

  /** By a column of the entity's table; the oldest row when several hold the value. */
  by(column: PgColumn, value: string): Promise<T | null> {
    let loader = this.columns.get(column);
    if (!loader) {
      loader = new DataLoader(
        async (values) => {
          const rows = await this.read(entitiesBy(this.entity, this.tenant, column, values));
          return this.inOrder(values, rows, column.name);
        },
        { maxBatchSize: keysPerStatement },
      );
      this.columns.set(column, loader);
    }
    return loader.load(value);
  }

  private inOrder(keys: readonly string[], rows: Awaited<ReturnType<ReadRows>>, column: string): (T | null)[] {
    const found = new Map(rows.map((row) => [row[column], this.keep(this.entity.toRecord(row))]));
    return keys.map((key) => found.get(key) ?? null);
  }
}
