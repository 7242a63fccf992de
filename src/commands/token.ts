import { configFrom } from '../config.ts';
import { ConfigError } from '../shared/errors.ts';
import type { Command } from './command.ts';
import { neededText, numberOf, textOf } from './option.ts';
import { allScopes, scopesOption } from './scope-option.ts';

export const token: Command = {
  name: 'token',
  summary: 'Make a token for development, signed with WHENCE_JWT_SECRET.',
  usage: `whence token --sub NAME --tenant TENANT [OPTIONS]

  --sub NAME       who acts, as the trail will name them
  --tenant TENANT  whose data may be seen
  --scope SCOPES   permissions with spaces between, or all; AUDIT_READ ANALYTICS_READ when left out
  --role ROLE      VIEWER when left out
  --hours HOURS    how long it is valid; 12 when left out

Permissions: ${allScopes}.`,
  options: {
    sub: { type: 'string' },
    tenant: { type: 'string' },
    scope: { type: 'string' },
    role: { type: 'string' },
    hours: { type: 'string' },
  },
  async run({ options, environment, out }) {
    const { tokens } = configFrom(environment);
    const claims = {
      sub: neededText(options, 'sub'),
      tenant: neededText(options, 'tenant'),
      scope: scopesOption(textOf(options, 'scope') ?? 'AUDIT_READ ANALYTICS_READ').join(' '),
      role: textOf(options, 'role') ?? 'VIEWER',
    };
    const hours = numberOf(options, 'hours', 1, 8_760) ?? 12;
    if (tokens.secret === null) throw new ConfigError('WHENCE_JWT_SECRET is missing: a token is signed with it.');
    const { mintToken } = await import('../rooms/access/token.ts');
    out(await mintToken(tokens.secret, claims, { ...tokens, lifetimeSeconds: hours * 3_600 }));
    return 0;
  },
};
