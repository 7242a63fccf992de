import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import type { Money } from '../../shared/money.ts';
import { MoneyType } from '../../shared/money.type.ts';
import { DateTime } from '../../shared/scalars.ts';
import { PaymentMethod, PaymentStatus } from './commerce.model.ts';
import { NodeType } from './node.type.ts';
import { TraceableType } from './traceable.type.ts';

registerEnumType(PaymentStatus, {
  name: 'PaymentStatus',
  description: 'States of a payment.',
  valuesConfig: {
    AUTHORIZED: { description: 'Authorized.' },
    FAILED: { description: 'Failed.' },
    PENDING: { description: 'Pending.' },
    REFUNDED: { description: 'Refunded.' },
    SETTLED: { description: 'Settled.' },
    OTHER: { description: 'A status of the source that this list lacks; see statusText.' },
  },
});

registerEnumType(PaymentMethod, {
  name: 'PaymentMethod',
  description: 'Ways to pay.',
  valuesConfig: {
    BANK_TRANSFER: { description: 'Bank transfer.' },
    CARD: { description: 'Card.' },
    CASH: { description: 'Cash.' },
    OTHER: { description: 'Other.' },
    WALLET: { description: 'Wallet.' },
  },
});

@ObjectType('Payment', { implements: [NodeType, TraceableType], description: 'A payment for an order.', simpleResolvers: true })
export class PaymentType {
  @Field(() => MoneyType, { description: 'Sum.' })
  readonly amount!: Money;

  @Field(() => PaymentMethod, { description: 'How it was paid.' })
  readonly method!: PaymentMethod;

  @Field(() => DateTime, { nullable: true, description: 'When it was settled.' })
  readonly settledAt!: string | null;

  @Field(() => PaymentStatus, { description: 'Present status.' })
  readonly status!: PaymentStatus;

  @Field(() => String, { description: 'Status as the source spells it.' })
  readonly statusText!: string;

  @Field(() => String, { description: 'Method as the source spells it.' })
  readonly methodText!: string;
}

export const PaymentConnectionType = connectionType('Payment', () => PaymentType);
