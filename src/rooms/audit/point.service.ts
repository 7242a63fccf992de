import type { Database } from '../../database/database.ts';
import type { AsOf } from '../../shared/as-of.input.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import { bigintKeyOfGlobalId } from '../../shared/global-id.ts';
import { instantFromInput, instantFromPostgres } from '../../shared/instant.ts';
import type { Row } from '../../shared/page-read.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { everyId } from './between-points.queries.ts';
import { type Pin, pinFrom } from './entry-pages.queries.ts';
import { ahead, positionFrom } from './feed-cursor.ts';
import { KnownTables, tooOld } from './known-tables.ts';
import type { CapturePoint, ClockPoint, LogPoint, Point } from './point.model.ts';
import { entryAt, knownTables, markOf, placeOfEntry, placeOfRun, presentPin, toKnownTable } from './point.queries.ts';

/** Finds the points in time that callers name. */
export class PointService {
  private readonly known = {};
  private readonly pins = {};

  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
  ) {}

  /**
   * The same question is the same point throughout a request, and clocks see what was committed when the first was asked.
   * @throws DomainError `BAD_USER_INPUT` unless exactly one field is given, `NOT_FOUND` for an entry, run or position that there is not,
   *   `CURSOR_INVALID`, `CURSOR_AHEAD`, `HISTORY_UNAVAILABLE` before all tracking.
   */
  resolve(ctx: RequestContext, asOf: AsOf, argument = 'asOf'): Promise<Point> {
    const points = ctx.memo(this, () => new Map<string, Promise<Point>>());
    const name = JSON.stringify([asOf, argument]);
    const point = points.get(name) ?? this.find(ctx, asOf, argument);
    points.set(name, point);
    return point;
  }

  /** Now: everything that was committed when the question came. */
  async present(ctx: RequestContext): Promise<CapturePoint> {
    const pin = await this.pin(ctx);
    const timestamp = instantFromInput(new Date().toISOString()) ?? '';
    return { kind: 'CAPTURE', key: `CAPTURE:${everyId}:${pin.snapshot}`, entryId: everyId, pin, timestamp, argument: 'to' };
  }

  /** What the caller's tenant may look back at. */
  tables(ctx: RequestContext): Promise<KnownTables> {
    return ctx.memo(this.known, async () => new KnownTables((await this.read(ctx, knownTables(ctx.caller.tenant))).map(toKnownTable)));
  }

  /**
   * Lets a table pass whose rows are known at a point.
   * @throws DomainError `HISTORY_UNAVAILABLE`, with the oldest instant where the table was not tracked yet.
   */
  async requireKnown(ctx: RequestContext, point: Point, tableName: string): Promise<void> {
    (await this.tables(ctx)).require(tableName, point);
  }

  private async find(ctx: RequestContext, asOf: AsOf, argument: string): Promise<Point> {
    const given = Object.entries<string | null | undefined>({ ...asOf }).filter(([, value]) => value !== undefined);
    const [field, value] = given[0] ?? [];
    if (given.length !== 1 || typeof value !== 'string') {
      throw new DomainError('BAD_USER_INPUT', `"${argument}" must have exactly one field, and that field must not be null.`, { argument });
    }
    const place = `${argument}.${field}`;
    switch (field as keyof AsOf) {
      case 'systemTime':
        return this.clock(ctx, 'RECORDED', value, place);
      case 'sourceTime':
        return this.clock(ctx, 'OCCURRED', value, place);
      case 'sequence':
        return this.position(ctx, value, place);
      case 'cursor':
        return this.cursor(ctx, value, place);
      case 'auditEntryId':
        return this.entry(ctx, bigintKeyOfGlobalId(value, 'AuditEntry', place), place);
      case 'runId':
        return this.run(ctx, value, place);
    }
  }

  private async clock(ctx: RequestContext, kind: ClockPoint['kind'], timestamp: string, argument: string): Promise<Point> {
    const point: ClockPoint = { kind, key: `${kind}:${timestamp}`, timestamp, argument, pin: await this.pin(ctx) };
    (await this.tables(ctx)).requireAny(point);
    return point;
  }

  private async position(ctx: RequestContext, sequence: string, argument: string): Promise<Point> {
    const [row] = await this.read(ctx, entryAt(ctx.caller.tenant, sequence));
    if (row?.['sequence']) return logPoint(row, argument);
    if (BigInt(sequence) < 1n) throw tooOld(argument, '1');
    throw new DomainError('NOT_FOUND', `The log has no position ${sequence} yet; its newest is ${String(row?.['newest'])}.`, { argument });
  }

  private async cursor(ctx: RequestContext, cursor: string, argument: string): Promise<Point> {
    const position = positionFrom(this.codec, ctx.caller.tenant, cursor, argument);
    if (position.kind === 'SNAPSHOT') return this.seenOnPage(ctx, position.id, position.pin, argument);
    const { sequence, tick } = position;
    const [kept] = await this.read(ctx, markOf(String(tick.number)));
    if (kept && kept['mark'] !== tick.mark) throw ahead(argument);
    const [row] = await this.read(ctx, entryAt(ctx.caller.tenant, String(sequence)));
    if (!row?.['sequence']) throw sequence === 0 ? tooOld(argument, '1') : ahead(argument);
    return logPoint(row, argument);
  }

  /** Where the log has not placed the entry yet, what was captured up to it is what there is. */
  private async entry(ctx: RequestContext, entryId: string, argument: string): Promise<Point> {
    const [row] = await this.read(ctx, placeOfEntry(ctx.caller.tenant, entryId));
    if (!row) throw new DomainError('NOT_FOUND', 'There is no such entry.', { argument });
    return row['sequence'] ? logPoint(row, argument) : capturePoint(row, await this.pin(ctx), argument);
  }

  private async run(ctx: RequestContext, runId: string, argument: string): Promise<Point> {
    const [row] = await this.read(ctx, placeOfRun(ctx.caller.tenant, runId));
    if (!row) throw new DomainError('NOT_FOUND', `No entry names the run ${JSON.stringify(runId)}.`, { argument });
    if (row['is_running']) throw new DomainError('BAD_USER_INPUT', `The run ${runId} has not ended yet.`, { argument });
    return row['sequence'] ? logPoint(row, argument) : capturePoint(row, await this.pin(ctx), argument);
  }

  private async seenOnPage(ctx: RequestContext, entryId: string, pin: Pin, argument: string): Promise<Point> {
    const [row] = await this.read(ctx, placeOfEntry(ctx.caller.tenant, entryId));
    if (!row) throw ahead(argument);
    return capturePoint(row, pin, argument);
  }

  private pin(ctx: RequestContext): Promise<Pin> {
    return ctx.memo(this.pins, async () => {
      const [row] = await this.read(ctx, presentPin(ctx.caller.tenant));
      return pinFrom(row ?? {});
    });
  }

  private read(ctx: RequestContext, statement: Parameters<Database['read']>[1]): Promise<Row[]> {
    return this.database.read(ctx.caller, statement);
  }
}

function logPoint(row: Row, argument: string): LogPoint {
  const sequence = row['sequence'] as string;
  return { kind: 'LOG', key: `LOG:${sequence}`, sequence, highestId: row['highest'] as string, timestamp: timestampOf(row), argument };
}

function capturePoint(row: Row, pin: Pin, argument: string): CapturePoint {
  const entryId = row['entry_id'] as string;
  return { kind: 'CAPTURE', key: `CAPTURE:${entryId}:${pin.snapshot}`, entryId, pin, timestamp: timestampOf(row), argument };
}

function timestampOf(row: Row): string {
  return instantFromPostgres(row['recorded_at'] as string) ?? '';
}
