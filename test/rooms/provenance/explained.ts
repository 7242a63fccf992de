import type { TestDatabase } from '../../support/databases.ts';
import { answer } from './asking.ts';

export interface Explained {
  why: {
    reasons: { change: { field: string; after: unknown }; reason: { text: string } | null }[];
    causes: { relation: string; auditEntry: { operation: string } }[];
    narrative: Told;
  };
  how: {
    totalDurationMs: number;
    steps: {
      isExpected: boolean;
      sincePreviousMs: number | null;
      changes: { field: string; before: unknown; after: unknown }[];
      auditEntry: { operation: string };
    }[];
    narrative: Told;
  };
  where: {
    fields: {
      field: string;
      value: unknown;
      actor: { key: string } | null;
      origin: { recordSource: string } | null;
      auditEntry: { operation: string } | null;
      copiedFrom: Cell[];
    }[];
    narrative: Told;
  };
}
export interface Told {
  text: string;
  sentences: { text: string; evidence: { operation: string }[] }[];
}
interface Cell {
  column: string;
  value: unknown;
  row: {
    schema: string;
    table: string;
    key: unknown;
    entity: { key: string; price?: unknown } | null;
    version: { number: number; isCurrent: boolean };
  };
}
const told = 'narrative { text sentences { text evidence { operation } } }';
export const explained = `why { reasons { change { field after } reason { text } } causes { relation auditEntry { operation } } ${told} }
  how { totalDurationMs steps { isExpected sincePreviousMs changes { field before after } auditEntry { operation } } ${told} }
  where { fields { field value actor { key } origin { recordSource } auditEntry { operation } copiedFrom { column value row { schema table key entity { key ... on Product { price { amount } } } version { number isCurrent } } } } ${told} }`;

export async function record(context: TestDatabase, tenant: string, table: string, key: Record<string, unknown>): Promise<Explained> {
  const { record: found } = await answer<{ record: Explained }>(
    context,
    tenant,
    `query ($key: JSONObject!) { record(tableName: "public.${table}", key: $key) { ${explained} } }`,
    { key },
  );
  return found;
}

export const run = ({ owner }: TestDatabase, ...statements: string[]) =>
  owner.transaction((tx) => tx.run(`set local audit.actor = 'ann'; ${statements.join(';')}`));
