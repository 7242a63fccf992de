import { expect, it } from 'vitest';
import { shownWords, withoutSecrets } from '../../../src/rooms/vault/secrets.ts';

const environment = { PGPASSWORD: 'hunter22', API_TOKEN: 'abc', HOME: '/home/ann' };

it('no secret that the environment, a URL or a name gives away stays in what a command printed', () => {
  const printed = 'using hunter22 on postgres://ann:pa55@db/shop; password=x1 "token": "y2" API_KEY: z3 at /home/ann abc';
  expect(withoutSecrets(printed, environment)).toBe(
    'using *** on postgres://ann:***@db/shop; password=*** "token": *** API_KEY: *** at /home/ann abc',
  );
});

it('the words of a command are told without the values of secret options', () => {
  expect(
    shownWords(['load', '--password', 'x1', '--file', 'a.csv', '--api-key=y2', 'postgres://a:b@c/d', '--token', '--quiet'], environment),
  ).toEqual(['load', '--password', '***', '--file', 'a.csv', '--api-key=***', 'postgres://a:***@c/d', '--token', '--quiet']);
});
