import type { SQL } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import type { AsOf } from '../../shared/as-of.input.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import type { Moment, Moments, ShopTable, Wanted, WholeTable } from '../commerce/moment.model.ts';
import type { KnownTables } from './known-tables.ts';
import type { Point } from './point.model.ts';
import type { PointService } from './point.service.ts';
import { changesOfTable, changesSince, nameOfTable, rowsAt, type TableAt } from './shop-rows.queries.ts';

/** Changes since then, at most, that a filtered list looks at one by one. */
const fewChanges = 10_000;

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
  private readonly counted = new Map<ShopTable, Promise<boolean>>();

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
    return rowsAt(this.tableAt(table), wanted);
  }

  with(table: ShopTable, wanted: WholeTable): SQL {
    return changesOfTable(this.tableAt(table), wanted);
  }

  hasFewChanges(table: ShopTable): Promise<boolean> {
    const counted =
      this.counted.get(table) ??
      this.read(changesSince(this.tableAt(table), this.few + 1)).then(([row]) => Number(row?.['count']) <= this.few);
    this.counted.set(table, counted);
    return counted;
  }

  private tableAt(table: ShopTable): TableAt {
    const known = this.tables.requireRows(nameOfTable(table), this.point);
    return { tenant: this.tenant, point: this.point, table, tableKey: known.tableKey, formerNames: known.formerNames };
  }
}
