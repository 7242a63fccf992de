import type { Example } from './server/graphiql.ts';

/** What a newcomer asks the demo shop first: printed by `whence serve`, open as tabs in GraphiQL. */
export const examples: readonly Example[] = [
  {
    question: 'Why does the laptop cost what it costs?',
    query: `query LaptopPrice {
  product(by: { sku: "LAPTOP-15" }) {
    name
    price { amount currency }
    history(first: 5) {
      nodes {
        changes { field before after }
        version { number auditEntry { occurredAt actor { displayName } reason { text } } }
      }
    }
  }
}`,
  },
  {
    question: 'What happened in the batch run_20260217_143022_a1b2c3d4?',
    query: `query NightlyBatch {
  run(runId: "run_20260217_143022_a1b2c3d4") {
    name
    status
    entryCount
    entries(first: 20) { nodes { occurredAt operationName entityKey summary } }
  }
}`,
  },
  {
    question: 'Who changed the safety stock of SKU001?',
    query: `query SafetyStock {
  auditEntries(filter: { entityKey: { eq: "SKU001" }, changedField: { eq: "safetyStock" } }) {
    nodes { occurredAt actor { displayName } changes { field before after } reason { text } }
  }
}`,
  },
];
