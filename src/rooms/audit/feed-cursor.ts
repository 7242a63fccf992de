import type { CursorCodec, CursorScope } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import { entryCursors, entryCursorValues, pinOf, wholeTrail } from './entry-pages.queries.ts';
import type { CursorFacts, FeedPosition, Tick } from './feed-cursor.model.ts';

const ofEvents: CursorScope = { kind: 'audit.feed', version: 1, order: 'sequence:asc' };
const ofHeartbeats: CursorScope = { ...ofEvents, order: 'sequence:asc,between' };
// A feed goes up from the entry that a cursor names, whichever way the page was read.
const ofPages: readonly CursorScope[] = [entryCursors(wholeTrail, 'ASC'), entryCursors(wholeTrail, 'DESC')];

export function cursorOf(codec: CursorCodec, tenant: string, position: FeedPosition): string {
  if (position.kind === 'SNAPSHOT') {
    return codec.encode(tenant, entryCursors(wholeTrail, 'ASC'), entryCursorValues(position.id, position.pin));
  }
  const { sequence, tick, except } = position;
  const pin = except ? entryCursorValues('', except).slice(1) : [];
  return codec.encode(tenant, position.isOfEntry ? ofEvents : ofHeartbeats, [String(sequence), String(tick.number), tick.mark, ...pin]);
}

/** @throws DomainError `CURSOR_INVALID` when it is of no feed and of no page of `auditEntries`, or of another tenant. */
export function positionFrom(codec: CursorCodec, tenant: string, cursor: string, argument = 'after'): FeedPosition {
  const { scope, values } = codec.decodeOneOf(tenant, [ofEvents, ofHeartbeats, ...ofPages], cursor, argument);
  const texts = values.map(String);
  if (scope.kind !== ofEvents.kind) {
    const [id = '', ...pin] = texts;
    return { kind: 'SNAPSHOT', id, pin: pinOf(pin) };
  }
  const [sequence, tick, mark = '', ...pin] = texts;
  return {
    kind: 'POSITION',
    ...{ sequence: Number(sequence), tick: { number: Number(tick), mark }, except: pin.length > 0 ? pinOf(pin) : null },
    isOfEntry: scope === ofEvents,
  };
}

/** The tick that vouches for a position. */
export function tickOf(position: FeedPosition): Tick {
  return position.kind === 'SNAPSHOT' ? { number: Number(position.pin.tick), mark: position.pin.mark } : position.tick;
}

/**
 * Whether a reader can go on from a position without missing anything.
 * @throws DomainError `CURSOR_EXPIRED` or `CURSOR_AHEAD`.
 */
export function requireReachable(position: FeedPosition, facts: CursorFacts, argument = 'after'): void {
  const tick = tickOf(position);
  const sequence = position.kind === 'SNAPSHOT' ? Number(position.pin.sequence) : position.sequence;
  if (tick.number > facts.head.tick.number || sequence > facts.head.sequence) throw ahead(argument);
  if (tick.number < facts.oldestTick) throw expired('It is older than cursors are kept.', argument);
  if (facts.mark !== tick.mark) throw ahead(argument);
  const pin = position.kind === 'SNAPSHOT' ? position.pin : position.except;
  if (pin && pin.epoch !== facts.epoch) throw expired('The database was restored since.', argument);
}

export function ahead(argument = 'after'): DomainError {
  return new DomainError(
    'CURSOR_AHEAD',
    `The cursor in "${argument}" names a place that this trail does not have: the database was restored to an earlier time. Read the entries anew.`,
    { argument },
  );
}

export function expired(because: string, argument = 'after'): DomainError {
  return new DomainError('CURSOR_EXPIRED', `The cursor in "${argument}" cannot be resumed any more. ${because} Read the entries anew.`, {
    argument,
  });
}
