import type { GraphQLSchema } from 'graphql';
import { schemaOf } from '../../src/app.ts';
import { noDatabase } from '../../src/database/no-database.ts';
import type { TestDatabase } from './databases.ts';

const schemas = new WeakMap<TestDatabase['database'], GraphQLSchema>();

/** The schema of the product over a test database, with the owner's rights at hand; made once. */
export function schemaFor({ database, owner }: Pick<TestDatabase, 'database' | 'owner'>): GraphQLSchema {
  let schema = schemas.get(database);
  if (!schema) {
    schema = schemaOf(database, 'a secret for tests only', owner);
    schemas.set(database, schema);
  }
  return schema;
}

let bare: GraphQLSchema | undefined;

/** Over no database: what the types say. */
export function bareSchema(): GraphQLSchema {
  bare ??= schemaOf(noDatabase, 'printed without cursors');
  return bare;
}
