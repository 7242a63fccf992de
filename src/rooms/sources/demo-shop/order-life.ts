import { by, type Deed, service, stockClerk } from './actors.ts';
import { OrderTrouble } from './order-trouble.ts';
import type { Random } from './random.ts';
import type { Script } from './season.ts';
import { type Order, openPayment, type Payment, type Shop } from './shop.ts';
import type { Action, EntryReference, StepContext } from './step.model.ts';
import { day, hour, type Micros, micros, minute, second, whenAtWork } from './time.ts';
import type { Timeline } from './timeline.ts';

/** An order's way: paid for, confirmed, packed, sent, delivered. What else may befall it is in order-trouble.ts. */
export class OrderLife {
  private readonly random: Random;
  private readonly trouble: OrderTrouble;
  /** Paid on the morning of the batch, and confirmed by it. */
  readonly waitingForBatch: Order[] = [];

  constructor(
    private readonly timeline: Timeline,
    private readonly shop: Shop,
  ) {
    this.random = shop.random('orders');
    this.trouble = new OrderTrouble(timeline, shop);
  }

  begin(order: Order, at: Micros, script: Script): void {
    const { random, timeline } = this;
    if (script === 'ordinary') this.trouble.mayEndEarly(order, at);
    const [payment] = order.payments;
    if (!payment) throw new Error(`order ${order.number} has no payment`);
    switch (payment.method) {
      case 'CARD':
        timeline.at(at + random.micros(20 * second, 4 * minute), (then) => this.authorize(order, payment, then, script));
        break;
      case 'WALLET':
        timeline.at(at + random.micros(3 * second, 40 * second), (then) => this.takeWallet(order, payment, then));
        break;
      case 'BANK_TRANSFER':
        if (script === 'batch') {
          this.waitForBatch(order, payment);
          break;
        }
        timeline.at(whenAtWork(at + random.micros(20 * hour, 70 * hour), random), (then) =>
          this.bookTransfer(order, payment, then, random.micros(2 * minute, 40 * minute)),
        );
        break;
      case 'CASH':
        timeline.at(whenAtWork(at + random.micros(15 * minute, 3 * hour), random), (then) => {
          const clerk = random.pick(['mia', 'jonas'] as const);
          this.confirm(
            order,
            then,
            by(clerk, then, { reason: 'Customer called: will collect and pay at the counter', reasonCode: 'PAYMENT' }),
          );
        });
    }
  }

  /** Confirms on somebody's word. */
  confirm(order: Order, at: Micros, context: StepContext, cause?: EntryReference): void {
    if (order.status === 'PENDING')
      this.shop.record(at, { operationName: 'ORDER_CONFIRMED', ...context }, this.confirmed(order, at), cause);
  }

  /** The order is confirmed, and the warehouse will take it up. */
  confirmed(order: Order, at: Micros): Action[] {
    const { random, timeline, trouble } = this;
    const action = this.shop.setStatus(order, 'CONFIRMED');
    if (trouble.skipsWarehouse(order, at)) return [action];
    if (order.number === '123') trouble.planStoryCall(order, at);
    else trouble.mayChangeAmounts(order, at);
    timeline.at(whenAtWork(at + random.micros(2 * hour, 8 * hour), random), (then) => this.pack(order, then));
    return [action];
  }

  /** A transfer has arrived; the order is confirmed `thenConfirmAfter` later, unless a batch does it. */
  bookTransfer(order: Order, payment: Payment, at: Micros, thenConfirmAfter: Micros | null): void {
    if (order.status !== 'PENDING') return;
    const reference = `statement ${order.number}-${this.random.integer(1000, 9999)}`;
    const deed = { operationName: 'PAYMENT_SETTLED', reason: 'Transfer received', reasonCode: 'PAYMENT', reference };
    this.shop.record(at, by('ines', at, deed), [this.shop.setPayment(payment, 'SETTLED', at)]);
    if (thenConfirmAfter === null) return;
    this.timeline.at(at + thenConfirmAfter, (then) => {
      const clerk = this.random.pick(['mia', 'jonas'] as const);
      const confirmed = by(clerk, then, { reason: 'Transfer received', reasonCode: 'PAYMENT', reference });
      this.confirm(order, then, confirmed, { entityKey: payment.key, operationName: 'PAYMENT_SETTLED' });
    });
  }

  private waitForBatch(order: Order, payment: Payment): void {
    this.waitingForBatch.push(order);
    const booked = this.random.micros(micros('2026-02-17 09:40:00'), micros('2026-02-17 13:50:00'));
    this.timeline.at(booked, (then) => this.bookTransfer(order, payment, then, null));
  }

  private authorize(order: Order, payment: Payment, at: Micros, script: Script): void {
    if (order.status !== 'PENDING') return;
    const { random, shop, timeline } = this;
    if (script === 'ordinary' && random.chance(order.payments.length > 1 ? 0.3 : 0.08)) {
      const deed = {
        operationName: 'PAYMENT_FAILED',
        reason: random.pick(['Card declined', 'Card expired', 'Not confirmed in time']),
        reasonCode: 'PAYMENT',
      };
      shop.record(at, service('payment-gateway', deed), [shop.setPayment(payment, 'FAILED', at)], placed(order));
      timeline.at(at + random.micros(3 * minute, 50 * minute), (then) => this.tryAgain(order, then));
      return;
    }
    const deed = { operationName: 'PAYMENT_AUTHORIZED', details: { network: random.pick(['blue', 'amber']), risk: random.integer(1, 30) } };
    shop.record(at, service('payment-gateway', deed), [shop.setPayment(payment, 'AUTHORIZED', at)], placed(order));
    this.confirmLater(order, payment, at, 'PAYMENT_AUTHORIZED', 'Card authorized');
  }

