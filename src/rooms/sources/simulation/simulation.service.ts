import type { Database, WriteContext } from '../../../database/database.ts';
import { DatabaseFault } from '../../../database/faults.ts';
import { ConfigError } from '../../../shared/errors.ts';
import { catalogue } from '../demo-shop/catalogue.ts';
import { citeCause } from '../demo-shop/demo-shop.queries.ts';
import { carryOut, type FillOptions, fillDemoShop } from '../demo-shop/demo-shop.service.ts';
import { makeCustomers } from '../demo-shop/people.ts';
import type { Product } from '../demo-shop/shop.ts';
import type { Step } from '../demo-shop/step.model.ts';
import { instantText } from '../demo-shop/time.ts';
import { Pace } from './pace.ts';
import { RunningShop, type ShopState } from './running-shop.ts';
import { customerKeysOf, lastOrderNumber, productsOf, simulationSource } from './simulation.queries.ts';
import { count, type Tally } from './tally.ts';

export interface SimulationOptions {
  readonly tenant: string;
  /** Business transactions a second, at most. */
  readonly rate: number;
  readonly seconds: number;
  readonly seed: string;
  /** Ends it after the transaction under way. */
  readonly stop?: AbortSignal;
  /** Told when the tenant is empty, so that the demo shop is filled first; its time is not counted. */
  readonly filling?: FillOptions['progress'];
  /** Called after each transaction. */
  readonly progress?: (tally: Tally) => void;
}

/**
 * Runs the demo shop in the present for a time, each business transaction through the tracked tables; `tally` holds what was done, also when it
 * fails. An empty tenant gets the demo shop first. `source` is a database under the role whence_source.
 * @throws ConfigError when the tenant has data that is not the demo shop's, or another simulation writes to it.
 */
export async function simulate(source: Database, tally: Tally, options: SimulationOptions): Promise<void> {
  const { tenant, rate, seconds, seed, stop, filling, progress } = options;
  // What is made up must never be mixed with data that mean something.
  const outcome = await fillDemoShop(source, tenant, { stop, progress: filling });
  if (outcome === 'occupied') throw new ConfigError(`the tenant ${tenant} has data of its own: choose an empty one, or the demo shop's.`);
  if (outcome === 'stopped') return;
  const shop = new RunningShop(await stateOf(source, tenant), `${seed} `, () => Date.now() * 1_000);
  const requests = `sim-${Date.now().toString(36)}`;
  const pace = new Pace(rate);
  const startedAt = performance.now();
  while (await pace.turn(startedAt + seconds * 1_000, stop)) {
    const step = shop.next();
    await write(source, tenant, step, `${requests}-${tally.transactions + 1}`);
    count(tally, step);
    tally.tookMs = performance.now() - startedAt;
    progress?.(tally);
  }
}

async function write(source: Database, tenant: string, step: Step, requestId: string): Promise<void> {
  const { actor, actorKind, session } = step.context;
  // Staff have one session a day, of the day that it is here.
  const today = actorKind === undefined ? `${actor}-${instantText(Date.now() * 1_000).slice(0, 10)}` : session;
  const context: WriteContext = { ...step.context, session: today, tenant, recordSource: simulationSource, requestId };
  try {
    await source.write(context, async (tx) => {
      if (step.cause) await tx.run(citeCause(tenant, step.cause));
      await carryOut(tx, tenant, step);
    });
  } catch (error) {
    if (!(error instanceof DatabaseFault && error.sqlState === '23505')) throw error;
    throw new ConfigError(`somebody else writes to the shop of tenant ${tenant}, perhaps another simulation: ${error.message}`, {
      cause: error,
    });
  }
}

async function stateOf(source: Database, tenant: string): Promise<ShopState> {
  const products = await source.read<ProductRow>(tenant, productsOf(tenant));
  const customers = await source.read<{ key: string }>(tenant, customerKeysOf(tenant));
  const [number] = await source.read<{ last: string }>(tenant, lastOrderNumber(tenant));
  const known = new Set(customers.map(({ key }) => key));
  return {
    products: products.map(toProduct),
    customers: makeCustomers().filter(({ key }) => known.has(key)),
    lastOrderNumber: Number(number?.last),
  };
}

interface ProductRow extends Record<string, unknown> {
  readonly sku: string;
  readonly currency: string;
  readonly price: string;
  readonly stock_quantity: number;
  readonly safety_stock: number | null;
  readonly is_active: boolean;
}

function toProduct(row: ProductRow): Product {
  const { demand = 1, mostPerLine = 1 } = catalogue.find(({ sku }) => sku === row.sku) ?? {};
  const { sku, currency, stock_quantity: stock, safety_stock: safetyStock, is_active: isActive } = row;
  return { sku, currency, demand, mostPerLine, priceCents: Math.round(Number(row.price) * 100), stock, safetyStock, isActive };
}
