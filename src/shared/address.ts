import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigError } from './errors.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Why this address cannot be listened on, in one line; an error that says something else comes back as it is. */
export function addressFault(error: unknown, { host, port }: Address): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new ConfigError(`PORT ${port} is already in use on ${host}; choose another with PORT=...`);
  if (code === 'EACCES') return new ConfigError(`PORT ${port} may not be used by this account; choose another with PORT=...`);
  if (code === 'EADDRNOTAVAIL') return new ConfigError(`HOST ${host} is no address of this machine.`);
  return error;
}

/** Listens there and lets go at once. @throws ConfigError when that cannot be. */
export async function tryAddress({ host, port }: Address): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen({ host, port }), 'listening');
  } catch (error) {
    throw addressFault(error, { host, port });
  } finally {
    server.close();
  }
}
