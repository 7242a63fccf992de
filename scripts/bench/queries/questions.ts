// The eight questions, and the variables of the i-th request of each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/shared/package-root.ts';

export const questions = {
  q1: 'flat list of 100 products',
  q2: '20 customers, their 10 latest orders, items and payments of each',
  q3: 'one order with customer, items, products, payments, its audit entries and their actors',
  q4: 'the 100 newest audit entries of a table in a week, with actors',
  q5: '100 audit entries deep in the trail, by cursor',
  q6: 'changes per day, table and operation over 30 days',
  q7: 'customer, orders, payments, and the audit entries behind the versions of each',
  q8: 'one product by id: the floor of latency',
} as const;
export type Question = keyof typeof questions;
export const everyQuestion = Object.keys(questions) as Question[];

export type Variables = Readonly<Record<string, unknown>>;
/** Requests of one question that differ. */
export const variableSets = 64;

const tables = ['orders', 'payments', 'products', 'customers'];
const day = (n: number) => new Date(Date.UTC(2025, 0, 1 + n)).toISOString();

/** As every target is asked, before it spells them its own way. Ids are row numbers; `offset` rows are skipped, entries are older than `before`. */
export function variablesOf(question: Question, i: number, scale: number): Variables {
  /** A row number up to `n` at scale 1, spread over the whole range. */
  const spread = (n: number) => 1 + ((Math.imul(i + 1, 2_654_435_761) >>> 0) % Math.floor(n * scale));
  switch (question) {
    case 'q1':
      return {};
    case 'q2':
      return { offset: spread(1_000) };
    case 'q3':
      return { id: spread(200_000) };
    case 'q4':
      return { table: tables[i % 4], from: day((i * 5) % 350), to: day(((i * 5) % 350) + 7) };
    case 'q5':
      return { before: spread(2_000_000) };
    case 'q6':
      return { from: day((i * 5) % 330), to: day(((i * 5) % 330) + 30) };
    case 'q7':
      return { id: spread(20_000) };
    case 'q8':
      return { id: spread(5_000) };
  }
}

export const folder: string = join(packageRoot, 'scripts', 'bench', 'queries');

export function documentOf(target: string, question: Question): string {
  return readFileSync(join(folder, 'documents', target, `${question}.graphql`), 'utf8');
}
