// How far a file was taken, its runs, and the circumstances that each entry carries.
import { createHash } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { json, type Transaction } from '../../database/database.ts';
import { DomainError } from '../../shared/errors.ts';
import type { Circumstances, Counts, OpenRun, SourceFile, Standing } from './import.model.ts';

/** Begins every statement of an import: settings made in the statement itself hold for its triggers, which saves a round trip. */
export function withCircumstances({ occurredAt, reason, reasonCode, reference, details }: Circumstances): SQL {
  return sql`with circumstances as materialized (
  select set_config('audit.occurred_at', ${occurredAt ?? ''}, true), set_config('audit.reason', ${reason ?? ''}, true),
         set_config('audit.reason_code', ${reasonCode}, true), set_config('audit.reference', ${reference ?? ''}, true),
         set_config('audit.details', ${json(details)}, true))`;
}

/** Names the day and the file, nothing else: a repeated import finds the run it opened. */
export function runIdOf({ sha256 }: SourceFile, day: string): string {
  const mark = createHash('sha256').update(`${sha256} ${day}`).digest('hex').slice(0, 8);
  return `run_${day.replaceAll('-', '')}_000000_${mark}`;
}

export async function beginFile(tx: Transaction, tenant: string, { source, sha256, name }: SourceFile): Promise<Standing> {
  await tx.run(sql`/* sources.begin */ insert into sources.file_import (tenant, source, file_sha256, file_name)
    values (${tenant}, ${source}, ${sha256}, ${name}) on conflict do nothing`);
  return await lockFile(tx, tenant, { source, sha256 });
}

/** Where the import stands; nobody else moves it on before this transaction ends. */
async function lockFile(tx: Transaction, tenant: string, { source, sha256 }: Pick<SourceFile, 'source' | 'sha256'>): Promise<Standing> {
  type Found = { lines_taken: number; open_run: OpenRun | null; finished_at: string | null };
  const [found] = await tx.run<Found>(sql`/* sources.lock */ select lines_taken::float8 as lines_taken, open_run, finished_at
    from sources.file_import where tenant = ${tenant} and source = ${source} and file_sha256 = ${sha256} for update`);
  if (!found) throw new Error('the import of this file was not begun');
  return { linesTaken: found.lines_taken, openRun: found.open_run, finishedAt: found.finished_at };
}

/**
 * Locks the file for this transaction.
 * @throws DomainError `UNAVAILABLE` when another process has moved it on since `expected`.
 */
export async function continueFile(tx: Transaction, tenant: string, file: SourceFile, expected: number): Promise<Standing> {
  const standing = await lockFile(tx, tenant, file);
  if (standing.linesTaken === expected) return standing;
  throw new DomainError('UNAVAILABLE', 'Another import is taking the same file at this moment.', { retryable: true });
}

export interface Step {
  readonly linesTaken: number;
  readonly openRun: OpenRun | null;
  readonly finished: boolean;
  readonly made: Counts;
}

export async function moveFileOn(tx: Transaction, tenant: string, file: SourceFile, step: Step): Promise<void> {
  await tx.run(sql`/* sources.move */ update sources.file_import f
    set lines_taken = ${step.linesTaken}::bigint, open_run = ${step.openRun && json(step.openRun)}::text::jsonb,
        finished_at = case when ${step.finished}::boolean then now() end,
        counts = f.counts || (select coalesce(jsonb_object_agg(key, value::bigint + coalesce((f.counts ->> key)::bigint, 0)), '{}')
          from jsonb_each_text(${json(step.made)}::text::jsonb))
    where f.tenant = ${tenant} and f.source = ${file.source} and f.file_sha256 = ${file.sha256}`);
}

/** Opens the run of a day, unless an earlier line of that day did. Gives the number of runs opened. */
export async function startRun(tx: Transaction, tenant: string, file: SourceFile, name: string, id: string, at: string): Promise<number> {
  const details = { file: file.name, sha256: file.sha256 };
  const opened = await tx.run(sql`/* sources.start_run */ ${withCircumstances(ofRun(file, at))}
    select audit.start_run(name => ${name}, run_id => ${id}, event_prefix => 'IMPORT', details => ${json(details)}::text::jsonb)
    from circumstances where not exists (select from audit.run r where r.tenant = ${tenant} and r.run_id = ${id})`);
  return opened.length;
}

export async function finishRun(tx: Transaction, tenant: string, file: SourceFile, { id, lastAt, lines }: OpenRun): Promise<void> {
  await tx.run(sql`/* sources.finish_run */ ${withCircumstances(ofRun(file, lastAt))}
    select audit.finish_run(run_id => ${id}, details => ${json({ lines })}::text::jsonb)::text
    from circumstances where exists (select from audit.run r where r.tenant = ${tenant} and r.run_id = ${id} and r.status = 'RUNNING')`);
}

function ofRun(file: SourceFile, at: string): Circumstances {
  return { occurredAt: at, reason: `Import of ${file.name}`, reasonCode: 'IMPORT', reference: file.name, details: {} };
}

/** Lines after which the statistics of the tables are refreshed: at first soon, then each time they have doubled. */
export function statisticsAreOld(lines: number, atLast: number): boolean {
  return lines >= 500 && lines >= 2 * atLast;
}
