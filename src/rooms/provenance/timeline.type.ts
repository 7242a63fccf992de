import { Field, Float, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import type { Money } from '../../shared/money.ts';
import { MoneyType } from '../../shared/money.type.ts';
import { DateTime, JsonObject } from '../../shared/scalars.ts';
import { FieldChangeType } from '../audit/audit-entry.type.ts';
import type { FieldChange } from '../audit/changes.ts';
import { NodeType, resolveNodeType } from '../commerce/node.type.ts';
import { StockLevel, type TimelineItem, TimelineItemType as TimelineItemKind } from './timeline.model.ts';

registerEnumType(TimelineItemKind, {
  name: 'TimelineItemType',
  description: 'Kinds of timeline item.',
  valuesConfig: {
    FIELDS_CHANGED: { description: 'Fields changed.' },
    PRICE_CHANGE: { description: 'Price change.' },
    RECORD_CREATED: { description: 'Record created.' },
    RECORD_DELETED: { description: 'Record deleted.' },
    STATUS_TRANSITION: { description: 'Status transition.' },
    STOCK_CHANGE: { description: 'Stock change.' },
    AMOUNT_CHANGE: { description: 'Amount change.' },
    APPLICATION_EVENT: { description: 'Application event.' },
  },
});

registerEnumType(StockLevel, {
  name: 'StockLevel',
  description: 'Kinds of stock level.',
  valuesConfig: { ON_HAND: { description: 'On hand.' }, SAFETY: { description: 'Safety.' } },
});

@InterfaceType('TimelineItem', { implements: NodeType, description: "One item of an entity's timeline.", resolveType: resolveNodeType })
export abstract class TimelineItemInterface {
  @Field(() => ID, { description: 'Global id.' })
  readonly id!: string;

  @Field(() => DateTime, { description: 'When.' })
  readonly occurredAt!: string;
}

const itemType = { implements: [NodeType, TimelineItemInterface], simpleResolvers: true };

@ObjectType('RecordCreated', { ...itemType, description: 'The entity came to be.' })
class RecordCreatedType {}

@ObjectType('RecordDeleted', { ...itemType, description: 'The entity was deleted.' })
class RecordDeletedType {}

@ObjectType('FieldsChanged', { ...itemType, description: 'Fields without a kind of their own changed.' })
export class FieldsChangedType {
  @Field(() => [FieldChangeType], { description: 'Which.' })
  readonly changes!: readonly FieldChange[];
}

@ObjectType('PriceChange', { ...itemType, description: 'A price changed.' })
export class PriceChangeType {
  @Field(() => MoneyType, { description: 'New price.' })
  readonly priceAfter!: Money;

  @Field(() => MoneyType, { description: 'Old price.' })
  readonly priceBefore!: Money;

  @Field(() => Float, {
    nullable: true,
    description: 'Change in per cent of the old price, to four decimals; null when that was 0 or in another currency.',
  })
  readonly changePercent!: number | null;
}

@ObjectType('StockChange', { ...itemType, description: 'A stock level or safety stock changed.' })
export class StockChangeType {
  @Field(() => Int, { nullable: true, description: 'New number; null when there is none any more.' })
  readonly levelAfter!: number | null;

  @Field(() => Int, { nullable: true, description: 'Old number; null when there was none.' })
  readonly levelBefore!: number | null;

  @Field(() => StockLevel, { description: 'Which level.' })
  readonly level!: StockLevel;
}

@ObjectType('StatusTransition', { ...itemType, description: 'A status changed.' })
export class StatusTransitionType {
  @Field(() => String, { description: 'New status.' })
  readonly statusAfter!: string;

  @Field(() => String, { nullable: true, description: 'Old status; null for the first.' })
  readonly statusBefore!: string | null;

  @Field(() => Boolean, { description: 'Whether the state machine allows it; true for the first status, and where no steps are declared.' })
  readonly isExpected!: boolean;
}

@ObjectType('AmountChange', { ...itemType, description: 'An amount of an order or payment changed.' })
export class AmountChangeType {
  @Field(() => String, { description: 'Which amount, e.g. total.' })
  readonly field!: string;

  @Field(() => MoneyType, { description: 'New amount.' })
  readonly amountAfter!: Money;

  @Field(() => MoneyType, { description: 'Old amount.' })
  readonly amountBefore!: Money;
}

@ObjectType('ApplicationEvent', {
  ...itemType,
  description: 'Something that the application recorded about the entity, e.g. a call to customer service.',
})
class ApplicationEventType {
  @Field(() => JsonObject, { nullable: true, description: 'Free details.' })
  readonly details!: Readonly<Record<string, unknown>> | null;

  @Field(() => String, { description: 'Name of the event.' })
  readonly operationName!: string;
}

/** The types of items by their names. */
export const itemTypes = {
  RecordCreated: RecordCreatedType,
  RecordDeleted: RecordDeletedType,
  FieldsChanged: FieldsChangedType,
  PriceChange: PriceChangeType,
  StockChange: StockChangeType,
  StatusTransition: StatusTransitionType,
  AmountChange: AmountChangeType,
  ApplicationEvent: ApplicationEventType,
} satisfies Record<TimelineItem['__typename'], unknown>;

export const TimelineItemConnectionType = connectionType('TimelineItem', () => TimelineItemInterface);
export const PriceChangeConnectionType = connectionType('PriceChange', () => PriceChangeType);
