import { isIP } from 'node:net';
import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import { entries, runs } from '../../database/tables/audit.ts';
import { users } from '../../database/tables/commerce.ts';
import { allOf, anyOf, compileFilter, type FieldCompiler, type FilterFields, type FilterTree, refused } from '../../shared/filter.ts';
import { booleanField, instantField, likeLiteral, type Operators, textField } from '../../shared/filter-fields.ts';
import { decodeGlobalId, isBigintKey, notAGlobalId } from '../../shared/global-id.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { typenameOf } from '../commerce/node.type.ts';
import { actorIdOf } from './actor.ts';
import type { AuditOperation, TrackedTable } from './audit.model.ts';
import { changedFieldCondition } from './changed-field.queries.ts';
import { e } from './entry.queries.ts';
import { fits, type Match, manyTexts } from './text-sources.ts';

export interface AuditEntryFilter extends FilterTree<AuditEntryFilter> {
  readonly actorId?: string | null;
  readonly actorName?: Operators<string> | null;
  readonly changedField?: Operators<string> | null;
  readonly entityId?: string | null;
  readonly entityKey?: Operators<string> | null;
  readonly entityType?: EntityType | null;
  readonly hasReason?: boolean | null;
  readonly occurredAt?: Operators<string> | null;
  readonly operation?: Operators<AuditOperation> | null;
  readonly operationName?: Operators<string> | null;
  readonly runId?: string | null;
  readonly tableName?: Operators<string> | null;
  readonly application?: Operators<string> | null;
  readonly clientIp?: string | null;
  readonly databaseUser?: Operators<string> | null;
  readonly reasonCode?: Operators<string> | null;
  readonly recordSource?: Operators<string> | null;
  readonly requestId?: string | null;
  readonly sessionId?: string | null;
  readonly text?: string | null;
  readonly transactionId?: string | null;
}

const maxWords = 10;
const maxUnsigned = 2n ** 64n - 1n;

/** What is looked up before a filter becomes SQL: the planner knows how rare a value is that stands in the statement, and picks its index. */
export interface FilterLookups {
  readonly tenant: string;
  /** Empty unless `needsTables`. */
  readonly tables: readonly Pick<TrackedTable, 'tableKey' | 'tableName' | 'entityType'>[];
  /** Keys of users whose display name fits; see `displayNamesIn`. */
  readonly usersNamed: (match: Match) => readonly string[];
}

/** Entries of one tenant that fit, over `e`. */
export function entryFilter(filter: AuditEntryFilter | null | undefined, lookups: FilterLookups): SQL {
  const { tenant, tables } = lookups;
  const among = (isWanted: (table: FilterLookups['tables'][number]) => boolean) =>
    sql`${e.tableKey} = any(${textArray(tables.filter(isWanted).map(({ tableKey }) => tableKey))}::text::int[])`;
  const fields: FilterFields<AuditEntryFilter> = {
    actorId: actorIdCondition(tenant),
    actorName: manyTexts((match, at) => actorNamed(match, at, lookups)),
    changedField: changedFieldCondition,
    entityId: (id, at) => entityIs(id, at, among),
    entityKey: manyTexts((match, at) =>
      entityKeyed(
        match,
        at,
        among(() => true),
      ),
    ),
    entityType: (type) => among(({ entityType }) => entityType === type),
    hasReason: booleanField(hasReason(tenant)),
    occurredAt: instantField(sql`${e.occurredAt}`),
    operation: textField(sql`${e.operation}`),
    operationName: textField(sql`${e.operationName}`),
    runId: (runId) => sql`${e.runId} = ${runId}`,
    tableName: manyTexts((match) =>
      match.isNull === false ? sql`${e.tableKey} is not null` : among(({ tableName }) => fits(match, tableName)),
    ),
    application: textField(sql`${e.application}`),
    clientIp: addressCondition,
    databaseUser: textField(sql`${e.dbUser}`),
    reasonCode: manyTexts((match, at) => withReasonCode(match, at, tenant)),
    recordSource: textField(sql`coalesce(${e.recordSource}, 'postgresql')`),
    requestId: (id) => sql`${e.requestId} = ${id}`,
    sessionId: (id) => sql`${e.session} = ${id}`,
    text: (text, at) => wordsCondition(text, at, tenant),
    transactionId: transactionCondition,
  };
  return sql`${e.tenant} = ${tenant} and ${compileFilter(filter, fields)}`;
}

