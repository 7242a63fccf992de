import type { Database } from './database.ts';

const refuse = () => Promise.reject(new Error('there is no database here'));

/** For what is looked at and never asked, such as the types of a schema. */
export const noDatabase: Database = { kind: 'pglite', read: refuse, write: refuse, close: () => Promise.resolve() };
