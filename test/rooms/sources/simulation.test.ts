import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../../src/rooms/sources/demo-shop/catalogue.ts';
import { makeCustomers } from '../../../src/rooms/sources/demo-shop/people.ts';
import { Pace } from '../../../src/rooms/sources/simulation/pace.ts';
import { RunningShop } from '../../../src/rooms/sources/simulation/running-shop.ts';
import { type SimulationOptions, simulate } from '../../../src/rooms/sources/simulation/simulation.service.ts';
import { newTally, type Tally } from '../../../src/rooms/sources/simulation/tally.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { onEachDatabase, shopCopy, startFrom, type TestDatabase } from '../../support/databases.ts';
import { filled } from '../demo-shop/filled.ts';

startFrom('shop');

/** Runs the demo shop for so many transactions, as fast as it goes. */
async function run(context: TestDatabase, transactions: number, options: Partial<SimulationOptions> = {}): Promise<Tally> {
  await filled(context);
  const tally = newTally();
  const enough = new AbortController();
  await simulate(context.source, tally, {
    ...{ tenant: 'demo', rate: 10_000, seconds: 60, seed: '1', stop: enough.signal, ...options },
    progress: (so) => so.transactions >= transactions && enough.abort(),
  });
  return tally;
}

onEachDatabase('a simulation leaves what it says, at the time at which it does it', async (context) => {
  const tally = await run(context, 250);
  const [found] = await context.owner.run(sql`
    select count(*)::int as entries, (select count(*)::int from commerce.orders where tenant = 'demo' and number::int > 1000) as orders,
      count(*) filter (where table_name = 'commerce.orders' and operation = 'UPDATE' and before ? 'status')::int as steps,
      count(*) filter (where table_name = 'commerce.payments' and (operation = 'INSERT' or before ? 'status'))::int as payments,
      count(*) filter (where table_name = 'commerce.products' and operation = 'UPDATE' and before ? 'price')::int as prices,
      count(*) filter (where table_name = 'commerce.products' and operation = 'UPDATE' and before ? 'stock_quantity')::int as stock,
      count(*) filter (where reason is not null) > 100 as explained, count(cause_id) > 50 as caused, count(distinct run_id) > 0 as in_runs,
      count(distinct actor) >= 6 as by_many, min(occurred_at) > now() - interval '10 minutes' as is_present,
      (select min(placed_at) > now() - interval '10 minutes' and max(placed_at) < now() + interval '1 minute' from commerce.orders where tenant = 'demo' and number::int > 1000) as placed_now
      from audit.entry e left join audit.tracked_table using (table_key) where e.tenant = 'demo' and record_source = 'simulation'`);
  expect(tally.transactions).toBe(250);
  expect(found).toEqual({
    ...{ entries: tally.entries, orders: tally.ordersPlaced, steps: tally.statusSteps, payments: tally.payments },
    ...{ prices: tally.priceChanges, stock: tally.stockChanges },
    ...{ explained: true, caused: true, in_runs: true, by_many: true, is_present: true, placed_now: true },
  });
});

onEachDatabase('orders go only the ways that are declared', async (context) => {
  const tally = await run(context, 300, { seed: '2' });
  const undeclared = await context.owner.run(sql`
    select e.entity_key, e.before ->> 'status' as from, e.after ->> 'status' as to
      from audit.entry e join audit.tracked_table t using (table_key)
     where e.tenant = 'demo' and e.record_source = 'simulation' and t.table_name = 'commerce.orders' and e.operation = 'UPDATE' and e.before ? 'status'
       and not t.transitions @> jsonb_build_array(jsonb_build_object('from', e.before ->> 'status', 'to', e.after ->> 'status'))`);
  expect(tally.statusSteps).toBeGreaterThan(50);
  expect(undeclared).toEqual([]);
});

onEachDatabase('a simulation goes on with what the shop holds', async (context) => {
  const before = await orderNumbers(context);
  const { ordersPlaced } = await run(context, 60, { seed: '3' });
  expect(ordersPlaced).toBeGreaterThan(3);
  const last = Math.max(...before, 1000);
  const added = Array.from({ length: ordersPlaced }, (_, i) => last + i + 1);
  expect(await orderNumbers(context)).toEqual([...before, ...added]);
});

onEachDatabase('made-up data are never mixed with those of a tenant that has its own', async (context) => {
  await context.owner.run(sql`insert into commerce.users (tenant, key, email, display_name, roles, is_active, created_at)
    values ('own', 'ann', 'ann@own.example', 'Ann', '{ADMIN}', true, now())`);
  await expect(run(context, 1, { tenant: 'own' })).rejects.toThrow('the tenant own has data of its own');
});

onEachDatabase('a simulation stops in time and keeps its rate', async (context) => {
  await filled(context);
  const tally = newTally();
  const startedAt = performance.now();
  await simulate(context.source, tally, { tenant: 'demo', rate: 20, seconds: 1.5, seed: '1' });
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  expect(tally.transactions).toBeGreaterThan(0);
  expect(tally.transactions).toBeLessThanOrEqual(30);
});

