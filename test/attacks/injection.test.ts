import { expect } from 'vitest';
import { formatError } from '../../src/server/format-error.ts';
import { openLog } from '../../src/shared/log.ts';
import { ask } from '../rooms/audit/trail.ts';
import { onEachDatabase, type TestDatabase } from '../support/databases.ts';
import { bareSchema } from '../support/schema.ts';
import { type Leaf, leavesOf } from './argument-leaves.ts';
import { alpha, argumentsOf, furnish } from './two-tenants.ts';

const id = (plain: string) => Buffer.from(plain).toString('base64url');
const attacks = [
  ...[`'`, `"`, `\\`, `\\'`, `';`, `' or '1'='1`, `' or 1=1 --`, `'); drop table commerce.orders; --`, `'; drop schema audit cascade; --`],
  ...[`$1`, `$$ select 1 $$`, `\${tenant}`, `:tenant`, `?`, `/* x */`, `*/ select 1 /*`, `%`, `%%`, `_%_`, `\\%`, `%s%n%x`, `%1$s`],
  ...[
    `$.*`,
    `$[*] ? (@ == @)`,
    `{"a":1}`,
    `{NULL}`,
    `{"`,
    `(a+)+$`,
    `${'('.repeat(200)}${'a*'.repeat(200)}`,
    `.*`,
    `a & !b | (c`,
    `a:*`,
    `<->`,
  ],
  ...['a\0b', '\ud800', '\udfff x', '\u202e', '\ufeff', '\u{10ffff}', `x${'y'.repeat(20_000)}`, 'e\u0301'.repeat(3_000)],
  ...[
    id('Order:1'),
    id('Nothing:1'),
    id("Order:' or 1=1"),
    id('Order:99999999999999999999'),
    id('Record:public.parcels:" or'),
    id('Record:pg_authid:1'),
  ],
  ...[id('Record:audit.entry:[1,2]'), id('AuditEntry:1 or 1=1'), id('Anomaly:x|1|2|3'), id('Actor:%'), id('EntityVersion:1:1')],
  ...[
    'public.parcels; drop table public.parcels',
    'pg_catalog.pg_authid',
    'audit.entry',
    '__proto__',
    'constructor',
    '-1',
    '1e999',
    'NaN',
    'infinity',
  ],
  ...['2026-01-01T00:00:00Z; select', '10.0.0.0/8; --', '::/777', '0.0.0.0/99'],
];
/** Where a text of ours is looked for: nothing of the data holds one of the attacks, so nothing may be found. */
const looks =
  /\.(eq|in|contains|startsWith|text|entityId|actorId|runId|requestId|sessionId|transactionId|id|ids|key|email|sku|number|reference|tableName)$/;
/** Details are searched as the JSON text that they are: its quotes are there to be found. */
const isHonest = (path: string, attack: string) => path === 'Query.auditEntries.filter.text' && ['"', '{"'].includes(attack);

const schema = bareSchema();
const log = openLog('silent');

interface Found {
  readonly attack: string;
  readonly code: string | null;
  readonly rows: number;
}

/** What each attack came to at one place of the schema. */
async function attacked(context: TestDatabase, leaf: Leaf, texts: readonly string[]): Promise<Found[]> {
  const variables = Object.fromEntries(texts.map((text, at) => [`v${at}`, leaf.value(text)]));
  const { data, errors = [] } = await ask(context, alpha.name, leaf.document(texts.length), variables);
  const codes = errors.map((error) => ({
    at: error.path?.find((part) => /^a\d+$/.test(String(part))),
    error: formatError(error, { requestId: 'r' }, log),
  }));
  // A variable that is no value of its type refuses the whole document: the attacks go one by one.
  if (texts.length > 1 && (codes.some(({ at }) => at === undefined) || data === null)) {
    const found: Found[] = [];
    for (const text of texts) found.push(...(await attacked(context, leaf, [text])));
    return found;
  }
  return texts.map((attack, at) => {
    const failed = codes.find((code) => code.at === undefined || code.at === `a${at}`);
    const code = failed === undefined ? null : String(failed.error.extensions?.['code']);
    return { attack, code, rows: rowsIn(at0(data, `a${at}`)) };
  });
}

