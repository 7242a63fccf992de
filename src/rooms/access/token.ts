import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import { type Caller, Scope, type TokenSettings } from '../../shared/caller.ts';
import { ConfigError, DomainError } from '../../shared/errors.ts';
import { isUnfitText } from '../../shared/text.ts';

/** Takes a JWT (RFC 7519) and says whose it is. @throws DomainError `UNAUTHENTICATED`, or `UNAVAILABLE` when the keys cannot be fetched. */
export type VerifyToken = (token: string) => Promise<Caller>;

const leastSecretBytes = 32;
const clockToleranceSeconds = 30;
const maxTextLength = 200;
const keySetAlgorithms = ['RS256', 'ES256', 'EdDSA'];

/**
 * The algorithm follows from the key, never from the token, so that neither `none` nor a public key taken for a secret gets through; keys that a
 * token brings or points to (`jwk`, `jku`, `x5u`) are not looked at.
 * @throws ConfigError naming the variable whose value is no good; null when no key is configured.
 */
export function tokenVerifier({ secret, publicKeyFile, jwksUrl, issuer, audience }: TokenSettings): VerifyToken | null {
  if (secret !== null) return verifierWith(Buffer.from(strongSecret(secret), 'utf8'), ['HS256'], issuer, audience);
  if (publicKeyFile !== null) {
    const { key, algorithm } = publicKey(publicKeyFile);
    return verifierWith(key, [algorithm], issuer, audience);
  }
  if (jwksUrl === null) return null;
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 2_000, cooldownDuration: 10_000 });
  return verifierWith(keys, keySetAlgorithms, issuer, audience);
}

/** A token of HS256 for development and for scripts that share the secret. */
export function mintToken(
  secret: string,
  claims: { readonly sub: string; readonly tenant: string; readonly scope: string; readonly role: string },
  { lifetimeSeconds, issuer, audience }: { readonly lifetimeSeconds: number } & Pick<TokenSettings, 'issuer' | 'audience'>,
): Promise<string> {
  const token = new SignJWT({ tenant: claims.tenant, scope: claims.scope, role: claims.role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(claims.sub)
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds}s`);
  if (issuer !== null) token.setIssuer(issuer);
  if (audience !== null) token.setAudience(audience);
  return token.sign(Buffer.from(strongSecret(secret), 'utf8'));
}

/** The permissions that a space separated list names; words of other services in it are passed over. */
export function scopesOf(text: string): Set<Scope> {
  return new Set(text.split(' ').filter((word): word is Scope => Object.hasOwn(Scope, word)));
}

function verifierWith(
  key: Uint8Array | KeyObject | JWTVerifyGetKey,
  algorithms: string[],
  issuer: string | null,
  audience: string | null,
): VerifyToken {
  const options = {
    algorithms,
    issuer: issuer ?? undefined,
    audience: audience ?? undefined,
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp', 'sub', 'tenant'],
  };
  return async (token) => {
    try {
      const { payload } = typeof key === 'function' ? await jwtVerify(token, key, options) : await jwtVerify(token, key, options);
      return callerOf(payload);
    } catch (error) {
      if (error instanceof DomainError) throw error;
      const isOurs = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid);
      if (isOurs && error.code !== 'ERR_JOSE_GENERIC') throw unauthenticated(reasonOf(error), error);
      throw new DomainError('UNAVAILABLE', 'The keys that verify tokens cannot be fetched.', {}, { cause: error });
    }
  };
}

/** What a caller may know of why a token is refused. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return `The claim "${error.claim}" of the token is missing or not as it must be.`;
  return 'The token is not valid here.';
}

function callerOf({ sub, tenant, scope, role, exp, jti }: JWTPayload): Caller {
  const text = (claim: string, value: unknown): string => {
    if (typeof value === 'string' && value !== '' && value.length <= maxTextLength && !isUnfitText(value)) return value;
    throw unauthenticated(`The claim "${claim}" of the token is missing or not as it must be.`);
  };
  return {
    actor: text('sub', sub),
    tenant: text('tenant', tenant),
    role: role === undefined ? 'VIEWER' : text('role', role),
    scopes: scopesOf(typeof scope === 'string' ? scope : ''),
    isVerified: true,
    ...(exp === undefined ? {} : { validUntilMs: exp * 1_000 }),
    session: jti === undefined ? undefined : text('jti', jti),
  };
}

export function unauthenticated(message: string, cause?: unknown): DomainError {
  return new DomainError('UNAUTHENTICATED', message, {}, { cause });
}

function strongSecret(secret: string): string {
  if (secret.includes('-----BEGIN'))
    throw new ConfigError('WHENCE_JWT_SECRET holds a PEM key: a public key belongs into WHENCE_JWT_PUBLIC_KEY_FILE.');
  if (Buffer.byteLength(secret, 'utf8') < leastSecretBytes || new Set(secret).size < 10) {
    throw new ConfigError(
      `WHENCE_JWT_SECRET is too weak: it needs ${leastSecretBytes} random bytes or more, e.g. from openssl rand -base64 32.`,
    );
  }
  return secret;
}

function publicKey(file: string): { key: KeyObject; algorithm: string } {
  const wrong = (problem: string) => new ConfigError(`WHENCE_JWT_PUBLIC_KEY_FILE ${problem}.`);
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch {
    throw wrong('names a file that cannot be read');
  }
  if (pem.includes('PRIVATE KEY')) throw wrong('names a private key: only the public one belongs on this machine');
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw wrong('names a file that holds no public key in PEM form');
  }
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= 2048) return { key, algorithm: 'RS256' };
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return { key, algorithm: 'ES256' };
  if (key.asymmetricKeyType === 'ed25519') return { key, algorithm: 'EdDSA' };
  throw wrong('must hold an RSA key of 2048 bits or more, a P-256 or an Ed25519 key');
}
