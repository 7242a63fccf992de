/** The rows of the checklist that this room answers for: the audit log (A), the vault (V), and the homes of both outside the API (G). */
export const rows: readonly string[] = [
  ...Array.from({ length: 26 }, (_, n) => `A${n + 1}`),
  ...Array.from({ length: 33 }, (_, n) => `V${n + 1}`),
  ...Array.from({ length: 6 }, (_, n) => `G${n + 14}`),
];

/** What of a row is not there, and why. A row that is named here may have tests of the rest. */
export const notThere: Readonly<Record<string, string>> = {
  A1: 'The indexes have their names, but begin with the tenant, and that of time is a block range index: every statement names its tenant, and entries come in the order of time.',
  A16: 'How long events and their reads take is measured by npm run bench:vault; scripts/bench/vault/results.md says which figures are kept.',
  A17: 'How long bundles take is measured by npm run bench:vault; scripts/bench/vault/results.md says which figures are kept.',
  A18: 'An event takes about 200 bytes of heap and more than that of indexes (scripts/bench/vault/results.md): with images, actor and origin it is not a log of five columns.',
  A20: 'Old entries are archived as files, and none is removed: the trail is append-only, and rights and triggers refuse it to everybody. Removal by days is retention, which needs sealed checkpoints to stay provable.',
  V16: 'A report across tenants is /metrics, with TENANT_REPORT and without a name of a tenant. tenantReport of the API belongs to the reports of the platform.',
  V17: 'Rights, triggers and hashes of versions keep the trail. Sealed checkpoints and proofs of the API belong to integrity.',
  V19: 'Metadata that comes through the API or whence run is encrypted with WHENCE_VAULT_KEY. What SQL writes by itself is not: the database would have to hold the key.',
  V21: 'executionTrend, performanceMetrics and changeTrend are there. The catalogue of reports for regulators is that of the reports.',
  V23: 'createExport of other things than bundles belongs to the reports.',
  V26: 'What is done weekly, monthly and quarterly are commands for cron or a timer (GUIDES.md, Maintenance): the server has no right to remove anything, so that no schedule of its own could.',
  V27: 'Several writing servers of one database are many masters only to PostgreSQL products that offer it: not tried. Without superuser the rest works, which is tried.',
  V28: 'Operations per second and the dashboard at a million operations are measured by npm run bench:vault; scripts/bench/vault/results.md says which figures are kept.',
  V29: 'A million operations take more than 300 MB (scripts/bench/vault/results.md): each is two versions with hash keys of 32 bytes, and nothing of them is overwritten.',
  V30: 'Reports for compliance belong to the reports; streams, anomalies and forecasts are there.',
  V31: 'Kafka and Event Grid take CloudEvents, which webhooks do not send yet. Several databases have a server each; importers bring what happened elsewhere into one trail. No cache is needed: nothing is read twice per request, and days are counted already.',
  G14: 'raw, staging, business and api belong to site tracking.',
  G15: 'GET /reports/{name} belongs to the reports, /api/v1/track to site tracking.',
  G16: 'verify belongs to integrity.',
  G17: 'The page of the audit log is there. Pages for data, analytics and journeys, and tracker.js, belong to other rooms; GraphiQL asks for all of it.',
  G18: 'DB_USER, DB_PASSWORD and DB_DSN belong to a source on Oracle, retention days to retention, the schedule to the reports. No origin is allowed from elsewhere: a front end is served beside the API, or by its own server. Alerts have thresholds in their questions.',
  G19: 'ROWS_HIDDEN_BY_SCOPE is never raised: no permission hides rows, it masks values or refuses. REST answers have no place for notices.',
};
