import type { CursorCodec, CursorScope, CursorValue } from './cursor.ts';
import { DomainError } from './errors.ts';

/** Items per page when neither `first` nor `last` is given. */
const defaultPageSize = 50;
/** Items per page at most. */
const maxPageSize = 500;

/** What a caller may say about a page; the same names as the GraphQL arguments. */
export interface PageRequest {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** A checked request: how many, from which end, between which positions (both excluded). */
export interface PageWindow {
  readonly limit: number;
  /** Whether the page is the last items of the range and not the first ones; the items keep their order. */
  readonly backward: boolean;
  readonly after: readonly CursorValue[] | null;
  readonly before: readonly CursorValue[] | null;
}

/** One page. What costs a further statement is a function and asked only when the field is selected. */
export interface Page<T> {
  readonly edges: readonly PageEdge<T>[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfo;
  /** Number of items over all pages. */
  readonly totalCount: () => Promise<number>;
}

export interface PageEdge<T> {
  readonly cursor: string;
  readonly node: T;
}

export interface PageInfo {
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  /** Whether there are items after this page, whichever way it was read. */
  readonly hasNextPage: () => boolean | Promise<boolean>;
  /** Whether there are items before this page. */
  readonly hasPreviousPage: () => boolean | Promise<boolean>;
}

/**
 * Checks the arguments of a connection, whose cursors are of one of the scopes.
 * @throws DomainError `BAD_USER_INPUT` (with `argument`) or `CURSOR_INVALID`.
 */
export function pageWindow(request: PageRequest, codec: CursorCodec, tenant: string, ...scopes: CursorScope[]): PageWindow {
  const position = (cursor: string | null | undefined, argument: string) =>
    cursor === null || cursor === undefined ? null : codec.decodeOneOf(tenant, scopes, cursor, argument).values;
  return {
    ...pageEnd(request),
    after: position(request.after, 'after'),
    before: position(request.before, 'before'),
  };
}

/**
 * How many, and from which end.
 * @throws DomainError `BAD_USER_INPUT`.
 */
export function pageEnd(request: PageRequest): Pick<PageWindow, 'limit' | 'backward'> {
  const first = pageSize(request.first, 'first');
  const last = pageSize(request.last, 'last');
  if (first !== null && last !== null) throw badArgument('last', 'Give either "first" or "last", not both.');
  return { limit: first ?? last ?? defaultPageSize, backward: last !== null };
}

/** Whether a page shows that the whole list is empty: not when none were asked for, nor beyond a cursor. */
export function isEmptyList(page: Page<unknown>, { first, last, after, before }: PageRequest): boolean {
  return page.edges.length === 0 && first !== 0 && last !== 0 && !after && !before;
}

function pageSize(size: number | null | undefined, argument: 'first' | 'last'): number | null {
  if (size === null || size === undefined) return null;
  if (!Number.isInteger(size) || size < 0) throw badArgument(argument, `"${argument}" must not be negative.`);
  if (size > maxPageSize) throw badArgument(argument, `"${argument}" must not be greater than ${maxPageSize}.`);
  return size;
}

function badArgument(argument: string, message: string): DomainError {
  return new DomainError('BAD_USER_INPUT', message, { argument });
}
