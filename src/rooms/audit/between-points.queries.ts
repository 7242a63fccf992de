import { type SQL, sql } from 'drizzle-orm';
import { entries, positions } from '../../database/tables/audit.ts';
import { e } from './entry.queries.ts';
import { seenIn } from './entry-pages.queries.ts';
import type { CapturePoint, ClockPoint, Point } from './point.model.ts';
import { atOrBefore, endOf } from './point.queries.ts';

/** Of the point that holds whatever was captured. */
export const everyId = '9223372036854775807';
const everyInt = sql.raw('2147483647');
const raw = (text: string): SQL => sql.raw(text);
const clockColumn = { RECORDED: 'recorded_at', OCCURRED: 'occurred_at' } as const;

/** No entry at or before the point has a higher id. For a condition: worked out once in a statement. */
export function highestId(tenant: string, point: Point): SQL {
  return isClock(point)
    ? sql`(select audit.highest_id_at(${tenant}, ${point.kind}::text, ${point.timestamp}::text::timestamptz))`
    : endOf(point);
}

/**
 * The entries that lie at or before one of two points and not at or before the other, as `select columns`; they may be joined as `e`. Between two
 * points of one kind, and up to now, it reads what lies between them; between points of different kinds all that lies behind the older one.
 */
export function entriesBetween(tenant: string, a: Point, b: Point, columns: SQL): SQL {
  if (isClock(a) && isClock(b) && a.kind === b.kind) return sql`select ${columns} from ${entries} e where ${betweenInstants(tenant, a, b)}`;
  if (a.kind === 'LOG' && b.kind === 'LOG') {
    const [one, other] = [sql`${a.sequence}::text::bigint`, sql`${b.sequence}::text::bigint`];
    return sql`select ${columns} from ${positions} p join ${entries} e on ${e.tenant} = ${tenant} and ${e.id} = p.entry_id
      where p.tenant = ${tenant} and p.sequence > least(${one}, ${other}) and p.sequence <= greatest(${one}, ${other})`;
  }
  const halves = [isPresent(a) ? null : behind(tenant, a, b, columns), isPresent(b) ? null : behind(tenant, b, a, columns)];
  const parts = halves.flatMap((half) => half ?? []);
  return parts.length === 0
    ? sql`select ${columns} from ${entries} e where false`
    : sql.join(
        parts,
        sql`
      union all `,
      );
}

/** Entries that lie behind a point, and at or before the other one. */
function behind(tenant: string, point: Point, other: Point, columns: SQL): SQL[] {
  const within = atOrBefore(tenant, other);
  const from = (where: SQL) => sql`select ${columns} from ${entries} e where ${e.tenant} = ${tenant} and ${where} and ${within}`;
  switch (point.kind) {
    case 'RECORDED':
    case 'OCCURRED':
      return [
        from(
          sql`${e.id} >= (select ${lowestIdAfter(tenant, point)}) and ${raw(`e.${clockColumn[point.kind]}`)} > ${point.timestamp}::text::timestamptz`,
        ),
      ];
    case 'CAPTURE':
      return [
        from(sql`${e.id} > ${point.entryId}::text::bigint`),
        from(
          sql`${e.id} <= ${point.entryId}::text::bigint and ${e.xid} >= pg_snapshot_xmin(${point.pin.snapshot}::text::pg_snapshot) and not ${seenIn(point.pin)}`,
        ),
      ];
    case 'LOG':
      return [
        sql`select ${columns} from (
          select p.entry_id from ${positions} p where p.tenant = ${tenant} and p.sequence > ${point.sequence}::text::bigint
          union all select u from audit.uncounted(${tenant}, ${everyInt}) u
           where not exists (select from ${positions} p where p.tenant = ${tenant} and p.entry_id = u)) p
          join ${entries} e on ${e.tenant} = ${tenant} and ${e.id} = p.entry_id where ${within}`,
      ];
  }
}

/**
 * The entries `e` that lie behind a point, up to a newer one (null: up to all there are), with those around them, as `select columns, is_before,
 * is_within, is_sure`: whether one lies at or before the older point and the newer one, and whether its id tells its place. Of a record that changed
 * between, none is missing from the first on that is not before. Null for points whose kinds have no order in common. Told where the ids end, the
 * planner does not expect a third of the trail.
 */
