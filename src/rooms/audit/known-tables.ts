import { DomainError } from '../../shared/errors.ts';
import type { TableVersion } from './audit.model.ts';
import type { FormerNames, KnownTable, Point } from './point.model.ts';

/** The tables of one tenant, and from when on their rows are known. */
export class KnownTables {
  private readonly byName: ReadonlyMap<string, KnownTable>;

  constructor(tables: readonly KnownTable[]) {
    this.byName = new Map(tables.map((table) => [table.tableName, table]));
  }

  /** @throws DomainError `HISTORY_UNAVAILABLE` for a point before all of them. */
  requireAny(point: Point): void {
    const oldest = [...this.byName.values()].map((table) => oldestOf(table, point)).sort()[0];
    if (oldest === undefined || point.timestamp < oldest) throw tooOld(point.argument, oldest);
  }

  /**
   * A table whose history reaches back to a point.
   * @throws DomainError `HISTORY_UNAVAILABLE`, with the oldest instant where the table was not tracked yet.
   */
  require(tableName: string, point: Point): KnownTable {
    const table = this.byName.get(tableName);
    if (!table) throw notTracked(tableName);
    const oldest = oldestOf(table, point);
    if (point.timestamp < oldest) throw tooOld(point.argument, oldest, `of ${tableName} `);
    return table;
  }

  /** The same for a table whose rows are taken for what the trail says they are: one that is not tracked any more is none. */
  requireRows(tableName: string, point: Point): KnownTable {
    const table = this.require(tableName, point);
    if (!table.isTracked) throw notTracked(tableName);
    return table;
  }
}

/** What columns of former schema versions are called now, by version and former name; null when none was renamed. */
export function formerNamesOf(versions: readonly TableVersion[]): FormerNames | null {
  const newest = versions.at(-1);
  const names = new Map(newest?.columns.map(({ position, name }) => [position, name]));
  const former: Record<string, Record<string, string>> = {};
  for (const { schemaVersion, incarnation, columns } of versions) {
    if (incarnation !== newest?.incarnation) continue;
    const renamed = columns.flatMap(({ position, name }) => {
      const now = names.get(position);
      return now === undefined || now === name ? [] : [[name, now] as const];
    });
    if (renamed.length > 0) former[schemaVersion] = Object.fromEntries(renamed);
  }
  return Object.keys(former).length === 0 ? null : former;
}

export function tooOld(argument: string, oldest: string | undefined, of = ''): DomainError {
  const earliest = oldest === undefined ? '' : ` The earliest point there is: ${oldest}.`;
  return new DomainError('HISTORY_UNAVAILABLE', `"${argument}" lies before the history ${of}that is kept.${earliest}`, {
    argument,
    oldest: oldest ?? null,
  });
}

function notTracked(tableName: string): DomainError {
  return new DomainError('HISTORY_UNAVAILABLE', `The table ${tableName} is not tracked.`, { tableName });
}

function oldestOf(table: KnownTable, point: Point): string {
  return point.kind === 'OCCURRED' ? table.occurredAt : table.recordedAt;
}
