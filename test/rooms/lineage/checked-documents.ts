import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { askPython } from '../../support/python.ts';
import { openLineageSchema, provJsonldSchema, provJsonSchema, provTerms } from './document-schemas.ts';

export interface Documents {
  readonly provJson: string;
  readonly provJsonld: string;
  readonly provN: string;
  readonly openLineage: string;
}

interface Reading {
  readonly elements: number;
  readonly relations: number;
  readonly identifiers: number;
  readonly dangling: readonly string[];
  readonly provN: string;
  readonly linkedElements: number;
  readonly linkedRelations: number;
  readonly linkedDangling: readonly string[];
  readonly linkedComplete: boolean;
  /** What only one of PROV-JSON and PROV-JSONLD says of relations and times. */
  readonly toldApart: readonly string[];
}

const ajv = new Ajv.default({ allErrors: false, allowUnionTypes: true });
addFormats.default(ajv);
const isProvJson = ajv.compile(provJsonSchema);
const isProvJsonld = ajv.compile(provJsonldSchema);
const isOpenLineage = ajv.compile(openLineageSchema);

/** Every event of an OpenLineage document. */
// biome-ignore lint/suspicious/noExplicitAny: the schema is checked, the test reads deep into it
export const eventsIn = (openLineage: string): any[] =>
  openLineage
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The formats keep to their specifications, and two libraries that know nothing of this project read the same graph from them. */
export function checkDocuments({ provJson, provJsonld, provN, openLineage }: Documents, python: string | null): void {
  expect(isProvJson(JSON.parse(provJson)) || isProvJson.errors).toBe(true);
  expect(isProvJsonld(JSON.parse(provJsonld)) || isProvJsonld.errors).toBe(true);
  for (const event of eventsIn(openLineage)) expect(isOpenLineage(event) || [event, isOpenLineage.errors]).toBe(true);
  checkRuns(eventsIn(openLineage));
  if (python === null) return;
  const script = join(packageRoot, 'test', 'rooms', 'lineage', 'read_documents.py');
  const read = askPython<Reading>(python, script, { provJson, provJsonld, context: provTerms });
  const told = statementsOf(provN);
  expect(read).toMatchObject({ dangling: [], linkedDangling: [], linkedComplete: true, toldApart: [] });
  expect(read.elements + read.relations).toBe(told.length);
  expect(read.identifiers, 'one id for each relation').toBe(read.relations);
  expect([read.linkedElements, read.linkedRelations]).toEqual([read.elements, read.relations]);
  // prov reads no PROV-N, but writes it: from our PROV-JSON it writes our PROV-N.
  expect(told).toEqual(statementsOf(read.provN));
}

/** What OpenLineage asks of events together: a run starts once and ends at most once, not before; what a facet names is told of as well. */
function checkRuns(events: ReturnType<typeof eventsIn>): void {
  const byRun = new Map<string, ReturnType<typeof eventsIn>>();
  for (const event of events.filter(({ run }) => run)) byRun.set(event.run.runId, [...(byRun.get(event.run.runId) ?? []), event]);
  for (const [runId, [start, end, ...more]] of byRun) {
    expect([start.eventType, more.length], runId).toEqual(['START', 0]);
    expect(['COMPLETE', 'ABORT', 'FAIL', 'RUNNING'], runId).toContain(end.eventType);
    expect(end.eventTime >= start.eventTime, runId).toBe(true);
    const { parent } = end.run.facets;
    if (parent) expect(byRun.get(parent.run.runId)?.[0].job, `the parent of ${runId}`).toMatchObject(parent.job);
    const read = new Set(end.inputs.map(({ name }: { name: string }) => name));
    for (const { facets } of end.outputs) {
      // biome-ignore lint/suspicious/noExplicitAny: the schema is checked
      for (const { inputFields } of Object.values<any>(facets.columnLineage?.fields ?? {}))
        for (const { name } of inputFields) expect(read, runId).toContain(name);
    }
  }
}

/** In one spelling: attributes in order, instants with microseconds and Z. */
function statementsOf(provN: string): string[] {
  return provN
    .split('\n')
    .filter((line) => /^ {2}\w+\(/.test(line))
    .map((line) =>
      line
        .trim()
        .replace(
          /(\d\d:\d\d:\d\d)(\.\d+)?(?:Z|\+00:00)/g,
          (_, seconds: string, fraction = '') => `${seconds}${`${fraction || '.'}000000`.slice(0, 7)}Z`,
        )
        .replace(
          /\[(.*)\]/,
          (_, attributes: string) =>
            `[${attributes
              .split(/, (?=\w+:\w+=)/)
              .sort()
              .join(', ')}]`,
        ),
    )
    .sort();
}
