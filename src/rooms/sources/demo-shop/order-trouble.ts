import { by, service, stockClerk } from './actors.ts';
import type { Random } from './random.ts';
import { money, type Order, openPayment, type Shop } from './shop.ts';
import type { Action } from './step.model.ts';
import { day, hour, type Micros, minute, whenAtWork } from './time.ts';
import type { Timeline } from './timeline.ts';

/** Orders whose status goes a way that is not declared: they are there to be found. */
const strangeWays = { skipsWarehouse: '58', missent: '96', revived: '31', deliveredTwice: '141' } as const;

/** What may befall an order on its way: cancelled, changed, sent back, or moved through its states by mistake. */
export class OrderTrouble {
  private readonly random: Random;

  constructor(
    private readonly timeline: Timeline,
    private readonly shop: Shop,
  ) {
    this.random = shop.random('trouble');
  }

  mayEndEarly(order: Order, at: Micros): void {
    const { random, timeline } = this;
    if (order.number === strangeWays.revived) {
      timeline.at(at + 10 * minute, (then) => this.cancel(order, then, 'Ordered twice by mistake'));
      timeline.at(at + 3 * hour, (then) => this.revive(order, then));
    } else if (order.payments[0]?.method === 'BANK_TRANSFER' && random.chance(0.08)) {
      timeline.at(whenAtWork(at + 4 * hour, random), (then) => this.cancel(order, then, 'Customer could not pay'));
    } else if (random.chance(0.07)) {
      const reason = random.pick(['Customer changed their mind', 'Ordered twice by mistake', 'Found it cheaper', 'Wrong address']);
      timeline.at(at + random.micros(10 * minute, 5 * hour), (then) => this.cancel(order, then, reason));
    }
  }

  /** Ends an order that was not sent yet: its lines, its payment, and back into the stock with what it held. */
  cancel(order: Order, at: Micros, reason: string): void {
    if (order.status !== 'PENDING' && order.status !== 'CONFIRMED') return;
    const { random, shop, timeline } = this;
    const held = order.lines.filter(({ status }) => status === 'ORDERED');
    const deed = { operationName: 'ORDER_CANCELLED', reason, reasonCode: 'CANCELLATION', reference: `HELP-${random.integer(1000, 9999)}` };
    const context = reason.startsWith('Three') ? service('order-service', deed) : by('carlos', at, deed);
    shop.record(at, context, [shop.setStatus(order, 'CANCELLED'), ...held.map((line) => shop.setLineStatus(line, 'CANCELLED'))]);
    const cause = { entityKey: order.number, operationName: 'ORDER_CANCELLED' };
    const returned = { operationName: 'STOCK_RETURNED', reason: `Order ${order.number} was cancelled`, reasonCode: 'CANCELLATION' };
    timeline.at(at + random.micros(5 * 1_000_000, 50 * 1_000_000), (then) => {
      const back = held.map(({ product, quantity }) => shop.changeStock(product, quantity));
      shop.record(then, service('order-service', returned), back, cause);
    });
    const payment = order.payments.at(-1);
    if (!payment || payment.status === 'FAILED') return;
    const isSettled = payment.status === 'SETTLED';
    timeline.at(isSettled ? whenAtWork(at + hour, random) : at + minute, (then) => {
      const given = {
        operationName: isSettled ? 'PAYMENT_REFUNDED' : 'PAYMENT_VOIDED',
        reason: `Order ${order.number} was cancelled`,
        reasonCode: 'CANCELLATION',
      };
      const action = shop.setPayment(payment, isSettled ? 'REFUNDED' : 'FAILED', then);
      shop.record(then, isSettled ? by('ines', then, given) : service('payment-gateway', given), [action], cause);
    });
  }

