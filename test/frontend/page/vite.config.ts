import { defineConfig } from 'vite';

// The server answers no other origin, so the page asks its own, which hands the question on: `npm start` beside `npx vite test/frontend/page`.
const proxy = { '/graphql': { target: process.env['WHENCE_URL'] ?? 'http://127.0.0.1:4000', changeOrigin: true } };

export default defineConfig({
  root: import.meta.dirname,
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
  build: { emptyOutDir: true },
});
