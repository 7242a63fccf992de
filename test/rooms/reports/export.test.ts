import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { graphql, parse, subscribe } from 'graphql';
import { afterAll, expect } from 'vitest';
import { schemaOf } from '../../../src/app.ts';
import { ExportService } from '../../../src/rooms/reports/export.service.ts';
import { ExportMaker } from '../../../src/rooms/reports/export-maker.ts';
import { exportRoutes } from '../../../src/rooms/reports/export-rest.ts';
import { type Caller, fixedCaller, type Scope } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { openLog } from '../../../src/shared/log.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { startTestServer } from '../../support/test-server.ts';

const root = mkdtempSync(join(tmpdir(), 'whence-exports-'));
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  rmSync(root, { recursive: true, force: true });
});

const secret = 'a secret for tests only';

/** The API with files, and the address where they are got. */
async function making({ database }: TestDatabase, limitBytes = 10_000_000) {
  const folder = mkdtempSync(join(root, 'on-'));
  const maker = new ExportMaker(database, { folder, limitBytes }, openLog('silent'));
  const own = { maker, database: database.as('whence_app', { connections: 1 }), settings: { PORT: '4000', WHENCE_JWT_SECRET: '***' } };
  const schema = schemaOf(database, secret, null, undefined, own);
  let caller: Caller = fixedCaller;
  const rest = exportRoutes(new ExportService(database, new CursorCodec(secret), own), maker);
  const server = await startTestServer({ rest, callerOf: async () => caller }, schema);
  closing.push(async () => {
    await server.close();
    await maker.close();
  });
  const context = (tenant: string, scopes = fixedCaller.scopes) => requestContext({ ...fixedCaller, tenant, scopes }, `request-${tenant}`);
  const ask = async (tenant: string, source: string, variableValues: object = {}, scopes?: ReadonlySet<Scope>) =>
    JSON.parse(
      JSON.stringify(await graphql({ schema, source, variableValues: { ...variableValues }, contextValue: context(tenant, scopes) })),
    );
  const create = async (tenant: string, input: object, scopes?: ReadonlySet<Scope>) => {
    const source = `mutation ($input: CreateDebugBundleInput!) { createDebugBundle(input: $input) { export { id status progress downloadUrl } userErrors { code field } } }`;
    return (await ask(tenant, source, { input }, scopes)).data.createDebugBundle;
  };
  const fields = 'id status progress format byteSize sha256 manifest downloadUrl errorMessage createdAt expiresAt';
  const settled = async (tenant: string, id: string) => {
    for (;;) {
      const { data } = await ask(tenant, `query ($id: ID!) { node(id: $id) { ... on Export { ${fields} } } }`, { id });
      if (data.node === null || !['PENDING', 'RUNNING'].includes(data.node.status)) return data.node;
      await sleep(30);
    }
  };
  const get = async (tenant: string, path: string, scopes = fixedCaller.scopes) => {
    caller = { ...fixedCaller, tenant, scopes };
    return await fetch(`${server.url}${path}`);
  };
  return { folder, schema, context, ask, create, settled, get };
}

const without = (...left: Scope[]) => new Set([...fixedCaller.scopes].filter((scope) => !left.includes(scope)));

