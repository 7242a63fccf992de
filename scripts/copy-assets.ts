// What tsc leaves out: the thread of the embedded database (plain JavaScript), GraphiQL with our page around it in dist/graphiql, and the
// audit log's page, from where the server gives it out: no CDN, and nothing to bundle.
import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { packageRoot } from '../src/shared/package-root.ts';

const from = createRequire(import.meta.url);
const target = join(packageRoot, 'dist', 'graphiql');
const scripts = [
  ['react', 'umd/react.production.min.js'],
  ['react-dom', 'umd/react-dom.production.min.js'],
  ['graphiql', 'graphiql.min.js'],
  ['graphiql', 'graphiql.min.css'],
] as const;

mkdirSync(target, { recursive: true });
for (const page of ['graphiql', 'audit-log'])
  cpSync(join(packageRoot, 'src', 'server', page), join(packageRoot, 'dist', page), { recursive: true });
for (const [name, file] of scripts) {
  copyFileSync(join(dirname(from.resolve(`${name}/package.json`)), file), join(target, basename(file)));
}

const thread = join('database', 'pglite-worker.js');
copyFileSync(join(packageRoot, 'src', thread), join(packageRoot, 'dist', 'src', thread));
