/** Names of what belongs to one piece of work, made from the work alone, so that they are the same after a crash. */
import { createHash } from 'node:crypto';

export interface Work {
  readonly evaluationId: string;
  /** RunRequest.key. */
  readonly key: string;
  readonly step: 'setup' | 'extract';
  readonly mode: 'document' | 'batch';
  readonly command: string;
}

/** Begins the `startedBy` of every task of ours. */
export const TASK_PREFIX = 'docops-';
/** Characters of the hash in `startedBy`, which is also the client token: that one ends at 64 characters. */
const SHOWN_CHARACTERS = 40;

export function dispatchOf({ evaluationId, key, step, mode, command }: Work): string {
  return createHash('sha256')
    .update(JSON.stringify(['docops.dispatch/1', evaluationId, key, step, mode, command]))
    .digest('hex')
    .slice(0, SHOWN_CHARACTERS);
}

export function startedBy(dispatch: string, shard: number, attempt: number): string {
  return `${TASK_PREFIX}${dispatch}-${shard}-${attempt}`;
}

export const BLOBS = {
  code: (sha256: string) => `code/${sha256}.tar.gz`,
  document: (contentHash: string) => `documents/${contentHash}`,
  manifest: (task: string, step: 'fetch' | 'deliver') => `tasks/${task}.${step}.json`,
  /** How the work is divided; a worker that takes it up again divides it the same way. */
  plan: (dispatch: string) => `tasks/${dispatch}.plan.json`,
  allResults: (dispatch: string) => `results/${dispatch}/`,
  results: (dispatch: string, shard: number, attempt: number) =>
    `results/${dispatch}/${shard}-${attempt}.jsonl.gz`,
  /** Of one task: another try at the setup makes another archive, and may end later than the one that is used. */
  prepared: (dispatch: string, attempt: number) => `prepared/${dispatch}-${attempt}.tar.gz`,
} as const;
