import type { Caller } from './caller.ts';

/** What a request read of one kind of thing. */
export interface ReadOfKind {
  readonly isAllowed: boolean;
  /** `Type.field` as in the schema, sorted. */
  readonly fields: readonly string[];
  /** Of business entities and records; null for rows that are named by their table, and for what is about no entity. */
  readonly entityType: string | null;
  /** Key of the tracked table whose rows were read. */
  readonly tableKey: number | null;
  /** Each entity once: key part of its global id, or the record key in its table. */
  readonly keys: readonly string[];
  readonly rowCount: number;
}

/** All that one request read, by whom, from where and what for. */
export interface RequestReads {
  readonly caller: Caller;
  readonly requestId: string;
  readonly operationName: string | null;
  readonly purpose: string | null;
  /** Program that asked, as it calls itself. */
  readonly application: string | null;
  readonly clientIp: string | null;
  readonly kinds: readonly ReadOfKind[];
}

/** `strict`: before the answer leaves; `batched`: within a second. */
export const readLogModes = ['strict', 'batched', 'off'] as const;
export type ReadLogMode = (typeof readLogModes)[number];

export function isReadLogMode(text: string): text is ReadLogMode {
  return (readLogModes as readonly string[]).includes(text);
}

/** Where reads of personal and audit data are kept. */
export interface ReadKeeper {
  /** Resolves as soon as the answer may leave. @throws DomainError `UNAVAILABLE` when it must not. */
  keep(reads: RequestReads): Promise<void>;
}

interface Kind {
  readonly isAllowed: boolean;
  readonly entityType: string | null;
  readonly tableKey: number | null;
  readonly fields: Set<string>;
  readonly keys: Set<string>;
  /** Rows by the type that showed them: an entry and its origin are one row. */
  readonly rows: Map<string, Set<unknown>>;
  listed: number;
}

interface Subject {
  readonly entityType: string | null;
  readonly tableKey: number | null;
  readonly key: string;
}

/** What is read of personal and audit data while one request is answered; told by the guard of the schema's fields. */
export class ReadNotes {
  private readonly kinds = new Map<string, Kind>();
  /** Fields of one thing mostly come one after the other. */
  private last: { readonly type: string; readonly source: unknown; readonly isAllowed: boolean; readonly kind: Kind } | null = null;
  /** Of the operation that is executed. */
  operationName: string | null = null;

  /** A field of something: `source` is what the field is of. */
  field(type: string, field: string, source: unknown, isAllowed: boolean): void {
    const { last } = this;
    if (last !== null && last.source === source && last.type === type && last.isAllowed === isAllowed) {
      last.kind.fields.add(field);
      return;
    }
    const subject = subjectOf(source);
    const kind = this.kindOf(subject, isAllowed);
    this.last = { type, source, isAllowed, kind };
    kind.fields.add(field);
    if (subject) kind.keys.add(subject.key);
    const rows = kind.rows.get(type) ?? new Set();
    if (rows.size === 0) kind.rows.set(type, rows);
    if (source !== undefined && source !== null) rows.add(idOf(source));
  }

  /** A field of the root that gave so many rows, of which nothing else tells. */
  list(field: string, rowCount: number, isAllowed: boolean): void {
    const kind = this.kindOf(null, isAllowed);
    kind.fields.add(field);
    kind.listed = Math.max(kind.listed, rowCount);
  }

  /** A list whose rows are told one by one is told itself only where it has none. */
  all(): ReadOfKind[] {
    const kinds = [...this.kinds.values()].map(({ isAllowed, entityType, tableKey, fields, keys, rows, listed }) => ({
      isAllowed,
      entityType,
      tableKey,
      fields: [...fields].sort(),
      keys: [...keys],
      rowCount: Math.max(listed, ...[...rows.values()].map(({ size }) => size)),
    }));
    const telling = kinds.filter(({ rowCount, isAllowed }) => rowCount > 0 || !isAllowed);
    return telling.some(({ isAllowed }) => isAllowed) ? telling : kinds;
  }

  private kindOf(subject: Subject | null, isAllowed: boolean): Kind {
    const name = `${isAllowed}:${subject?.tableKey ?? ''}:${subject?.entityType ?? ''}`;
    let kind = this.kinds.get(name);
    if (!kind) {
      const { entityType = null, tableKey = null } = subject ?? {};
      kind = { isAllowed, entityType, tableKey, fields: new Set(), keys: new Set(), rows: new Map(), listed: 0 };
      this.kinds.set(name, kind);
    }
    return kind;
  }
}

/** What a record is about. The rooms' records say it in one of these shapes. */
function subjectOf(record: unknown): Subject | null {
  if (typeof record !== 'object' || record === null) return null;
  const { entityType, id, tableKey, recordKey, kind, entry, entity, of } = record as Readonly<Record<string, unknown>>;
  if (typeof entityType === 'string' && typeof id === 'string') return { entityType, tableKey: null, key: id }; // an entity
  if (typeof recordKey === 'string') {
    if (typeof tableKey === 'number') return { entityType: null, tableKey, key: recordKey }; // an entry of the trail
    if (typeof kind === 'string') return { entityType: kind, tableKey: null, key: recordKey }; // an event of a journey
  }
  if (typeof entry === 'object' && entry !== null) return subjectOf(entry); // a version or an item of a timeline
  if (typeof entity === 'object' && entity !== null) return subjectOf(entity); // a hit of the search
  if (typeof of !== 'object' || of === null) return null;
  const { table, recordKey: ofRow } = of as Readonly<Record<string, unknown>>;
  return subjectOf({ ...(table as object), recordKey: ofRow }); // the version before the log
}

function idOf(source: unknown): unknown {
  const { id } = source as { readonly id?: unknown };
  return typeof id === 'string' ? id : source;
}
