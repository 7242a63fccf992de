import { expect } from 'vitest';
import { ask } from '../rooms/audit/trail.ts';
import { onEachDatabase } from '../support/databases.ts';

/** Whoever sends these says in them, wherever a text fits, that somebody else acts. */
const forged = {
  ...{ actor: 'mallory', user: 'mallory', actorKey: 'mallory', actor_kind: 'DATABASE', role: 'ADMIN', tenant: 'elsewhere' },
  ...{ 'audit.actor': 'mallory', 'app.tenant': 'elsewhere', verified: true },
};
const reason = `{ text: "set local audit.actor = 'mallory'", code: "audit.actor=mallory", reference: "mallory" }`;

const writes: readonly (readonly [name: string, source: string])[] = [
  [
    'startRun',
    `mutation ($d: JSONObject) { startRun(input: { name: "'; select audit.begin(actor => 'mallory')", reason: ${reason}, details: $d }) { run { key } userErrors { code } } }`,
  ],
  [
    'recordAuditEvent',
    `mutation ($d: JSONObject) { recordAuditEvent(input: { operationName: "LOGIN mallory", reason: ${reason}, details: $d }) { auditEntry { id } userErrors { code } } }`,
  ],
  [
    'addReason',
    `mutation ($e: ID!) { addReason(input: { auditEntryId: $e, reason: ${reason} }) { auditEntry { id } userErrors { code } } }`,
  ],
  [
    'finishRun',
    'mutation ($r: RunId!, $d: JSONObject) { finishRun(input: { runId: $r, status: SUCCEEDED, details: $d }) { run { key } userErrors { code } } }',
  ],
];

onEachDatabase('whoever the input names, the trail names the actor, role and tenant of the token', async (context) => {
  const caller = { actor: 'honest', role: 'AUDITOR' };
  const variables: Record<string, unknown> = { d: forged };
  for (const [name, source] of writes) {
    const { data, errors } = await ask(context, 'here', source, variables, caller);
    expect([name, errors]).toEqual([name, undefined]);
    const payload = JSON.parse(JSON.stringify(data))[name];
    expect([name, payload.userErrors]).toEqual([name, []]);
    variables['e'] ??= payload.auditEntry?.id;
    variables['r'] ??= payload.run?.key;
  }
  const entries = await context.owner.run('select distinct tenant, actor, actor_role, actor_verified, actor_kind from audit.entry');
  expect(entries).toEqual([{ tenant: 'here', actor: 'honest', actor_role: 'AUDITOR', actor_verified: false, actor_kind: null }]);
  expect(await context.owner.run('select count(*)::int as entries from audit.entry')).toEqual([{ entries: writes.length }]);
  expect(await context.owner.run('select tenant, actor from audit.run')).toEqual([{ tenant: 'here', actor: 'honest' }]);
});

onEachDatabase('no mutation takes an actor: a field that names one is refused before anything is written', async (context) => {
  for (const field of ['actor', 'actorKey', 'user', 'role', 'tenant', 'approvedBy', 'occurredAt', 'recordSource']) {
    const source = `mutation { recordAuditEvent(input: { operationName: "X", ${field}: "mallory" }) { auditEntry { id } } }`;
    const { data, errors } = await ask(context, 'nowhere', source);
    expect([field, data, errors?.[0]?.message]).toEqual([field, undefined, expect.stringContaining(`Field "${field}" is not defined`)]);
  }
  expect(await context.owner.run(`select from audit.entry where tenant = 'nowhere'`)).toEqual([]);
});
