// Random histories: each step is written through SQL and noted in the model.
import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import type { Transaction, WriteContext } from '../../../src/database/database.ts';
import type { TestDatabase } from '../../support/databases.ts';
import type { Circumstances, History } from './history-model.ts';
import { type Row, type TableName, tables } from './history-tables.ts';

interface Op {
  readonly kind: 'put' | 'put again' | 'delete' | 'event';
  readonly table: TableName;
  readonly row: number;
  /** Choose values; an update takes as many columns as there are. */
  readonly picks: readonly number[];
}

export interface Step {
  readonly kind: 'change' | 'change' | 'rolled back' | 'start run' | 'finish run' | 'add reason';
  readonly ops: readonly Op[];
  readonly actor: number;
  readonly reason: number;
  readonly run: number;
  readonly cause: number;
  readonly later: number;
  readonly isForeign: boolean;
}

const names = Object.keys(tables) as TableName[];
const op: fc.Arbitrary<Op> = fc.record({
  kind: fc.constantFrom('put', 'put', 'put', 'put', 'put', 'put again', 'delete', 'event'),
  table: fc.constantFrom(...names, 'crates', 'crates', 'products', 'orders', 'items'),
  row: fc.constantFrom(1, 1, 1, 2),
  picks: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'change',
      'change',
      'change',
      'change',
      'change',
      'change',
      'rolled back',
      'start run',
      'finish run',
      'add reason',
      'add reason',
    ),
    ops: fc.array(op, { minLength: 1, maxLength: 5 }),
    actor: fc.nat(5),
    reason: fc.nat(5),
    run: fc.nat(6),
    cause: fc.nat(1000),
    later: fc.constantFrom(1_000, 61_000, 3_600_000, 7_384_123, 200_000_000, -5_000, 0),
    isForeign: fc.boolean(),
  }),
  { minLength: 18, maxLength: 30, size: 'max' },
);
const opening: Step = { kind: 'start run', ops: [], actor: 0, reason: 2, run: 0, cause: 0, later: 0, isForeign: true };
/** They begin with a run that has a reason, so that many changes inherit one. */
export const history: fc.Arbitrary<Step[]> = steps.map((all) => [opening, ...all]);

const amounts = ['10.0000', '12.5000', '10.1250', '0.0000', '33.3300', '1299.9900'];
const currencies = ['USD', 'USD', 'EUR'];
const statuses: Partial<Record<TableName, readonly string[]>> = {
  orders: ['PENDING', 'CONFIRMED', 'PROCESSING', 'SHIPPED', 'CANCELLED'],
  items: ['ORDERED', 'CANCELLED', 'REFUNDED'],
  payments: ['PENDING', 'AUTHORIZED', 'SETTLED', 'FAILED'],
};
const made = '2026-01-01T00:00:00.000Z';

/** Writes one tenant's history and notes it. */
export class Writer {
  private clock = Date.parse('2026-02-01T08:00:00Z');
  private txs = 0;
  private readonly runIds: string[] = [];

  constructor(
    private readonly context: TestDatabase,
    readonly tenant: string,
    readonly history: History,
    /** Stands in everything that this tenant writes. */
    private readonly sign: string,
  ) {}

  /** Ids of the tenant's entries, oldest first. */
  async ids(): Promise<string[]> {
    const rows = await this.context.owner.run(
      sql`select id::text as id from audit.entry where tenant = ${this.tenant} order by audit.entry.id`,
    );
    return rows.map(({ id }) => String(id));
  }

  async take(step: Step): Promise<void> {
    this.clock += step.later;
    const { history } = this;
    if (step.kind === 'start run') return this.startRun(step);
    if (step.kind === 'finish run') return this.finishRun(step);
    if (step.kind === 'add reason') return this.addReason(step);
    const circumstances = this.circumstances(step);
    const restore = history.keep();
    const rollback = new Error('rolled back');
    try {
      await this.write(circumstances, async (tx) => {
        for (const one of step.ops) await this.act(tx, circumstances, one);
        if (step.kind === 'rolled back') throw rollback;
      });
    } catch (error) {
      if (error !== rollback) throw error;
      restore();
    }
  }

