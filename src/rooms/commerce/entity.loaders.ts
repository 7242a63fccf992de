import DataLoader from 'dataloader';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { ReadRows, Row } from '../../shared/page-read.ts';
import type { Entity } from './commerce.model.ts';
import { type EntityTable, entitiesBy, entitiesById, requireWhole } from './entity.queries.ts';
import type { Moment } from './moment.model.ts';

const keysPerStatement = 500;

/** Entities of one kind, now or at a moment, by id and by text columns: one statement for all keys of one turn, no key twice in one request. */
export class EntityLoaders<T extends Entity> {
  private readonly ids: DataLoader<string, T | null>;
  private readonly columns = new Map<PgColumn, DataLoader<string, T | null>>();

  constructor(
    private readonly read: ReadRows,
    private readonly entity: EntityTable<T>,
    private readonly tenant: string,
    private readonly moment: Moment | null,
  ) {
    this.ids = new DataLoader(
      async (ids) => {
        const rows = await read(entitiesById(entity, tenant, ids, moment));
        return this.inOrder(ids, rows, 'id');
      },
      { maxBatchSize: keysPerStatement },
    );
  }

  byId(id: string): Promise<T | null> {
    return this.ids.load(id);
  }

  /** The entity that a row is; what another statement of this request has read is not asked again by id. */
  take(row: Row): T {
    const { moment } = this;
    const entity = moment ? { ...this.entity.toRecord(requireWhole(this.entity.table, row)), seenAt: moment } : this.entity.toRecord(row);
    this.ids.prime(entity.id, entity);
    return entity;
  }

  /** By a column of the entity's table; the oldest row when several hold the value. */
  by(column: PgColumn, value: string): Promise<T | null> {
    let loader = this.columns.get(column);
    if (!loader) {
      loader = new DataLoader(
        async (values) => {
          const rows = await this.read(entitiesBy(this.entity, this.tenant, column, values, this.moment));
          return this.inOrder(values, rows, column.name);
        },
        { maxBatchSize: keysPerStatement },
      );
      this.columns.set(column, loader);
    }
    return loader.load(value);
  }

  private inOrder(keys: readonly string[], rows: Awaited<ReturnType<ReadRows>>, column: string): (T | null)[] {
    const found = new Map(rows.map((row) => [row[column], this.take(row)]));
    return keys.map((key) => found.get(key) ?? null);
  }
}
