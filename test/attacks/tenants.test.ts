import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { ask } from '../rooms/audit/trail.ts';
import { onEachDatabase, type TestDatabase } from '../support/databases.ts';
import { bareSchema } from '../support/schema.ts';
import { rootQueries } from './schema-walk.ts';
import { alpha, argumentsOf, beta, fill, furnish, other, type Tenant } from './two-tenants.ts';

const schema = bareSchema();
const furnished = new WeakMap<TestDatabase, Promise<void>>();
const options = { timeoutMs: 120_000 };

async function both(context: TestDatabase): Promise<void> {
  let made = furnished.get(context);
  if (!made) {
    made = furnish(context);
    furnished.set(context, made);
  }
  await made;
}

/** What an answer says. Cursors hold what the log looked like when they were made, so they differ from one request to the next. */
async function told(context: TestDatabase, tenant: Tenant, source: string, variables: Record<string, unknown> = {}): Promise<string> {
  const { data, errors } = await ask(context, tenant.name, source, variables);
  const codes = errors?.map(({ message, path, originalError }) => ({
    message,
    path,
    code: (originalError as { code?: string } | null)?.code,
  }));
  return JSON.stringify({ data, errors: codes }).replaceAll(/"(cursor|startCursor|endCursor)":"[\w-]+"/g, '"$1":"..."');
}

/** Every question of the schema as one tenant asks it, and what it is told. */
async function everything(context: TestDatabase, tenant: Tenant): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const source of rootQueries(schema, { depth: 1, arguments: argumentsOf(tenant) }).values()) {
    answers.set(source, await told(context, tenant, source));
  }
  return answers;
}

onEachDatabase(
  'of 400 requests of two tenants that cross each other every answer holds its own data alone',
  async (context) => {
    await both(context);
    const asked = await Promise.all(
      [alpha, beta].map(async (tenant) => [...(await everything(context, tenant))].map(([source, alone]) => ({ tenant, source, alone }))),
    );
    for (const { tenant, source, alone } of asked.flat()) {
      expect([source, alone.includes(other(tenant).mark)]).toEqual([source, false]);
      expect([source, JSON.parse(alone).errors]).toEqual([source, undefined]);
    }
    const marked = asked.map((questions, at) => questions.filter(({ alone }) => alone.includes([alpha, beta][at]?.mark ?? '')));
    expect(Math.min(...marked.map(({ length }) => length))).toBeGreaterThan(12);

    const requests = Array.from({ length: 400 }, (_, at) => marked[at % 2]?.[(at >> 1) % (marked[at % 2]?.length ?? 1)]);
    let next = 0;
    const worker = async () => {
      for (let request = requests[next++]; request; request = requests[next++]) {
        expect(await told(context, request.tenant, request.source)).toBe(request.alone);
      }
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    expect(next).toBeGreaterThanOrEqual(400);
  },
  options,
);

/** At most three of each kind. */
function someOfEach<T>(items: readonly T[], kindOf: (item: T) => unknown): T[] {
  const seen = new Map<unknown, number>();
  return items.filter((item) => {
    const before = seen.get(kindOf(item)) ?? 0;
    seen.set(kindOf(item), before + 1);
    return before < 3;
  });
}

/** Every text in an answer. */
function textsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') found.add(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) textsIn(inner, found);
  return found;
}

