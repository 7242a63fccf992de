import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { mintToken, scopesOf, tokenVerifier } from '../../../src/rooms/access/token.ts';
import type { TokenSettings } from '../../../src/shared/caller.ts';

const none: TokenSettings = { secret: null, publicKeyFile: null, jwksUrl: null, issuer: null, audience: null };
const secret = 'kq3vZ0pTn8xYb2LwRf6uJm1sGd9hAc4e';
const folder = mkdtempSync(join(tmpdir(), 'whence-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const claims = { sub: 'ann', tenant: 'acme', scope: 'AUDIT_READ PII_READ other:thing', role: 'AUDITOR' };
const bytes = (text: string) => Buffer.from(text, 'utf8');
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

function signed(key: Uint8Array | KeyObject, alg: string, over: Record<string, unknown> = {}, header: object = {}): Promise<string> {
  return new SignJWT({ ...claims, exp: inSeconds(600), ...over }).setProtectedHeader({ alg, ...header }).sign(key);
}

const refusal = (settings: Partial<TokenSettings>, token: string) =>
  tokenVerifier({ ...none, ...settings })!(token).then(
    () => 'taken',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );

describe('a token signed with the shared secret', () => {
  const verify = tokenVerifier({ ...none, secret })!;

  it('says who acts, for whom, with which permissions, until when; words of other services are passed over', async () => {
    const exp = inSeconds(600);
    const caller = await verify(await signed(bytes(secret), 'HS256', { exp }));
    expect(caller).toEqual({
      actor: 'ann',
      tenant: 'acme',
      role: 'AUDITOR',
      scopes: new Set(['AUDIT_READ', 'PII_READ']),
      isVerified: true,
      validUntilMs: exp * 1_000,
    });
  });

  it('is what mintToken makes', async () => {
    const token = await mintToken(secret, claims, { lifetimeSeconds: 60, issuer: 'us', audience: 'whence' });
    const strict = tokenVerifier({ ...none, secret, issuer: 'us', audience: 'whence' })!;
    expect((await strict(token)).actor).toBe('ann');
    expect(await refusal({ secret, issuer: 'them' }, token)).toBe(
      'UNAUTHENTICATED: The claim "iss" of the token is missing or not as it must be.',
    );
    expect(await refusal({ secret, audience: 'other' }, token)).toContain('"aud"');
  });

  it('has no permission without a scope, and the role VIEWER without one', async () => {
    const caller = await verify(await signed(bytes(secret), 'HS256', { scope: undefined, role: undefined }));
    expect(caller).toMatchObject({ scopes: new Set(), role: 'VIEWER' });
  });

  it('is taken 20 seconds after its end, for clocks that differ, and refused after 61', async () => {
    expect((await verify(await signed(bytes(secret), 'HS256', { exp: inSeconds(-20) }))).actor).toBe('ann');
    expect(await refusal({ secret }, await signed(bytes(secret), 'HS256', { exp: inSeconds(-61) }))).toBe(
      'UNAUTHENTICATED: The token has expired.',
    );
    expect(await refusal({ secret }, await signed(bytes(secret), 'HS256', { nbf: inSeconds(90) }))).toContain('"nbf"');
  });

  it.each([['exp'], ['sub'], ['tenant']])('is refused without the claim %s', async (claim) => {
    expect(await refusal({ secret }, await signed(bytes(secret), 'HS256', { [claim]: undefined }))).toContain(`"${claim}"`);
  });

  it.each([
    ['an empty tenant', { tenant: '' }],
    ['a tenant that is no text', { tenant: ['acme'] }],
    ['a tenant with a NUL byte', { tenant: 'ac\0me' }],
    ['an endless subject', { sub: 'a'.repeat(201) }],
    ['a role that is no text', { role: { is: 'ADMIN' } }],
  ])('is refused with %s', async (_, over) => {
    expect(await refusal({ secret }, await signed(bytes(secret), 'HS256', over))).toMatch(/^UNAUTHENTICATED: The claim/);
  });

  it('is refused when it was signed with another secret, another algorithm, or changed by a letter', async () => {
    const good = await signed(bytes(secret), 'HS256');
    const [head = '', body = '', signature = ''] = good.split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, tenant: 'globex', exp: inSeconds(600) })).toString('base64url');
    for (const token of [
      await signed(bytes(secret.toUpperCase()), 'HS256'),
      await signed(bytes(`${secret}${secret}`), 'HS512'),
      `${head}.${forged}.${signature}`,
      `${head}.${body}.${signature.slice(0, -2)}`,
      `${head}.${body}.`,
      'x.y.z',
      '',
    ]) {
      expect(await refusal({ secret }, token)).toBe('UNAUTHENTICATED: The token is not valid here.');
    }
  });

  it('is never taken without a signature', async () => {
    const unsigned = new UnsecuredJWT({ ...claims, exp: inSeconds(600) }).encode();
    expect(await refusal({ secret }, unsigned)).toContain('UNAUTHENTICATED');
    for (const alg of ['none', 'None', 'NONE', '']) {
      const head = Buffer.from(JSON.stringify({ alg })).toString('base64url');
      expect(await refusal({ secret }, `${head}.${unsigned.split('.')[1]}.`)).toContain('UNAUTHENTICATED');
    }
  });
});