export function entriesAround(tenant: string, early: Point, late: Point | null, where: SQL, columns: SQL): SQL | null {
  const isOpen = late === null || isPresent(late);
  if (!isOpen && late.kind !== early.kind) return null;
  const within = late ? atOrBefore(tenant, late) : sql`true`;
  if (early.kind === 'LOG') {
    const last = late?.kind === 'LOG' ? late.sequence : everyId;
    const select = sql`select ${columns}, false as is_before, ${late?.kind === 'LOG' ? sql`true` : within} as is_within, ${e.id} > ${early.highestId}::text::bigint as is_sure`;
    const placed = sql`${select} from ${positions} p join ${entries} e on ${e.tenant} = ${tenant} and ${e.id} = p.entry_id
        where p.tenant = ${tenant} and p.sequence > ${early.sequence}::text::bigint and p.sequence <= ${last}::text::bigint and ${where}`;
    if (!isOpen) return placed;
    return sql`${placed}
      union all ${select} from audit.uncounted(${tenant}, ${everyInt}) u join ${entries} e on ${e.tenant} = ${tenant} and ${e.id} = u
        where ${where} and not exists (select from ${positions} p where p.tenant = ${tenant} and p.entry_id = u)`;
  }
  const last = isOpen ? sql`${everyId}::text::bigint` : highestId(tenant, late);
  const behind = early.kind === 'CAPTURE' ? sql`${early.entryId}::text::bigint` : sql`(select ${lowestIdAfter(tenant, early)} - 1)`;
  const from = sql`select ${columns}, ${atOrBefore(tenant, early)} as is_before, ${within} as is_within, ${seenIn(early.pin)} as is_sure
      from ${entries} e where ${e.tenant} = ${tenant} and ${where}`;
  return sql`${from} and ${e.id} > ${behind} and ${e.id} <= ${last}
      union all ${from} and ${e.id} <= coalesce(${behind}, ${everyId}::text::bigint) and ${e.xid} >= pg_snapshot_xmin(${early.pin.snapshot}::text::pg_snapshot)`;
}

/** Two points by age, where their kinds have an order in common. */
export function byAge(a: Point, b: Point): readonly [early: Point, late: Point] {
  if (isPresent(a)) return [b, a];
  if (isPresent(b) || a.kind !== b.kind) return [a, b];
  const place = (point: Point) =>
    point.kind === 'LOG' ? BigInt(point.sequence) : point.kind === 'CAPTURE' ? BigInt(point.entryId) : point.timestamp;
  return place(a) <= place(b) ? [a, b] : [b, a];
}

/** Where a point lies in the log: the position of its newest entry, in capture order, that has one; 0 before the first. */
export function positionAt(tenant: string, point: Point): SQL {
  return sql`/* audit.point.position */ select coalesce((
      select p.sequence from ${entries} e join ${positions} p on p.tenant = ${tenant} and p.entry_id = ${e.id}
       where ${e.tenant} = ${tenant} and ${e.id} <= ${highestId(tenant, point)} and ${atOrBefore(tenant, point)} order by ${e.id} desc limit 1), 0) as sequence`;
}

/** Between two instants of one clock. The days say where in the trail to look: most entries keep the order of either clock. */
function betweenInstants(tenant: string, a: ClockPoint, b: ClockPoint): SQL {
  const instant = raw(`e.${clockColumn[a.kind]}`);
  const [early, late] = a.timestamp <= b.timestamp ? [a, b] : [b, a];
  return sql`${e.tenant} = ${tenant} and ${e.id} >= (select ${lowestIdAfter(tenant, early)}) and ${e.id} <= ${highestId(tenant, late)}
      and ${instant} > ${early.timestamp}::text::timestamptz and ${instant} <= ${late.timestamp}::text::timestamptz and ${seenIn(late.pin)}`;
}

/** No entry after the instant has a lower id. */
function lowestIdAfter(tenant: string, { kind, timestamp }: ClockPoint): SQL {
  return sql`audit.lowest_id_after(${tenant}, ${kind}::text, ${timestamp}::text::timestamptz)`;
}

function isClock(point: Point): point is ClockPoint {
  return point.kind === 'RECORDED' || point.kind === 'OCCURRED';
}

/** Everything that was committed when the question came: nothing of it lies behind. */
function isPresent(point: Point): point is CapturePoint {
  return point.kind === 'CAPTURE' && point.entryId === everyId;
}
