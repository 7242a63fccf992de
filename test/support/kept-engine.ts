// The engine shares compiled WebAssembly between threads while somebody holds it. A file's PGlite ends with the file: held here, the next one
// starts in half the time and goes on with the code that was optimised already.
import { readFileSync } from 'node:fs';
import '../../src/database/pglite-thread.ts'; // says when V8 optimises what is compiled here

declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

const bytes = readFileSync(new URL('./pglite.wasm', import.meta.resolve('@electric-sql/pglite')));
Object.assign(globalThis, { pgliteOfTests: await WebAssembly.compile(bytes) });
