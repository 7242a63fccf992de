/** Why an answer is empty, exactly the contract's codes. Nothing raises ROWS_HIDDEN_BY_SCOPE yet: no scope hides rows. */
export type NoticeCode = 'TABLE_NOT_TRACKED' | 'TRIGGER_DISABLED' | 'RANGE_BEFORE_TRACKING' | 'ROWS_HIDDEN_BY_SCOPE';

/** In `extensions.notices` of an answer. */
export interface Notice {
  /** Where in the answer, as in the path of an error. */
  readonly path: readonly (string | number)[];
  readonly code: NoticeCode;
}

/** The linked path that graphql hands to a resolver. */
export interface ResponsePath {
  readonly prev: ResponsePath | undefined;
  readonly key: string | number;
}

const maxNotices = 20;

/** The notices of one answer: each once, by path, at most 20. */
export class Notices {
  private readonly given = new Map<string, Notice>();

  add(path: ResponsePath, code: NoticeCode): void {
    const notice = { path: keysOf(path), code };
    this.given.set(JSON.stringify(notice), notice);
  }

  list(): Notice[] {
    return [...this.given.values()].sort(byPath).slice(0, maxNotices);
  }
}

function keysOf(path: ResponsePath): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: ResponsePath | undefined = path; at; at = at.prev) keys.unshift(at.key);
  return keys;
}

/** Places in a list by number, names by code unit; what lies above comes first. */
function byPath(one: Notice, other: Notice): number {
  for (let depth = 0; depth < Math.min(one.path.length, other.path.length); depth++) {
    const [a, b] = [one.path[depth] ?? '', other.path[depth] ?? ''];
    if (a !== b) return typeof a === 'number' && typeof b === 'number' ? a - b : a < b ? -1 : 1;
  }
  return one.path.length - other.path.length || (one.code < other.code ? -1 : 1);
}
