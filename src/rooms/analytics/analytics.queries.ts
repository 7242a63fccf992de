import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import { trackedTables as t } from '../../database/tables/audit.ts';
import { e, occurredIn } from '../audit/entry.queries.ts';
import { actorName, hasReason } from '../audit/entry-filter.queries.ts';
import type { AuditGroupKey, HeatMapDimension } from './analytics.model.ts';
import { type Counted, entriesWithTables, groupKey } from './group-key.queries.ts';
import { entriesByDay } from './rollup.queries.ts';
import type { WholeDays } from './whole-days.ts';

/** Rows of the heat map at most. */
const maxHeatMapRows = 100;

/** Rows (key1, key2, ..., count, entity_count, first_at, last_at), the largest group first. */
export function changeSummary(
  counted: Counted,
  keys: readonly AuditGroupKey[],
  { atLeast, limit }: { readonly atLeast: number; readonly limit: number },
): SQL {
  const names = keys.map((_, index) => sql.identifier(`key${index + 1}`));
  const values = keys.map((key, index) => sql`${groupKey(key, counted)} as ${names[index]}`);
  const places = sql.raw([...keys, 'table_key', 'record_key'].map((_, index) => index + 1).join(', '));
  // Rows of one entity are brought together first: a count of distinct ones would sort them all.
  return sql`/* analytics.changeSummary */
    select ${listed(names)}, sum(g.n) as count, count(g.record_key) as entity_count, min(g.first_at) as first_at, max(g.last_at) as last_at
      from (select ${listed(values)}, ${e.tableKey}, ${e.recordKey}, count(*) as n, min(${e.occurredAt}) as first_at, max(${e.occurredAt}) as last_at
              from ${entriesWithTables} where ${within(counted)} group by ${places}) g
     group by ${listed(names)} having sum(g.n) >= ${atLeast}::int
     order by sum(g.n) desc, ${listed(names.map((name) => sql`${name}::text collate "C"`))} limit ${limit}::int`;
}

/** As changeSummary from counts by day, without the number of entities; with `uncounted`, see entriesByDay. */
export function changeSummaryByDay(
  counted: Counted,
  days: WholeDays,
  keys: readonly AuditGroupKey[],
  { atLeast, limit }: { readonly atLeast: number; readonly limit: number },
): SQL {
  const names = keys.map((_, index) => sql.identifier(`key${index + 1}`));
  const values = keys.map((key, index) => sql`${groupKey(key, counted)} as ${names[index]}`);
  const byDay = entriesByDay(counted, days);
  return sql`/* analytics.changeSummary.byDay */ ${byDay.with}
    select g.*, ${byDay.uncounted} from (
      select ${listed(values)}, sum(e.n) as count, min(${e.occurredAt}) as first_at, max(e.last_at) as last_at
        from ${byDay.from} group by ${sql.raw(keys.map((_, index) => index + 1).join(', '))} having sum(e.n) >= ${atLeast}::int) g
     order by g.count desc, ${listed(names.map((name) => sql`g.${name}::text collate "C"`))} limit ${limit}::int`;
}

/** As changeTrend from counts by day. */
export function changeTrendByDay(
  counted: Counted,
  days: WholeDays,
  seriesBy: AuditGroupKey | null,
  starts: readonly string[],
  limit: number,
): SQL {
  const series = seriesBy === null ? sql`''` : sql`coalesce((${groupKey(seriesBy, counted)})::text, '')`;
  const byDay = entriesByDay(counted, days);
  return sql`/* analytics.changeTrend.byDay */ ${byDay.with}
    select g.*, ${byDay.uncounted} from (
      select ${series} as series, width_bucket(${e.occurredAt}, (select ${textArray(starts)}::text::timestamptz[])) as bucket, sum(e.n) as count
        from ${byDay.from} group by 1, 2 limit ${limit}::int) g`;
}

/** Rows (series, bucket, count): buckets are counted from 0; `starts` are all but the first. */
export function changeTrend(counted: Counted, seriesBy: AuditGroupKey | null, starts: readonly string[], limit: number): SQL {
  const series = seriesBy === null ? sql`''` : sql`coalesce((${groupKey(seriesBy, counted)})::text, '')`;
  // The subquery is worked out once; the array itself would be read anew for every entry.
  return sql`/* analytics.changeTrend */
    select ${series} as series, width_bucket(${e.occurredAt}, (select ${textArray(starts)}::text::timestamptz[])) as bucket, count(*) as count
      from ${entriesWithTables} where ${within(counted)} group by 1, 2 limit ${limit}::int`;
}

/** Rows (name, is_named, kind, weekday, hour, count): cells of the busiest users or tables, the busiest first. */
export function activityHeatMap(counted: Counted, by: HeatMapDimension): SQL {
  const shown = sql`(${e.occurredAt} at time zone ${counted.timeZone}::text)`;
  const ofUsers = [actorName, sql`${e.actor} is not null`, sql`true`] as const;
  const ofTables = [sql`${t.tableName}`, sql`false`, sql`${t.tableName} is not null`] as const;
  const [name, isNamed, isThere] = by === 'USER' ? ofUsers : ofTables;
  return sql`/* analytics.activityHeatMap */
    select ranked.* from (
      select totalled.*, dense_rank() over (order by totalled.total desc, totalled.name collate "C", totalled.is_named) as place from (
        select cell.name, cell.is_named, cell.weekday, cell.hour, cell.count, max(cell.kind) over whole as kind, sum(cell.count) over whole as total from (
          select ${name} as name, ${isNamed} as is_named, extract(isodow from ${shown})::int as weekday, extract(hour from ${shown})::int as hour,
                 ${kind} as kind, count(*) as count
            from ${entriesWithTables} where ${within(counted)} and ${isThere} group by 1, 2, 3, 4) cell
         window whole as (partition by cell.name, cell.is_named)) totalled) ranked
     where ranked.place <= ${maxHeatMapRows}::int order by ranked.place, ranked.weekday, ranked.hour`;
}

/** Rows (name, is_named, kind, count, reasoned, entity_count, first_at, last_at), the busiest first. */
export function userActivity(counted: Counted, limit: number): SQL {
  return sql`/* analytics.userActivity */
    select g.name, g.is_named, max(g.kind) as kind, sum(g.n) as count, sum(g.reasoned) as reasoned, count(g.record_key) as entity_count,
           min(g.first_at) as first_at, max(g.last_at) as last_at
      from (select ${actorName} as name, ${e.actor} is not null as is_named, ${e.tableKey}, ${e.recordKey}, ${kind} as kind, count(*) as n,
                   count(*) filter (where ${hasReason(counted.tenant)}) as reasoned, min(${e.occurredAt}) as first_at, max(${e.occurredAt}) as last_at
              from ${entriesWithTables} where ${within(counted)} group by 1, 2, 3, 4) g
     group by 1, 2 order by sum(g.n) desc, g.name collate "C", g.is_named limit ${limit}::int`;
}

/** `USER` where some entry may be a user's, else what the actor is. */
const kind = sql`max(case when ${e.actorKind} is null then 'USER' else ${e.actorKind}::text end)`;

function within({ where, period }: Counted): SQL {
  return sql`${where} and ${occurredIn(period)}`;
}

function listed(parts: readonly SQL[] | readonly ReturnType<typeof sql.identifier>[]): SQL {
  return sql.join([...parts], sql`, `);
}
