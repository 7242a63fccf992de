import { decodeGlobalId } from '../../shared/global-id.ts';
import { instantFromInput } from '../../shared/instant.ts';
import type { EntityField } from '../audit/entity-fields.ts';

/** A value that a caller asks about, in the form in which the trail can be searched for it. */
export type WantedValue =
  /** An amount; `currency` is null where the caller named none. */
  | { readonly kind: 'money'; readonly amount: string; readonly currency: string | null }
  /** Number of any spelling. */
  | { readonly kind: 'number'; readonly text: string }
  /** Exactly this text, e.g. the key of another row, or an instant as the trail spells it. */
  | { readonly kind: 'text'; readonly text: string }
  /** Any other JSON, compared deeply. */
  | { readonly kind: 'json'; readonly value: unknown };

const decimal = /^-?\d{1,40}(\.\d{1,40})?$/;
const anyNumber = /^-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?$/;

/**
 * What to search for; null when no row can ever hold it. Values are compared by meaning: 1199.9 is "1199.9900", an amount without a currency is
 * that amount in any, a reference is a global id, an instant is a moment.
 * @param type of the field's first column, as PostgreSQL spells it.
 */
export function wantedValue(field: EntityField, type: string, value: unknown): WantedValue | null {
  if (field.shape === 'money') return wantedMoney(value);
  if (field.shape === 'reference') return wantedReference(field.type, value);
  if (/^(smallint|integer|bigint|numeric|real|double precision)\b(?!.*\[\])/.test(type)) {
    const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
    return anyNumber.test(text) ? { kind: 'number', text } : jsonValue(value);
  }
  if (type === 'timestamp with time zone' && typeof value === 'string') {
    const instant = instantFromInput(value);
    return instant === null ? jsonValue(value) : { kind: 'text', text: instant };
  }
  if (type === 'uuid' && typeof value === 'string') return { kind: 'text', text: value.trim().toLowerCase() };
  return jsonValue(value);
}

function wantedMoney(value: unknown): WantedValue | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { amount, currency, ...others } = value as Record<string, unknown>;
    const text = decimalText(amount);
    if (text === null || typeof currency !== 'string' || Object.keys(others).length > 0) return null;
    return { kind: 'money', amount: text, currency };
  }
  const text = decimalText(value);
  return text === null ? null : { kind: 'money', amount: text, currency: null };
}

function wantedReference(type: string, value: unknown): WantedValue | null {
  if (typeof value !== 'string') return null;
  try {
    const id = decodeGlobalId(value, 'value');
    return id.type === type ? { kind: 'text', text: id.key } : null;
  } catch {
    return null; // no id of ours: no row ever held it
  }
}

function jsonValue(value: unknown): WantedValue | null {
  if (typeof value === 'number' && !Number.isFinite(value)) return null; // JSON would spell it null
  return { kind: 'json', value };
}

function decimalText(value: unknown): string | null {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  return decimal.test(text) ? text : null;
}
