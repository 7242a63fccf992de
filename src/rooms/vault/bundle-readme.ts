const meanings: Readonly<Record<string, string>> = {
  'audit_log.csv': 'the newest entries of the trail, newest first (UTF-8; a spreadsheet opens it)',
  'audit_log.json': 'the same as one JSON array',
  'audit_log.ndjson': 'the same as a JSON object a line',
  'audit_log.parquet': 'the same as Apache Parquet, for DuckDB, pandas, Spark and the like',
  'database_backup.sql.gz': 'rows of the trail, the vault, the shop and every tracked table, as SQL',
  'database_stats.json': 'rows of each table, version of the schema, indexes',
  'system_info.json': 'versions and machine',
  'settings.json': 'the configuration; of secrets only whether they are set',
  'crash.txt': 'what ended the process',
};
const manifest = ['manifest.json', 'what was counted, and the SHA-256 of every other file'] as const;

/** What whoever opens a bundle reads first. */
export function bundleReadme(id: string, names: readonly string[], isPersonal: boolean): string {
  const files = [...names.map((name) => [name, meanings[name] ?? ''] as const), manifest];
  const width = Math.max(...files.map(([name]) => name.length)) + 2;
  const people = isPersonal
    ? 'It names people: pass it on with care.'
    : 'People are not named; details may still hold what the application wrote there.';
  const restoring = `
The backup goes into an empty database of the same schema version. Secrets, keys of callers and what is worked out of the trail are no part of it;
tables that no migration made come back with their columns, their primary key and their capture.
  embedded:    WHENCE_DATA_DIR=copy whence restore database_backup.sql.gz
  PostgreSQL:  createdb copy; whence migrate and whence restore database_backup.sql.gz with DATABASE_URL and DATABASE_OWNER_URL of it
  psql:        in the migrated database, gunzip -c database_backup.sql.gz | psql -1 -v ON_ERROR_STOP=1
`;
  return `${id}

${files.map(([name = '', what]) => `${name.padEnd(width)}${what}`).join('\n')}

${people}
To check it: sha256sum system_info.json, and compare with manifest.json.
${names.includes('database_backup.sql.gz') ? restoring : ''}`;
}
