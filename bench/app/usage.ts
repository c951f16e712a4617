/** Processor time of processes from Linux's /proc; empty elsewhere. */
import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

interface Times {
  readonly parent: number;
  readonly ms: number;
}

/** User and system time with that of ended and waited-for children (fields 14 to 17 of proc_pid_stat(5)). */
function times(pid: number): Times | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const sum = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
    return { parent: Number(fields[1]), ms: sum * TICK_MS };
  } catch {
    return undefined;
  }
}

/** Milliseconds by name; `postgres` is the postmaster and all whose parent it is. */
export function processorTime(
  pids: Readonly<Record<string, number | undefined>>,
  postmaster: number,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, pid] of Object.entries(pids)) if (pid !== undefined) found.set(name, times(pid)?.ms ?? 0);
  let postgres = 0;
  if (process.platform === 'linux')
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const each = times(Number(entry));
      if (each?.parent === postmaster || Number(entry) === postmaster) postgres += each?.ms ?? 0;
    }
  found.set('postgres', postgres);
  return found;
}

/** Of the whole machine since it started, in milliseconds of one processor; waiting and idle left out. proc_stat(5). */
export function machineTime(): number {
  if (process.platform !== 'linux') return Number.NaN;
  const [user, nice, system, , , irq, softirq, steal] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (
    [user, nice, system, irq, softirq, steal].reduce((sum: number, each) => sum + (each ?? 0), 0) * TICK_MS
  );
}

export function loadAverage(): string {
  return process.platform === 'linux'
    ? (readFileSync('/proc/loadavg', 'utf8').split(' ')[0] ?? '')
    : 'unknown';
}

/** At a share between 0 and 1, of numbers in any order. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
