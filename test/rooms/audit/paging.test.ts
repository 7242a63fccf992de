import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { endedRun, openBusyTrail, openedRun } from './busy-trail.ts';
import { answer, codeOf, openTrail } from './trail.ts';

interface Connection {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: {
    readonly endCursor: string | null;
    readonly startCursor: string | null;
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
  };
  readonly totalCount: number;
}
const connection = 'edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } totalCount';

async function page(context: TestDatabase, tenant: string, args: string): Promise<Connection> {
  const { auditEntries } = await answer<{ auditEntries: Connection }>(context, tenant, `{ auditEntries(${args}) { ${connection} } }`);
  return auditEntries;
}
const idsOf = ({ edges }: Connection) => edges.map(({ node }) => node.id);

/** A transaction that stays open until it is told to end; its entries have ids between those of others. PostgreSQL only. */
async function lateWriter({ source }: TestDatabase, tenant: string): Promise<{ commit: () => Promise<void> }> {
  let commit: () => void = () => {};
  const told = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let begun: () => void = () => {};
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const written = source.write({ tenant, actor: 'late' }, async (tx) => {
    await tx.run(sql`select audit.log_event('LATE')`);
    begun();
    await told;
  });
  await started;
  return {
    commit: async () => {
      commit();
      await written;
    },
  };
}

for (const direction of ['DESC', 'ASC'] as const) {
  onEachDatabase(`pages forward and backward hold every entry once, ${direction}`, async (context) => {
    const tenant = `pages ${direction}`;
    await openBusyTrail(context, tenant);
    const all = await page(context, tenant, `first: 500, direction: ${direction}`);
    expect(all).toMatchObject({ totalCount: all.edges.length, pageInfo: { hasNextPage: false, hasPreviousPage: false } });
    const forward: string[] = [];
    for (let after = ''; ; ) {
      const got = await page(context, tenant, `first: 7, direction: ${direction}${after}`);
      forward.push(...idsOf(got));
      expect(got.totalCount).toBe(all.totalCount);
      expect(got.pageInfo.hasPreviousPage).toBe(after !== '');
      if (!got.pageInfo.hasNextPage) break;
      after = `, after: "${got.pageInfo.endCursor}"`;
    }
    expect(forward).toEqual(idsOf(all));
    const backward: string[] = [];
    for (let before = ''; ; ) {
      const got = await page(context, tenant, `last: 5, direction: ${direction}${before}`);
      backward.unshift(...idsOf(got));
      expect(got.pageInfo.hasNextPage).toBe(before !== '');
      if (!got.pageInfo.hasPreviousPage) break;
      before = `, before: "${got.pageInfo.startCursor}"`;
    }
    expect(backward).toEqual(idsOf(all));
    const [third, tenth] = [all.edges[2]?.cursor, all.edges[9]?.cursor];
    expect(idsOf(await page(context, tenant, `direction: ${direction}, after: "${third}", before: "${tenth}"`))).toEqual(
      idsOf(all).slice(3, 9),
    );
    expect(await page(context, tenant, `first: 3, direction: ${direction}, after: "${all.edges.at(-1)?.cursor}"`)).toMatchObject({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null },
    });
  });
}

onEachDatabase(
  'an entry that commits late is on no later page and moves none; a new first page has it',
  async (context) => {
    const tenant = 'late';
    await openTrail(context, tenant);
    for (let round = 0; round < 4; round++) {
      for (const direction of ['DESC', 'ASC']) {
        const writers = [await lateWriter(context, tenant)];
        await context.source.write({ tenant, actor: 'ann' }, (tx) => tx.run(sql`select audit.log_event('IN_TIME')`));
        const expected = idsOf(await page(context, tenant, `first: 500, direction: ${direction}`));
        const got = await page(context, tenant, `first: 2, direction: ${direction}`);
        const seen = [...idsOf(got)];
        let { endCursor, hasNextPage } = got.pageInfo;
        while (hasNextPage) {
          if (writers.length < 3) writers.push(await lateWriter(context, tenant));
          await writers[seen.length % writers.length]?.commit(); // a second commit of the same one is none
          await context.source.write({ tenant, actor: 'bob' }, (tx) => tx.run(sql`select audit.log_event('AFTERWARDS')`));
          const next = await page(context, tenant, `first: 2, direction: ${direction}, after: "${endCursor}"`);
          expect(next.totalCount).toBe(expected.length);
          seen.push(...idsOf(next));
          ({ endCursor, hasNextPage } = next.pageInfo);
        }
        for (const writer of writers) await writer.commit();
        expect(seen).toEqual(expected);
      }
    }
    const fresh = await page(context, tenant, 'first: 500');
    expect(fresh.totalCount).toBeGreaterThan(20);
  },
  { only: 'postgresql' },
);