onEachDatabase(
  'A10 a bundle asked for through the API is made in the background, and got by an ADMIN of its tenant alone',
  async (context) => {
    await context.owner.run(`begin; select set_config('app.tenant', 'ten', true); select audit.log_event('COUNTED', 'shelf ' || n, 'SKU', 'ann') from generate_series(1, 1500) n; commit;
    begin; select set_config('app.tenant', 'others', true); select audit.log_event('HIDDEN', 'of others'); commit`);
    const { create, settled, get, ask, folder } = await making(context);
    const started = await create('ten', { auditLimit: 1200 });
    expect(started).toMatchObject({ userErrors: [], export: { status: expect.stringMatching(/PENDING|RUNNING/), downloadUrl: null } });
    const made = await settled('ten', started.export.id);
    expect(made).toMatchObject({ status: 'READY', progress: 1, format: 'BUNDLE_ZIP', errorMessage: null });
    expect(made.manifest).toMatchObject({ tenant: 'ten', audit_records_count: 1501, audit_records_exported: 1200, backup_included: false });
    expect(made.manifest.files['settings.json'].sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBeGreaterThan(3_500_000);

    const file = await get('ten', made.downloadUrl);
    const bytes = Buffer.from(await file.arrayBuffer());
    expect([file.status, file.headers.get('content-type'), String(bytes.length)]).toEqual([200, 'application/zip', made.byteSize]);
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${made.manifest.bundle_id}.zip"`);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(made.sha256);

    expect((await get('others', made.downloadUrl)).status).toBe(404);
    expect((await get('ten', made.downloadUrl, without('ADMIN'))).status).toBe(403);
    expect((await get('ten', '/api/v1/exports/..%2f..%2fetc')).status).toBe(404);
    expect(await settled('others', made.id)).toBeNull();
    const list = '{ exports { nodes { id } totalCount } }';
    expect((await ask('ten', list)).data.exports).toEqual({ nodes: [{ id: made.id }], totalCount: 1 });
    expect((await ask('others', list)).data.exports.totalCount).toBe(0);
    expect((await ask('ten', list, {}, without('ADMIN'))).data.exports).toBeNull();
    expect(readdirSync(folder)).toHaveLength(1);
    const [kept] = await context.owner.run(
      `select actor, details ->> 'auditLimit' as wanted from audit.entry where operation_name = 'EXPORT_CREATED' and tenant = 'ten'`,
    );
    expect(kept).toEqual({ actor: 'developer', wanted: '1200' });
  },
);

onEachDatabase('A10 one call is one file, few are made at a time, few are kept, and an older one makes room', async (context) => {
  const { create, settled, get, ask, folder } = await making(context);
  const once = { auditLimit: 0, idempotencyKey: 'once' };
  const [first, again] = [await create('few', once), await create('few', once)];
  expect(again.export.id).toBe(first.export.id);
  const { downloadUrl } = await settled('few', first.export.id);
  const several = [await create('few', { auditLimit: 0 }), await create('few', { auditLimit: 1 }), await create('few', { auditLimit: 2 })];
  expect(several.map(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code))).toEqual([[], [], ['CONFLICT']]);
  for (const one of several) if (one.export) await settled('few', one.export.id);
  for (let more = 0; more < 3; more++) await settled('few', (await create('few', { auditLimit: 0 })).export.id);
  const { data } = await ask('few', '{ exports { nodes { status } } }');
  expect(data.exports.nodes.map(({ status }: { status: string }) => status)).toEqual([...Array(5).fill('READY'), 'EXPIRED']);
  expect(readdirSync(folder)).toHaveLength(5);
  expect((await get('few', downloadUrl)).status).toBe(404);
});

onEachDatabase(
  'A10 who may not see people gets neither a backup nor a file that names them; what is too long fails and says so',
  async (context) => {
    const { create, settled, get, folder } = await making(context, 4_000);
    for (const [input, field] of [
      [{ includeBackup: true }, 'includeBackup'],
      [{ includeSensitive: true }, 'includeSensitive'],
    ] as const) {
      expect(await create('few', input, without('PII_READ'))).toEqual({
        export: null,
        userErrors: [{ code: 'FORBIDDEN', field: ['input', field] }],
      });
    }
    expect((await create('long', { auditLimit: -1 })).userErrors).toEqual([{ code: 'INVALID', field: ['input', 'auditLimit'] }]);
    const long = await settled('long', (await create('long', {})).export.id);
    expect(long).toMatchObject({ status: 'FAILED', errorMessage: 'The bundle is longer than 4000 bytes.', downloadUrl: null });
    expect(readdirSync(folder)).toEqual([]);
    const roomy = await making(context);
    const personal = await roomy.settled('few', (await roomy.create('few', { includeBackup: true })).export.id);
    expect(personal.manifest.files['database_backup.sql.gz'].bytes).toBeGreaterThan(100);
    expect((await roomy.get('few', personal.downloadUrl, without('PII_READ'))).status).toBe(403);
    expect((await get('few', personal.downloadUrl)).status).toBe(404); // a server without the folder of the one that made it
  },
);

onEachDatabase('A10 the progress of a file is told up to its end, and one whose server is gone has failed', async (context) => {
  const { create, schema, context: asking, settled } = await making(context);
  const { export: started } = await create('live', { auditLimit: 10 });
  const events = await subscribe({
    schema,
    document: parse('subscription ($id: ID!) { exportProgress(exportId: $id) { status progress } }'),
    variableValues: { id: started.id },
    contextValue: asking('live'),
  });
  const told: string[] = [];
  for await (const event of events as AsyncIterable<{ data: { exportProgress: { status: string; progress: number } } }>) {
    told.push(event.data.exportProgress.status);
  }
  expect(told.at(-1)).toBe('READY');
  expect(told.slice(0, -1).every((status) => ['PENDING', 'RUNNING'].includes(status))).toBe(true);
  await context.owner.run(`update access.export set status = 'RUNNING', touched_at = now() - interval '3 minutes' where tenant = 'live'`);
  expect(await settled('live', started.id)).toMatchObject({ status: 'FAILED', errorMessage: 'The server that made it has stopped.' });
  await context.owner.run(`update access.export set status = 'READY', expires_at = now() where tenant = 'live'`);
  expect(await settled('live', started.id)).toMatchObject({ status: 'EXPIRED', downloadUrl: null });
});
