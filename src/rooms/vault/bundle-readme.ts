interface Contents {
  readonly withPersonal: boolean;
  readonly withBackup: boolean;
  readonly hasCrash: boolean;
}

/** What whoever opens a bundle reads first. */
export function bundleReadme(id: string, { withPersonal, withBackup, hasCrash }: Contents): string {
  const files = [
    ...(hasCrash ? [['crash.txt', 'what ended the process']] : []),
    ['audit_log.csv', 'the newest entries of the trail, newest first (UTF-8; a spreadsheet opens it)'],
    ...(withBackup ? [['database_backup.sql.gz', 'rows of the trail, the vault, the shop and every tracked table, as SQL']] : []),
    ['database_stats.json', 'rows of each table, version of the schema, indexes'],
    ['system_info.json', 'versions and machine'],
    ['settings.json', 'the configuration; of secrets only whether they are set'],
    ['manifest.json', 'what was counted, and the SHA-256 of every other file'],
  ];
  const width = Math.max(...files.map(([name = '']) => name.length)) + 2;
  const people =
    withPersonal || withBackup
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
To check it: sha256sum audit_log.csv, and compare with manifest.json.
${withBackup ? restoring : ''}`;
}
