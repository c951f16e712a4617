/**
 * Finding and killing what a command started. On Linux from /proc; elsewhere from `ps`, with less: there a process that
 * left its group and its parent is not found again.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { MARK_VARIABLE } from './contract.js';

const LINUX = process.platform === 'linux';

/** Memory of a set of processes: what they have now, and the most that any single one of them ever had. */
export interface Memory {
  readonly bytes: number;
  readonly peakOfOneBytes: number;
}

/** Resident memory of a process and everything below it, and of further processes that ran away from it. */
export function memoryOf(root: number, strays: readonly number[]): Memory {
  let bytes = 0;
  let peakOfOneBytes = 0;
  if (!LINUX) {
    const table = processTable();
    for (const pid of below([root, ...strays], (parent) => childrenInTable(table, parent))) {
      const own = table.get(pid)?.bytes ?? 0;
      bytes += own;
      peakOfOneBytes = Math.max(peakOfOneBytes, own);
    }
    return { bytes, peakOfOneBytes };
  }
  for (const pid of below([root, ...strays], childrenOf)) {
    const status = read(`/proc/${pid}/status`);
    bytes += kibibytes(status, 'VmRSS:');
    peakOfOneBytes = Math.max(peakOfOneBytes, kibibytes(status, 'VmHWM:'));
  }
  return { bytes, peakOfOneBytes };
}

/**
 * The same with shared pages counted once (proportional set size). Dear, several milliseconds for a big process, so it
 * is asked only when the resident sum is over a limit: workers forked from one loaded model share most of their pages.
 */
export function sharedOnceBytes(root: number, strays: readonly number[]): number | undefined {
  if (!LINUX) return undefined;
  let bytes = 0;
  for (const pid of below([root, ...strays], childrenOf)) {
    const rollup = read(`/proc/${pid}/smaps_rollup`);
    // Unreadable for a living process: nothing better than the resident size is known.
    bytes += rollup === '' ? kibibytes(read(`/proc/${pid}/status`), 'VmRSS:') : kibibytes(rollup, 'Pss:');
  }
  return bytes;
}

/**
 * Processes whose environment carries the mark: those that left their group (`setsid`, daemons) too. `mark` may be a
 * whole job's or one command's; a command's mark is its job's with a dot and a number.
 */
export function marked(mark: string): number[] {
  if (!LINUX) return [];
  const found: number[] = [];
  const whole = `${MARK_VARIABLE}=${mark}`;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const environment = read(`/proc/${name}/environ`);
    const at = environment.indexOf(whole);
    if (at < 0) continue;
    const next = environment[at + whole.length];
    if (next === undefined || next === '\0' || next === '.') found.push(pid);
  }
  return found;
}

/** Kills a process group at once. Nobody there is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  signalProcess(-group, signal);
}

/** Kills everything that carries the mark, again and again while new ones appear; says how many it met. */
export function killMarked(mark: string): number {
  const met = new Set<number>();
  // One that forks while we look is met in the next round: ten rounds are several times what a fork bomb needed in tests.
  for (let round = 0; round < 10; round++) {
    const found = marked(mark).filter((pid) => round < 3 || !isZombie(pid));
    if (found.length === 0) break;
    for (const pid of found) {
      met.add(pid);
      signalProcess(pid, 'SIGKILL');
    }
  }
  return met.size;
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already (ESRCH), or no longer ours (EPERM after a setuid program): nothing that we can do.
  }
}

function isZombie(pid: number): boolean {
  return /^State:\s+Z/m.test(read(`/proc/${pid}/status`));
}

function below(roots: readonly number[], children: (pid: number) => readonly number[]): Set<number> {
  const seen = new Set<number>();
  const open = [...roots];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (seen.has(pid)) continue;
    seen.add(pid);
    open.push(...children(pid));
  }
  return seen;
}

/** Every thread has its own list of children. https://man7.org/linux/man-pages/man5/proc_pid_task.5.html */
function childrenOf(pid: number): number[] {
  const children: number[] = [];
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return children;
  }
  for (const thread of threads) {
    for (const child of read(`/proc/${pid}/task/${thread}/children`).split(' ')) {
      if (child !== '') children.push(Number(child));
    }
  }
  return children;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function kibibytes(text: string, key: string): number {
  const at = text.indexOf(key);
  return at < 0 ? 0 : 1024 * (Number.parseInt(text.slice(at + key.length, at + key.length + 32), 10) || 0);
}

type ProcessTable = Map<number, { parent: number; bytes: number }>;

function processTable(): ProcessTable {
  const table: ProcessTable = new Map();
  let text: string;
  try {
    text = execFileSync('ps', ['-Ao', 'pid=,ppid=,rss='], { encoding: 'utf8' });
  } catch {
    return table;
  }
  for (const line of text.split('\n')) {
    const [pid, parent, rss] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parent !== undefined && rss !== undefined)
      table.set(pid, { parent, bytes: rss * 1024 });
  }
  return table;
}

function childrenInTable(table: ProcessTable, parent: number): number[] {
  return [...table].filter(([, row]) => row.parent === parent).map(([pid]) => pid);
}
