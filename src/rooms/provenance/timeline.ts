import { mask } from '../../shared/mask.ts';
import type { Money } from '../../shared/money.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { changesOf, type FieldChange } from '../audit/changes.ts';
import { percentChange } from '../audit/decimal.ts';
import { isDeclaredStep, statusText } from './status-step.ts';
import type { Slot, TimelineItem, TimelineTable } from './timeline.model.ts';
import { fieldOfColumn } from './timeline-slots.ts';

/**
 * The items that an entry makes, in the order of their slots: an update can make several, each with its own changes, and what no other item
 * can tell (a masked price, an amount without its currency) is told by `FieldsChanged`. The same rules as `slotRows` in timeline.queries.ts.
 */
export function itemsOf(entry: AuditEntry, table: TimelineTable): TimelineItem[] {
  const told = new Telling(entry, table);
  return table.slots.filter((slot) => told.holds(slot)).map((slot) => told.item(slot));
}

/** One item, of an entry that is known to hold it. */
export function itemAt(entry: AuditEntry, table: TimelineTable, place: number): TimelineItem {
  const slot = table.slots.find((one) => one.place === place);
  if (!slot) throw new TypeError(`there is no slot ${place}`);
  return new Telling(entry, table).item(slot);
}

class Telling {
  private readonly changes: readonly FieldChange[];
  private readonly statusColumn: string | undefined;

  constructor(
    private readonly entry: AuditEntry,
    private readonly table: TimelineTable,
  ) {
    const { history, statusColumns } = table;
    const version = history.versions.find(({ schemaVersion }) => schemaVersion === entry.schemaVersion) ?? null;
    this.changes = entry.operation === 'UPDATE' ? changesOf(entry, history, version) : [];
    this.statusColumn = statusColumns[String(entry.schemaVersion)];
  }

  holds(slot: Slot): boolean {
    if ('operation' in slot) return this.entry.operation === slot.operation;
    if (slot.type === 'FIELDS_CHANGED') return this.others().length > 0;
    if (slot.type !== 'STATUS_TRANSITION' || this.entry.operation === 'UPDATE') return this.ownChanges(slot).length > 0;
    return this.entry.operation === 'INSERT' && this.statusAfter() !== null;
  }

  item(slot: Slot): TimelineItem {
    const { entry, table: of } = this;
    const changes = slot.type === 'FIELDS_CHANGED' ? this.others() : this.ownChanges(slot);
    const item = { entry, of, occurredAt: entry.occurredAt, key: entry.id, changes };
    const [before, after] = [changes[0]?.before, changes[0]?.after];
    switch (slot.type) {
      case 'RECORD_CREATED':
        return { ...item, __typename: 'RecordCreated' };
      case 'RECORD_DELETED':
        return { ...item, __typename: 'RecordDeleted' };
      case 'FIELDS_CHANGED':
        return { ...item, __typename: 'FieldsChanged' };
      case 'APPLICATION_EVENT':
        return { ...item, __typename: 'ApplicationEvent', operationName: entry.operationName ?? 'EVENT', details: entry.details };
      case 'PRICE_CHANGE': {
        const [priceBefore, priceAfter] = [before as Money, after as Money];
        const isComparable = priceBefore.currency === priceAfter.currency;
        const changePercent = isComparable ? percentChange(priceBefore.amount, priceAfter.amount) : null;
        return { ...item, __typename: 'PriceChange', priceBefore, priceAfter, changePercent };
      }
      case 'AMOUNT_CHANGE': {
        const { field } = slot.field;
        const [amountBefore, amountAfter] = [before as Money, after as Money];
        return { ...item, __typename: 'AmountChange', key: `${entry.id}.${field}`, field, amountBefore, amountAfter };
      }
      case 'STOCK_CHANGE': {
        const { level } = slot;
        const [levelBefore, levelAfter] = [before as number | null, after as number | null];
        return { ...item, __typename: 'StockChange', key: `${entry.id}.${level}`, level, levelBefore, levelAfter };
      }
      case 'STATUS_TRANSITION': {
        const statusBefore = entry.operation === 'UPDATE' ? statusText(before) : null;
        const statusAfter = this.statusAfter() ?? '';
        return {
          ...item,
          __typename: 'StatusTransition',
          statusBefore,
          statusAfter,
          isExpected: isDeclaredStep(this.table.history, statusBefore, statusAfter),
        };
      }
    }
  }

  /** The change that a slot of its own tells; none where it cannot. */
  private ownChanges(slot: Slot): readonly FieldChange[] {
    const change = this.changes.find(({ field }) => field === this.fieldOf(slot));
    return change && isTold(slot, change) ? [change] : [];
  }

  private others(): readonly FieldChange[] {
    const told = this.table.slots.flatMap((slot) => this.ownChanges(slot));
    return this.changes.filter((change) => !told.includes(change));
  }

  private fieldOf(slot: Slot): string | null {
    if ('field' in slot) return slot.field.field;
    const column = slot.type === 'STOCK_CHANGE' ? slot.column : slot.type === 'STATUS_TRANSITION' ? this.statusColumn : undefined;
    return column === undefined ? null : fieldOfColumn(this.table.history, column);
  }

  private statusAfter(): string | null {
    const value = this.statusColumn === undefined ? null : this.entry.after?.[this.statusColumn];
    return value === mask ? null : statusText(value);
  }
}

/** Whether the type of the slot can say both values. */
function isTold(slot: Slot, { before, after }: FieldChange): boolean {
  switch (slot.type) {
    case 'PRICE_CHANGE':
    case 'AMOUNT_CHANGE':
      return isExactMoney(before) && isExactMoney(after);
    case 'STOCK_CHANGE':
      return isLevel(before) && isLevel(after) && (before !== null || after !== null);
    case 'STATUS_TRANSITION':
      return before !== mask && after !== mask && statusText(after) !== null;
    default:
      return false;
  }
}

/** A masked amount, or one without its currency, is text; `NaN` is no amount. */
function isExactMoney(value: unknown): value is Money {
  if (typeof value !== 'object' || value === null) return false;
  const { amount, currency } = value as Money;
  return /^-?\d+(\.\d+)?$/.test(amount) && currency !== mask;
}

function isLevel(value: unknown): value is number | null {
  return value === null || (Number.isInteger(value) && Math.abs(value as number) <= 2_147_483_647);
}
