// Reads sentences back: whatever stands in one must stand in the entries that are given as its evidence.
import { expect } from 'vitest';
import { type Happened, isDeclared, millisBetween } from './history-model.ts';
import type { Promised } from './history-promises.ts';
import { type TableSpec, tables } from './history-tables.ts';

export interface Told {
  readonly text: string;
  /** Evidence as serial numbers of the tenant's entries; anything else is no entry of this tenant. */
  readonly sentences: readonly { readonly text: string; readonly evidence: readonly unknown[] }[];
}

interface Asked {
  readonly kind: 'why' | 'how' | 'where';
  readonly field: string | null;
}

export function checkSentences(promised: Promised, told: Told, asked: Asked): void {
  const { history } = promised;
  expect(told.text).toBe(told.sentences.map(({ text }) => text).join(' '));
  expect(told.sentences.length).toBeGreaterThan(0);
  for (const { text, evidence } of told.sentences) {
    const at = `${promised.table} ${promised.key} ${asked.kind}(${asked.field}): ${text}`;
    const entries = evidence.map((serial) => history.entries[Number(serial)]);
    expect(entries, at).not.toContain(undefined);
    expect(entries.length, at).toBeGreaterThan(0);
    const wrong = new Reader(promised, entries as Happened[]).unsupported(text);
    expect(wrong, `${at} [evidence ${evidence.join(', ')}]`).toEqual([]);
  }
  if (asked.kind === 'why') checkFirstReason(promised, told, asked.field);
}

/** The second sentence of WHY: the reason of the change that the first one tells, or that it is unknown. */
function checkFirstReason(promised: Promised, { sentences }: Told, field: string | null): void {
  const [change, reason] = sentences;
  if (!change || !reason) {
    expect(field !== null && promised.why(field).reasons.length === 0, change?.text).toBe(true);
    return;
  }
  const [serial] = change.evidence;
  const stated = promised.history.reason(promised.history.entries[Number(serial)] as Happened);
  expect(reason.text).toContain(stated ? `"${stated.text}"` : 'The reason is unknown');
  if (stated) expect(reason.evidence).toContain(stated.statedIn.serial);
}

class Reader {
  constructor(
    private readonly promised: Promised,
    private readonly evidence: readonly Happened[],
  ) {}

