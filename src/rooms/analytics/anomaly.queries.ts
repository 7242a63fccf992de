import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import { positions } from '../../database/tables/audit.ts';
import type { EntityType } from '../commerce/commerce.model.ts';
import type { AnomalyFacts, BulkChange, Departure, Judged, Origin, PriceChange, SizeCount, StatusStep, WorkHour } from './anomaly.model.ts';

/** Hours of work that are compared at most: of more the newest. */
const maxHours = 20_000;
/** Departures of one kind that are looked at: of more the largest, or the rarest. */
const maxDepartures = 1_000;
/** Steps of a status of one sort that are looked at: of more the newest. */
const maxAlike = 100;
/** What has more than one part in this of its occasions is not rare: it is left out before it is sent. */
const rareFraction = 4;
/** An origin that an actor used in more hours than this is no unusual one, however many others the actor has. */
const maxRareHours = 3;
const maxEvidence = 20;

const isRowChange = sql.raw(`e.operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')`);
const actor = sql.raw('(case when e.actor is null then e.db_user else e.actor end)');
/** In a subquery, so that the text is read once and not for every entry: that took half of the time. */
const instant = (text: string) => sql`(select ${text}::text::timestamptz)`;
/**
 * Whether an entry is looked at, and does not only make the pattern. `exists` and not `in`: where the stretch is too large for a hash table, each
 * entry is one probe of an index, and not a walk over the stretch.
 */
const isIn = (tenant: string, { period, stretch }: Judged) =>
  stretch
    ? sql`exists (select from ${positions} where ${positions.tenant} = ${tenant} and ${positions.entryId} = e.id
        and ${positions.sequence} > ${stretch.above}::text::bigint and ${positions.sequence} <= ${stretch.upTo}::text::bigint)`
    : sql`e.occurred_at >= ${instant(period.from)}`;

/**
 * The entries that make the pattern: those of the period, and of the time before it as far as 90 days before its end, unless a stretch is
 * judged by the period alone. Index: idx_audit_log_timestamp.
 */
function ofPattern(tenant: string, { period: { from, to }, stretch }: Judged): SQL {
  const since = stretch ? instant(from) : sql`(select least(${from}::text::timestamptz, ${to}::text::timestamptz - interval '90 days'))`;
  return sql`e.tenant = ${tenant} and e.occurred_at >= ${since}
         and e.occurred_at < ${instant(to)}`;
}

/**
 * Hours of work (`part` hour), and the programs and addresses that are rare for their actor and were used in the period (`part` origin): one
 * reading of the entries answers both.
 */
export function workHours(tenant: string, judged: Judged): SQL {
  const changed = sql`c.changes > 0`;
  // A stretch may be a moment of an hour, of which the whole counts.
  const [inPeriod, parts] = judged.stretch ? [sql`bool_or(c.in_period) as in_period`, sql``] : [sql`c.in_period`, sql`, c.in_period`];
  return sql`/* analytics.anomalies.hours */
    with cell as materialized (
      select ${actor} as actor, date_trunc('hour', e.occurred_at, 'UTC') as hour, ${isIn(tenant, judged)} as in_period, e.application, e.client_ip,
             bool_or(e.actor_kind is not distinct from 'SERVICE') as is_service, count(*)::int as entries,
             min(e.id) as first_id, max(e.id) as last_id, min(e.occurred_at) as first_at, max(e.occurred_at) as last_at,
             count(*) filter (where ${isRowChange})::int as changes, min(e.id) filter (where ${isRowChange}) as first_change,
             min(e.occurred_at) filter (where ${isRowChange}) as first_change_at
        from audit.shown_entry e where ${ofPattern(tenant, judged)} group by 1, 2, 3, 4, 5
    ), origin as (
      select c.actor, c.application, null::inet as client_ip, count(distinct c.hour) as occasions, ${seen}
        from cell c where ${changed} and c.application is not null group by 1, 2
      union all
      select c.actor, c.application, c.client_ip, count(distinct c.hour), ${seen}
        from cell c where ${changed} and c.client_ip is not null group by 1, 2, 3
    ), rarity as (
      select o.*, sum(o.occasions) over (partition by ${alike} order by o.occasions)::int as tail, sum(o.occasions) over (partition by ${alike})::int as total from origin o)
    (select 'hour' as part, c.actor, c.hour, ${inPeriod}, bool_or(c.is_service) as is_service, sum(c.entries)::int as entries, sum(c.changes)::int as changes,
            min(c.first_id) as first_id, max(c.last_id) as last_id, min(c.first_at) as first_at, max(c.last_at) as last_at,
            min(c.first_change) as first_change, min(c.first_change_at) as first_change_at,
            null::text as application, null::text as address, null::int as tail, null::int as total
       from cell c group by c.actor, c.hour${parts} order by c.hour desc, c.actor collate "C" limit ${maxHours})
    union all
    (select 'origin', r.actor, null, true, null, null, null, r.first_id, r.last_id, r.first_at, r.last_at, null, null, r.application, host(r.client_ip), r.tail, r.total
       from rarity r where r.first_id is not null and r.occasions <= ${maxRareHours} and r.tail * ${rareFraction}::int <= r.total
      order by r.tail::float8 / r.total, r.first_id limit ${maxDepartures})`;
}