/** The id of an Actor, or of a User of the shop. Index: entry_actor. */
export function actorIdCondition(tenant: string): FieldCompiler<string> {
  return (id, argument) => {
    const { type, key } = decodeGlobalId(id, argument);
    if (type === actorIdOf.named) return sql`(${actorName} = ${key} and ${e.actor} is not null)`;
    if (type === actorIdOf.database) return sql`(${actorName} = ${key} and ${e.actor} is null)`;
    if (type !== 'User' || !isBigintKey(key)) throw notAGlobalId(argument);
    const user = sql`(select ${users.key} from ${users} where ${users.tenant} = ${tenant} and ${users.id} = ${key}::text::bigint)`;
    return sql`(${actorName} = ${user} and ${e.actor} is not null)`;
  };
}

/** Whether a filter can only be told with the tables at hand. */
export function needsTables(filter: AuditEntryFilter | null | undefined): boolean {
  return someIn(filter, ({ entityId, entityKey, entityType, tableName }) =>
    [entityId, entityKey, entityType, tableName].some((value) => value !== undefined),
  );
}

/** Every question about a display name in a filter. */
export function displayNamesIn(filter: AuditEntryFilter | null | undefined): Match[] {
  const matches: Match[] = [];
  const collect = manyTexts((match) => {
    if (match.isNull === undefined) matches.push(match);
    return sql``;
  });
  someIn(filter, ({ actorName }) => {
    if (actorName) collect(actorName, 'filter.actorName');
    return false;
  });
  return matches;
}

/** Rows (place, key): users by display name, one `place` for each question. */
export function usersByDisplayName(tenant: string, matches: readonly Match[]): SQL {
  const asked = matches.map((match, place) => {
    const isNamed = textField(sql`${users.displayName}`)(match, 'filter.actorName');
    return sql`select ${place}::int as place, ${users.key} from ${users} where ${users.tenant} = ${tenant} and ${isNamed}`;
  });
  return sql`/* audit.actorsByName */ ${sql.join(asked, sql` union all `)}`;
}

/** Whether the test holds for a filter or one inside it. Deeper than any filter may be it looks no further. */
function someIn(filter: AuditEntryFilter | null | undefined, test: (filter: AuditEntryFilter) => boolean, depth = 0): boolean {
  if (!filter || depth > 20) return false;
  const inner = [...(filter.and ?? []), ...(filter.or ?? []), filter.not];
  return test(filter) || inner.some((one) => someIn(one, test, depth + 1));
}

/** Who acted, or the database account where nobody was named: as the index entry_actor has it. */
export const actorName = sql`case when ${e.actor} is null then ${e.dbUser} else ${e.actor} end`;

/** Key, display name of the user, or the database account where nobody was named. One name alone is read from the index in order. */
function actorNamed(match: Match, argument: string, { usersNamed }: FilterLookups): SQL {
  if (match.isNull === false) return sql`${e.actor} is not null`;
  const spelled = match.eq !== undefined ? [match.eq] : match.in;
  if (!spelled) return anyOf([textField(actorName)(match, argument), sql`${e.actor} = any(${textArray(usersNamed(match))}::text::text[])`]);
  const names = [...new Set([...spelled.filter((name) => name !== null), ...usersNamed(match)])];
  return names.length === 1 ? sql`${actorName} = ${names[0] ?? ''}` : sql`${actorName} = any(${textArray(names)}::text::text[])`;
}

/** The business key, or the record key where there is none. Indexes: entry_entity; entry_record, which wants the tables named. */
function entityKeyed(match: Match, argument: string, ofTables: SQL): SQL {
  if (match.isNull === false) return sql`coalesce(${e.entityKey}, ${e.recordKey}) is not null`;
  return anyOf([
    textField(sql`${e.entityKey}`)(match, argument),
    sql`(${e.entityKey} is null and ${ofTables} and ${textField(sql`${e.recordKey}`)(match, argument)})`,
  ]);
}

const entityTypeOf = new Map(Object.values(EntityType).map((type): [string, EntityType] => [typenameOf(type), type]));