  /** Shipping waived or made faster, fewer pieces, or a line left out; only while the payment is still open. */
  mayChangeAmounts(order: Order, at: Micros): void {
    const { random, shop, timeline } = this;
    if (!random.chance(0.16)) return;
    timeline.at(at + random.micros(20 * minute, 100 * minute), (then) => {
      if (order.status !== 'CONFIRMED' || openPayment(order) === undefined) return;
      const line = order.lines.find(({ quantity }) => quantity > 1);
      const extra = order.lines.length > 1 ? order.lines.at(-1) : undefined;
      const reference = `HELP-${random.integer(1000, 9999)}`;
      const change = (reason: string, reasonCode: string, actions: Action[]) => {
        const context = by('carlos', then, { operationName: 'ORDER_ADJUSTED', reason, reasonCode, reference });
        shop.record(then, context, [...actions, ...shop.setAmounts(order)]);
      };
      if (order.shippingCents > 0 && random.chance(0.6)) {
        order.shippingCents = 0;
        change('Shipping waived: the delivery is later than promised', 'GOODWILL', []);
      } else if (line) {
        const quantity = line.quantity - 1;
        change('Customer wants one piece less', 'CUSTOMER_REQUEST', [shop.setQuantity(line, quantity), shop.changeStock(line.product, 1)]);
      } else if (extra) {
        const actions = [shop.setLineStatus(extra, 'CANCELLED'), shop.changeStock(extra.product, extra.quantity)];
        change(`${extra.product.sku} left out at the customer's request`, 'CUSTOMER_REQUEST', actions);
      } else {
        order.shippingCents += 1200;
        change(`Express delivery added for ${money(1200)} ${order.currency}`, 'CUSTOMER_REQUEST', []);
      }
    });
  }

  /** Order 123: the customer asks where it is, and gets the express delivery that was missed. */
  planStoryCall(order: Order, at: Micros): void {
    const { shop, timeline } = this;
    const details = { channel: 'telephone', minutes: 6, topic: 'When will it be sent?', ticket: 'HELP-2207' };
    timeline.at(at + 40 * minute, (then) => {
      shop.record(then, by('carlos', then, { operationName: 'SUPPORT_CALL' }), [
        { kind: 'event', table: 'orders', key: order.number, details },
      ]);
    });
    timeline.at(at + 52 * minute, (then) => {
      order.shippingCents = 1200;
      const deed = {
        operationName: 'ORDER_ADJUSTED',
        reason: 'Express delivery added on the telephone',
        reasonCode: 'CUSTOMER_REQUEST',
        reference: 'HELP-2207',
      };
      shop.record(then, by('carlos', then, deed), shop.setAmounts(order), { entityKey: order.number, operationName: 'SUPPORT_CALL' });
    });
  }

  mayComeBack(order: Order, at: Micros): void {
    const { random, timeline } = this;
    if (order.number === strangeWays.deliveredTwice) {
      timeline.at(at + 30 * minute, (then) =>
        this.mistake(order, then, 'SHIPPED', 'DELIVERY_RECALLED', 'Carrier scanned the wrong parcel'),
      );
      timeline.at(at + 26 * hour, (then) => this.mistake(order, then, 'DELIVERED', 'ORDER_DELIVERED', 'Now really delivered'));
    } else if (random.chance(0.06)) {
      timeline.at(whenAtWork(at + random.micros(2 * day, 9 * day), random), (then) => this.refund(order, then));
    }
  }

  /** Confirmed and gone at once, without the warehouse. */
  skipsWarehouse(order: Order, at: Micros): boolean {
    if (order.number !== strangeWays.skipsWarehouse) return false;
    const { shop, timeline } = this;
    timeline.at(at + 7 * minute, (then) => {
      shop.record(then, by('jonas', then, { operationName: 'ORDER_SHIPPED' }), [shop.setStatus(order, 'SHIPPED')]);
    });
    timeline.at(at + 50 * hour, (then) => {
      shop.record(then, service('carrier-feed', { operationName: 'ORDER_DELIVERED' }), [shop.setStatus(order, 'DELIVERED')]);
    });
    return true;
  }

