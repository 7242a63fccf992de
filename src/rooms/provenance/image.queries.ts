import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import type { Image } from '../audit/audit.model.ts';
import type { Evidence, Mention, Point } from './image.ts';

/** Points of one record within one incarnation of its table. */
export interface ImageRequest {
  readonly recordKey: string;
  /** Oldest first. */
  readonly points: readonly Point[];
  /** Schema versions of the incarnation; `lastVersion` is null for the present one. */
  readonly firstVersion: number;
  readonly lastVersion: number | null;
}

const none = 2147483647;

/**
 * What is known around the points of records of one table, in one statement and one snapshot: however many entries lie between two points, a
 * column comes once. It reads a record's entries from its creation (else from the log's beginning) up to the newest point; where the creation
 * is older than the log also those after it, up to the deletion, and the row as it is now. Index: entry_record.
 */
export function evidenceOf(tenant: string, tableKey: number, requests: readonly ImageRequest[], withCurrentRow: boolean): SQL {
  const ofRecord = sql`e.tenant = ${tenant} and e.table_key = ${tableKey}::int and e.record_key = r.record_key and e.schema_version between r.first_version and r.last_version`;
  // Rows whose creation is known are not read.
  const current = withCurrentRow
    ? sql`union all
      select r.place, 'current', null, null, null, null, c.image || coalesce(c.personal, '{}')
        from record r cross join lateral ${readerOf(tableKey)}(case when r.created is null and r.last_version = ${none}::int then array[r.record_key] else '{}' end) c`
    : sql``;
  return sql`/* provenance.images */
    with record as materialized (
      select r.*, (
          select e.id from audit.shown_entry e where ${ofRecord} and e.operation = 'INSERT' and e.id <= r.points[1] order by e.id desc limit 1) as created
        from (
          select r.place, r.record_key, r.points::bigint[] as points, r.first_version, r.last_version
            from unnest(${textArray(requests.map(({ recordKey }) => recordKey))}::text::text[], ${textArray(requests.map(pointsOf))}::text::text[],
                        ${textArray(requests.map(({ firstVersion }) => firstVersion))}::text::int[], ${textArray(requests.map(({ lastVersion }) => lastVersion ?? none))}::text::int[])
              with ordinality r (record_key, points, first_version, last_version, place)) r)
    select r.place::int, 'after' as side, m.stretch, m.id::text as id, m.schema_version, m.key, m.value
      from record r cross join lateral (
        select distinct on (1, 3, 4) width_bucket(e.id - 1, r.points) as stretch, e.id, e.schema_version, c.key, c.value
          from audit.shown_entry e cross join lateral jsonb_each(e.after || coalesce(e.personal_after, '{}')) c
         where ${ofRecord} and e.operation in ('INSERT', 'UPDATE') and e.id between coalesce(r.created, 0) and r.points[cardinality(r.points)]
         order by 1, 3, 4, e.id desc) m
    union all
    select r.place::int, 'before', m.stretch, m.id::text, m.schema_version, m.key, m.value
      from record r cross join lateral (
        select distinct on (1, 3, 4) width_bucket(e.id - 1, r.points) as stretch, e.id, e.schema_version, c.key, c.value
          from audit.shown_entry e cross join lateral jsonb_each(e.before || coalesce(e.personal_before, '{}')) c
         where r.created is null and ${ofRecord} and e.operation in ('UPDATE', 'DELETE') and e.id > r.points[1]
           and e.id <= coalesce((select e.id from audit.shown_entry e where ${ofRecord} and e.operation = 'DELETE' and e.id > r.points[cardinality(r.points)]
                                  order by e.id limit 1), 9223372036854775807)
         order by 1, 3, 4, e.id) m
    ${current}`;
}

/** Rows as they are now, by record key. */
export function currentRows(tableKey: number, recordKeys: readonly string[]): SQL {
  return sql`/* provenance.rows */ select record_key, image || coalesce(personal, '{}') as image from ${readerOf(tableKey)}(${textArray(recordKeys)}::text::text[])`;
}

/** The evidence for each request, in their order. */
export function toEvidence(requests: readonly ImageRequest[], rows: readonly Row[]): Evidence[] {
  const found = requests.map(({ recordKey, points }) => ({
    recordKey,
    points,
    after: [] as Mention[],
    before: [] as Mention[],
    current: null as Image | null,
  }));
  for (const row of rows) {
    const evidence = found[Number(row['place']) - 1];
    if (!evidence) continue;
    if (row['side'] === 'current') evidence.current = row['value'] as Image;
    else evidence[row['side'] as 'after' | 'before'].push(toMention(row));
  }
  return found;
}

function toMention(row: Row): Mention {
  return {
    stretch: row['stretch'] as number,
    entryId: row['id'] as string,
    schemaVersion: row['schema_version'] as number,
    column: row['key'] as string,
    value: row['value'],
  };
}

/** Reads rows of one table for the tenant of the session: see audit.write_reader. */
function readerOf(tableKey: number): SQL {
  return sql.raw(`audit_capture.t${Math.trunc(tableKey)}_rows`);
}

function pointsOf({ points }: ImageRequest): string {
  return `{${points.map(({ entryId }) => entryId).join(',')}}`;
}
