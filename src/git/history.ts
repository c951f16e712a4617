import { visible } from './errors.js';
import { checkId } from './refs.js';
import type { ObjectStore } from './store.js';

/** Subject lines of some hundred commits; nobody's are megabytes. */
const HISTORY_BYTES = 16 * 1024 * 1024;

export interface CommitSubject {
  readonly commit: string;
  /** First line of the message, control characters replaced, at most 300 characters. */
  readonly subject: string;
}

/**
 * Commits that `to` has and `from` has not, along first parents, oldest first; of more than `limit` those next to `to`.
 */
export async function firstParents(
  store: ObjectStore,
  from: string,
  to: string,
  limit: number,
): Promise<CommitSubject[]> {
  checkId(from);
  checkId(to);
  const { stdout } = await store.git(
    'walk the history',
    [
      'rev-list',
      '--first-parent',
      '--reverse',
      `--max-count=${Math.max(0, Math.trunc(limit))}`,
      '--no-commit-header',
      '--format=%H %s',
      to,
      `^${from}`,
    ],
    { maxBytes: HISTORY_BYTES },
  );
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const space = line.indexOf(' ');
      return { commit: line.slice(0, space), subject: visible(line.slice(space + 1)) };
    });
}
