import type { Language } from '../../shared/language/languages.ts';
import { printAmount } from '../../shared/money.ts';
import type { Anomaly } from './anomaly.model.ts';

/** One sentence about an anomaly. `actor` is the name to show; the address of an origin is told only when `tellsAddress`. */
export function anomalySentence(anomaly: Anomaly, actor: string, { anomaly: say, kind: nameOf }: Language, tellsAddress: boolean): string {
  const at = minuteOf(anomaly.about.occurredAt);
  switch (anomaly.kind) {
    case 'RATE_SPIKE':
      return say.rateSpike(actor, anomaly.about.entries, minuteOf(anomaly.about.hour), anomaly.expected);
    case 'OFF_HOURS':
      return say.offHours(actor, at, anomaly.observed);
    case 'PRICE_JUMP': {
      const { sku, before, after, currency } = anomaly.about;
      const told = (price: string) => (currency === null ? printAmount(price) : `${printAmount(price)} ${currency}`);
      return say.priceJump(actor, { kind: nameOf('PRODUCT'), key: sku }, told(before), told(after), anomaly.observed, anomaly.expected);
    }
    case 'BULK_CHANGE':
      return say.bulkChange(actor, anomaly.about.rows, at, anomaly.expected);
    case 'UNUSUAL_TRANSITION': {
      const { entityType, tableName, rowKey, from, to, isForbidden, tail, total } = anomaly.about;
      const what = { kind: entityType === 'RECORD' ? tableName : nameOf(entityType), key: rowKey };
      return isForbidden ? say.forbiddenStep(actor, what, from, to) : say.rareStep(actor, what, from, to, tail, total);
    }
    case 'UNUSUAL_ORIGIN': {
      const { address, application, tail, total } = anomaly.about;
      return address === null
        ? say.program(actor, application ?? '', at, tail, total)
        : say.origin(actor, tellsAddress ? address : null, application, at, tail, total);
    }
  }
}

/** `2026-01-22 23:47` of an instant as PostgreSQL prints it. */
const minuteOf = (instant: string): string => instant.slice(0, 16);
