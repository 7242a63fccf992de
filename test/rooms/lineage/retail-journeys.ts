import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { TestDatabase } from '../../support/databases.ts';
import { answer } from '../provenance/asking.ts';

interface Told {
  readonly key: string;
  readonly journey: {
    readonly events: { readonly nodes: readonly { stage: string; summary: string }[] };
    readonly narrative: { readonly sentences: readonly { text: string }[] };
  };
}

interface Page {
  readonly customers: {
    readonly nodes: readonly { id: string; journey: { stages: readonly { stage: string }[] } }[];
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
  };
}

const allStages = `query ($after: String) { customers(first: 200, after: $after) {
  nodes { id journey { stages { stage } } } pageInfo { endCursor hasNextPage } } }`;
const whole = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { key
  journey { events(first: 500) { nodes { stage summary } } narrative { sentences { text } } } } } }`;

/** Cancellation invoices of each customer that take back something bought before, as the file says, in the order of the file. */
function takenBack(path: string): Map<string, string[]> {
  const sold: { customer: string; sku: string; left: number }[] = [];
  const taken = new Map<string, string[]>();
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n').slice(1)) {
    const cells = line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((cell) => cell.trim());
    const [invoice = '', sku = '', , amount = '', , , id = ''] = cells;
    const [customer, quantity] = [id.replace(/\.0$/, ''), Number(amount)];
    if (quantity > 0) sold.push({ customer, sku, left: quantity });
    if (!invoice.startsWith('C') || customer === '') continue;
    const found = sold.findLast((one) => one.customer === customer && one.sku === sku && one.left >= -quantity);
    if (!found) continue;
    found.left += quantity;
    taken.set(customer, [...(taken.get(customer) ?? []), `Invoice ${invoice} takes back ${-quantity}`]);
  }
  return taken;
}

/** Customers of the imported file have exactly their own cancellations in their journeys, told with the invoice that cancelled. */
export async function expectOwnCancellations(context: TestDatabase, path: string): Promise<void> {
  const wanted = takenBack(path);
  expect([...wanted.values()].flat().length).toBe(150);
  const returning: string[] = [];
  for (let after: string | null = null, goesOn = true; goesOn; ) {
    const { customers }: Page = await answer<Page>(context, 'demo', allStages, { after });
    returning.push(
      ...customers.nodes.filter(({ journey }) => journey.stages.some(({ stage }) => stage === 'RETURNING')).map(({ id }) => id),
    );
    after = customers.pageInfo.endCursor;
    goesOn = customers.pageInfo.hasNextPage;
  }
  const told = new Map<string, { events: string[]; sentences: string[] }>();
  const reason = (text: string) => /Invoice C\S+ takes back \d+/.exec(text)?.[0] ?? text;
  for (let from = 0; from < returning.length; from += 10) {
    const { nodes } = await answer<{ nodes: Told[] }>(context, 'demo', whole, { ids: returning.slice(from, from + 10) });
    for (const { key, journey } of nodes) {
      const items = journey.events.nodes.filter(({ stage, summary }) => stage === 'RETURNING' && summary.includes(' of order item '));
      const sentences = journey.narrative.sentences.filter(({ text }) => / was cancelled on .* takes back \d+\.$/.test(text));
      told.set(key, { events: items.map(({ summary }) => reason(summary)), sentences: sentences.map(({ text }) => reason(text)) });
    }
  }
  expect([...told.keys()].toSorted()).toEqual([...wanted.keys()].toSorted());
  for (const [customer, invoices] of wanted) {
    expect([customer, told.get(customer)?.events.toSorted()]).toEqual([customer, invoices.toSorted()]);
    expect([customer, told.get(customer)?.sentences.toSorted()]).toEqual([customer, invoices.toSorted()]);
  }
}
