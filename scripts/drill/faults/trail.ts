// What the database holds of the drill's writes, against what was acknowledged.
import type { Owner } from '../../../src/database/database.ts';
import { eventName, type Load } from './load.ts';
import { tenant, writer } from './scene.ts';

interface Kept {
  readonly [column: string]: unknown;
  readonly key: string;
  /** Entries of this write, and whether each carries who made it: that is said by another statement of the same transaction. */
  readonly entries: number | null;
  readonly attributed: boolean | null;
  readonly entry: string | null;
  /** What the idempotency key remembers; written by a later statement of the same transaction. */
  readonly remembered: string | null;
}

const keptWrites = `
  select coalesce(k.key, e.key) as key, e.entries, e.attributed, e.entry, k.outcome->>'id' as remembered
    from (select key, outcome from access.idempotency_key where tenant = '${tenant}') k
    full join (select details->>'key' as key, count(*)::int as entries, bool_and(actor = '${writer}' and request_id is not null) as attributed,
                      min(id)::text as entry
                 from audit.entry where tenant = '${tenant}' and operation_name = '${eventName}' group by 1) e using (key)`;

/** Promises about writes that the database shows to be broken. */
export async function brokenWrites(admin: Owner, load: Load): Promise<string[]> {
  const acknowledged = [...load.acknowledged.keys()]; // before the database is asked: later ones may not be in its answer
  const kept = new Map((await admin.run<Kept>(keptWrites)).map((row) => [row.key, row]));
  const rows = [...kept.values()];
  const findings: readonly [what: string, keys: readonly string[]][] = [
    ['acknowledged and missing', acknowledged.filter((key) => !kept.get(key)?.entries)],
    ['written twice', keysOf(rows.filter(({ entries }) => (entries ?? 0) > 1))],
    ['written in part, outside their transaction', keysOf(rows.filter(({ entry, remembered }) => entry !== remembered))],
    ['written without who made them', keysOf(rows.filter(({ attributed }) => attributed === false))],
  ];
  return findings
    .filter(([, keys]) => keys.length > 0)
    .map(([what, keys]) => `${keys.length} writes ${what}: ${keys.slice(0, 5).join(', ')}`);
}

const keysOf = (rows: readonly Kept[]) => rows.map(({ key }) => key);
