/** Permissions of a caller, exactly the contract's enum Scope. */
export const Scope = {
  ADMIN: 'ADMIN',
  ANALYTICS_READ: 'ANALYTICS_READ',
  AUDIT_READ: 'AUDIT_READ',
  AUDIT_WRITE: 'AUDIT_WRITE',
  EXPORT_CREATE: 'EXPORT_CREATE',
  PII_READ: 'PII_READ',
  PROVENANCE_QUERY: 'PROVENANCE_QUERY',
  QUERY_EXPLAIN: 'QUERY_EXPLAIN',
  VAULT_READ: 'VAULT_READ',
  VAULT_WRITE: 'VAULT_WRITE',
  TENANT_REPORT: 'TENANT_REPORT',
  SITE_WRITE: 'SITE_WRITE',
} as const;
export type Scope = keyof typeof Scope;

/** Who asks, and for whom. Every read carries its tenant, every write its tenant, actor and role. */
export interface Caller {
  readonly tenant: string;
  /** Business key of the acting user or service, as it appears in the trail. */
  readonly actor: string;
  readonly role: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Whether a credential proved who the actor is. */
  readonly isVerified: boolean;
  /** When the token ends, in milliseconds since 1970; left out where the credential has no end of its own. */
  readonly validUntilMs?: number;
  /** Which credential it was: the id of an API key or of a token (claim `jti`). */
  readonly session?: string | undefined;
}

/** The only caller there is until tokens exist. It is unverified: anybody on this machine is it. */
export const fixedCaller: Caller = Object.freeze({
  tenant: 'demo',
  actor: 'developer',
  role: 'ADMIN',
  scopes: new Set(Object.values(Scope)),
  isVerified: false,
});

/** What a request says about who sends it: values of its headers. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Header X-Customer-ID: the tenant that the sender believes to be. */
  readonly customerId?: string | undefined;
}

/** How tokens are verified: at most one of the first three is set. */
export interface TokenSettings {
  /** Shared secret of HS256, at least 32 bytes. */
  readonly secret: string | null;
  /** PEM file with an RSA (RS256), P-256 (ES256) or Ed25519 (EdDSA) public key. */
  readonly publicKeyFile: string | null;
  readonly jwksUrl: string | null;
  /** What the claims `iss` and `aud` must be; null: not looked at. */
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** Cost units of a caller in the current minute. */
export interface CostBudget {
  readonly limit: number;
  readonly remaining: number;
  readonly resetsAt: string;
}
