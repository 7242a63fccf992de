import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Job, Result } from './load.ts';

/** Runs one job of the load generator in a process of its own. */
export function fire(job: Job): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'load.js'));
    child.once('message', (result) => resolve(result as Result));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`))); // after its result this says nothing new
    child.send(job);
  });
}
