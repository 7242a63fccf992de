import type { Scope } from './caller.ts';
import { DomainError } from './errors.ts';
import { instantFromInput } from './instant.ts';
import type { RequestContext } from './request-context.ts';

/** What a caller sent beside who they are. */
export interface RestRequest {
  /** Of the address, e.g. `runId` in `/api/v1/runs/:runId`. */
  readonly names: Readonly<Record<string, string>>;
  /** Of the query; one that is given twice is a list. */
  readonly query: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The JSON value that was sent; undefined without one. */
  readonly body: unknown;
  /** Header Idempotency-Key. */
  readonly idempotencyKey: string | undefined;
}

/** An answer that is a file of this machine. */
export class RestFile {
  constructor(
    readonly path: string,
    /** What a browser calls it. */
    readonly name: string,
    readonly type: string,
  ) {}
}

/** One address. A room describes it; the server checks who asks, sends the answer as JSON or as the file it is, and an error as `{"error": {code, message}}`. */
export interface RestRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly scope: Scope;
  readonly answer: (ctx: RequestContext, request: RestRequest) => Promise<object>;
}

/** @throws DomainError `BAD_USER_INPUT` when it is given twice. */
export function textIn({ query }: RestRequest, name: string): string | null {
  const value = query[name];
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') throw bad(name, 'is given more than once.');
  return value;
}

export function numberIn(request: RestRequest, name: string, least: number, most: number): number | null {
  const text = textIn(request, name);
  if (text === null) return null;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw bad(name, `must be a whole number from ${least} to ${most}.`);
}

/** An instant, or a day in UTC: the start of it, or with `end` the start of the next one, so that the day itself is included. */
export function instantIn(request: RestRequest, name: string, end = false): string | null {
  const text = textIn(request, name);
  if (text === null) return null;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const instant = instantFromInput(isDay ? `${text}T00:00:00Z` : text);
  if (instant === null) throw bad(name, 'must be a day (2026-02-17) or an instant (2026-02-17T14:30:22Z).');
  if (!isDay || !end) return instant;
  return `${new Date(Date.parse(`${text}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)}T00:00:00.000000Z`;
}

export function bad(argument: string, fault: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `"${argument}" ${fault}`, { argument });
}
