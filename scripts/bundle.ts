// Makes one program of what tsc built and of what it imports, in dist/bundle: two thousand small files take longer to find and to open than to
// compile, and a start is measured by them. PGlite stays outside, because it looks for its files beside itself.
import { join } from 'node:path';
import { build } from 'vite';
import { packageRoot } from '../src/shared/package-root.ts';

const source = join(packageRoot, 'dist', 'src');

await build({
  root: packageRoot,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.mjs' }] },
  ssr: { target: 'node', noExternal: true, external: ['@electric-sql/pglite'] },
  build: {
    ssr: true,
    target: 'node20',
    minify: false, // it would start no sooner, and the engineer who reads a stack wants names
    emptyOutDir: true,
    outDir: join(packageRoot, 'dist', 'bundle'),
    rolldownOptions: {
      input: { main: join(source, 'main.js'), 'pglite-worker': join(source, 'database', 'pglite-worker.js') },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', keepNames: true },
    },
  },
});
