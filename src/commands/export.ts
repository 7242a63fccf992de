import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { configFrom } from '../config.ts';
import { LineageDirection, maxDepth, maxGraphNodes } from '../rooms/lineage/lineage.model.ts';
import { ProvFormat } from '../rooms/lineage/lineage-document.ts';
import { type Exported, type ExportedKind, exportedKinds } from '../rooms/lineage/lineage-export.service.ts';
import { fixedCaller } from '../shared/caller.ts';
import { openLog } from '../shared/log.ts';
import { count, openProgress } from '../shared/progress.ts';
import { requestContext } from '../shared/request-context.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { auditLogUsage, exportAuditLog } from './export-audit-log.ts';
import { numberOf, textOf } from './option.ts';

const formats = optionValues(ProvFormat);
const directions = optionValues(LineageDirection);

export const exportData: Command = {
  name: 'export',
  summary: 'Write the lineage of a row as a document, or old entries of the trail as a table.',
  usage: [
    'whence export lineage KIND KEY | audit-log',
    '',
    'lineage: a row as a PROV or OpenLineage document.',
    `  KIND              ${exportedKinds.join(', ')}, or a tracked table with its schema`,
    '  KEY               the business key, e.g. the SKU; of a table its key columns as JSON, e.g. \'{"id": 5}\'',
    `  --format NAME     ${[...formats.keys()].join(', ')} (prov-json)`,
    `  --direction NAME  ${[...directions.keys()].join(', ')} (both)`,
    `  --depth N         hops from the row, 1 to ${maxDepth} (3)`,
    `  --max-nodes N     1 to ${count(maxGraphNodes)} (${count(maxGraphNodes)})`,
    '  --out FILE        where it is written; standard output when left out',
    '  --tenant NAME     whose data it is (demo)',
    'What did not fit is said on standard error. Uses DATABASE_URL, else the embedded database in WHENCE_DATA_DIR.',
    '',
    ...auditLogUsage,
  ].join('\n'),
  options: {
    format: { type: 'string' },
    direction: { type: 'string' },
    depth: { type: 'string' },
    'max-nodes': { type: 'string' },
    out: { type: 'string' },
    tenant: { type: 'string' },
    'older-than': { type: 'string' },
    'with-personal': { type: 'boolean' },
  },
  positionals: [1, 3],
  async run(invocation) {
    const { positionals, options, environment, out, err } = invocation;
    const [what = '', kind = '', key = ''] = positionals;
    if (what === 'audit-log' && positionals.length === 1) return await exportAuditLog(invocation);
    if (what !== 'lineage') throw new UsageError(`There is no export "${what.slice(0, 60)}": lineage KIND KEY, audit-log.`);
    if (positionals.length !== 3) throw new UsageError('Usage: whence export lineage KIND KEY');
    const wanted = exported(kind, key);
    const request = requestOf(invocation);
    const config = configFrom(environment);
    const { openConfigured } = await import('../configured-database.ts');
    const { lineageExportOf } = await import('../app.ts');
    const { cursorSecret } = await import('../rooms/audit/setting.queries.ts');
    const { catchUp } = await import('../rooms/feed/catch-up.ts');
    const database = await openConfigured(config, openLog(config.logLevel));
    const progress = openProgress({ label: 'lineage', total: request.depth + 1, unit: 'levels', stream: process.stderr });
    try {
      await catchUp(database);
      const service = lineageExportOf(database, await cursorSecret(database));
      const ctx = requestContext({ ...fixedCaller, tenant: textOf(options, 'tenant') ?? fixedCaller.tenant }, 'export');
      const written = await service.export(ctx, wanted, { ...request, progress: (levels) => progress.at(levels) });
      progress.end();
      const file = textOf(options, 'out');
      if (file === undefined) out(written.document.trimEnd());
      else await writeFile(resolve(file), written.document);
      const size = `${count(written.nodes)} nodes, ${count(written.edges)} edges`;
      err(written.isPartial ? `${size}; depth or --max-nodes left others out.` : `${size}.`);
      return 0;
    } finally {
      progress.end();
      await database.close();
    }
  },
};

function exported(kind: string, key: string): Exported {
  if ((exportedKinds as readonly string[]).includes(kind)) return { kind: kind as ExportedKind, key };
  if (!kind.includes('.'))
    throw new UsageError(`KIND is ${exportedKinds.join(', ')} or a table with its schema, not "${kind.slice(0, 60)}".`);
  try {
    const columns: unknown = JSON.parse(key);
    if (typeof columns === 'object' && columns !== null && !Array.isArray(columns)) {
      return { tableName: kind, key: columns as Readonly<Record<string, unknown>> };
    }
  } catch {
    // said below
  }
  throw new UsageError(`KEY of a table is a JSON object of its key columns, e.g. '{"id": 5}', not ${JSON.stringify(key.slice(0, 60))}.`);
}

function requestOf({ options }: Invocation) {
  return {
    format: oneOf(formats, options, 'format', 'PROV_JSON'),
    direction: oneOf(directions, options, 'direction', 'BOTH'),
    depth: numberOf(options, 'depth', 1, maxDepth) ?? 3,
    maxNodes: numberOf(options, 'max-nodes', 1, maxGraphNodes) ?? maxGraphNodes,
  };
}

function oneOf<T extends string>(values: ReadonlyMap<string, T>, options: Invocation['options'], name: string, usual: T): T {
  const given = textOf(options, name);
  if (given === undefined) return usual;
  const found = values.get(given.toLowerCase());
  if (found === undefined)
    throw new UsageError(`--${name} is one of ${[...values.keys()].join(', ')}, not ${JSON.stringify(given.slice(0, 60))}.`);
  return found;
}

/** `PROV_JSON` as `prov-json`. */
function optionValues<T extends string>(values: Readonly<Record<T, T>>): ReadonlyMap<string, T> {
  return new Map((Object.keys(values) as T[]).map((value) => [value.toLowerCase().replaceAll('_', '-'), value]));
}
