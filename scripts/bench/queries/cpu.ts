import { existsSync, readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ, the same on every Linux

/** Seconds of processor time that a process has used, with the children that it waited for; 0 when it is gone. */
function secondsOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticksPerSecond;
  } catch {
    return 0;
  }
}

export function processSeconds(pid: number | undefined): number {
  return existsSync('/proc/self/stat') ? secondsOf(String(pid)) : Number.NaN;
}

/** Of every PostgreSQL of this machine, ended backends included: their time goes to the process that started them. */
export function postgresSeconds(): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  const isPostgres = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'latin1').startsWith('postgres');
    } catch {
      return false;
    }
  };
  const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isPostgres(pid));
  return pids.reduce((sum, pid) => sum + secondsOf(pid), 0);
}
