import { DomainError } from './errors.ts';

/** A period as a caller names it: `from` included, `to` excluded, now when it is absent. RFC 3339 text in UTC with microseconds. */
export interface TimeRange {
  readonly from: string;
  readonly to?: string | null;
}

/** A period with both its ends. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** @throws DomainError `BAD_USER_INPUT` when it holds no instant. */
export function periodOf({ from, to }: TimeRange, argument = 'range'): Period {
  const end = to ?? new Date().toISOString().replace('Z', '000Z');
  if (from >= end) {
    const fault = to ? `"${argument}.to" must be later than "${argument}.from".` : `"${argument}.from" must not lie in the future.`;
    throw new DomainError('BAD_USER_INPUT', fault, { argument });
  }
  return { from, to: end };
}
