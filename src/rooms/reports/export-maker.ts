import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Database, WriteContext } from '../../database/database.ts';
import type { Caller } from '../../shared/caller.ts';
import { DomainError } from '../../shared/errors.ts';
import type { Log } from '../../shared/log.ts';
import { sha256Of } from '../vault/bundle-files.ts';
import { markFailed, markProgress, markReady } from './export.queries.ts';

export interface ExportSettings {
  /** Folder of the files; servers of one database share it. */
  readonly folder: string;
  /** Bytes of one file. */
  readonly limitBytes: number;
}

/** Writes a file into a folder that is there, and says what it holds. `progress` is told a share, 0 to 1. */
export type Write = (
  into: { readonly folder: string; readonly limitBytes: number; readonly signal: AbortSignal },
  progress: (share: number) => void,
) => Promise<{ readonly path: string; readonly manifest: object }>;

const lifetimeSeconds = 3_600;
const sweepMs = 5 * 60_000;
const beatMs = 15_000;
const tellMs = 500;
/** What all files may take together, in files of the greatest length. */
const mostFull = 8;
const mostWaiting = 20;

/** Makes files one after the other, so that they take no more than one connection, and removes them when their time is over. */
export class ExportMaker {
  private last: Promise<void> = Promise.resolve();
  private waiting = 0;
  private readonly stopping = new AbortController();
  private readonly sweeping: ReturnType<typeof setInterval>;

  constructor(
    private readonly database: Database,
    private readonly settings: ExportSettings,
    private readonly log: Log,
  ) {
    this.sweeping = setInterval(() => void this.sweep(), sweepMs).unref();
    void this.sweep();
  }

  get isBusy(): boolean {
    return this.waiting >= mostWaiting;
  }

  pathOf(id: string): string {
    return join(this.settings.folder, `${id}.zip`);
  }

  /** Begins when those before it are done. */
  start(caller: Caller, id: string, write: Write): void {
    this.waiting += 1;
    this.last = this.last
      .then(() => this.make(caller, id, write))
      .finally(() => {
        this.waiting -= 1;
      });
  }

  /** Files under way are given up. */
  async close(): Promise<void> {
    clearInterval(this.sweeping);
    this.stopping.abort(new DomainError('UNAVAILABLE', 'The server has stopped.'));
    await this.last;
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) await rm(this.pathOf(id), { force: true });
  }

  private async make(caller: Caller, id: string, write: Write): Promise<void> {
    const { tenant, actor, role } = caller;
    const context: WriteContext = { tenant, actor, role, application: 'whence export' };
    const run = (statement: ReturnType<typeof markProgress>) => this.database.write(context, (tx) => tx.run(statement));
    const work = `${this.pathOf(id)}.part`;
    let [share, toldAt] = [0, 0];
    let telling: Promise<unknown> = Promise.resolve();
    const tell = () => {
      toldAt = performance.now();
      telling = telling.then(() => run(markProgress(tenant, id, share))).catch(() => {}); // the next one tells it
    };
    const beating = setInterval(tell, beatMs);
    try {
      this.stopping.signal.throwIfAborted();
      await this.requireRoom();
      await mkdir(work, { recursive: true, mode: 0o700 });
      tell();
      const made = await write({ folder: work, limitBytes: this.settings.limitBytes, signal: this.stopping.signal }, (now) => {
        share = Math.min(now, 1);
        if (performance.now() - toldAt > tellMs) tell();
      });
      const [{ size }, sha256] = [await stat(made.path), await sha256Of(made.path)];
      await rename(made.path, this.pathOf(id));
      await rm(work, { recursive: true, force: true });
      await telling;
      await run(markReady(tenant, id, { fileName: basename(made.path), byteSize: size, sha256, manifest: made.manifest }, lifetimeSeconds));
    } catch (error) {
      this.log.error({ err: error, export: id }, 'a file could not be made');
      const told = this.stopping.signal.aborted ? this.stopping.signal.reason : error;
      const message = told instanceof DomainError ? told.message : 'It could not be made: the log of the server says why.';
      await rm(work, { recursive: true, force: true }).catch(() => {}); // the sweep removes it
      await telling;
      await run(markFailed(tenant, id, message)).catch(() => {}); // silent for two minutes it counts as failed, too
    } finally {
      clearInterval(beating);
    }
  }

  /** @throws DomainError when the files that are there leave no room for another. */
  private async requireRoom(): Promise<void> {
    const { folder, limitBytes } = this.settings;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.sweep();
    let bytes = 0;
    for (const name of await readdir(folder)) bytes += (await stat(join(folder, name)).catch(() => null))?.size ?? 0;
    if (bytes > (mostFull - 1) * limitBytes)
      throw new DomainError('UNAVAILABLE', 'There is no room for another file: older ones end within the hour.');
  }

  /** Files of any tenant that are over their time, and what a server that was killed left behind. */
  private async sweep(): Promise<void> {
    const { folder } = this.settings;
    const before = Date.now() - (lifetimeSeconds + 60) * 1_000;
    for (const name of await readdir(folder).catch(() => [])) {
      if (!/^[0-9a-f-]{36}\.zip(\.part)?$/.test(name)) continue;
      const path = join(folder, name);
      const found = await stat(path).catch(() => null);
      if (found && found.mtimeMs < before) await rm(path, { recursive: true, force: true }).catch(() => {});
    }
  }
}
