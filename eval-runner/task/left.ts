/** What driver.sh left of one command → how it ended. */
import { join } from 'node:path';
import type { CommandResult, End } from '../command.js';
import type { JobLimits } from '../contract.js';
import { Tail } from '../tail.js';
import { LEFT } from './layout.js';
import { readEnd, readPlain, sizeOfPlain } from './reading.js';

export type Left =
  | { readonly kind: 'unbegun' }
  /** It was begun and nobody saw its end. */
  | { readonly kind: 'running'; readonly tail: string }
  | { readonly kind: 'out-of-time' }
  /** The driver could not run it. */
  | { readonly kind: 'problem'; readonly problem: string }
  | { readonly kind: 'ended'; readonly result: CommandResult };

const MARK_BYTES = 64;
const PROBLEM_BYTES = 1_000;

export async function readLeft(
  folder: string,
  limits: JobLimits,
  timeoutMs: number,
  keepsOutput: boolean,
): Promise<Left> {
  const mark = async (name: string): Promise<string | undefined> =>
    (await readPlain(join(folder, name), MARK_BYTES))?.toString('latin1').trim();
  const problem = await readPlain(join(folder, LEFT.problem), PROBLEM_BYTES);
  if (problem !== undefined) return { kind: 'problem', problem: problem.toString('utf8').trim() };
  const began = await mark(LEFT.began);
  if (began === undefined)
    return { kind: (await mark(LEFT.outOfTime)) === undefined ? 'unbegun' : 'out-of-time' };

  const status = /^\d{1,3}$/.exec((await mark(LEFT.status)) ?? '')?.[0];
  const exitCode = status !== undefined && Number(status) <= 255 ? Number(status) : undefined;
  const stdoutBytes = keepsOutput ? await sizeOfPlain(join(folder, LEFT.stdout)) : 0;
  const tail = await readTail(folder, limits.stderrTailBytes);
  let end: End;
  if (stdoutBytes > limits.outputBytes) end = 'output';
  else if ((await mark(LEFT.sideTimeout)) !== undefined) end = 'side-timeout';
  else if ((await mark(LEFT.timeout)) !== undefined) end = 'timeout';
  else if (exitCode !== undefined) end = 'exit';
  else return { kind: 'running', tail };

  const stdout =
    keepsOutput && end === 'exit'
      ? await readPlain(join(folder, LEFT.stdout), limits.outputBytes)
      : undefined;
  const result: CommandResult = {
    end,
    exitCode,
    signal: undefined,
    seconds: secondsBetween(began, await mark(LEFT.ended), timeoutMs, limits.killGraceMs),
    maxRssBytes: undefined,
    stdout: stdout ?? Buffer.alloc(0),
    tail,
  };
  return { kind: 'ended', result };
}

/** What the code could have written there is not believed beyond what the limits allow. */
function secondsBetween(
  began: string,
  ended: string | undefined,
  timeoutMs: number,
  killGraceMs: number,
): number {
  const longest = (timeoutMs + killGraceMs) / 1000 + 5;
  const seconds = Number(ended ?? Number.NaN) - Number(began);
  // One that was killed has no end; it had all of its time.
  return Number.isFinite(seconds) && seconds >= 0
    ? Math.min(longest, Number(seconds.toFixed(2)))
    : timeoutMs / 1000;
}

async function readTail(folder: string, bytes: number): Promise<string> {
  const tail = new Tail(bytes);
  // A byte more, so that the tail knows that something stood before it.
  tail.push(await readEnd(join(folder, LEFT.stderr), bytes + 1));
  tail.push(await readEnd(join(folder, LEFT.stderrEnd), bytes + 1));
  return tail.text();
}