  /** What the evidence does not hold, in words. */
  unsupported(text: string): string[] {
    const { evidence } = this;
    const missing = (found: Iterable<string>, known: ReadonlySet<string>, kind: string) =>
      [...new Set(found)].filter((one) => !known.has(one)).map((one) => `${kind} ${one}`);
    const all = (pattern: RegExp, group = 0) => [...text.matchAll(pattern)].map((match) => match[group] ?? '');
    return [
      ...missing(
        all(/because \d+/g),
        this.set(({ reason }) => reason),
        'reason',
      ),
      ...missing(
        all(/CODE\d+/g),
        this.set(({ code }) => code),
        'code',
      ),
      ...missing(
        all(/REF-\d+/g),
        this.set(({ reference }) => reference),
        'reference',
      ),
      ...missing(
        all(/approved by (.+?)(?=[.;)]|$)/g, 1),
        this.set(({ approvedBy }) => this.nameOf(approvedBy, null)),
        'approver',
      ),
      ...missing(
        all(/run "([^"]*)"/g, 1),
        this.set(({ runId }) => this.promised.history.runs.get(runId ?? '')?.name ?? runId),
        'run',
      ),
      ...missing(
        all(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g),
        this.set(({ at }) => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`),
        'instant',
      ),
      ...missing(
        all(/note \d+/g),
        this.set(({ details }) => details?.['note']),
        'detail',
      ),
      ...missing(all(/\b(?:word \d|\*\*\*|[A-Z]{6,}\b(?=[ .,:;])|\d+\.\d{2,} [A-Z]{3})/g), this.values(), 'value'),
      ...this.changesTold(text),
      ...missing(all(/\b(?:SKU|C|N|I|P)-\d/g), this.keys(), 'key'),
      ...this.actorsTold(text),
      ...this.timesTold(text),
      ...this.originsTold(text),
      ...this.judgements(text),
      ...(text.includes('reason is unknown') && this.promised.history.reason(evidence[0] as Happened) !== null
        ? ['a reason is known']
        : []),
    ];
  }

  private set(of: (entry: Happened) => unknown): Set<string> {
    return new Set(this.evidence.map(of).filter((one) => typeof one === 'string'));
  }

  /** Values before and after of what the evidence changed, and the names of events. */
  private values(): Set<string> {
    const shown = this.evidence.flatMap((entry) => this.promised.history.changes(entry).flatMap(({ before, after }) => [before, after]));
    const words = shown.map(inWords);
    return new Set([...words, ...this.set(({ operationName }) => operationName)]);
  }

  private keys(): Set<string> {
    const { table, key, history } = this.promised;
    const image = history.lastImage(table, key) ?? {};
    const own = (tables[table] as TableSpec).businessKeyOf(image);
    return new Set([own, ...this.set(({ businessKey }) => businessKey), ...this.values()]);
  }

  /** `Ann changed price of product SKU-1 from A to B`: one of the entries did exactly that. */
  private changesTold(text: string): string[] {
    const told = [
      ...text.matchAll(/([^:;.]*?) changed ([\w ]+?) of [^:;]+? from (.+?) to (.+?)(?= on \d{4}|: because|: CODE|[;.(](?!\d)| \(|$)/g),
    ];
    return told.flatMap(([all, , field = '', before, after]) => {
      const isDone = this.evidence.some((entry) =>
        this.promised.history
          .changes(entry)
          .some(
            (change) =>
              fieldInWords(change.field) === fieldInWords(field) && inWords(change.before) === before && inWords(change.after) === after,
          ),
      );
      return isDone ? [] : [`change ${all}`];
    });
  }

  /** Everybody who is said to have done something did something of the evidence. */
  private actorsTold(text: string): string[] {
    const names = new Set(
      this.evidence.flatMap((entry) => [
        this.nameOf(entry.actor, entry.actorKind) ?? 'whence_source',
        entry.actor === null ? 'postgres' : null,
        this.nameOf(entry.approvedBy, null),
      ]),
    );
    const acting = text.matchAll(/\b(\w+(?: D\d)?) (?:changed|created|deleted|recorded|started|ended|gave) (?!at |by )/g);
    const writing = text.matchAll(/(?:written|later,) by (\w+(?: D\d)?) on /g);
    const found = [...acting, ...writing].map((match) => match[1] ?? '');
    return found.filter((name) => !names.has(name)).map((name) => `actor ${name}`);
  }

  private nameOf(actor: string | null, kind: Happened['actorKind']): string | null {
    if (actor === null) return null;
    const isPerson = kind === null || kind === 'USER';
    const user = isPerson
      ? [...this.promised.history.rows].find(([name, row]) => name.startsWith('users ') && row['key'] === actor)?.[1]
      : undefined;
    return user ? String(user['display_name']) : actor;
  }

  /** Times between are those between two entries of the evidence. */
  private timesTold(text: string): string[] {
    const told =
      /^After (.+?) (?=(?:(?:Ann|Bob) D\d|\S+) (?:changed|created|deleted))/.exec(text)?.[1] ?? /it took (.+)\.$/.exec(text)?.[1];
    if (told === undefined) return [];
    const between = this.evidence.flatMap((from) => this.evidence.map((to) => duration(millisBetween(from, to))));
    return between.includes(told) && this.evidence.length > 1 ? [] : [`time ${told}`];
  }

  /** `price and sku of product SKU-1 were written by`: the entry wrote each of them; a copy is one that the history knows. */
  private originsTold(text: string): string[] {
    const { history } = this.promised;
    const fields = /^(.+?) of \S.* (?:was|were) written by /.exec(text)?.[1]?.split(/, | and (?!\d+ other)/) ?? [];
    const written = this.evidence.flatMap((entry) => history.changes(entry).map(({ field }) => fieldInWords(field)));
    const unknown = fields
      .map((field) => field.replace(/ and \d+ other fields?$/, ''))
      .filter((field) => !written.includes(field) && !/^\d+ other/.test(field));
    const copied = /^(.+?) of .*was copied from (.+?) of /.exec(text);
    if (!copied) return unknown.map((field) => `origin of ${field}`);
    const [made, source] = this.evidence;
    const field = made && history.changes(made).find((change) => fieldInWords(change.field) === copied[1])?.field;
    return field && source && history.copiedFrom(made, field)?.writer === source ? [] : ['copy'];
  }

  private judgements(text: string): string[] {
    if (!text.includes('does not allow this step')) return [];
    const isJudged = this.evidence.some((entry) => {
      const change = entry.operation === 'UPDATE' && entry.table ? this.promised.history.changeIn(entry, 'status') : null;
      return change && entry.table && !isDeclared(entry.table, change.before, change.after);
    });
    return isJudged ? [] : ['a step that is allowed'];
  }
}

function fieldInWords(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'object' && 'amount' in value && 'currency' in value) return `${value.amount} ${value.currency}`;
  return typeof value === 'string' ? value.replace(/(?<=:\d\d\.\d{3})Z$/, '000Z') : JSON.stringify(value);
}

/** The two largest units. */
function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return milliseconds < 0 ? 'never' : 'less than a second';
  const seconds = Math.floor(milliseconds / 1_000);
  const parts = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const first = parts.findIndex((count) => count > 0);
  return parts
    .map((count, place) =>
      count > 0 && place >= first && place < first + 2
        ? `${count} ${['day', 'hour', 'minute', 'second'][place]}${count === 1 ? '' : 's'}`
        : '',
    )
    .filter(Boolean)
    .join(' ');
}
