import type { Database } from '../../src/database/database.ts';

const refuse = () => Promise.reject(new Error('this test reads no data'));

/** For a schema that is looked at and never asked. */
export const noDatabase: Database = { kind: 'pglite', read: refuse, write: refuse, close: () => Promise.resolve() };
