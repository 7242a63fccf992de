import type { SQL } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import type { AsOf } from '../../shared/as-of.input.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import type { Moment, Moments, ShopTable, Wanted } from '../commerce/moment.model.ts';
import type { KnownTables } from './known-tables.ts';
import type { Point } from './point.model.ts';
import type { PointService } from './point.service.ts';
import { changesSince, nameOfTable, rowsAt, type TableAt } from './shop-rows.queries.ts';

/** Up to how many changes since then a list is read from the table as it is now, but for the rows that changed. */
const fewChanges = 2_000;

/** Moments of the shop, from the trail. */
export class ShopMoments implements Moments {
  constructor(
    private readonly database: Database,
    readonly points: PointService,
    private readonly few = fewChanges,
  ) {}

  async at(ctx: RequestContext, asOf: AsOf | null | undefined): Promise<Moment | null> {
    return asOf ? this.momentOf(ctx, await this.points.resolve(ctx, asOf)) : null;
  }

  /** One for each point of a request. */
  async momentOf(ctx: RequestContext, point: Point): Promise<ShopMoment> {
    const tables = await this.points.tables(ctx);
    const made = ctx.memo(this, () => new Map<string, ShopMoment>());
    const moment =
      made.get(point.key) ??
      new ShopMoment(point, ctx.caller.tenant, tables, this.few, (statement) => this.database.read(ctx.caller, statement));
    made.set(point.key, moment);
    return moment;
  }
}

/** The point that an entity is shown at; null: now. */
export function pointOf({ seenAt }: Pick<Entity, 'seenAt'>): Point | null {
  return seenAt instanceof ShopMoment ? seenAt.point : null;
}

class ShopMoment implements Moment {
  private readonly prepared = new Map<ShopTable, Promise<boolean>>();
  private readonly hasFewChanges = new Map<ShopTable, boolean>();

  constructor(
    readonly point: Point,
    private readonly tenant: string,
    private readonly tables: KnownTables,
    private readonly few: number,
    private readonly read: (statement: SQL) => Promise<Record<string, unknown>[]>,
  ) {}

  get key(): string {
    return this.point.key;
  }

  rows(table: ShopTable, wanted: Wanted): SQL {
    return rowsAt(this.tableAt(table), wanted, this.hasFewChanges.get(table) ?? false);
  }

  async prepare(table: ShopTable): Promise<void> {
    let counted = this.prepared.get(table);
    if (!counted) {
      const statement = changesSince(this.tableAt(table), this.few + 1);
      counted = this.read(statement).then(([row]) => Number(row?.['count']) <= this.few);
      this.prepared.set(table, counted);
    }
    this.hasFewChanges.set(table, await counted);
  }

  private tableAt(table: ShopTable): TableAt {
    const known = this.tables.requireRows(nameOfTable(table), this.point);
    return { tenant: this.tenant, point: this.point, table, tableKey: known.tableKey, formerNames: known.formerNames };
  }
}
