import { sql } from 'drizzle-orm';
import { ConfigError } from '../shared/errors.ts';
import { shareActorSecret } from './actor-secret.ts';
import {
  type Database,
  type DatabaseRole,
  defaultLimits,
  type Limits,
  type Observation,
  type Observe,
  type Owner,
  type PoolState,
  type Row,
  type Wrote,
} from './database.ts';
import { codeOf, DatabaseFault } from './faults.ts';
import { type MigrateOptions, migrate } from './migrate.ts';
import { PgliteDatabase, PgliteOwner, PgliteStore } from './pglite.ts';
import { PostgresDatabase, PostgresOwner } from './postgres.ts';

export interface OpenOptions {
  /** postgres://…; left out, the database is embedded in `dataDirectory`. */
  readonly url?: string | undefined;
  /** A login that may become whence_owner; needed for migrations and tracking on PostgreSQL. */
  readonly ownerUrl?: string | undefined;
  readonly dataDirectory?: string | undefined;
  readonly role?: DatabaseRole;
  readonly limits?: Partial<Limits>;
  /** Applies what is missing before the role is checked. */
  readonly migrate?: boolean | MigrateOptions;
  /** Shared with the database, to prove the actors of writes; made known to a database that knows none where it is migrated. */
  readonly actorSecret?: string | undefined;
}

export interface OpenDatabase extends Database {
  /** Null on PostgreSQL without an owner URL. */
  readonly owner: Owner | null;
  /** The same database under another role (and limits); closed together with this one. */
  as(role: DatabaseRole, limits?: Partial<Limits>): Database;
  /** Sees every statement of this database and its other roles from now on, until the function it gives is called. */
  observe(observe: Observe): () => void;
  /** Told after each write of this database, its other roles and, embedded, its owner, also of one that failed; until the function it gives is called. */
  onWrite(wrote: Wrote): () => void;
  poolState(): PoolState;
}

// One connection: a caller waits for those before it, so it waits longer than for a pool.
const embeddedLimits: Limits = { ...defaultLimits, acquireMs: 10_000, statementMs: 10_000, transactionMs: 20_000 };

/**
 * Opens a database by its URL and makes sure that it is used under a role that row level security holds for.
 * @throws ConfigError when a role is missing or too mighty, DomainError `UNAVAILABLE` when the database does not answer or the folder is in use.
 */
