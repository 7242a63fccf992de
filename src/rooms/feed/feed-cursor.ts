import type { CursorCodec, CursorScope } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import { entryCursors, entryCursorValues, feedCursors, pinOf, wholeTrail } from '../audit/entry-pages.queries.ts';
import type { CursorFacts, FeedPosition, Tick } from './feed.model.ts';

// A feed goes up from the entry that a cursor names, whichever way the page was read.
const ofPages: readonly CursorScope[] = [entryCursors(wholeTrail, 'ASC'), entryCursors(wholeTrail, 'DESC')];

export function cursorOf(codec: CursorCodec, tenant: string, position: FeedPosition): string {
  if (position.kind === 'SNAPSHOT') {
    return codec.encode(tenant, entryCursors(wholeTrail, 'ASC'), entryCursorValues(position.id, position.pin));
  }
  const { sequence, tick, except } = position;
  const pin = except ? entryCursorValues('', except).slice(1) : [];
  return codec.encode(tenant, feedCursors, [String(sequence), String(tick.number), tick.mark, ...pin]);
}

/** @throws DomainError `CURSOR_INVALID` when it is of no feed and of no page of `auditEntries`, or of another tenant. */
export function positionFrom(codec: CursorCodec, tenant: string, cursor: string): FeedPosition {
  const { scope, values } = codec.decodeOneOf(tenant, [feedCursors, ...ofPages], cursor, 'after');
  const texts = values.map(String);
  if (scope === feedCursors) {
    const [sequence, tick, mark = '', ...pin] = texts;
    return {
      kind: 'POSITION',
      ...{ sequence: Number(sequence), tick: { number: Number(tick), mark }, except: pin.length > 0 ? pinOf(pin) : null },
    };
  }
  const [id = '', ...pin] = texts;
  return { kind: 'SNAPSHOT', id, pin: pinOf(pin) };
}

/** The tick that vouches for a position. */
export function tickOf(position: FeedPosition): Tick {
  return position.kind === 'SNAPSHOT' ? { number: Number(position.pin.tick), mark: position.pin.mark } : position.tick;
}

/**
 * Whether a reader can go on from a position without missing anything.
 * @throws DomainError `CURSOR_EXPIRED` or `CURSOR_AHEAD`.
 */
export function requireReachable(position: FeedPosition, facts: CursorFacts): void {
  const tick = tickOf(position);
  const sequence = position.kind === 'SNAPSHOT' ? Number(position.pin.sequence) : position.sequence;
  if (tick.number > facts.head.tick.number || sequence > facts.head.sequence) throw ahead();
  if (tick.number < facts.oldestTick) throw expired('It is older than cursors are kept.');
  if (facts.mark !== tick.mark) throw ahead();
  if (position.kind === 'SNAPSHOT' && position.pin.epoch !== facts.epoch) throw expired('The database was restored since.');
}

export function ahead(): DomainError {
  return new DomainError(
    'CURSOR_AHEAD',
    'The cursor in "after" names a place that this trail does not have: the database was restored to an earlier time. Read the entries anew.',
    { argument: 'after' },
  );
}

function expired(because: string): DomainError {
  return new DomainError('CURSOR_EXPIRED', `The cursor in "after" cannot be resumed any more. ${because} Read the entries anew.`, {
    argument: 'after',
  });
}
