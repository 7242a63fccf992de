import type { Image, TableColumn, TableVersion } from '../audit/audit.model.ts';

/** A moment of one record: right after an entry; `entryId` 0 is before all entries. */
export interface Point {
  readonly entryId: string;
  readonly schemaVersion: number;
}

/**
 * A value that an entry states for a column. Points cut the trail of a record into stretches: stretch `n` ends with point `n`,
 * the last stretch lies behind all points.
 */
export interface Mention {
  readonly stretch: number;
  readonly entryId: string;
  readonly schemaVersion: number;
  readonly column: string;
  readonly value: unknown;
}

/** What is known of one record around some points of it. */
export interface Evidence {
  /** The key as the trail spells it: it is known at every point. */
  readonly recordKey: string;
  /** Oldest first. */
  readonly points: readonly Point[];
  /** Newest value of each column in each stretch, from the row's creation on (or from the log's beginning). */
  readonly after: readonly Mention[];
  /** Oldest former value of each column in each stretch; empty where the creation is in the log. */
  readonly before: readonly Mention[];
  /** The row as it is now, in the columns of the newest schema version; null when there is none, or when its creation is in the log. */
  readonly current: Image | null;
}

/**
 * The whole row at each point, as it was. The value of a column is, in this order: the newest one stated up to the point; the
 * oldest former value stated after it; what the row holds now; what rows got when the column was added; what the key says. A column of which none
 * of these is known (never changed while tracked, then dropped or converted) is left out.
 */
export function rebuild(versions: readonly TableVersion[], evidence: Evidence): Image[] {
  const shape = new Shape(versions);
  const { points } = evidence;
  const stated = points.map(() => new Map<string, Cell>());
  const known = new Map<string, Cell>();
  const after = [...evidence.after].sort((a, b) => a.stretch - b.stretch || byAge(a, b));
  let next = 0;
  for (const [stretch, cells] of stated.entries()) {
    for (let mention = after[next]; mention && mention.stretch <= stretch; mention = after[++next]) shape.take(mention, known);
    for (const [column, cell] of known) cells.set(column, cell);
  }

  const ahead = new Map<string, Cell>();
  const before = [...evidence.before].sort((a, b) => b.stretch - a.stretch || byAge(b, a));
  next = 0;
  const images: Image[] = [];
  for (let stretch = points.length - 1; stretch >= 0; stretch--) {
    for (let mention = before[next]; mention && mention.stretch > stretch; mention = before[++next]) shape.take(mention, ahead);
    const point = points[stretch] as Point;
    images[stretch] = shape.imageAt(point, stated[stretch] as Map<string, Cell>, ahead, evidence);
  }
  return images;
}

interface Cell {
  readonly type: string;
  readonly value: unknown;
}

interface FirstSight extends TableColumn {
  readonly schemaVersion: number;
}

class Shape {
  private readonly versions: ReadonlyMap<number, TableVersion>;
  private readonly newest: TableVersion | undefined;
  /** When a column came to be. */
  private readonly firstSights = new Map<string, FirstSight>();
  private readonly firstOfIncarnation = new Map<number, number>();

  constructor(versions: readonly TableVersion[]) {
    const sorted = [...versions].sort((a, b) => a.schemaVersion - b.schemaVersion);
    this.versions = new Map(sorted.map((version) => [version.schemaVersion, version]));
    this.newest = sorted.at(-1);
    for (const { incarnation, schemaVersion, columns } of sorted) {
      if (!this.firstOfIncarnation.has(incarnation)) this.firstOfIncarnation.set(incarnation, schemaVersion);
      for (const column of columns) {
        const identity = identityOf(incarnation, column);
        if (!this.firstSights.has(identity)) this.firstSights.set(identity, { ...column, schemaVersion });
      }
    }
  }

  /** Keeps a mention under the identity of its column. */
  take(mention: Mention, cells: Map<string, Cell>): void {
    const version = this.versions.get(mention.schemaVersion);
    const column = version?.columns.find(({ name }) => name === mention.column);
    if (version && column) cells.set(identityOf(version.incarnation, column), { type: column.type, value: mention.value });
  }

  imageAt(point: Point, stated: ReadonlyMap<string, Cell>, ahead: ReadonlyMap<string, Cell>, evidence: Evidence): Image {
    const version = this.versions.get(point.schemaVersion);
    const image: Record<string, unknown> = {};
    for (const column of version?.columns ?? []) {
      const identity = identityOf(version?.incarnation ?? 0, column);
      const cell =
        ofType(column, stated.get(identity)) ??
        ofType(column, ahead.get(identity)) ??
        ofType(column, this.currentCell(identity, evidence)) ??
        ofType(column, this.initialCell(version?.incarnation ?? 0, identity)) ??
        keyCell(column, version?.keyColumns ?? [], evidence.recordKey);
      if (cell) image[column.name] = cell.value;
    }
    return image;
  }

  private currentCell(identity: string, { current }: Evidence): Cell | undefined {
    if (!this.newest || !current) return undefined;
    const { incarnation, columns } = this.newest;
    const column = columns.find((candidate) => identityOf(incarnation, candidate) === identity);
    return column && Object.hasOwn(current, column.name) ? { type: column.type, value: current[column.name] } : undefined;
  }

  /** Rows that were there when a column was added hold its constant default, or null. A computed default is stated by the next change. */
  private initialCell(incarnation: number, identity: string): Cell | undefined {
    const added = this.firstSights.get(identity);
    if (!added || added.schemaVersion === this.firstOfIncarnation.get(incarnation)) return undefined;
    return { type: added.type, value: added.initial ?? null };
  }
}

function identityOf(incarnation: number, column: TableColumn): string {
  return `${incarnation}:${column.position}`;
}

/** A key column of a plain type, from the key itself. */
function keyCell({ name, type }: TableColumn, keyColumns: readonly string[], recordKey: string): Cell | undefined {
  const place = keyColumns.indexOf(name);
  if (place < 0 || !/^(smallint|integer|bigint|numeric|text|character|uuid|date|timestamp)/.test(type) || type.endsWith('[]'))
    return undefined;
  const text = keyColumns.length === 1 ? recordKey : (JSON.parse(recordKey) as string[])[place];
  return { type, value: /^(smallint|integer)$/.test(type) ? Number(text) : text };
}

/** A value that was converted since says nothing about what it was before. */
function ofType(column: TableColumn, cell: Cell | undefined): Cell | undefined {
  return cell && cell.type === column.type ? cell : undefined;
}

function byAge(a: Mention, b: Mention): number {
  const difference = BigInt(a.entryId) - BigInt(b.entryId);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
