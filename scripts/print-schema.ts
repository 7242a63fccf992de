// Writes schema/schema.graphql; with --check it only says whether the file is current.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { schemaOf } from '../src/app.ts';
import { noDatabase } from '../src/database/no-database.ts';
import { printedSchema, undescribed } from '../src/server/printed-schema.ts';
import { packageRoot } from '../src/shared/package-root.ts';

const file = join(packageRoot, 'schema', 'schema.graphql');

const schema = schemaOf(noDatabase, 'printed without cursors');
const missing = undescribed(schema);
if (missing.length > 0) {
  console.error(`no description: ${missing.join(', ')}`);
  process.exitCode = 1;
} else if (!process.argv.includes('--check')) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, printedSchema(schema));
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== printedSchema(schema)) {
  console.error('schema/schema.graphql is stale: run "npm run schema" and review the difference');
  process.exitCode = 1;
}
