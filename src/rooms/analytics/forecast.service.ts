import { DomainError } from '../../shared/errors.ts';
import type { ResponsePath } from '../../shared/notice.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { bucketStarts, type TimeInterval } from '../../shared/time-buckets.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { ForecastPoint } from './analytics.model.ts';
import type { AnalyticsService } from './analytics.service.ts';
import { forecast } from './forecast.ts';

export interface ForecastRequest {
  readonly filter?: AuditEntryFilter | null;
  readonly interval: TimeInterval;
  readonly horizon: number;
  readonly timeZone?: string | null;
}

const maxHorizon = 90;
const dayMs = 86_400_000;
/** How long a bucket is at most, and how many of the past are looked at. */
const pasts: Readonly<Record<TimeInterval, readonly [longestMs: number, buckets: number]>> = {
  MINUTE: [60_000, 24 * 60],
  HOUR: [2 * 3_600_000, 8 * 7 * 24],
  DAY: [dayMs + 2 * 3_600_000, 26 * 7],
  WEEK: [7 * dayMs + 2 * 3_600_000, 104],
  MONTH: [31 * dayMs + 2 * 3_600_000, 36],
};

export class ForecastService {
  constructor(private readonly analytics: AnalyticsService) {}

  /**
   * From the bucket under way on, which is expected as a whole: `horizon` points, or none when there are too few whole buckets since the first change.
   * @throws DomainError `BAD_USER_INPUT` with `argument`.
   */
  async changeForecast(ctx: RequestContext, path: ResponsePath, request: ForecastRequest): Promise<ForecastPoint[]> {
    const { interval, horizon, filter } = request;
    if (horizon < 1 || horizon > maxHorizon) {
      throw new DomainError('BAD_USER_INPUT', `"horizon" must be 1 to ${maxHorizon}.`, { argument: 'horizon' });
    }
    const zone = request.timeZone ?? 'UTC';
    const [longestMs, buckets] = pasts[interval];
    const now = Date.now();
    const instant = (ms: number) => new Date(ms).toISOString().replace('Z', '000Z');
    const range = { from: instant(now - longestMs * buckets), to: instant(now) };
    const points = await this.analytics.changeTrend(ctx, path, { range, interval, timeZone: zone, filter: filter ?? null });
    const whole = points.slice(1, -1).slice(-buckets); // the first may have begun before the period, the last still runs
    const first = whole.findIndex(({ count }) => count > 0);
    const known = first < 0 ? [] : whole.slice(first);
    const ahead = bucketStarts({ from: range.to, to: instant(now + longestMs * (horizon + 1)) }, interval, zone, horizon);
    const past = { counts: known.map(({ count }) => count), starts: known.map(({ bucketStart }) => bucketStart) };
    return forecast({ ...past, patterns: patternsOf(interval, zone) }, ahead);
  }
}

/** Weekday and hour, as the clocks of a zone show them. */
function patternsOf(interval: TimeInterval, timeZone: string): ((start: string) => string)[] {
  const shown = (parts: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts });
    return (start: string) => format.format(new Date(start));
  };
  const [weekday, hour] = [{ weekday: 'short' }, { hour: 'numeric' }] as const;
  if (interval === 'HOUR') return [shown({ ...weekday, ...hour }), shown(hour)];
  return interval === 'DAY' ? [shown(weekday)] : [];
}
