import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Owner } from '../../../src/database/database.ts';
import { leaveCrashBundle } from '../../../src/rooms/vault/crash-bundle.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { startProgram } from '../../support/program.ts';
import { filesOf } from './archive.ts';

const root = mkdtempSync(join(tmpdir(), 'whence-crash-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const bundlesIn = (folder: string) => readdirSync(folder).sort();
function contents(folder: string): Map<string, string> {
  const files = filesOf(readFileSync(join(folder, bundlesIn(folder).at(-1) ?? '')));
  return new Map([...files].map(([name, content]) => [basename(name), String(content)]));
}

onEachDatabase('A25 what fails leaves a bundle with its trail, and the newest five are kept', async ({ owner }) => {
  const folder = mkdtempSync(join(root, 'kept-'));
  for (let old = 1; old <= 6; old++) mkdirSync(join(folder, `debug_bundle_2026010${old}_000000`));
  const secret = 'hunter2-hunter2';
  const error = new Error(`no answer from postgres://ann:${secret}@db/shop, token ${secret}`);
  const path = await leaveCrashBundle({ error, folder, owner, settings: { PORT: '4000' }, environment: { APP_TOKEN: secret } });
  expect(bundlesIn(folder)).toEqual([3, 4, 5, 6].map((old) => `debug_bundle_2026010${old}_000000`).concat(basename(path)));
  const files = contents(folder);
  expect([...files.keys()]).toEqual([
    'audit_log.csv', 'database_stats.json', 'system_info.json', 'settings.json', 'crash.txt', 'README.txt', 'manifest.json',
  ]); // biome-ignore format: one line
  expect(files.get('crash.txt')).toMatch(/no answer from postgres:\/\/ann:\*\*\*@db\/shop/);
  expect([...files.values()].join('')).not.toContain(secret);
});

it('A25 without an answer of the database there is a bundle of the machine alone', async () => {
  const folder = mkdtempSync(join(root, 'alone-'));
  const owner = { kind: 'postgresql', run: () => Promise.reject(new Error('gone')) } as unknown as Owner;
  await leaveCrashBundle({ error: new Error('first'), folder, owner, settings: {}, environment: {} });
  expect([...contents(folder).keys()]).toEqual(['system_info.json', 'settings.json', 'crash.txt', 'README.txt', 'manifest.json']);
  expect(JSON.parse(contents(folder).get('manifest.json') ?? '')).toMatchObject({ backup_included: false, settings_included: true });
});

it('A25 a server that cannot start, and one that fails later, leave a bundle and end with code 1', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(root, 'server-'));
  const environment = { WHENCE_CRASH_BUNDLES: folder, WHENCE_DEMO: 'false', PORT: '0', WHENCE_LOG_LEVEL: 'silent' };
  const nobody = 'postgresql://ann:hunter2-hunter2@127.0.0.1:1/shop';
  const refused = await startProgram(['serve'], { ...environment, DATABASE_URL: nobody }).ended;
  expect([refused.code, refused.err.includes('a debug bundle is at'), bundlesIn(folder).length]).toEqual([1, true, 1]);
  expect([...contents(folder).values()].join('')).not.toContain('hunter2');
  const boom = `data:text/javascript,process.on('SIGUSR2', () => Promise.reject(new TypeError('boom')))`;
  const server = startProgram(['serve'], {
    ...environment,
    WHENCE_DATA_DIR: join(root, 'data'),
    NODE_OPTIONS: `--import=${encodeURI(boom)}`,
  });
  await server.said(/Whence is ready/);
  server.child.kill('SIGUSR2');
  const failed = await server.ended;
  expect([failed.code, failed.err.includes('TypeError: boom')]).toEqual([1, true]);
  expect(contents(folder).get('crash.txt')).toContain('"type": "TypeError"');
  expect(contents(folder).get('audit_log.csv')).toMatch(/^id,timestamp/);
});
