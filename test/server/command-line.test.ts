import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { variables } from '../../src/config-variables.ts';
import { packageRoot } from '../../src/shared/package-root.ts';
import { startProgram } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'whence-command-line-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** With a data folder of this file's own. */
const start = (words: readonly string[], environment: Record<string, string> = {}) =>
  startProgram(words, { WHENCE_DATA_DIR: data, ...environment });
const run = (words: readonly string[], environment?: Record<string, string>) => start(words, environment).ended;

describe('whence', () => {
  it('lists the documents that are known, which the server answers by their id', async () => {
    const listed = await run(['documents']);
    expect(listed).toMatchObject({ code: 0, err: '' });
    expect(listed.out).toMatch(/^sha256:[0-9a-f]{64} {2}price-history\.graphql$/m);
    const file = join(folder, 'own.graphql');
    writeFileSync(file, '{ viewer { tenantKey } }');
    const environment = { WHENCE_LOG_LEVEL: 'warn', WHENCE_DOCUMENTS: file, WHENCE_ONLY_KNOWN_DOCUMENTS: 'true' };
    const [, id] = /^(sha256:[0-9a-f]{64}) {2}.*own\.graphql$/m.exec((await run(['documents'], environment)).out) ?? [];
    const server = start(['serve'], { PORT: '0', WHENCE_DEMO: 'false', ...environment });
    const url = /GraphQL +(\S+)/.exec(await server.said(/Ctrl-C stops it/))?.[1] ?? '';
    const answer = await fetch(`${url}?${new URLSearchParams({ documentId: id ?? '' })}`, { headers: { authorization: 'none' } });
    expect(await answer.json()).toEqual({ data: { viewer: { tenantKey: 'demo' } } });
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0, err: '' });
    expect(await run(['serve'], { PORT: '0', WHENCE_DOCUMENTS: '/nowhere' })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^whence: WHENCE_DOCUMENTS [^\n]+\n$/),
    });
  });

  it('explains itself, its commands and its configuration', async () => {
    for (const words of [[], ['help'], ['--help']])
      expect(await run(words)).toMatchObject({ code: 0, out: expect.stringContaining('serve'), err: '' });
    expect((await run(['help', 'migrate'])).out).toContain('DATABASE_OWNER_URL');
    expect((await run(['serve', '--help'])).out).toContain('Usage: whence serve');
    const configuration = (await run(['help', 'config'])).out;
    for (const name of Object.keys(variables)) expect(configuration).toContain(name);
    expect(await run(['version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^whence \d+\.\d+\.\d+, node v\d+/) });
  });

  it('G16 has the commands that users know, each with its options', async () => {
    const known = {
      ...{ migrate: 'DATABASE_OWNER_URL', seed: 'whence demo', uninstall: '--with-trail', doctor: '--json', cleanup: '--days' },
      ...{ bundle: '--audit-limit N', export: '--older-than DAYS' },
    };
    for (const [command, option] of Object.entries(known)) expect((await run([command, '--help'])).out, command).toContain(option);
    expect((await run(['bundle', '--help'])).out).toMatch(/--output DIR[\s\S]*--compress/);
  });

  it.each([
    ['an unknown command', ['srve']],
    ['an unknown option', ['serve', '--port', '80']],
    ['a word too many', ['migrate', 'now']],
    ['an unknown topic', ['help', 'me']],
  ])('ends with one line and exit code 2 after %s', async (_what, words) => {
    const { code, out, err } = await run(words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^whence: [^\n]+\n$/);
  });

  it.each([
    ['PORT', { PORT: 'http' }],
    ['WHENCE_JWT_SECRET', { WHENCE_JWT_SECRET: 'hunter2' }],
    ['WHENCE_JWT_PUBLIC_KEY_FILE', { WHENCE_JWT_PUBLIC_KEY_FILE: '/nowhere/key.pem' }],
    ['HOST', { HOST: '0.0.0.0' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://root:hunter2@db' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://root:hunter2@127.0.0.1:1/none' }],
    [
      'DATABASE_OWNER_URL',
      { DATABASE_URL: 'postgresql://a@127.0.0.1:1/none', DATABASE_OWNER_URL: 'postgresql://root:hunter2@127.0.0.1:1/none' },
    ],
    ['WHENCE_DATA_DIR', { WHENCE_DATA_DIR: join(packageRoot, 'package.json') }],
    ['WHENCE_DATA_DIR', { WHENCE_DATA_DIR: join(packageRoot, 'package.json', 'data'), WHENCE_DEMO: 'false' }],
  ])('ends with one line that names %s and exit code 1 when it is wrong', async (name, environment) => {
    const { code, out, err } = await run(['serve'], environment);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(new RegExp(`^whence: ${name}\\b[^\\n]+\\n$`));
    expect(err).not.toContain('hunter2');
  });

  it.each([
    ['WHENCE_DATA_DIR', { WHENCE_DATA_DIR: join(packageRoot, 'package.json') }],
    [
      'DATABASE_OWNER_URL',
      { DATABASE_URL: 'postgresql://a@127.0.0.1:1/none', DATABASE_OWNER_URL: 'postgresql://root:hunter2@127.0.0.1:1/none' },
    ],
  ])('names %s in other commands, too', async (name, environment) => {
    for (const words of [['migrate'], ['tables'], ['demo']]) {
      const { code, out, err } = await run(words, environment);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(new RegExp(`^whence: ${name}: [^\\n]+\\n$`));
      expect(err).not.toContain('hunter2');
    }
  });

  it('ends with the shell that npm started it in', async () => {
    const folderOfItsOwn = join(folder, 'shell');
    const shell = spawn('sh', ['-c', `"${process.execPath}" dist/bundle/main.js serve; true`], {
      cwd: packageRoot,
      env: {
        ...{ PATH: process.env['PATH'], npm_lifecycle_event: 'start', PORT: '0' },
        WHENCE_DEMO: 'false',
        WHENCE_DATA_DIR: folderOfItsOwn,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    shell.stdout.on('data', (chunk) => (out += chunk));
    await expect.poll(() => out, { timeout: 20_000 }).toContain('Ctrl-C stops it');
    shell.kill('SIGTERM');
    await expect.poll(() => out, { timeout: 10_000 }).toContain('Stopping ...');
    await expect.poll(() => existsSync(join(folderOfItsOwn, 'whence.lock')), { timeout: 10_000 }).toBe(false);
  }, 60_000);

  it('a first start that is killed while it fills the demo shop is gone on with at once, aside again', async () => {
    const settings = { PORT: '0', WHENCE_LOG_LEVEL: 'warn', WHENCE_DATA_DIR: join(folder, 'filled') };
    const mark = join(settings.WHENCE_DATA_DIR, 'demo.filling');
    const first = start(['serve'], settings);
    await expect.poll(() => existsSync(join(settings.WHENCE_DATA_DIR, 'pgdata')), { timeout: 30_000 }).toBe(true);
    first.child.kill('SIGKILL');
    await first.ended.catch(() => {});
    expect(existsSync(mark)).toBe(true);
    const second = start(['serve'], settings);
    const url = /GraphQL +(\S+)/.exec(await second.said(/Ctrl-C stops it/))?.[1] ?? '';
    const query = '{ product(by: { sku: "LAPTOP-15" }) { priceHistory(first: 1) { nodes { reason { text } } } } }';
    const asked = await fetch(`${url}?${new URLSearchParams({ query })}`, { headers: { authorization: 'none' } });
    expect(await asked.json()).toEqual({
      data: { product: { priceHistory: { nodes: [{ reason: { text: expect.stringContaining('Spring promotion') } }] } } },
    });
    expect(existsSync(mark)).toBe(false);
    second.child.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0 });
    expect(await run(['demo'], settings)).toMatchObject({ code: 0, out: expect.stringContaining('complete') });
  }, 120_000);

  it('says that its port is taken before it fills the demo shop', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    const dataFolder = join(folder, 'never filled');
    expect(await run(['serve'], { PORT: String(port), WHENCE_DATA_DIR: dataFolder })).toEqual(
      expect.objectContaining({ code: 1, err: `whence: PORT ${port} is already in use on 127.0.0.1; choose another with PORT=...\n` }),
    );
    expect(existsSync(dataFolder)).toBe(false);
    other.close();
  });

  it('does not migrate a PostgreSQL without its owner', async () => {
    const { code, err } = await run(['migrate'], { DATABASE_URL: 'postgresql://app@127.0.0.1/shop' });
    expect({ code, err }).toEqual({ code: 1, err: 'whence: DATABASE_OWNER_URL is missing: migrations need the owner of the database.\n' });
  });

  it('brings a new embedded database up to date, and leaves one that is alone', async () => {
    expect(await run(['migrate'])).toMatchObject({ code: 0, out: expect.stringMatching(/the database is up to date/i), err: '' });
    expect(await run(['migrate'])).toMatchObject({ code: 0, out: 'Nothing to do: the database is up to date.\n', err: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s and leaves no lock', async (signal) => {
    const server = start(['serve'], { PORT: '0', WHENCE_DEMO: 'false', WHENCE_LOG_LEVEL: 'warn' });
    const out = await server.said(/Ctrl-C stops it/);
    const url = /GraphQL +(\S+)/.exec(out)?.[1] ?? '';
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ viewer { tenantKey } }"}',
    });
    expect(await answer.json()).toEqual({ data: { viewer: { tenantKey: 'demo' } } });
    expect((await fetch(new URL('/readyz', url))).status).toBe(200);

    server.child.kill(signal);
    expect(await server.ended).toMatchObject({ code: 0, err: '' });
    expect(existsSync(join(data, 'whence.lock'))).toBe(false);
  });

  it('refuses a second start on its folder', async () => {
    const server = start(['serve'], { PORT: '0', WHENCE_DEMO: 'false', WHENCE_LOG_LEVEL: 'warn' });
    await server.said(/Ctrl-C stops it/);
    expect(await run(['serve'], { PORT: '0' })).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^whence: WHENCE_DATA_DIR: [^\n]+ is in use by process \d+[^\n]*\n$/),
    });
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  it('mints a token and makes a key that the server takes, and refuses the key once it is revoked', async () => {
    const WHENCE_JWT_SECRET = 'kq3vZ0pTn8xYb2LwRf6uJm1sGd9hAc4e';
    const minted = await run(['token', '--sub', 'ann', '--tenant', 'demo', '--scope', 'all'], { WHENCE_JWT_SECRET });
    expect(minted).toMatchObject({ code: 0, err: '' });
    const made = await run(['key', 'create', '--tenant', 'demo', '--name', 'bi']);
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^whk_[0-9a-f]{12}_[\w-]{43}\n$/) });
    expect(await run(['key', 'create', '--tenant', 'demo', '--name', 'bi'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('already'),
    });
    const revoked = (await run(['key', 'create', '--tenant', 'demo', '--name', 'old'])).out.trim();
    const id = revoked.split('_')[1] ?? '';
    expect(await run(['key', 'revoke', id])).toMatchObject({ code: 0 });
    expect(await run(['key', 'revoke', id])).toMatchObject({ code: 1 });
    expect((await run(['key', 'list'])).out).toMatch(
      /^ID +TENANT +NAME[\s\S]*\n\w+ +demo +old +SERVICE +[\d-]+ +revoked [\d-]+ +AUDIT_READ ANALYTICS_READ\n/,
    );

    const server = start(['serve'], { PORT: '0', HOST: '0.0.0.0', WHENCE_DEMO: 'false', WHENCE_JWT_SECRET });
    const url = /GraphQL +(\S+)/.exec(await server.said(/Ctrl-C stops it/))?.[1] ?? '';
    const status = async (headers: Record<string, string>) =>
      (
        await fetch(url.replace('0.0.0.0', '127.0.0.1'), {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: '{"query":"{ viewer { tenantKey } }"}',
        })
      ).status;
    expect(await status({ authorization: `Bearer ${minted.out.trim()}` })).toBe(200);
    expect(await status({ 'x-api-key': made.out.trim() })).toBe(200);
    expect(await status({ 'x-api-key': revoked })).toBe(401);
    expect(await status({})).toBe(401);
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  it('keeps what was read over a stop, and proves who wrote with a secret that the database learns', async () => {
    const folderOfItsOwn = join(folder, 'proving');
    const settings = {
      ...{ PORT: '0', WHENCE_DEMO: 'false', WHENCE_DATA_DIR: folderOfItsOwn, WHENCE_LOG_LEVEL: 'warn' },
      WHENCE_JWT_SECRET: 'kq3vZ0pTn8xYb2LwRf6uJm1sGd9hAc4e',
      WHENCE_ACTOR_SECRET: 'a secret of 32 bytes, or of more',
    };
    const token = (await run(['token', '--sub', 'ann', '--tenant', 'demo', '--scope', 'all'], settings)).out.trim();
    const asked = async (...queries: string[]) => {
      const server = start(['serve'], settings);
      const url = /GraphQL +(\S+)/.exec(await server.said(/Ctrl-C stops it/))?.[1] ?? '';
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const ask = async (query: string) =>
        JSON.parse(await (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).text());
      const answers = [];
      for (const query of queries) answers.push(await ask(query));
      server.child.kill('SIGTERM'); // at once: what was read still waits to be written
      expect(await server.ended).toMatchObject({ code: 0, err: '' });
      return answers.at(-1);
    };
    const write = 'mutation { startRun(input: { name: "Stock count" }) { userErrors { message } } }';
    const trail = await asked(write, 'query Look { auditEntries { nodes { actor { isVerified } } } }');
    expect(trail).toEqual({ data: { auditEntries: { nodes: [{ actor: { isVerified: true } }] } } });
    const { data } = await asked('{ readAccesses { nodes { operationName fields actor { isVerified } } } }');
    const look = { operationName: 'Look', fields: ['AuditEntry.actor', 'Query.auditEntries'], actor: { isVerified: true } };
    expect(data.readAccesses.nodes).toEqual([look]);
    const stranger = await run(['serve'], { ...settings, WHENCE_ACTOR_SECRET: 'another secret of 32 bytes or more' });
    expect(stranger).toMatchObject({ code: 1, err: expect.stringMatching(/^whence: WHENCE_ACTOR_SECRET is not the secret[^\n]+\n$/) });
    const migrated = await run(['migrate'], { ...settings, WHENCE_ACTOR_SECRET: 'another secret of 32 bytes or more' });
    expect(migrated.out).toContain('The database knows WHENCE_ACTOR_SECRET.');
  }, 60_000);

  it.each([
    ['without a tenant', ['token', '--sub', 'ann']],
    ['with a permission that there is not', ['token', '--sub', 'ann', '--tenant', 'demo', '--scope', 'ALL']],
    ['without a name', ['key', 'create', '--tenant', 'demo']],
    ['without an id', ['key', 'revoke']],
    ['with a number that is none', ['key', 'create', '--tenant', 'demo', '--name', 'x', '--days', '-1']],
  ])('says what a key or a token needs: %s', async (_, words) => {
    expect(await run(words)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^whence: [^\n]+\n$/) });
  });
});