const seen = sql.raw(`min(c.first_change) filter (where c.in_period) as first_id, max(c.last_id) filter (where c.in_period) as last_id,
             min(c.first_change_at) filter (where c.in_period) as first_at, max(c.last_at) filter (where c.in_period) as last_at`);
/** Programs of one actor are compared, and addresses from which the actor uses one program. */
const alike = sql.raw(`o.actor, (o.client_ip is null), (case when o.client_ip is not null then o.application end)`);

/** Changes of prices of products: how large they are (|ln| to three decimals), and the largest of the period. A price of 0 has no ratio. */
export function priceChanges(tenant: string, judged: Judged): SQL {
  return sql`/* analytics.anomalies.prices */
    with price as materialized (
      select e.id, e.occurred_at, ${actor} as actor, e.entity_key, c.before, c.after, e.after ->> 'currency' as currency, ${isIn(tenant, judged)} as in_period,
             abs(ln(c.after::float8 / c.before::float8)) as size
        from audit.shown_entry e join audit.tracked_table t on t.table_key = e.table_key and t.entity_type = 'PRODUCT'
       cross join lateral (select case when ${isPrice('before')} then e.before ->> 'price' end as before, case when ${isPrice('after')} then e.after ->> 'price' end as after offset 0) c
       where ${ofPattern(tenant, judged)} and e.operation = 'UPDATE' and c.before <> c.after)
    (select 'size' as part, round(p.size::numeric, 3)::float8 as size, count(*)::int as count,
            null::bigint as first_id, null::timestamptz as first_at, null::text as actor, null::text as sku, null::text as before, null::text as after, null::text as currency
       from price p group by 2)
    union all
    (select 'change', p.size, null, p.id, p.occurred_at, p.actor, p.entity_key, p.before, p.after, p.currency
       from price p where p.in_period order by p.size desc, p.id limit ${maxDepartures})`;
}

const isPrice = (side: 'before' | 'after') =>
  sql.raw(`e.${side} ->> 'price' ~ '^[0-9]{0,15}[.]?[0-9]{0,15}$' and e.${side} ->> 'price' ~ '[1-9]'`);

/** Row changes per transaction: how many transactions changed how many rows, and the largest of the period. */
export function transactionSizes(tenant: string, judged: Judged): SQL {
  const [inPeriod, isWanted] = judged.stretch
    ? [sql`, bool_or(${isIn(tenant, judged)}) as in_period`, sql`w.in_period`]
    : [sql``, sql`w.first_at >= ${instant(judged.period.from)}`];
  return sql`/* analytics.anomalies.transactions */
    with work as materialized (
      select e.xid, count(*)::int as rows, min(e.id) as first_id, max(e.id) as last_id, min(e.occurred_at) as first_at, max(e.occurred_at) as last_at${inPeriod}
        from audit.shown_entry e where ${ofPattern(tenant, judged)} and ${isRowChange} group by 1)
    (select 'size' as part, w.rows as size, count(*)::int as count, null::text as transaction_id, null::bigint as first_id, null::bigint as last_id,
            null::timestamptz as first_at, null::timestamptz as last_at, null::text as actor
       from work w group by w.rows)
    union all
    (select 'change', w.rows, null, w.xid::text, w.first_id, w.last_id, w.first_at, w.last_at, ${actor}
       from (select * from work w where w.rows > 1 and ${isWanted} order by w.rows desc, w.first_id limit ${maxDepartures}) w
       join audit.shown_entry e on e.tenant = ${tenant} and e.id = w.first_id)`;
}

/** Steps of a status in the period that are rare among the steps out of that status, or not declared by their table. */
export function statusSteps(tenant: string, judged: Judged): SQL {
  return sql`/* analytics.anomalies.steps */
    with step as materialized (
      select e.id, e.table_key, e.before ->> t.status_column as before, e.after ->> t.status_column as after, ${isIn(tenant, judged)} as in_period
        from audit.shown_entry e join audit.tracked_table t on t.table_key = e.table_key and t.status_column is not null
       where ${ofPattern(tenant, judged)} and e.operation = 'UPDATE' and e.before ->> t.status_column <> e.after ->> t.status_column
    ), sort as (
      select s.table_key, s.before, s.after, count(*) as occasions from step s group by 1, 2, 3
    ), judged as (
      select s.table_key, t.table_name, t.entity_type, s.before, s.after,
             sum(s.occasions) over (partition by s.table_key, s.before order by s.occasions)::int as tail,
             sum(s.occasions) over (partition by s.table_key, s.before)::int as total,
             coalesce(not t.transitions @> jsonb_build_array(jsonb_build_object('from', s.before, 'to', s.after)), false) as is_forbidden
        from sort s join audit.tracked_table t on t.table_key = s.table_key
    ), found as (
      select s.id, j.*, row_number() over (partition by j.table_key, j.before, j.after order by s.id desc) as place
        from judged j join step s on s.table_key = j.table_key and s.before = j.before and s.after = j.after and s.in_period
       where j.is_forbidden or j.tail * ${rareFraction}::int <= j.total)
    select e.id as first_id, e.occurred_at as first_at, ${actor} as actor, f.table_name, f.entity_type,
           (case when e.entity_key is null then e.record_key else e.entity_key end) as row_key, f.before, f.after, f.tail, f.total, f.is_forbidden
      from (select * from found f where f.place <= ${maxAlike} order by f.is_forbidden desc, f.tail::float8 / f.total, f.id limit ${maxDepartures}) f
      join audit.shown_entry e on e.tenant = ${tenant} and e.id = f.id`;
}