const pairs = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
};

function pemFile(name: string, key: KeyObject): string {
  const file = join(folder, `${name}.pem`);
  writeFileSync(file, key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }));
  return file;
}

describe('a token verified by a public key', () => {
  it.each(Object.entries(pairs))('%s is taken from its own key only', async (alg, { publicKey, privateKey }) => {
    const publicKeyFile = pemFile(alg, publicKey);
    expect((await tokenVerifier({ ...none, publicKeyFile })!(await signed(privateKey, alg))).tenant).toBe('acme');
    for (const [other, pair] of Object.entries(pairs)) {
      if (other !== alg) expect(await refusal({ publicKeyFile }, await signed(pair.privateKey, other))).toContain('UNAUTHENTICATED');
    }
  });

  it('is not taken when the public key was used as a secret (algorithm confusion)', async () => {
    const publicKeyFile = pemFile('confused', pairs.RS256.publicKey);
    const pem = pairs.RS256.publicKey.export({ type: 'spki', format: 'pem' });
    const head = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url');
    const body = Buffer.from(JSON.stringify({ ...claims, exp: inSeconds(600) })).toString('base64url');
    const signature = createHmac('sha256', pem).update(`${head}.${body}`).digest('base64url');
    expect(await refusal({ publicKeyFile }, `${head}.${body}.${signature}`)).toContain('UNAUTHENTICATED');
  });

  it('is not taken from a key that the token brings or points to', async () => {
    const publicKeyFile = pemFile('own', pairs.ES256.publicKey);
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = await exportJWK(stranger.publicKey);
    for (const header of [{ jwk }, { jku: 'http://127.0.0.1:9/keys' }, { kid: '../../etc/passwd' }, { x5u: 'http://127.0.0.1:9/' }]) {
      expect(await refusal({ publicKeyFile }, await signed(stranger.privateKey, 'ES256', {}, header))).toContain('UNAUTHENTICATED');
    }
  });

  it('comes with a configuration that names what is wrong', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    writeFileSync(join(folder, 'text.pem'), 'no key');
    for (const [file, problem] of [
      [join(folder, 'nowhere.pem'), 'cannot be read'],
      [join(folder, 'text.pem'), 'no public key in PEM form'],
      [pemFile('private', pairs.ES256.privateKey), 'only the public one'],
      [pemFile('small', small.publicKey), '2048 bits or more'],
      [pemFile('p384', p384.publicKey), 'P-256'],
    ] as const) {
      expect(() => tokenVerifier({ ...none, publicKeyFile: file })).toThrow(new RegExp(`^WHENCE_JWT_PUBLIC_KEY_FILE .*${problem}`));
    }
  });
});

describe('a token verified by a key set', () => {
  it('is taken by its key id, and a set that cannot be fetched is said to be unavailable', async () => {
    const { publicKey, privateKey } = pairs.EdDSA;
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', use: 'sig', alg: 'EdDSA' }];
    const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const token = await signed(privateKey, 'EdDSA', {}, { kid: 'one' });
    try {
      expect((await tokenVerifier({ ...none, jwksUrl })!(token)).actor).toBe('ann');
      expect(await refusal({ jwksUrl }, await signed(privateKey, 'EdDSA', {}, { kid: 'two' }))).toContain('UNAUTHENTICATED');
      expect(await refusal({ jwksUrl }, await signed(bytes(secret), 'HS256', {}, { kid: 'one' }))).toContain('UNAUTHENTICATED');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(await refusal({ jwksUrl }, token)).toBe('UNAVAILABLE: The keys that verify tokens cannot be fetched.');
  });
});

it.each(['short', 'a'.repeat(64), 'secretsecretsecretsecretsecretsecret'])('a weak secret is refused: %s', (weak) => {
  expect(() => tokenVerifier({ ...none, secret: weak })).toThrow(/^WHENCE_JWT_SECRET is too weak/);
});

it('a public key in the place of the secret is refused', () => {
  const pem = String(pairs.RS256.publicKey.export({ type: 'spki', format: 'pem' }));
  expect(() => tokenVerifier({ ...none, secret: pem })).toThrow(/^WHENCE_JWT_SECRET holds a PEM key/);
});

it('permissions are words with spaces between, exactly spelled', () => {
  expect(scopesOf('AUDIT_READ  admin ADMIN toString')).toEqual(new Set(['AUDIT_READ', 'ADMIN']));
});