async function orderNumbers({ owner }: TestDatabase): Promise<number[]> {
  const rows = await owner.run<{ number: number }>(sql`select number::int as number from commerce.orders where tenant = 'demo' order by 1`);
  return rows.map(({ number }) => number);
}

describe('the running shop', () => {
  const products = catalogue.map((product) => ({ ...product, isActive: true }));
  const state = { products, customers: makeCustomers(), lastOrderNumber: 250 };
  const shopOf = (seed: string) => new RunningShop(state, seed, () => 1_767_225_600_000_000);
  const stepsOf = (shop: RunningShop, count: number) => Array.from({ length: count }, () => shop.next());

  it('makes the same choices for the same seed, and others for another', () => {
    const [first, again, other] = ['1', '1', '2'].map((seed) => JSON.stringify(stepsOf(shopOf(seed), 500)));
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('stays a shop for years: prices near the usual ones, always something to sell', () => {
    const shop = shopOf('1');
    const prices = new Map<string, number[]>();
    let orders = 0;
    for (const { actions } of stepsOf(shop, 40_000)) {
      for (const action of actions) {
        if (action.kind === 'insert' && action.table === 'orders') orders++;
        if (action.kind !== 'update' || action.table !== 'products' || !('price' in action.set)) continue;
        prices.set(action.key, [...(prices.get(action.key) ?? []), Number(action.set['price'])]);
      }
    }
    expect(orders).toBeGreaterThan(4_000);
    for (const [sku, seen] of prices) expect(Math.max(...seen) / Math.min(...seen), sku).toBeLessThan(4);
  });
});

describe('the pace', () => {
  it('lets nothing begin before its turn, and catches nothing up', async () => {
    let at = 0;
    const pace = new Pace(100, () => {
      at = performance.now();
      return at;
    });
    const begun: number[] = [];
    while (await pace.turn(performance.now() + 10_000)) {
      begun.push(at);
      if (begun.length === 5) await new Promise((resolve) => setTimeout(resolve, 80));
      if (begun.length === 15) break;
    }
    const gaps = begun.slice(1).map((at, i) => at - (begun[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(9.999);
  });

  it('ends when the next turn lies beyond the end, and at once when it is stopped', async () => {
    const pace = new Pace(0.01);
    expect(await pace.turn(performance.now() + 50)).toBe(true);
    const startedAt = performance.now();
    expect(await pace.turn(performance.now() + 50)).toBe(false);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 30);
    expect(await pace.turn(performance.now() + 500_000, stop.signal)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('npm run simulate', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await shopCopy();
  });

  function start(...words: string[]) {
    const env = { PATH: process.env['PATH'], WHENCE_DATA_DIR: folder };
    const child = spawn(process.execPath, [join(packageRoot, 'dist', 'scripts', 'simulate.js'), ...words], { env, stdio: 'pipe' });
    const said = { out: '', err: '' };
    child.stdout.on('data', (text) => (said.out += text));
    child.stderr.on('data', (text) => (said.err += text));
    const ended = once(child, 'close').then(([code]) => ({ code, ...said }));
    return { child, said, ended };
  }

  it.each([
    ['--rate is a number from 0.01 to 10000, not "0"', '--rate', '0'],
    ['--rate is a number from 0.01 to 10000, not "-3"', '--rate', '-3'],
    ['--seconds is a number from 1 to 86400, not "soon"', '--seconds', 'soon'],
    ['--seed is a number', '--seed', '0x1'],
    ['--tenant is', '--tenant', ''],
    ["Unknown option '--speed'", '--speed', '3'],
  ])('says what is wrong: %s', async (message, ...words) => {
    expect(await start(...words).ended).toMatchObject({ code: 2, out: '', err: expect.stringContaining(`simulate: ${message}`) });
  });

  it('sums up when Ctrl-C ends it, and refuses a folder that another process has open', async () => {
    const first = start('--rate', '50', '--seconds', '600');
    while (!first.said.err.includes(' of 30,000 transactions')) {
      await Promise.race([once(first.child.stderr, 'data'), first.ended]);
      if (first.child.exitCode !== null) throw new Error(first.said.err);
    }
    const second = await start().ended;
    expect(second).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^simulate: The data folder .* is in use by process \d+/),
    });
    first.child.kill('SIGINT');
    const { code, out } = await first.ended;
    expect(code).toBe(0);
    expect(out).toMatch(/^transactions +\d+ .* a second\norders placed +\d+\n(.*\n){4}entries in the trail +[\d,]+ /);
  }, 180_000);

  it('explains itself', async () => {
    expect(await start('--help').ended).toMatchObject({ code: 0, out: expect.stringContaining('--rate NUMBER') });
  });
});