/**
 * Ids of the entries that show departures of many entries, oldest first, at most 20 each; `place` counts the departures from 1.
 * Index: entry_actor.
 */
export function evidenceOf(tenant: string, departures: readonly Departure[]): SQL {
  const column = (value: (departure: Departure) => string | null) => textArray(departures.map(value));
  return sql`/* analytics.anomalies.evidence */
    select w.place::int, found.id
      from unnest(${column(({ about }) => about.actor)}::text::text[], ${column(({ about }) => about.entryId)}::text::bigint[],
                  ${column(({ about }) => ('lastEntryId' in about ? about.lastEntryId : about.entryId))}::text::bigint[],
                  ${column(({ about }) => about.occurredAt)}::text::timestamptz[],
                  ${column(({ about }) => ('lastAt' in about ? about.lastAt : about.occurredAt))}::text::timestamptz[],
                  ${column(({ kind }) => String(kind !== 'RATE_SPIKE'))}::text::boolean[],
                  ${column(({ about }) => ('transactionId' in about ? about.transactionId : null))}::text::text[],
                  ${column(({ about }) => ('application' in about ? about.application : null))}::text::text[],
                  ${column(({ about }) => ('address' in about ? about.address : null))}::text::inet[])
             with ordinality as w(actor, first_id, last_id, first_at, last_at, rows_only, transaction_id, application, address, place)
     cross join lateral (
       select e.id from audit.shown_entry e
        where e.tenant = ${tenant} and ${actor} = w.actor and e.id >= w.first_id and e.id <= w.last_id
          and e.occurred_at >= w.first_at and e.occurred_at <= w.last_at and (not w.rows_only or ${isRowChange})
          and (w.transaction_id is null or e.xid::text = w.transaction_id) and (w.application is null or e.application = w.application)
          and (w.address is null or host(e.client_ip) = host(w.address))
        order by e.id limit ${maxEvidence}) found
     order by w.place, found.id`;
}

export function toHours(rows: readonly Row[]): WorkHour[] {
  return partOf(rows, 'hour').map((row) => ({
    ...found(row),
    ...span(row),
    isInPeriod: row['in_period'] as boolean,
    isService: row['is_service'] as boolean,
    hour: row['hour'] as string,
    entries: row['entries'] as number,
    changes: row['changes'] as number,
    firstChange:
      row['first_change'] === null ? null : { entryId: row['first_change'] as string, occurredAt: row['first_change_at'] as string },
  }));
}

export function toOrigins(rows: readonly Row[]): Origin[] {
  return partOf(rows, 'origin').map((row) => ({
    ...found(row),
    ...span(row),
    ...rarity(row),
    application: row['application'] as string | null,
    address: row['address'] as string | null,
  }));
}

export function toPrices(rows: readonly Row[]): AnomalyFacts['prices'] {
  const largest = partOf(rows, 'change').map(
    (row): PriceChange => ({
      ...found(row),
      sku: row['sku'] as string | null,
      before: row['before'] as string,
      after: row['after'] as string,
      currency: row['currency'] as string | null,
    }),
  );
  return { sizes: toSizes(rows), largest };
}

export function toTransactions(rows: readonly Row[]): AnomalyFacts['transactions'] {
  const largest = partOf(rows, 'change').map(
    (row): BulkChange => ({ ...found(row), ...span(row), transactionId: row['transaction_id'] as string, rows: row['size'] as number }),
  );
  return { sizes: toSizes(rows), largest };
}

export function toStep(row: Row): StatusStep {
  return {
    ...found(row),
    ...rarity(row),
    tableName: row['table_name'] as string,
    entityType: row['entity_type'] as EntityType,
    rowKey: row['row_key'] as string | null,
    from: row['before'] as string,
    to: row['after'] as string,
    isForbidden: row['is_forbidden'] as boolean,
  };
}

const partOf = (rows: readonly Row[], part: string) => rows.filter((row) => row['part'] === part);
const found = (row: Row) => ({ entryId: row['first_id'] as string, occurredAt: row['first_at'] as string, actor: row['actor'] as string });
const span = (row: Row) => ({ lastEntryId: row['last_id'] as string, lastAt: row['last_at'] as string });
const rarity = (row: Row) => ({ tail: row['tail'] as number, total: row['total'] as number });
const toSizes = (rows: readonly Row[]): SizeCount[] =>
  partOf(rows, 'size').map((row) => ({ size: row['size'] as number, count: row['count'] as number }));
