import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { packageRoot } from '../shared/package-root.ts';

/** An operation to begin with: GraphiQL opens it in a tab, `whence serve` prints it. */
export interface Example {
  readonly question: string;
  readonly query: string;
}

/** Everything comes from this server. Styles may be inline: GraphiQL's editor and menus write theirs while they run; scripts may not. */
export const pagePolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** GraphiQL at /graphiql, from the files that `scripts/copy-assets.ts` put into dist when the package was built. */
export async function addGraphiql(app: FastifyInstance, examples: readonly Example[]): Promise<void> {
  const folder = join(packageRoot, 'dist', 'graphiql');
  const page = readFileSync(join(folder, 'graphiql.html'), 'utf8');
  await app.register(fastifyStatic, { root: folder, prefix: '/graphiql/', index: false, dotfiles: 'deny', maxAge: '1h' });
  app.get('/graphiql', (_request, reply) => reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page));
  app.get('/graphiql/examples.json', (_request, reply) => reply.header('cache-control', 'no-cache').send(examples));
  app.get('/', (_request, reply) => reply.redirect('/graphiql'));
}