onEachDatabase(
  'every id, cursor, run and key that one tenant knows is to the other as if it were made up',
  async (context) => {
    await both(context);
    const texts = new Set<string>();
    for (const source of rootQueries(schema, { depth: 2, arguments: { ...argumentsOf(alpha), first: '2' } }).values()) {
      textsIn((await ask(context, alpha.name, source)).data, texts);
    }
    const decoded = [...texts].map((text) => ({ text, plain: Buffer.from(text, 'base64url').toString() }));
    // Tables that hold rows of every tenant are shared, and so are their ids.
    const ids = someOfEach(
      decoded.filter(({ plain }) => /^(?!TrackedTable)[A-Z][A-Za-z]+:/.test(plain)),
      ({ plain }) => plain.split(':')[0],
    );
    const cursors = someOfEach(
      decoded.filter(({ plain }) => /\["[a-z]+\.[\w.]+",\d+,/.test(plain)),
      ({ plain }) => /"[a-z.]+"/i.exec(plain)?.[0],
    );
    const runs = [...texts].filter((text) => /^run_\d{8}_\d{6}_[0-9a-f]{8}$/.test(text));
    const keys = [...texts].filter((text) => text.startsWith(`${alpha.mark}-0-`));
    expect([ids.length > 15, cursors.length > 6, runs.length, keys.length > 4]).toEqual([true, true, 1, true]);

    const nobodysRun = 'run_20260101_000000_00000000';
    for (const { text: id, plain } of ids) {
      const type = plain.slice(0, plain.indexOf(':'));
      const key = plain.slice(type.length + 1);
      // An id of the same kind that nobody was given.
      const nobodysKey = type === 'Run' ? nobodysRun : key.replaceAll(/\b\d+\b(?!-\d\d)/g, '987654321').replaceAll(alpha.mark, 'Qnobodyq');
      const madeUp = Buffer.from(`${type}:${nobodysKey}`).toString('base64url');
      for (const source of [
        `query ($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { __typename id }
          order(by: { id: $id }) { id } customer(by: { id: $id }) { id } user(by: { id: $id }) { id } product(by: { id: $id }) { id } payment(by: { id: $id }) { id }
          about: auditEntries(filter: { entityId: $id }) { totalCount } by: auditEntries(filter: { actorId: $id }) { totalCount } }`,
        'mutation ($id: ID!) { addReason(input: { auditEntryId: $id, reason: { text: "x" } }) { auditEntry { id } userErrors { code message } } }',
        'mutation ($id: ID!) { recordAuditEvent(input: { operationName: "X", entityId: $id }) { auditEntry { entityKey } userErrors { code message } } }',
      ]) {
        const theirs = await told(context, beta, source, { id });
        const nobodys = await told(context, beta, source, { id: madeUp });
        const plainly = (text: string, of: string, named: string) => text.replaceAll(of, 'ID').replaceAll(named, 'KEY');
        expect([plain, source, plainly(theirs, id, key)]).toEqual([plain, source, plainly(nobodys, madeUp, nobodysKey)]);
        expect(theirs).not.toContain(alpha.mark);
      }
    }

    const lists = ['auditEntries', 'customers', 'orders', 'payments', 'products', 'users', 'runs'];
    for (const { text: cursor } of cursors) {
      const pages = lists.flatMap((list) => [`${list}A: ${list}(first: 1, after: $cursor)`, `${list}B: ${list}(last: 1, before: $cursor)`]);
      const { errors } = await ask(
        context,
        beta.name,
        `query ($cursor: String!) { ${pages.map((page) => `${page} { nodes { __typename } }`).join(' ')} }`,
        { cursor },
      );
      expect(errors?.map(({ originalError }) => (originalError as { code?: string } | null)?.code)).toEqual(
        pages.map(() => 'CURSOR_INVALID'),
      );
      for (const { message } of errors ?? []) expect(message).toMatch(/It is damaged, forged or of another tenant\.$/);
    }

    for (const key of [...keys, `${alpha.mark}-0-r`, `${alpha.mark}-0-s`]) {
      const filters = ['entityKey: { eq: $key }', 'requestId: $key', 'sessionId: $key', 'text: $key', 'actorName: { eq: $key }'];
      for (const source of [
        `query ($key: String!) { ${filters.map((filter, at) => `f${at}: auditEntries(filter: { ${filter} }) { totalCount }`).join(' ')}
          search(text: $key) { nodes { label } } order(by: { number: $key }) { id } customer(by: { key: $key }) { id } user(by: { key: $key }) { id }
          product(by: { sku: $key }) { id } payment(by: { reference: $key }) { id } }`,
        'mutation ($key: String!) { recordAuditEvent(input: { operationName: "X", entityType: PRODUCT, entityKey: $key }) { auditEntry { id } userErrors { code message } } }',
      ]) {
        expect([source, await told(context, beta, source, { key })]).toEqual([
          source,
          await told(context, beta, source, { key: 'Qnobodyq-0-x' }),
        ]);
      }
    }
    const record = 'query ($key: JSONObject!) { record(tableName: "public.parcels", key: $key) { id } }';
    expect(await told(context, beta, record, { key: { id: alpha.base } })).toBe(await told(context, beta, record, { key: { id: 424242 } }));

    const [runId] = runs;
    for (const source of [
      'query ($runId: RunId!) { run(runId: $runId) { name entryCount } }',
      'query ($runId: RunId!) { auditEntries(filter: { runId: $runId }) { totalCount } }',
      'mutation ($runId: RunId!) { finishRun(input: { runId: $runId, status: FAILED }) { run { status } userErrors { code message } } }',
    ]) {
      expect((await told(context, beta, source, { runId })).replaceAll(runId ?? '', nobodysRun)).toBe(
        await told(context, beta, source, { runId: nobodysRun }),
      );
    }
    const again =
      'mutation ($key: String!) { startRun(input: { name: "mine", idempotencyKey: $key }) { run { name } userErrors { code } } }';
    expect(await told(context, beta, again, { key: `${alpha.mark}-0-once` })).toBe(
      '{"data":{"startRun":{"run":{"name":"mine"},"userErrors":[]}}}',
    );
    // What the other tenant tried left no trace.
    expect(await context.owner.run(`select status from audit.run where tenant = 'alpha'`)).toEqual([{ status: 'RUNNING' }]);
    expect(
      await context.owner.run(
        `select from audit.entry where tenant = 'alpha' and actor = 'developer' and operation_name in ('X', 'REASON_ADDED')`,
      ),
    ).toEqual([]);
  },
  options,
);

onEachDatabase(
  'counts, sums, searches and anomalies of one tenant stay as they are while the other writes',
  async (context) => {
    await both(context);
    const before = await everything(context, beta);
    for (let round = 1; round <= 4; round++) await fill(context, alpha, round);
    expect(await everything(context, beta)).toEqual(before);
  },
  options,
);

onEachDatabase(
  'without a tenant no relation that has one gives a row, whichever connection asks, also a new one',
  async (context) => {
    await both(context);
    const relations = await context.owner.run<{ name: string; owner: string; kind: string; guarded: boolean; readable: boolean }>(`
    select c.oid::regclass::text as name, a.attname as owner, c.relkind::text as kind, c.relrowsecurity as guarded, (select count(*) from pg_attribute x where x.attrelid = c.oid and x.attnum > 0
        and has_column_privilege('whence_app', c.oid, x.attnum, 'select')) > 0 as readable
      from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where a.attname in ('tenant', 'tenant_hk') and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f')
       and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
     order by 1`);
    const names = relations.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'audit.entry',
        'audit.shown_entry',
        'audit.run',
        'audit.tracked_table',
        'commerce.users',
        'access.idempotency_key',
        'script_tracking.script_execution_s',
        'audit.execution_rollup',
      ]),
    );
    const readable = relations.filter(({ readable }) => readable);
    // A table that the server may read is guarded by row level security; a view is tried below.
    expect(readable.filter(({ kind, guarded }) => !guarded && kind !== 'v')).toEqual([]);
    const noRows = async () => {
      for (const { name, owner } of readable) {
        const count = sql.raw(`select count(*)::int as count from ${name} where ${owner} is not null`);
        for (const tenant of ['', ' ', 'nobody', 'Alpha'])
          expect([name, tenant, ...(await context.database.read(tenant, count))]).toEqual([name, tenant, { count: 0 }]);
      }
    };
    // Each has rows for who says the tenant, so that none is empty by chance.
    await context.owner.run(`insert into audit.verified_actor (tenant, xid, actor, first_entry, last_entry) values ('alpha', pg_current_xact_id(), 'a', 1, 1);
    insert into access.export (tenant, format, is_personal, actor) values ('alpha', 'BUNDLE_ZIP', false, 'a'), ('beta', 'BUNDLE_ZIP', false, 'b');
    select audit.write_reads('[{"age_ms": 0, "tenant": "alpha", "actor": "a", "actor_verified": false, "fields": ["x"], "entity_type": "ORDER",
      "keys": ["1"], "row_count": 1, "is_allowed": true}]');
    update commerce.products set sku = sku || '-renamed' where tenant = 'alpha';
    insert into audit.deletion (tenant, table_key, record_key, entry_id) values ('alpha', 1, '1', 1);
    insert into audit.kept_row select 'alpha', table_key, '1', 1, true, '{}' from audit.tracked_table limit 1`);
    // What the background worker would do, and a part that it has still to do.
    await context.owner.run(
      `select from audit.feed_step(array['alpha'], null, null, 1, interval '30 s'); select script_tracking.roll_up(1, 1)`,
    );
    for (const { name, owner } of readable.filter(({ name }) => !/tracked_table|file_import/.test(name))) {
      const own = owner === 'tenant' ? "'alpha'" : "script_tracking.tenant_key('alpha')";
      const [row] = await context.database.read(
        'alpha',
        sql.raw(`select count(*)::int as count, count(*) filter (where ${owner} <> ${own})::int as others from ${name}`),
      );
      expect([name, Number(row?.['count']) > 0, row?.['others']]).toEqual([name, true, 0]);
    }
    await noRows();
    if (context.kind === 'postgresql') {
      await context.owner.run(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await noRows();
    }
  },
  options,
);
