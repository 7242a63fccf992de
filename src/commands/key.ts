import { ConfigError } from '../shared/errors.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { neat } from './neat.ts';
import { neededText, numberOf, textOf } from './option.ts';
import { withOwner } from './owner.ts';
import { allScopes, scopesOption } from './scope-option.ts';

export const key: Command = {
  name: 'key',
  summary: 'Make, list or revoke API keys, for programs that cannot fetch tokens.',
  usage: `whence key create --tenant TENANT --name NAME [--scope SCOPES] [--role ROLE] [--days DAYS]
       whence key list [--tenant TENANT] [--json]
       whence key revoke ID

  --tenant TENANT  whose data may be seen
  --name NAME      who acts, as the trail will name it; one key of a name and tenant
  --scope SCOPES   permissions with spaces between, or all; AUDIT_READ ANALYTICS_READ when left out
  --role ROLE      SERVICE when left out
  --days DAYS      how long it is valid; until it is revoked when left out

The key is printed once, and only its hash is stored. It is sent as X-API-Key or as a bearer token. A revoked key is refused within 5 seconds.
Permissions: ${allScopes}.

Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.`,
  options: {
    tenant: { type: 'string' },
    name: { type: 'string' },
    scope: { type: 'string' },
    role: { type: 'string' },
    days: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: [1, 2],
  async run(invocation) {
    const [action = '', id] = invocation.positionals;
    if (action === 'create' && id === undefined) return await create(invocation);
    if (action === 'list' && id === undefined) return await list(invocation);
    if (action === 'revoke' && id !== undefined) return await revoke(invocation, id);
    throw new UsageError('Usage: whence key create ... | list | revoke ID (whence help key)');
  },
};

async function create({ options, environment, out, err }: Invocation): Promise<number> {
  const wanted = {
    tenant: neededText(options, 'tenant'),
    name: neededText(options, 'name'),
    scopes: scopesOption(textOf(options, 'scope') ?? 'AUDIT_READ ANALYTICS_READ'),
    role: textOf(options, 'role') ?? 'SERVICE',
    days: numberOf(options, 'days', 1, 3_650) ?? null,
  };
  const { newApiKey } = await import('../rooms/access/access.service.ts');
  const { createKey } = await import('../rooms/access/api-key.queries.ts');
  const made = newApiKey();
  const [row] = await withOwner(environment, (owner) => owner.run(createKey({ ...wanted, ...made })));
  if (!row) throw new ConfigError(`There is a key of the name ${wanted.name} already: revoke it, or take another name.`);
  out(made.key);
  err('Keep it: it is not shown again.');
  return 0;
}

async function list({ options, environment, out }: Invocation): Promise<number> {
  const { listKeys } = await import('../rooms/access/api-key.queries.ts');
  const rows = await withOwner(environment, (owner) => owner.run(listKeys(textOf(options, 'tenant') ?? null)));
  if (options['json'] === true) out(JSON.stringify(rows, null, 2));
  else if (rows.length === 0) out('There is no key; whence key create makes one.');
  else {
    const day = (value: unknown) => String(value).slice(0, 10);
    const state = (row: (typeof rows)[number]) =>
      row['revoked_at'] !== null
        ? `revoked ${day(row['revoked_at'])}`
        : row['expires_at'] === null
          ? 'valid'
          : `until ${day(row['expires_at'])}`;
    const lines = rows.map((row) =>
      [row['id'], row['tenant'], row['name'], row['role'], day(row['created_at']), state(row), row['scopes']].map(String),
    );
    out(neat([['ID', 'TENANT', 'NAME', 'ROLE', 'MADE', 'STATE', 'SCOPES'], ...lines]));
  }
  return 0;
}

async function revoke({ environment, out }: Invocation, id: string): Promise<number> {
  const { revokeKey } = await import('../rooms/access/api-key.queries.ts');
  const [row] = await withOwner(environment, (owner) => owner.run(revokeKey(id)));
  if (!row) throw new ConfigError('There is no key of this id that is not revoked; whence key list shows them.');
  out(`The key ${id} is revoked.`);
  return 0;
}