onEachDatabase('entries written between two pages are on a new first page only', async (context) => {
  const tenant = 'between';
  await openTrail(context, tenant);
  const first = await page(context, tenant, 'first: 2, direction: ASC');
  await context.source.write({ tenant, actor: 'ann' }, (tx) => tx.run(sql`select audit.log_event('LATER')`));
  const rest = await page(context, tenant, `first: 10, direction: ASC, after: "${first.pageInfo.endCursor}"`);
  expect(first.edges.length + rest.edges.length).toBe(first.totalCount);
  expect((await page(context, tenant, 'first: 1')).totalCount).toBe(first.totalCount + 1);
});

onEachDatabase(
  'entries of an older epoch are seen whatever their transaction id',
  async (context) => {
    const tenant = 'restored';
    await openTrail(context, tenant);
    // What a restore leaves behind: transaction ids far above this cluster's.
    await context.owner.run(`insert into audit.entry (tenant, operation, operation_name, xid)
    select 'restored', 'EVENT', 'FROM_ELSEWHERE', '900000000000' from generate_series(1, 4)`);
    const before = await page(context, tenant, 'first: 3');
    expect((await page(context, tenant, `first: 3, after: "${before.pageInfo.endCursor}"`)).edges.length).toBeLessThan(5);
    await context.owner.run(`select audit.ensure_epoch()`);
    const first = await page(context, tenant, 'first: 3');
    const rest = await page(context, tenant, `first: 100, after: "${first.pageInfo.endCursor}"`);
    expect(first.edges.length + rest.edges.length).toBe(first.totalCount);
    // They share a number with each other, but no transaction.
    const { auditEntries } = await answer(
      context,
      tenant,
      `{ auditEntries(filter: { operationName: { eq: "FROM_ELSEWHERE" } }) { nodes { causes { id } effects { id } } } }`,
    );
    expect(auditEntries.nodes).toEqual(Array(4).fill({ causes: [], effects: [] }));
  },
  { fresh: true },
);

onEachDatabase('the entries of runs are pages of their own, oldest first', async (context) => {
  const tenant = 'run pages';
  await openBusyTrail(context, tenant);
  const { run } = await answer(
    context,
    tenant,
    `query ($runId: RunId!) { run(runId: $runId) { entryCount entries(first: 2) { ${connection} } } }`,
    { runId: openedRun },
  );
  expect(run).toMatchObject({ entryCount: 5, entries: { totalCount: 5, pageInfo: { hasNextPage: true, hasPreviousPage: false } } });
  const rest = await answer(
    context,
    tenant,
    `query ($runId: RunId!, $after: String) { run(runId: $runId) { entries(after: $after) { nodes { operationName operation } pageInfo { hasNextPage hasPreviousPage } } } }`,
    { runId: openedRun, after: run.entries.pageInfo.endCursor },
  );
  expect(rest.run.entries).toMatchObject({
    nodes: [{ operation: 'UPDATE' }, { operation: 'UPDATE' }, { operationName: 'BATCH_END' }],
    pageInfo: { hasNextPage: false, hasPreviousPage: true },
  });
  const last = await answer(
    context,
    tenant,
    `query ($runId: RunId!) { run(runId: $runId) { entries(last: 1, filter: { operation: { eq: EVENT } }) { nodes { operationName } pageInfo { hasPreviousPage } } } }`,
    { runId: endedRun },
  );
  expect(last.run.entries).toEqual({ nodes: [{ operationName: 'BULK_UPDATE_END' }], pageInfo: { hasPreviousPage: true } });
});

onEachDatabase('a cursor leads both ways, whichever way its page was read', async (context) => {
  await openTrail(context, 'turning');
  const all = idsOf(await page(context, 'turning', 'first: 500, direction: ASC'));
  const turning = await page(context, 'turning', 'first: 3, direction: ASC');
  const after = `after: "${turning.pageInfo.endCursor}"`;
  expect(idsOf(await page(context, 'turning', `${after}, direction: DESC`))).toEqual(all.slice(0, 2).toReversed());
  expect(idsOf(await page(context, 'turning', `${after}, direction: ASC`))).toEqual(all.slice(3));
});

onEachDatabase('a cursor of another list or tenant, and a damaged one, is refused', async (context) => {
  await openTrail(context, 'cursors');
  const { pageInfo } = await page(context, 'cursors', 'first: 2');
  const cursor = pageInfo.endCursor ?? '';
  const code = (tenant: string, query: string) => codeOf(context, tenant, query);
  expect(await code('cursors', `{ auditEntries(after: "${cursor}") { nodes { id } } }`)).toBeUndefined();
  expect(await code('other', `{ auditEntries(after: "${cursor}") { nodes { id } } }`)).toBe('CURSOR_INVALID');
  expect(await code('cursors', `{ auditEntries(after: "${cursor.slice(0, -1)}A") { nodes { id } } }`)).toBe('CURSOR_INVALID');
  expect(await code('cursors', `{ runs(after: "${cursor}") { nodes { id } } }`)).toBe('CURSOR_INVALID');
  for (const args of ['first: -1', 'first: 501', 'first: 1, last: 1'])
    expect(await code('cursors', `{ auditEntries(${args}) { nodes { id } } }`)).toBe('BAD_USER_INPUT');
  expect((await page(context, 'cursors', 'first: 0')).edges).toEqual([]);
});
