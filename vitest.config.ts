import { defineConfig } from 'vitest/config';

export default defineConfig({
  // graphql must load once: vite would take the ESM build while Node takes the CommonJS one ("another module or realm").
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/each-file.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 3, // each waits for a seventh of its time (databases, processes, timers): on two cores three are done a tenth sooner than two
    isolate: false, // a process keeps its modules and its compiled PGlite from file to file
  },
});