/** The value under an alias, however deep it stands. */
function at0(value: unknown, alias: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (alias in value) return (value as Record<string, unknown>)[alias];
  for (const inner of Object.values(value)) {
    const found = at0(inner, alias);
    if (found !== undefined) return found;
  }
  return undefined;
}

function rowsIn(value: unknown): number {
  if (Array.isArray(value)) return value.filter((item) => item !== null).length;
  if (typeof value !== 'object' || value === null) return 0;
  const { nodes } = value as { nodes?: unknown[] };
  return Array.isArray(nodes) ? nodes.length : 1;
}

/** Rows of every table, without those that mutations append. */
async function everyTable({ owner }: TestDatabase): Promise<unknown> {
  const tables = await owner.run<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v') and n.nspname in ('commerce', 'public', 'audit', 'access', 'sources', 'whence') order by 1`);
  const appended = new Set(['audit.entry', 'audit.shown_entry', 'audit.run', 'access.idempotency_key']);
  const counts = [];
  for (const { name } of tables) {
    const isAppended = appended.has(name) || /^audit\.entry_/.test(name);
    const hash = isAppended ? 'null' : `md5(coalesce(string_agg(t::text, ',' order by t::text), ''))`;
    counts.push({ name, ...(await owner.run(`select ${hash} as hash from ${name} t`))[0] });
  }
  return counts;
}

onEachDatabase(
  'whatever is put into an argument is a value: no fault of the server, no row more, nothing changed',
  async (context) => {
    await furnish(context);
    const leaves = leavesOf(schema, argumentsOf(alpha));
    expect(leaves.length).toBeGreaterThan(100);
    expect(leaves.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'Query.auditEntries.filter.entityKey.startsWith',
        'Query.node.id',
        'Product.why.field',
        'Mutation.addReason.input.reason.text',
      ]),
    );
    const before = await everyTable(context);
    const faults: unknown[] = [];
    for (const [place, leaf] of leaves.entries()) {
      // All of them everywhere takes minutes and finds no more: each place is tried with every sixth, its neighbours with the others,
      // and on the other database with three further on.
      const shift = context.kind === 'pglite' ? 0 : 3;
      const texts = attacks.filter((_, at) => (at + place + shift) % 6 === 0);
      for (let from = 0; from < texts.length; from += 20) {
        for (const { attack, code, rows } of await attacked(context, leaf, texts.slice(from, from + 20))) {
          const isExtra = rows > 0 && looks.test(leaf.path) && !leaf.path.startsWith('Mutation.') && !isHonest(leaf.path, attack);
          if (code === 'INTERNAL_SERVER_ERROR' || code === 'undefined' || isExtra)
            faults.push([leaf.path, attack.slice(0, 40), code, rows]);
        }
      }
    }
    expect(faults).toEqual([]);
    expect(await everyTable(context)).toEqual(before);
  },
  { fresh: true, timeoutMs: 180_000 },
);

onEachDatabase(
  'what is written into the trail is the text that was given, letter by letter',
  async (context) => {
    const fit = attacks.filter((text) => !/[\0\p{Surrogate}]/u.test(text) && text.length < 1_000 && text.trim() !== '');
    const source = `mutation ($text: String!, $details: JSONObject) {
      recordAuditEvent(input: { operationName: "SAID", details: $details, reason: { text: $text } }) { auditEntry { details reason { text } } userErrors { code } }
    }`;
    for (const text of fit) {
      const { data, errors } = await ask(context, 'said', source, { text, details: { said: text } });
      expect(errors).toBeUndefined();
      expect(JSON.parse(JSON.stringify(data)).recordAuditEvent).toEqual({
        auditEntry: { details: { said: text }, reason: { text } },
        userErrors: [],
      });
    }
  },
  { timeoutMs: 60_000 },
);