  /** Sent, and fetched back because the wrong parcel had gone. */
  isMissent(order: Order, at: Micros): boolean {
    if (order.number !== strangeWays.missent) return false;
    const { timeline } = this;
    timeline.at(at + 2 * hour, (then) => this.mistake(order, then, 'PROCESSING', 'SHIPPING_RECALLED', 'Wrong parcel was sent'));
    timeline.at(at + 26 * hour, (then) => this.mistake(order, then, 'SHIPPED', 'ORDER_SHIPPED', 'Sent again'));
    timeline.at(at + 74 * hour, (then) => this.mistake(order, then, 'DELIVERED', 'ORDER_DELIVERED', 'Left with a neighbour'));
    return true;
  }

  private mistake(order: Order, at: Micros, status: Order['status'], operationName: string, reason: string): void {
    const { random, shop } = this;
    shop.record(at, by(stockClerk(at, random), at, { operationName, reason, reasonCode: 'CORRECTION' }), [shop.setStatus(order, status)]);
  }

  /** Back from the dead without a reason, and left there: nothing of it is in the stock any more. */
  private revive(order: Order, at: Micros): void {
    const { shop } = this;
    if (order.status !== 'CANCELLED') return;
    shop.record(at, by('jonas', at, { operationName: 'ORDER_REOPENED' }), [shop.setStatus(order, 'CONFIRMED')]);
    const undone = { operationName: 'ORDER_CANCELLED', reason: 'Reopened by mistake', reasonCode: 'CORRECTION' };
    this.timeline.at(at + 25 * minute, (then) => shop.record(then, by('admin', then, undone), [shop.setStatus(order, 'CANCELLED')]));
  }

  /** The customer sends everything back: a call, the refund with approval, the money, the goods. */
  private refund(order: Order, at: Micros): void {
    if (order.status !== 'DELIVERED') return;
    const { random, shop, timeline } = this;
    const why = random.pick(['Broken on arrival', 'Does not fit', 'Not as described']);
    const ticket = `HELP-${random.integer(1000, 9999)}`;
    const details = { channel: random.pick(['telephone', 'chat']), minutes: random.integer(3, 25), topic: why, ticket };
    shop.record(at, by('carlos', at, { operationName: 'SUPPORT_CALL' }), [{ kind: 'event', table: 'orders', key: order.number, details }]);
    const deed = { reason: why, reasonCode: 'RETURN', reference: ticket };
    const lines = order.lines.filter(({ status }) => status === 'ORDERED');
    timeline.at(whenAtWork(at + random.micros(30 * minute, 20 * hour), random), (then) => {
      const actions = [shop.setStatus(order, 'REFUNDED'), ...lines.map((line) => shop.setLineStatus(line, 'REFUNDED'))];
      const context = by('carlos', then, { ...deed, operationName: 'ORDER_REFUNDED', approvedBy: 'ines' });
      shop.record(then, context, actions, { entityKey: order.number, operationName: 'SUPPORT_CALL' });
      const cause = { entityKey: order.number, operationName: 'ORDER_REFUNDED' };
      timeline.at(then + random.micros(10 * minute, 50 * minute), (later) => {
        const payment = order.payments.find(({ status }) => status === 'SETTLED');
        if (!payment) return;
        const action = shop.setPayment(payment, 'REFUNDED', later);
        shop.record(later, by('ines', later, { ...deed, operationName: 'PAYMENT_REFUNDED' }), [action], cause);
      });
      if (why === 'Broken on arrival') return;
      timeline.at(whenAtWork(then + random.micros(day, 3 * day), random), (later) => {
        const back = lines.map(({ product, quantity }) => shop.changeStock(product, quantity));
        shop.record(later, by(stockClerk(later, random), later, { ...deed, operationName: 'STOCK_RETURNED' }), back, cause);
      });
    });
  }
}
