/** Where everything lies on the two volumes. fetch makes these folders, driver.sh and the runner fill them, deliver reads. */
import { join } from 'node:path';
import { VOLUMES } from './contract.js';

export interface Layout {
  readonly input: string;
  readonly work: string;
  readonly driver: string;
  readonly documents: string;
  readonly code: string;
  readonly home: string;
  readonly temporary: string;
  readonly out: string;
}

export function layout(environment: Readonly<Record<string, string | undefined>>): Layout {
  const input = environment[VOLUMES.input.variable] ?? VOLUMES.input.path;
  const work = environment[VOLUMES.work.variable] ?? VOLUMES.work.path;
  return {
    input,
    work,
    driver: join(input, 'driver'),
    documents: join(input, 'documents'),
    code: join(work, 'code'),
    home: join(work, 'home'),
    temporary: join(work, 'tmp'),
    out: join(work, 'out'),
  };
}

/**
 * What driver.sh leaves, relative to `out`: `documents/ID/` for each document, `command/` for a batch or the setup. Only
 * these folders are the extractor's to write in; those above them are not, so no name on the way can become a link.
 */
export const OUT = {
  documents: 'documents',
  command: 'command',
  /** Of the runner; made beforehand, so that whoever delivers may read what another user wrote. */
  results: 'results.jsonl',
  begun: 'begun',
} as const;

/** Files in one of those folders. */
export const LEFT = {
  /** Seconds since the machine's start, as in /proc/uptime. */
  began: 'began',
  ended: 'ended',
  /** Exit code; there when the command ended by itself or after SIGTERM. */
  status: 'status',
  stdout: 'stdout',
  /** The first part of standard error, and the end of the rest. */
  stderr: 'stderr',
  stderrEnd: 'stderr.end',
  /** Marks: over its own time, over the time of all, not begun for want of time. */
  timeout: 'timeout',
  sideTimeout: 'side-timeout',
  outOfTime: 'out-of-time',
  /** Why the driver could not run it at all. */
  problem: 'problem',
  predictions: 'predictions.jsonl',
} as const;
