import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../config.ts';
import type { Owner } from '../database/database.ts';

const longestMs = 20_000;

/** Leaves a debug bundle when the process is about to end by a fault that nobody caught, or when a start fails. */
export class CrashBundles {
  private owner: Owner | null = null;

  constructor(
    private readonly folder: string,
    private readonly settings: Readonly<Record<string, string>>,
    private readonly environment: Environment,
    private readonly err: (text: string) => void,
  ) {
    process.on('uncaughtException', this.uncaught);
  }

  /** From now on a bundle also tells of the database. */
  use(owner: Owner | null): void {
    this.owner = owner;
  }

  stop(): void {
    process.off('uncaughtException', this.uncaught);
  }

  /** Never fails: what goes wrong here must not hide what went wrong before. */
  async leave(error: unknown): Promise<void> {
    const { folder, owner, settings, environment } = this;
    try {
      const { leaveCrashBundle } = await import('../rooms/vault/crash-bundle.ts');
      const left = leaveCrashBundle({ error, folder, owner, settings, environment });
      const path = await Promise.race([left, sleep(longestMs, null, { ref: false })]);
      this.err(path === null ? 'whence: the debug bundle was not done in time.' : `whence: a debug bundle is at ${path}`);
    } catch (fault) {
      this.err(`whence: no debug bundle: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  }

  /** Rejections that nobody handles come here, too. A second fault ends the process at once. */
  private readonly uncaught = (error: unknown) => {
    this.stop();
    this.err(error instanceof Error ? String(error.stack) : String(error));
    void this.leave(error).finally(() => process.exit(1));
  };
}