  private tryAgain(order: Order, at: Micros): void {
    if (order.status !== 'PENDING') return;
    const { random, shop, timeline } = this;
    if (order.payments.length > 2) {
      this.trouble.cancel(order, at, 'Three payments failed');
      return;
    }
    const action = shop.addPayment(order, 'CARD', `ref_${random.hex(12)}`, at);
    const cause = { entityKey: order.payments.at(-2)?.key ?? '', operationName: 'PAYMENT_FAILED' };
    shop.record(
      at,
      service('webshop', { operationName: 'PAYMENT_RETRIED', clientIp: `203.0.113.${random.integer(10, 250)}` }),
      [action],
      cause,
    );
    const payment = order.payments.at(-1);
    if (payment) timeline.at(at + random.micros(20 * second, 4 * minute), (then) => this.authorize(order, payment, then, 'ordinary'));
  }

  private takeWallet(order: Order, payment: Payment, at: Micros): void {
    if (order.status !== 'PENDING') return;
    this.shop.record(
      at,
      service('payment-gateway', { operationName: 'PAYMENT_SETTLED' }),
      [this.shop.setPayment(payment, 'SETTLED', at)],
      placed(order),
    );
    this.confirmLater(order, payment, at, 'PAYMENT_SETTLED', 'Paid by wallet');
  }

  private confirmLater(order: Order, { key }: Payment, at: Micros, operationName: string, reason: string): void {
    this.timeline.at(at + this.random.micros(1 * second, 20 * second), (then) => {
      this.confirm(order, then, service('order-service', { reason, reasonCode: 'PAYMENT' }), { entityKey: key, operationName });
    });
  }

  private pack(order: Order, at: Micros): void {
    if (order.status !== 'CONFIRMED') return;
    const { random, shop, timeline } = this;
    const clerk = stockClerk(at, random);
    shop.record(at, by(clerk, at, { operationName: 'ORDER_PROCESSING' }), [shop.setStatus(order, 'PROCESSING')], confirmation(order));
    timeline.at(whenAtWork(at + random.micros(30 * minute, 7 * hour), random), (then) => this.ship(order, then));
  }

  private ship(order: Order, at: Micros): void {
    if (order.status !== 'PROCESSING') return;
    const { random, shop, timeline } = this;
    const parcel = { reason: 'Handed to the carrier', reasonCode: 'SHIPPING', reference: `TRK-${random.hex(10).toUpperCase()}` };
    const payment = order.payments.at(-1);
    const isPickup = payment?.method === 'CASH';
    const deed: Deed = {
      operationName: 'ORDER_SHIPPED',
      ...(isPickup ? { reason: 'Ready at the counter', reasonCode: 'SHIPPING' } : parcel),
    };
    shop.record(at, by(stockClerk(at, random), at, deed), [shop.setStatus(order, 'SHIPPED')]);
    if (payment?.method === 'CARD')
      timeline.at(at + random.micros(1 * minute, 9 * minute), (then) => this.settle(order, then, 'ORDER_SHIPPED'));
    if (this.trouble.isMissent(order, at)) return;
    timeline.at(whenAtWork(at + random.micros(20 * hour, 3 * day), random), (then) => this.deliver(order, then));
  }

  deliver(order: Order, at: Micros): void {
    if (order.status !== 'SHIPPED') return;
    const { random, shop, timeline } = this;
    const isSigned = random.chance(0.6);
    const deed = { operationName: 'ORDER_DELIVERED', ...(isSigned && { reason: 'Signed for by the customer', reasonCode: 'DELIVERY' }) };
    shop.record(at, service('carrier-feed', deed), [shop.setStatus(order, 'DELIVERED')], {
      entityKey: order.number,
      operationName: 'ORDER_SHIPPED',
    });
    if (openPayment(order)?.method === 'CASH')
      timeline.at(at + random.micros(1 * minute, 4 * minute), (then) => this.settle(order, then, 'ORDER_DELIVERED'));
    if (order.number !== '123') this.trouble.mayComeBack(order, at);
  }

  private settle(order: Order, at: Micros, because: string): void {
    const payment = openPayment(order);
    if (!payment) return;
    const context =
      payment.method === 'CASH'
        ? by('mia', at, { operationName: 'PAYMENT_SETTLED', reason: 'Paid at the counter', reasonCode: 'PAYMENT' })
        : service('payment-gateway', { operationName: 'PAYMENT_SETTLED' });
    const actions: Action[] = [this.shop.setPayment(payment, 'SETTLED', at)];
    this.shop.record(at, context, actions, { entityKey: order.number, operationName: because });
  }
}

const placed = (order: Order): EntryReference => ({ entityKey: order.number, operationName: 'ORDER_PLACED' });
const confirmation = (order: Order): EntryReference => ({ entityKey: order.number, operationName: 'ORDER_CONFIRMED' });
