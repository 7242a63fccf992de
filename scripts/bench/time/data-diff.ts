// What changed between two points, in the middle of a trail and near its end: the same number of entries lies between, however long the trail is.

import type { Trail } from './trail.ts';

const instantAgo = ({ endsAt }: Trail, seconds: number) => new Date(endsAt - seconds * 1000).toISOString();
const hours = 3_600;

const ends = [
  { where: 'in the middle of the history', since: (total: number) => total / 2 },
  { where: 'up to a minute ago', since: () => 60 },
];

const difference = (trail: Trail, clock: string, i: number, end: number, seconds: number, selection: string) =>
  `{ dataDiff(from: { ${clock}: "${instantAgo(trail, end + seconds + i)}" }, to: { ${clock}: "${instantAgo(trail, end + i)}" }) { ${selection} } }`;

/** Questions about a trail; `i` counts the times it is asked. */
export const dataDiffQuestions = [
  ...ends.flatMap(({ where, since }) => [
    ...[1, 24].map((length) => ({
      what: `statistics of what changed in ${length === 1 ? 'an hour (3,600 changes)' : 'a day (86,400 changes)'}, systemTime, ${where}`,
      source: (i: number, trail: Trail) =>
        difference(trail, 'systemTime', i, since(trail.total), length * hours, 'statistics { entityType added modified removed }'),
    })),
    {
      what: `the first 100 of what changed in a day, with the fields, sourceTime, ${where}`,
      source: (i: number, trail: Trail) =>
        difference(
          trail,
          'sourceTime',
          i,
          since(trail.total),
          24 * hours,
          'entities(first: 100) { nodes { kind changes { field before after } } }',
        ),
    },
  ]),
  {
    what: 'statistics of the middle half of the whole trail, systemTime',
    source: (i: number, trail: Trail) =>
      difference(trail, 'systemTime', i, trail.total / 4, trail.total / 2, 'statistics { entityType added modified removed }'),
  },
  {
    what: 'statistics of an hour of the log, by position, in the middle',
    source: (i: number, trail: Trail) => {
      const from = Math.floor(trail.total / 2) + i;
      return `{ dataDiff(from: { sequence: "${from}" }, to: { sequence: "${from + hours}" }) { statistics { entityType added modified removed } } }`;
    },
  },
];
