import { expect } from 'vitest';
import { AccessService, newApiKey } from '../../../src/rooms/access/access.service.ts';
import { createKey, listKeys, revokeKey } from '../../../src/rooms/access/api-key.queries.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';

async function keyOf({ owner }: TestDatabase, tenant: string, name: string, days: number | null = null) {
  const made = newApiKey();
  const rows = await owner.run(createKey({ ...made, tenant, name, role: 'SERVICE', scopes: ['AUDIT_READ'], days }));
  return { ...made, isMade: rows.length === 1 };
}

const refusal = (access: AccessService, apiKey: string) =>
  access.callerOf({ apiKey }).then(
    () => 'taken',
    (error) => error.code as string,
  );

onEachDatabase('an API key says whose data may be seen and what may be done, as X-API-Key and as a bearer token', async (context) => {
  const access = new AccessService(context.database, false, null);
  const { key, id } = await keyOf(context, 'acme', 'dashboard');
  const scopes = new Set(['AUDIT_READ']);
  const expected = { tenant: 'acme', actor: 'dashboard', role: 'SERVICE', scopes, isVerified: true, session: id };
  expect(await access.callerOf({ apiKey: key })).toEqual(expected);
  expect(await access.callerOf({ authorization: `Bearer ${key}` })).toEqual(expected);
  expect(await access.callerOf({ authorization: `bearer  ${key}`, customerId: 'acme' })).toEqual(expected);
});

onEachDatabase('an API key that is wrong by a letter, of another id, expired or revoked is refused', async (context) => {
  const { owner, database } = context;
  const { key, id } = await keyOf(context, 'acme', 'report');
  const other = await keyOf(context, 'acme', 'other');
  const fresh = () => new AccessService(database, false, null);
  const last = key.at(-1) === 'A' ? 'E' : 'A';
  expect(await refusal(fresh(), `${key.slice(0, -1)}${last}`)).toBe('UNAUTHENTICATED');
  expect(await refusal(fresh(), key.replace(id, other.id))).toBe('UNAUTHENTICATED');
  expect(await refusal(fresh(), 'whk_')).toBe('UNAUTHENTICATED');
  expect(await refusal(fresh(), `whk_${id}_' or true --`)).toBe('UNAUTHENTICATED');
  expect(await refusal(fresh(), key)).toBe('taken');
  expect(await owner.run(revokeKey(id))).toHaveLength(1);
  expect(await owner.run(revokeKey(id))).toHaveLength(0);
  expect(await refusal(fresh(), key)).toBe('UNAUTHENTICATED');
  const brief = await keyOf(context, 'acme', 'brief', 1);
  expect(await refusal(fresh(), brief.key)).toBe('taken');
  await owner.run(`update access.api_key set expires_at = now() - interval '1 second' where id = '${brief.id}'`);
  expect(await refusal(fresh(), brief.key)).toBe('UNAUTHENTICATED');
});

onEachDatabase('a name is free again when its key is revoked, and lists show no secret', async (context) => {
  const { owner } = context;
  const first = await keyOf(context, 'globex', 'bi');
  expect((await keyOf(context, 'globex', 'bi')).isMade).toBe(false);
  expect((await keyOf(context, 'initech', 'bi')).isMade).toBe(true);
  await owner.run(revokeKey(first.id));
  const second = await keyOf(context, 'globex', 'bi');
  expect(second.isMade).toBe(true);
  const listed = await owner.run(listKeys('globex'));
  expect(listed.map((row) => row['id']).toSorted()).toEqual([first.id, second.id].toSorted());
  expect(JSON.stringify(listed)).not.toContain(second.secretHash);
});

onEachDatabase('the server cannot read the keys, only ask for one', async ({ database }) => {
  const { sql } = await import('drizzle-orm');
  await expect(database.read('acme', sql`select id from access.api_key`)).rejects.toThrow();
});

onEachDatabase('without tokens everybody is the one fixed caller; another tenant cannot be claimed', async ({ database }) => {
  const access = new AccessService(database, true, null);
  expect(await access.callerOf({ authorization: 'Bearer x' })).toBe(fixedCaller);
  await expect(access.callerOf({ customerId: 'acme' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

onEachDatabase('with tokens nobody gets in without one, with two, or as another tenant', async (context) => {
  const access = new AccessService(context.database, false, null);
  const { key } = await keyOf(context, 'acme', 'gate');
  await expect(access.callerOf({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(access.callerOf({ authorization: 'Basic YTpi' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(access.callerOf({ authorization: `Bearer ${key}`, apiKey: key })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(access.callerOf({ authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(access.callerOf({ apiKey: key, customerId: 'globex' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
