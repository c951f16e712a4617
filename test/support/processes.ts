import { execFileSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** Living processes whose command line has `text` in it; zombies are not living. */
export function processesWith(text: string): number[] {
  return execFileSync('ps', ['-Ao', 'pid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, state, args] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return args?.includes(text) === true && state?.startsWith('Z') === false ? [Number(pid)] : [];
    });
}

/** Waits until nothing has `text` in its command line; the pids that remain after `ms`. */
export async function processesGone(text: string, ms = 5_000): Promise<number[]> {
  return until(
    () => processesWith(text),
    (pids) => pids.length === 0,
    ms,
  );
}

/** Asks again and again until the answer is good; the last answer. */
export async function until<T>(ask: () => T, good: (answer: T) => boolean, ms = 5_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = ask();
    if (good(answer) || performance.now() > end) return answer;
    await wait(25);
  }
}

/** A number of seconds for `sleep` that no other process on the machine has, to find its process by. */
export function uniqueSeconds(): string {
  return `${1000 + Math.floor(Math.random() * 1000)}.${Math.floor(Math.random() * 1e9)}`;
}
