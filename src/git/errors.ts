import { UsageError } from '../core/errors.js';

/** Why git cannot give what was asked; closed, so that callers and tests can tell them apart. */
export type GitErrorCode =
  | 'git_missing'
  | 'git_too_old'
  | 'no_such_directory'
  | 'not_a_repository'
  | 'dubious_ownership'
  | 'no_commits'
  | 'unknown_ref'
  | 'bad_ref'
  | 'no_default_branch'
  | 'shallow'
  | 'unrelated_histories'
  /** A bare repository has no working tree to measure. */
  | 'bare_without_head'
  /** The index has entries of a merge that nobody has resolved. */
  | 'unresolved_conflicts'
  | 'unreadable_file'
  /** Objects that a partial clone has to fetch and cannot, or that a damaged repository lost. */
  | 'missing_objects'
  /** A filter of the user's configuration (Git LFS, git-crypt …) failed. */
  | 'filter_failed'
  | 'too_large'
  /** Anything else that git says; its own words stand in the message. */
  | 'git_failed';

/** The repository is in a state that cannot be evaluated: `message` says what is wrong, `mend` what to type. */
export class GitError extends UsageError {
  override readonly name = 'GitError';
  readonly code: GitErrorCode;
  constructor(code: GitErrorCode, message: string, mend?: string) {
    super(message, mend);
    this.code = code;
  }
}

/** Text from a repository as it may stand in a message: one line, no control characters, not too long. */
export function visible(text: string, longest = 300): string {
  const clean = text.replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}

const KNOWN: readonly { when: RegExp; code: GitErrorCode; message: string; mend: string }[] = [
  {
    when: /promisor remote|could not read from remote repository|unable to access '/i,
    code: 'missing_objects',
    message: 'this is a partial clone, and git could not fetch the objects that are missing',
    mend: 'check that `git fetch` works here without a prompt, or make the clone complete: git fetch --refetch --no-filter',
  },
  {
    when: /external filter|(?:smudge|clean) filter|git-lfs|git lfs/i,
    code: 'filter_failed',
    message: 'a filter of your git configuration failed',
    mend: 'install the filter that the message names (for Git LFS: https://git-lfs.com, then `git lfs pull`) and try again',
  },
  {
    when: /refusing to merge unrelated histories/,
    code: 'unrelated_histories',
    message: 'base and head have no commit in common',
    mend: 'name a base that the head was branched from: --base REF',
  },
  {
    when: /no space left on device/i,
    code: 'git_failed',
    message: 'the disk of the folder for temporary files is full',
    mend: 'free some space, or name another folder in TMPDIR',
  },
  {
    when: /permission denied/i,
    code: 'unreadable_file',
    message: 'a file cannot be read',
    mend: 'make the file readable, or add it to .gitignore if it is not part of the code',
  },
  {
    when: /unable to read (?:tree|sha1 file|[0-9a-f]{40})|bad object|missing (?:blob|tree|commit)|is corrupt|loose object/i,
    code: 'missing_objects',
    message: 'the repository misses objects or is damaged',
    mend: 'look at what `git fsck` says, or clone the repository again',
  },
];

/** The error that a failed git command means; `doing` completes "git could not …". */
export function explain(doing: string, stderr: string): GitError {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('hint:'));
  const said = lines.find((line) => /^(?:fatal|error):/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  const known = KNOWN.find(({ when }) => when.test(stderr));
  if (known === undefined) return new GitError('git_failed', `git could not ${doing}: ${visible(said)}`);
  return new GitError(known.code, `${known.message} (git could not ${doing}: ${visible(said)})`, known.mend);
}
