// Brings the answers of all targets into one form, so that they can be compared; README.md lists what is brought together.
import { decodeGlobalId } from '../../../src/shared/global-id.ts';

/** Columns of ours by the names of the peers. */
const peerNames: Readonly<Record<string, string>> = {
  total: 'total_cents',
  amount: 'amount_cents',
  price: 'price_cents',
  isActive: 'active',
  is_active: 'active',
  phone: 'country',
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isOnly = (value: Fields, name: string) => name in value && Object.keys(value).length === 1;

/** The data of an answer in the common form. @throws Error when it has errors or no data. */
export function answerOf(body: unknown): unknown {
  if (!isFields(body) || !isFields(body['data']) || body['errors']) throw new Error(JSON.stringify(body)?.slice(0, 500));
  const { audit, ...data } = body['data'];
  const first = Object.values(data)[0];
  // The trail of an order stands beside it.
  if (audit !== undefined && isFields(data['order'])) return common({ order: { ...data['order'], audit } });
  return common(isFields(first) && 'analytics' in data ? first : data);
}

function common(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return commonList(value, name);
  if (typeof value === 'string') return commonText(value, name);
  if (typeof value === 'number' && (name === 'id' || name === 'recordId')) return String(value);
  if (!isFields(value)) return value;
  if (name === 'old' || name === 'new') return commonImage(value);
  if (isOnly(value, 'nodes')) return common(value['nodes'], name);
  if (isOnly(value, 'amount')) return cents(value['amount']);
  if (isOnly(value, 'text')) return value['text'];
  if (isOnly(value, 'field')) return peerNames[String(value['field'])] ?? value['field'];
  if (isOnly(value, 'version') && isFields(value['version'])) return common(value['version']['auditEntry']);
  return sorted(Object.entries(value).map(([key, item]) => [key, common(item, key)]));
}

function commonList(list: readonly unknown[], name: string): unknown {
  if (name === 'category') return list.join(' ');
  const items = list.map((item) => common(item)).filter((item) => item !== null);
  const keyOf = (item: unknown) => (isFields(item) ? Object.values(item).map(String) : String(item)).toString();
  if (name === 'payments') return items.toSorted((a, b) => Number((a as Fields)['id']) - Number((b as Fields)['id']));
  if (name === 'changed' || name === 'auditDaily') return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return items;
}

function commonText(text: string, name: string): string {
  if (name === 'id') return /^\d+$/.test(text) ? text : decodeGlobalId(text, 'id').key;
  if (name === 'recordId') return text.replace(/^SKU-0*/, '');
  if (name === 'tableName') return text.replace(/^commerce\./, '');
  const instant = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!instant) return text;
  const [, second, fraction = '', zone] = instant;
  return `${Date.parse(`${second}${zone}`) / 1000}.${fraction.padEnd(6, '0')}`;
}

/** An amount carries its currency, and is text with four digits. */
function commonImage({ currency, ...columns }: Fields): Fields {
  return sorted(
    Object.entries(columns).map(([column, value]) => [
      peerNames[column] ?? column,
      currency && /^(total|amount|price)$/.test(column) ? cents(value) : value,
    ]),
  );
}

function cents(amount: unknown): number {
  return Math.round(Number(amount) * 100);
}

function sorted(entries: readonly (readonly [string, unknown])[]): Fields {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