export async function openDatabase(options: OpenOptions): Promise<OpenDatabase> {
  const database = options.url ? openPostgres(options, options.url) : await openEmbedded(options);
  try {
    if (options.migrate) {
      if (!database.owner) throw new ConfigError('migrations need the owner URL of the database');
      await migrate(database.owner, options.migrate === true ? {} : options.migrate);
      if (options.actorSecret !== undefined) await shareActorSecret(database.owner, options.actorSecret, { replaces: false });
    }
    await requireLowRole(database, options.role ?? 'whence_app');
    if (options.actorSecret !== undefined) await requireActorSecret(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The login role alone, e.g. to migrate. */
export async function openOwner(options: Pick<OpenOptions, 'url' | 'ownerUrl' | 'dataDirectory'>): Promise<Owner> {
  const url = options.ownerUrl ?? options.url;
  if (url) return new PostgresOwner(requireUrl(url), defaultLimits);
  return new PgliteOwner(await PgliteStore.open(requireFolder(options)), embeddedLimits);
}

function openPostgres({ ownerUrl, role = 'whence_app', limits, actorSecret }: OpenOptions, url: string): OpenDatabase {
  requireUrl(url);
  const statements = new Listeners<Observation>();
  const observe: Observe = (observation) => statements.tell(observation);
  const writes = new Listeners<void>();
  const wrote: Wrote = () => writes.tell();
  const usual: Limits = { ...defaultLimits, ...limits };
  const main = new PostgresDatabase({ url, role, limits: usual, observe, wrote, actorSecret });
  const owner = ownerUrl ? new PostgresOwner(requireUrl(ownerUrl), usual) : null;
  const others: PostgresDatabase[] = [];
  return {
    kind: 'postgresql',
    owner,
    read: (reader, statement) => main.read(reader, statement),
    write: (context, work) => main.write(context, work),
    as(other, otherLimits) {
      const database = new PostgresDatabase({ url, role: other, limits: { ...usual, ...otherLimits }, observe, wrote });
      others.push(database);
      return database;
    },
    observe: (observer) => statements.add(observer),
    onWrite: (listener) => writes.add(listener),
    poolState: () => main.pool.state,
    async close() {
      await Promise.all([main.close(), owner?.close(), ...others.map((other) => other.close())]);
    },
  };
}

async function openEmbedded({ role = 'whence_app', limits, actorSecret, ...where }: OpenOptions): Promise<OpenDatabase> {
  const statements = new Listeners<Observation>();
  const observe: Observe = (observation) => statements.tell(observation);
  const writes = new Listeners<void>();
  const wrote: Wrote = () => writes.tell();
  const usual: Limits = { ...embeddedLimits, ...limits };
  const store = await PgliteStore.open(requireFolder(where));
  const main = new PgliteDatabase(store, role, usual, observe, wrote, actorSecret ?? null);
  return {
    kind: 'pglite',
    owner: new PgliteOwner(store, usual, wrote),
    read: (reader, statement) => main.read(reader, statement),
    write: (context, work) => main.write(context, work),
    as: (other, otherLimits) => withoutClose(new PgliteDatabase(store, other, { ...usual, ...otherLimits }, observe, wrote)),
    observe: (observer) => statements.add(observer),
    onWrite: (listener) => writes.add(listener),
    poolState: () => store.state,
    close: () => store.close(),
  };
}

/** Who is told what happens to a database. */
class Listeners<T> {
  private readonly all = new Set<(what: T) => void>();

  add(listener: (what: T) => void): () => void {
    this.all.add(listener);
    return () => void this.all.delete(listener);
  }

  tell(what: T): void {
    for (const listener of this.all) listener(what);
  }
}

/** One of several views of the embedded database: closing it leaves the others alone. */
function withoutClose(database: PgliteDatabase): Database {
  return {
    kind: database.kind,
    read: (reader, statement) => database.read(reader, statement),
    write: (context, work) => database.write(context, work),
    close: () => Promise.resolve(),
  };
}

function requireFolder({ dataDirectory }: Pick<OpenOptions, 'dataDirectory'>): string {
  if (dataDirectory === undefined) throw new ConfigError('a database has a URL or a data folder');
  return dataDirectory;
}

function requireUrl(url: string): string {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) throw new ConfigError('a database URL starts with postgres://');
  return url;
}

interface RoleFacts extends Row {
  readonly name: string;
  readonly mighty: boolean;
  readonly owner: boolean;
}

/** Row level security does not hold for a superuser, for BYPASSRLS, or for the owner of the tables. */
async function requireLowRole(database: Database, role: DatabaseRole): Promise<void> {
  let facts: RoleFacts | undefined;
  try {
    [facts] = await database.read<RoleFacts>(
      '',
      sql`/* database.role */ select r.rolname::text as name, r.rolsuper or r.rolbypassrls as mighty,
        exists (select from pg_roles o where o.rolname = 'whence_owner' and pg_has_role(r.oid, o.oid, 'usage')) as owner
        from pg_roles r where r.rolname = current_user`,
    );
  } catch (error) {
    // Refused while connecting: role not granted, unknown role, then what no migration mends: bad login, unknown database, unknown parameter.
    const mends: Readonly<Record<string, string>> = {
      '42501': `; as its owner: grant ${role} to the user of this URL`,
      '22023': '; run the migrations first',
    };
    const code = codeOf(error);
    if (code in mends || /^(28|3D000|42704)/.test(code)) {
      throw new ConfigError(`the database refuses ${role}: ${messageOf(error)}${mends[code] ?? ''}`, { cause: error });
    }
    throw error;
  }
  if (!facts || facts.mighty || facts.owner) {
    throw new ConfigError(`the database role ${facts?.name} may pass by row level security; connect as a role that becomes ${role}`);
  }
}

/** A write that proves its actor, taken back at once: a wrong secret shows at the start and not with the first mutation. */
async function requireActorSecret(database: Database): Promise<void> {
  const undone = new Error('taken back');
  try {
    await database.write({ tenant: 'whence', actor: 'whence', isVerified: true }, () => Promise.reject(undone));
  } catch (error) {
    if (error === undone) return;
    if (!(error instanceof DatabaseFault)) throw error;
    const fault =
      error.sqlState === '42501' ? 'is not the secret that this database knows' : 'is set, but this database knows no such secret';
    throw new ConfigError(`WHENCE_ACTOR_SECRET ${fault}: run "whence migrate" with it.`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  const cause = (error as Error).cause;
  return cause instanceof Error ? cause.message : (error as Error).message;
}