  private circumstances(step: Step, isBare = false): Circumstances {
    const tx = this.txs++;
    const named = [
      ['ann', null],
      ['bob', 'USER'],
      ['robot', 'SERVICE'],
      ['cron', null],
      ['ann', 'SERVICE'],
      [null, null],
    ] as const;
    const [actor, actorKind] = named[step.actor] ?? named[0];
    const has = (places: readonly number[]) => !isBare && places.includes(step.reason);
    const length = this.history.entries.length;
    return {
      ...{ tx, at: new Date(this.clock).toISOString(), actor, actorKind },
      reason: has([1, 2, 3]) ? `because ${this.sign}${tx}` : null,
      code: has([2, 4]) ? `CODE${this.sign}${tx}` : null,
      reference: has([2]) ? `REF-${this.sign}${tx}` : null,
      approvedBy: has([3]) ? 'bob' : null,
      runId: isBare || step.run > 3 ? null : (this.runIds[step.run] ?? this.runId(99)),
      cause: !isBare && step.cause % 3 === 0 && length > 0 ? step.cause % length : null,
    };
  }

  private runId(number: number): string {
    return `run_20260201_080000_${String(number).padStart(8, '0')}`;
  }

  private async write(circumstances: Circumstances, work: (tx: Transaction) => Promise<unknown>): Promise<void> {
    const { at, actor, actorKind, reason, code, reference, approvedBy, runId, cause } = circumstances;
    const context: Record<string, unknown> = {
      ...{ tenant: this.tenant, actor: actor ?? '', actorKind, reason, reasonCode: code, reference, approvedBy, runId },
      ...{ occurredAt: at, application: 'shop', session: 's-1', clientIp: '192.0.2.1' },
      causeEntry: cause === null ? null : (await this.ids())[cause],
    };
    const given = Object.fromEntries(Object.entries(context).filter(([, value]) => value !== null));
    await this.context.source.write(given as unknown as WriteContext, work);
  }

  private async startRun(step: Step): Promise<void> {
    const circumstances = { ...this.circumstances(step, true), actor: 'robot', actorKind: 'SERVICE' as const };
    const runId = this.runId(this.runIds.length);
    const said = (places: readonly number[], text: string) =>
      places.includes(step.reason) ? `${text}${this.sign}${circumstances.tx}` : null;
    const run = {
      name: `Batch ${this.sign}${circumstances.tx}`,
      reason: said([1, 2], 'because '),
      code: said([2, 3], 'CODE'),
      reference: said([2], 'REF-'),
    };
    await this.write(circumstances, (tx) =>
      tx.run(sql`select audit.start_run(name => ${run.name}, run_id => ${runId}, reason => ${run.reason}::text, reason_code => ${run.code}::text,
        reference => ${run.reference}::text)`),
    );
    this.runIds.push(runId);
    this.history.runs.set(runId, { ...run, actor: 'robot', opening: this.history.entries.length });
    this.history.add(
      { ...circumstances, ...run, runId },
      { operation: 'EVENT', operationName: 'BATCH_START', details: { name: run.name } },
    );
  }

  private async finishRun(step: Step): Promise<void> {
    const runId = this.runIds[step.run];
    if (runId === undefined || this.history.entries.some((entry) => entry.runId === runId && entry.operationName === 'BATCH_END')) return;
    const circumstances = { ...this.circumstances(step, true), actor: 'robot' };
    await this.write(circumstances, (tx) => tx.run(sql`select audit.finish_run(${runId})`));
    this.history.add({ ...circumstances, runId }, { operation: 'EVENT', operationName: 'BATCH_END', details: { status: 'SUCCEEDED' } });
  }

