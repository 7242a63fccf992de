import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { packageRoot } from '../shared/package-root.ts';

/**
 * The page /audit-log: a table of entries with filters, from the files that `scripts/copy-assets.ts` put into dist. It holds no data and asks /graphql
 * one known document as whoever gives it a token, so strangers may have it.
 */
export async function addAuditLogPage(app: FastifyInstance): Promise<void> {
  const folder = join(packageRoot, 'dist', 'audit-log');
  const page = readFileSync(join(folder, 'audit-log.html'), 'utf8');
  const query = readFileSync(join(packageRoot, 'schema', 'operations', 'audit-log-page.graphql'), 'utf8');
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/audit-log/',
    index: false,
    dotfiles: 'deny',
    maxAge: '1h',
    decorateReply: false,
  });
  app.get('/audit-log', (_request, reply) => reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page));
  app.get('/audit-log/query.graphql', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache').send(query),
  );
}
