import { Field, InputType, Int, registerEnumType } from 'type-graphql';
import { AsksOfPersonal } from './access.directives.ts';
import type { Operators } from './filter-fields.ts';
import { DateTime, Decimal } from './scalars.ts';

type ValueType = Parameters<typeof Field>[0];

const optional = (description: string) => ({ nullable: true, description });
const describeConditions = (type: string) => `Conditions on a ${type} value; several are ANDed.`;

/** Adds eq, in, isNull, ne and notIn to an input class. */
function addEquality(target: abstract new () => object, type: () => object): void {
  const of = target.prototype as object;
  const one = type as ValueType;
  const many = (() => [type()]) as ValueType;
  Field(one, optional('Equal.'))(of, 'eq');
  Field(many, optional('One of these.'))(of, 'in');
  Field(() => Boolean, optional('Whether it is null.'))(of, 'isNull');
  Field(one, optional('Not equal.'))(of, 'ne');
  Field(many, optional('None of these.'))(of, 'notIn');
}

/** Adds gt, gte, lt and lte. */
function addComparison(target: abstract new () => object, type: () => object): void {
  const of = target.prototype as object;
  const one = type as ValueType;
  Field(one, optional('Greater.'))(of, 'gt');
  Field(one, optional('Greater or equal.'))(of, 'gte');
  Field(one, optional('Less.'))(of, 'lt');
  Field(one, optional('Less or equal.'))(of, 'lte');
}

@InputType('StringFilterInput', { description: describeConditions('String') })
export class StringFilterInput implements Operators<string> {
  readonly eq?: string | null;
  readonly in?: string[] | null;
  readonly isNull?: boolean | null;
  readonly ne?: string | null;
  readonly notIn?: string[] | null;
  readonly contains?: string | null;
  readonly startsWith?: string | null;
}
addEquality(StringFilterInput, () => String);
Field(() => String, optional('Contains, ignoring case.'))(StringFilterInput.prototype, 'contains');
Field(() => String, optional('Starts with.'))(StringFilterInput.prototype, 'startsWith');

/** What inputs that can be compared hold. */
class Comparison<V> implements Operators<V> {
  readonly eq?: V | null;
  readonly in?: V[] | null;
  readonly isNull?: boolean | null;
  readonly ne?: V | null;
  readonly notIn?: V[] | null;
  readonly gt?: V | null;
  readonly gte?: V | null;
  readonly lt?: V | null;
  readonly lte?: V | null;
}

@InputType('IntFilterInput', { description: describeConditions('Int') })
export class IntFilterInput extends Comparison<number> {}

@InputType('DecimalFilterInput', { description: describeConditions('Decimal') })
export class DecimalFilterInput extends Comparison<string> {}

@InputType('DateTimeFilterInput', { description: describeConditions('DateTime') })
export class DateTimeFilterInput extends Comparison<string> {}

for (const [input, type] of [
  [IntFilterInput, () => Int],
  [DecimalFilterInput, () => Decimal],
  [DateTimeFilterInput, () => DateTime],
] as const) {
  addEquality(input, type);
  addComparison(input, type);
}

/** What an enum's filter input holds. */
export interface EnumFilter<V> {
  readonly eq?: V | null;
  readonly in?: readonly V[] | null;
  readonly isNull?: boolean | null;
  readonly ne?: V | null;
  readonly notIn?: readonly V[] | null;
}

/** Makes `<name>FilterInput` for an enum that is registered under `name`. */
export function enumFilterInput(name: string, values: object): new () => object {
  @InputType(`${name}FilterInput`, { description: describeConditions(name) })
  class EnumFilterInput {}
  addEquality(EnumFilterInput, () => values);
  return EnumFilterInput;
}

export const OrderDirection = { ASC: 'ASC', DESC: 'DESC' } as const;
export type OrderDirection = keyof typeof OrderDirection;
registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Ways to order.',
  valuesConfig: { ASC: { description: 'Asc.' }, DESC: { description: 'Desc.' } },
});

/** One element of an `orderBy` argument. */
export interface OrderTerm<F extends string> {
  readonly field: F;
  readonly direction: OrderDirection;
}

/**
 * Makes `<name>OrderField` and `<name>OrderInput`; the input is given. `descriptions` names the fields in the order of the schema, `personal`
 * those whose order tells personal values.
 */
export function orderInput(
  name: string,
  descriptions: Readonly<Record<string, string>>,
  personal: readonly string[] = [],
): new () => object {
  const fields = Object.fromEntries(Object.keys(descriptions).map((field) => [field, field]));
  registerEnumType(fields, {
    name: `${name}OrderField`,
    description: `Fields to order ${name} items by.`,
    valuesConfig: Object.fromEntries(Object.entries(descriptions).map(([field, description]) => [field, { description }])),
  });

  @InputType(`${name}OrderInput`, { description: `Order of ${name} items.` })
  class OrderInput {
    @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'Which way.' })
    readonly direction!: OrderDirection;

    @AsksOfPersonal(personal)
    @Field(() => fields, { description: 'By which field.' })
    readonly field!: string;
  }
  return OrderInput;
}