  private async addReason(step: Step): Promise<void> {
    const { entries } = this.history;
    const from = step.cause % Math.max(entries.length, 1);
    const target = entries.slice(from).find(({ reason, code }) => reason === null && code === null) ?? entries[from];
    if (!target) return;
    const circumstances = this.circumstances(step, true);
    const reason = `because ${this.sign}${circumstances.tx}`;
    const code = step.reason > 3 ? `CODE${this.sign}${circumstances.tx}` : null;
    const by = { ...circumstances, actor: circumstances.actor ?? 'cron' };
    const id = (await this.ids())[target.serial];
    await this.write(by, (tx) => tx.run(sql`select audit.add_reason(${id}::text::bigint, ${reason}, ${code}::text)`));
    const { table, key, businessKey } = target;
    const what = { operation: 'EVENT', operationName: 'REASON_ADDED', reasonFor: target.serial, table, key, businessKey } as const;
    this.history.add({ ...by, reason, code }, what);
  }

  private async act(tx: Transaction, circumstances: Circumstances, one: Op): Promise<void> {
    const { history, tenant } = this;
    const fresh = this.freshRow(one);
    const spec = tables[one.table];
    const now = fresh && history.row(one.table, spec.keyOf(fresh));
    if (one.kind === 'event') {
      if (!now) return;
      const [key, businessKey] = [spec.keyOf(now), spec.businessKeyOf(now)];
      const details = { note: `note ${this.sign}${circumstances.tx}` };
      await tx.run(sql`select audit.record_event('CALLED', ${JSON.stringify(details)}::text::jsonb,
        (select table_key from audit.tracked_table where table_name = ${spec.name}), ${key}, ${businessKey})`);
      return history.add(circumstances, { operation: 'EVENT', operationName: 'CALLED', details, table: one.table, key, businessKey });
    }
    if (!now) {
      if (one.kind === 'delete' || !fresh) return;
      await tx.run(this.insertion(one.table, fresh));
      return history.put(circumstances, one.table, null, fresh);
    }
    if (one.kind === 'delete') {
      if (this.isReferredTo(one.table, now['id'])) return;
      const isIt =
        one.table === 'crates' ? sql`place = ${now['place']} and number = ${now['number']}::int` : sql`id = ${now['id']}::bigint`;
      await tx.run(sql`delete from ${sql.raw(spec.name)} where tenant = ${tenant} and ${isIt}`);
      return history.put(circumstances, one.table, now, null);
    }
    const free = Object.keys(fresh).filter(
      (column) => !['id', 'place', 'number', 'key', 'sku', 'line', 'created_at', 'placed_at'].includes(column),
    );
    const chosen = one.kind === 'put again' ? [] : one.picks.map((pick) => free[pick % free.length] as string);
    const after = { ...now, ...Object.fromEntries(chosen.map((column) => [column, fresh[column]])) };
    const columns = sql.raw(free.map((column) => `${column} = r.${column}`).join(', '));
    const isIt = sql.raw(one.table === 'crates' ? 't.place = r.place and t.number = r.number' : 't.id = r.id');
    await tx.run(
      sql`update ${sql.raw(spec.name)} t set ${columns} from ${this.record(one.table, after)} r where t.tenant = r.tenant and ${isIt}`,
    );
    history.put(circumstances, one.table, now, after);
  }

  private insertion(table: TableName, row: Row): SQL {
    const columns = sql.raw(['tenant', ...Object.keys(row)].join(', '));
    return sql`insert into ${sql.raw(tables[table].name)} (${columns}) select ${columns} from ${this.record(table, row)} r`;
  }

  private record(table: TableName, row: Row): SQL {
    return sql`jsonb_populate_record(null::${sql.raw(tables[table].name)}, ${JSON.stringify({ ...row, tenant: this.tenant })}::text::jsonb)`;
  }

