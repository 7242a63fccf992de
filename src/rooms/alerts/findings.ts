import type { Departure } from '../analytics/anomaly.model.ts';
import type { Finding } from './alert.model.ts';

/** From this score on a departure is an alert. */
export const leastScore = 3;

export function findingsOf(departures: readonly Departure[], period: object): Finding[] {
  return departures
    .filter(({ score }) => score >= leastScore)
    .map((departure) => ({ finding: JSON.stringify(identityOf(departure)), score: departure.score, facts: { ...departure, period } }));
}

/**
 * What makes a departure the same as one that was found before. Hours of work and nights grow while they last: they are told again when the
 * score has doubled. An origin is told once a day, as long as it is rare.
 */
function identityOf({ kind, about, score }: Departure): readonly unknown[] {
  const doubled = Math.floor(Math.log2(score / leastScore));
  switch (kind) {
    case 'RATE_SPIKE':
      return [kind, about.actor, about.hour, doubled];
    case 'OFF_HOURS':
      return [kind, about.actor, about.night, doubled];
    case 'UNUSUAL_ORIGIN':
      return [kind, about.actor, about.application, about.address, about.occurredAt.slice(0, 10)];
    default:
      return [kind, about.entryId];
  }
}