/** Index: entry_record. */
function entityIs(id: string, argument: string, among: (isWanted: (table: FilterLookups['tables'][number]) => boolean) => SQL): SQL {
  const { type, key } = decodeGlobalId(id, argument);
  const entityType = entityTypeOf.get(type);
  if (entityType === undefined) throw refused(argument, `"${argument}" must be the id of an entity; this one names a ${type}.`);
  if (entityType !== 'RECORD') {
    if (!isBigintKey(key)) throw notAGlobalId(argument);
    return sql`(${among((table) => table.entityType === entityType)} and ${e.recordKey} = ${key})`;
  }
  const end = key.indexOf(':');
  if (end <= 0 || end === key.length - 1) throw notAGlobalId(argument);
  return sql`(${among(({ tableName }) => tableName === key.slice(0, end))} and ${e.recordKey} = ${key.slice(end + 1)})`;
}

/** Whether the change itself gave a reason. */
export const hasOwnReason = sql`(${e.reason} is not null or ${e.reasonCode} is not null)`;

function added(tenant: string, condition: SQL): SQL {
  return sql`exists (select 1 from ${entries} where ${entries.tenant} = ${tenant} and ${entries.reasonFor} = ${e.id}
    and ${entries.reasonFor} is not null and ${condition})`; // said for the planner: it may hash them all, and the index holds just those
}

function ofRun(tenant: string, condition: SQL): SQL {
  return sql`exists (select 1 from ${runs} where ${runs.tenant} = ${tenant} and ${runs.runId} = ${e.runId} and ${condition})`;
}

/** Whether any reason is known: its own, one added later, or its run's. */
export function hasReason(tenant: string): SQL {
  return anyOf([
    hasOwnReason,
    added(tenant, sql`true`),
    ofRun(tenant, sql`(${runs.reason} is not null or ${runs.reasonCode} is not null)`),
  ]);
}

/** One of the entry's reasons has the code: its own, one added later, or the run's where it gave none. */
function withReasonCode(match: Match, argument: string, tenant: string): SQL {
  const coded = (column: SQL) => (match.isNull === false ? sql`${column} is not null` : textField(column)(match, argument));
  return anyOf([
    coded(sql`${e.reasonCode}`),
    added(tenant, coded(sql`${entries.reasonCode}`)),
    sql`(not ${hasOwnReason} and ${ofRun(tenant, coded(sql`${runs.reasonCode}`))})`,
  ]);
}

const addressCondition: FieldCompiler<string> = (text, argument) => {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
  if (version === 0 || address.includes('%') || !isPrefix || rest.length > 0) {
    throw refused(argument, `"${argument}" must be an address, or a network in CIDR form, e.g. 10.1.0.0/16.`);
  }
  return sql`${e.clientIp} <<= ${text}::text::inet`;
};

/** Index: entry_transaction. */
const transactionCondition: FieldCompiler<string> = (text, argument) => {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) > maxUnsigned)
    throw refused(argument, `"${argument}" must be the digits of a transaction id.`);
  return sql`${e.xid} = ${text}::text::xid8`;
};

/** Every word occurs, in any case, in a name, the details or a reason; a user's name only for who may see it. No index serves it. */
function wordsCondition(text: string, argument: string, tenant: string): SQL {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  if (words.length === 0) throw refused(argument, `"${argument}" holds no word.`);
  if (words.length > maxWords) throw refused(argument, `"${argument}" has more than ${maxWords} words.`);
  const names = [e.operationName, e.entityKey, e.recordKey, e.actor, e.reason, e.reasonCode, e.reference].map((column) => sql`${column}`);
  return allOf(
    words.map((word) => {
      const isIn = (column: SQL) => textField(column)({ contains: word }, argument);
      return anyOf([
        sql`concat_ws(' ', ${sql.join(names, sql`, `)}, ${e.details}::text) ilike ${`%${likeLiteral(word)}%`}::text`,
        sql`${e.actor} = any(array(select ${users.key} from ${users} where audit.sees_personal() and ${users.tenant} = ${tenant} and ${isIn(sql`${users.displayName}`)}))`,
        added(tenant, anyOf([isIn(sql`${entries.reason}`), isIn(sql`${entries.reasonCode}`)])),
        ofRun(tenant, anyOf([isIn(sql`${runs.name}`), sql`(not ${hasOwnReason} and ${isIn(sql`${runs.reason}`)})`])),
      ]);
    }),
  );
}
