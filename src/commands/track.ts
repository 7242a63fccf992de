import { type Command, type Invocation, UsageError } from './command.ts';
import { textOf } from './option.ts';
import { withOwner } from './owner.ts';

export const track: Command = {
  name: 'track',
  summary: "Capture a table's changes from now on, or change how they are captured.",
  usage: `whence track TABLE [OPTIONS]

TABLE has a primary key and is named with its schema, e.g. public.shipments. Tracking it again replaces its options.

  --tenant-column COLUMN    whose a row is; tenant or tenant_id when left out
  --tenant TENANT           whose all rows are, instead of a column
  --ignore COLUMNS          never stored (names with commas between)
  --mask COLUMNS            stored as ***
  --personal COLUMNS        personal data, kept apart so that it can be erased
  --reason-required COLUMNS a change of these should say why
  --truncate keep|refuse    keep the rows that TRUNCATE removes (default), or refuse it
  --status-column COLUMN    holds a status
  --transition FROM:TO      an allowed step of the status; may be repeated

Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.`,
  options: {
    'tenant-column': { type: 'string' },
    tenant: { type: 'string' },
    ignore: { type: 'string' },
    mask: { type: 'string' },
    personal: { type: 'string' },
    'reason-required': { type: 'string' },
    truncate: { type: 'string' },
    'status-column': { type: 'string' },
    transition: { type: 'string', multiple: true },
  },
  positionals: [1, 1],
  async run({ positionals: [tableName = ''], options, environment, out }) {
    const { track: trackTable } = await import('../rooms/audit/tracking.queries.ts');
    const statement = trackTable({
      tableName,
      tenantColumn: textOf(options, 'tenant-column'),
      tenant: textOf(options, 'tenant'),
      ignoredColumns: listOf(options, 'ignore'),
      maskedColumns: listOf(options, 'mask'),
      personalColumns: listOf(options, 'personal'),
      reasonRequiredColumns: listOf(options, 'reason-required'),
      truncatePolicy: truncatePolicyOf(options),
      statusColumn: textOf(options, 'status-column'),
      transitions: transitionsOf(options),
    });
    await withOwner(environment, (owner) => owner.run(statement));
    out(`${tableName} is tracked.`);
    return 0;
  },
};

type Options = Invocation['options'];

function listOf(options: Options, name: string): string[] {
  const names = (textOf(options, name) ?? '').split(',').map((column) => column.trim());
  return names.filter((column) => column !== '');
}

function truncatePolicyOf(options: Options): 'KEEP_ROWS' | 'REFUSE' {
  const value = textOf(options, 'truncate') ?? 'keep';
  if (value === 'keep') return 'KEEP_ROWS';
  if (value === 'refuse') return 'REFUSE';
  throw new UsageError(`--truncate is keep or refuse, not ${JSON.stringify(value.slice(0, 60))}.`);
}

function transitionsOf(options: Options): { from: string; to: string }[] | undefined {
  const value = options['transition'];
  if (!Array.isArray(value)) return undefined;
  return value.map((step) => {
    const [from, to, ...rest] = String(step).split(':');
    if (!from || !to || rest.length > 0) throw new UsageError(`--transition is FROM:TO, not ${JSON.stringify(String(step).slice(0, 60))}.`);
    return { from, to };
  });
}