  private isReferredTo(table: TableName, id: unknown): boolean {
    const references = { users: ['created_by'], customers: ['customer_id'], products: ['product_id'], orders: ['order_id'] } as const;
    const columns: readonly string[] = table in references ? references[table as keyof typeof references] : [];
    return [...this.history.rows.values()].some((row) => columns.some((column) => String(row[column]) === String(id)));
  }

  /** A whole row of chosen values; null where it would refer to rows that are not there. */
  private freshRow({ table, row: id, picks }: Op): Row | null {
    const { history, sign } = this;
    const pick = (nth: number) => (picks[nth % picks.length] ?? 0) + nth * 7;
    const from = <T>(nth: number, choices: readonly T[]): T => choices[pick(nth) % choices.length] as T;
    const word = (nth: number) => `word ${sign}${pick(nth) % 5}`;
    const maybe = (nth: number) => (pick(nth) % 4 === 0 ? null : word(nth));
    const other = (of: TableName, nth: number) => history.row(of, String(1 + (pick(nth) % 2))) ?? history.row(of, '1');
    const status = from(9, statuses[table] ?? ['']);
    const currency = from(8, currencies);
    switch (table) {
      case 'users': {
        const key = id === 1 ? 'ann' : 'bob';
        return {
          id,
          key,
          email: maybe(1),
          display_name: `${key === 'ann' ? 'Ann' : 'Bob'} D${sign}${pick(2) % 3}`,
          roles: from(3, [[], ['admin']]),
          is_active: from(4, [true, false]),
          created_at: made,
        };
      }
      case 'customers':
        return {
          id,
          key: `C-${id}`,
          email: maybe(1),
          name: word(2),
          phone: maybe(3),
          created_by: other('users', 4)?.['id'] ?? null,
          created_at: made,
        };
      case 'products':
        return {
          ...{
            id,
            sku: `SKU-${id}`,
            name: word(1),
            categories: from(2, [['a'], []]),
            price: from(3, amounts),
            currency,
            stock_quantity: pick(4) % 9,
          },
          ...{ safety_stock: from(5, [null, 2, 3]), is_active: from(6, [true, false]), created_at: made },
        };
      case 'orders': {
        const customer = other('customers', 1);
        return {
          ...{
            id,
            number: `N-${id}`,
            customer_id: from(2, [null, customer?.['id'] ?? null]),
            status,
            subtotal: from(3, amounts),
            shipping_amount: from(4, amounts),
          },
          ...{
            total: from(5, amounts),
            currency,
            shipping_name: from(6, [customer?.['name'] ?? null, word(7)]),
            shipping_address: maybe(10),
          },
          ...{ shipping_method: maybe(11), placed_at: made },
        };
      }
      case 'items': {
        const [order, product] = [other('orders', 1), other('products', 2)];
        if (!order || !product) return null;
        const copied = from(3, [true, false]) ? product : { price: from(4, amounts), currency };
        return {
          ...{ id, order_id: order['id'], line: id, key: `I-${id}`, product_id: product['id'], quantity: 1 + (pick(5) % 3) },
          ...{ unit_price: copied['price'], line_total: from(6, amounts), currency: copied['currency'], status },
        };
      }
      case 'payments': {
        const order = other('orders', 1);
        if (!order) return null;
        const copied = from(3, [true, false]) ? order : { total: from(4, amounts), currency };
        return {
          ...{ id, key: `P-${id}`, order_id: order['id'], method: word(2), status, amount: copied['total'], currency: copied['currency'] },
          ...{ reference: maybe(5), settled_at: from(6, [null, made]), created_at: made },
        };
      }
      case 'crates':
        return {
          ...{
            place: id === 2 ? 'quay "b"' : 'hall',
            number: id,
            status: from(1, ['NEW', 'FULL', 'GONE', null, 'NEW']),
            weight: from(2, ['1.500', '0.000', null]),
          },
          ...{ secret: from(3, ['one', 'two', null]), phone: maybe(4), remark: maybe(5) },
        };
    }
  }
}
