import 'reflect-metadata';
import { sql } from 'drizzle-orm';
import type { Database, Owner } from '../../../src/database/database.ts';
import type { Image } from '../../../src/rooms/audit/audit.model.ts';
import { AuditService } from '../../../src/rooms/audit/audit.service.ts';
import { PointService } from '../../../src/rooms/audit/point.service.ts';
import { ShopMoments } from '../../../src/rooms/audit/shop-moments.ts';
import { CommerceService } from '../../../src/rooms/commerce/commerce.service.ts';
import { ProvenanceService } from '../../../src/rooms/provenance/provenance.service.ts';
import { encodeRecordName } from '../../../src/rooms/provenance/record-key.ts';
import type { TrackedRecord, Version } from '../../../src/rooms/provenance/version.model.ts';
import type { RequestContext } from '../../../src/shared/request-context.ts';
import { codec, contextOf } from './callers.ts';

export interface Stage {
  readonly database: Database;
  readonly owner: Owner;
}

export function provenanceOf(database: Database): ProvenanceService {
  const moments = new ShopMoments(database, new PointService(database, codec));
  return new ProvenanceService(database, codec, new AuditService(database, codec, new CommerceService(database, codec, moments)), moments);
}

export function recordNamed(tableName: string, recordKey: string): TrackedRecord {
  return { entityType: 'RECORD', id: encodeRecordName({ tableName, recordKey }), key: recordKey, tableName, values: {} };
}

interface Moment {
  /** Table with the rows as they were. */
  readonly copy: string;
  /** Newest entry then. */
  readonly entryId: bigint;
}

/**
 * Sees a table after every step of a test and keeps copies of its own; in the end every version that the product rebuilds is put back into a
 * row of the copy's type and must be one of its rows, to the letter.
 */
export class Witness {
  private readonly moments: Moment[] = [];

  constructor(
    readonly stage: Stage,
    /** Quoted, with its schema; a test that renames it says so. */
    public table: string,
    private readonly tenant: string,
    /** Whether versions from before the first look are left out: columns may have changed since. */
    private readonly comesLate = false,
    private readonly copies = `seen_${process.pid}_${witnesses++}`,
  ) {}

  /** Call it after every step that changes rows or columns. */
  async look(): Promise<void> {
    const { owner } = this.stage;
    if (this.moments.length === 0) await owner.run(`create schema ${this.copies}`);
    const copy = `${this.copies}.m${this.moments.length}`;
    await owner.run(`create table ${copy} as table ${this.table}`);
    const [newest] = await owner.run(sql`select coalesce(max(id), 0)::text as id from audit.entry`);
    this.moments.push({ copy, entryId: BigInt(String(newest?.['id'])) });
  }

  /**
   * Versions that differ from what was seen, in words, and how many were compared. `incomplete` are those that lack a column, as
   * `record@entry: columns`; what they hold is compared all the same.
   */
  async compare(tableName: string, stage: Stage = this.stage): Promise<{ compared: number; wrong: string[]; incomplete: string[] }> {
    const byMoment = new Map<Moment, { version: string; image: Image }[]>();
    let compared = 0;
    for (const version of await versionsOfTable(stage, tableName, this.tenant)) {
      const moment = this.momentOf(version);
      if (!moment) continue;
      compared += 1;
      const seen = byMoment.get(moment) ?? [];
      byMoment.set(moment, seen);
      seen.push({ version: `${version.recordKey}@${version.entryId}`, image: version.image });
    }
    const wrong: string[] = [];
    const incomplete: string[] = [];
    for (const [{ copy }, versions] of byMoment) {
      wrong.push(...(await this.differing(stage, copy, versions)));
      const [row] = await stage.owner.run(
        sql`select to_jsonb(array(select attname from pg_attribute where attrelid = ${copy}::text::regclass and attnum > 0 and not attisdropped order by attnum)) as columns`,
      );
      const columns = (row?.['columns'] ?? []) as string[];
      for (const { version, image } of versions) {
        const missing = columns.filter((column) => !Object.hasOwn(image, column));
        if (missing.length > 0) incomplete.push(`${version}: ${missing.join(', ')}`);
      }
    }
    return { compared, wrong, incomplete };
  }

  /** The step that ended with a version: its entry is the record's newest then. A version before the log is seen last before its first change. */
  private momentOf({ entryId, nextEntryId }: RebuiltVersion): Moment | undefined {
    if (entryId === 0n) return this.moments.findLast((moment) => nextEntryId === null || moment.entryId < nextEntryId);
    if (this.comesLate && entryId <= (this.moments[0]?.entryId ?? 0n)) return undefined;
    const moment = this.moments.find((candidate) => candidate.entryId >= entryId);
    return moment && (nextEntryId === null || nextEntryId > moment.entryId) ? moment : undefined;
  }

  private async differing(stage: Stage, copy: string, versions: readonly { version: string; image: Image }[]): Promise<string[]> {
    const rows = await stage.owner.run(sql`
      select v.value ->> 'version' as version, (v.value -> 'image')::text as image from jsonb_array_elements(${JSON.stringify(versions)}::text::jsonb) v
       where not exists (select from ${sql.raw(copy)} the_row where the_row::text = jsonb_populate_record(the_row, v.value -> 'image')::text)`);
    return rows.map(({ version, image }) => `${version} in ${copy}: ${image}`);
  }
}

let witnesses = 0;

interface RebuiltVersion {
  readonly recordKey: string;
  readonly entryId: bigint;
  /** Of the next change, or null. */
  readonly nextEntryId: bigint | null;
  readonly image: Image;
}

/** Every version of every record of a table, through pages of the product. */
async function versionsOfTable({ database, owner }: Stage, tableName: string, tenant: string): Promise<RebuiltVersion[]> {
  const ctx = contextOf(tenant);
  const provenance = provenanceOf(database);
  const records = await owner.run<{ record_key: string; ids: string[] }>(
    sql`select record_key, jsonb_agg(id::text order by id) as ids from audit.entry
         where table_key = (select table_key from audit.tracked_table where table_name = ${tableName})
           and tenant = ${tenant} and operation in ('INSERT', 'UPDATE', 'DELETE') group by 1`,
  );
  const found = await Promise.all(
    records.map(async ({ record_key, ids }) => {
      const versions = await wholeHistory(provenance, ctx, recordNamed(tableName, record_key));
      return Promise.all(
        versions.map(async (version): Promise<RebuiltVersion> => {
          const entryId = BigInt(version.entry?.id ?? 0);
          const next = ids.find((id) => BigInt(id) > entryId);
          return {
            recordKey: record_key,
            entryId,
            nextEntryId: next === undefined ? null : BigInt(next),
            image: await provenance.imageOf(ctx, version),
          };
        }),
      );
    }),
  );
  return found.flat();
}

/** Oldest first, five at a time. */
export async function wholeHistory(provenance: ProvenanceService, ctx: RequestContext, record: TrackedRecord): Promise<Version[]> {
  const versions: Version[] = [];
  for (let after: string | null = null; ; ) {
    const page = await provenance.history(ctx, record, { first: 5, after, direction: 'ASC' });
    versions.push(...page.nodes);
    if (!(await page.pageInfo.hasNextPage())) return versions;
    after = page.pageInfo.endCursor;
  }
}
