// What changed between two points, in the middle of a trail and near its end: the same number of entries lies between, however long the trail is.

const instantAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const hours = 3_600;

const ends = [
  { where: 'in the middle of the history', since: (total: number) => total / 2 },
  { where: 'up to a minute ago', since: () => 60 },
];

const difference = (clock: string, i: number, end: number, seconds: number, selection: string) =>
  `{ dataDiff(from: { ${clock}: "${instantAgo(end + seconds + i)}" }, to: { ${clock}: "${instantAgo(end + i)}" }) { ${selection} } }`;

/** Questions about a trail of `total` entries, a second each; `i` counts the times it is asked. */
export const dataDiffQuestions = [
  ...ends.flatMap(({ where, since }) => [
    ...[1, 4].map((length) => ({
      what: `statistics of what changed in ${length === 1 ? 'an hour' : `${length} hours`}, systemTime, ${where}`,
      source: (i: number, total: number) =>
        difference('systemTime', i, since(total), length * hours, 'statistics { entityType added modified removed }'),
    })),
    {
      what: `the first 100 of what changed in a day, with the fields, sourceTime, ${where}`,
      source: (i: number, total: number) =>
        difference('sourceTime', i, since(total), 24 * hours, 'entities(first: 100) { nodes { kind changes { field before after } } }'),
    },
  ]),
  {
    what: 'statistics of an hour of the log, by position, in the middle',
    source: (i: number, total: number) => {
      const from = Math.floor(total / 2) + i;
      return `{ dataDiff(from: { sequence: "${from}" }, to: { sequence: "${from + hours}" }) { statistics { entityType added modified removed } } }`;
    },
  },
];
