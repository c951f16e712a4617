import { MirrorError } from '../../ports/mirror.js';
import { visible } from '../errors.js';

/** What a failed fetch means; closed, so that each has one answer. */
export type FaultKind =
  /** The token: worth one more try with a new one. */
  | 'refused'
  /** The repository is not there, or not for this App. */
  | 'not-found'
  /** It answers from somewhere else; a token follows nowhere. */
  | 'moved'
  /** A ref or a commit that was asked for. */
  | 'missing-ref'
  | 'missing-commit'
  /** What it sent is malformed; `harmless` when only old programs' habits are. */
  | 'malformed'
  | 'malformed-harmless'
  | 'network'
  | 'disk-full'
  /** Somebody writes the same ref, or died while doing so. */
  | 'locked'
  /** Nothing of the above: the mirror itself is suspected. */
  | 'unknown';

/**
 * Classes of git's fsck that harm nobody and that public histories have: zero-padded modes of old programs, authors
 * and dates written by hand. https://git-scm.com/docs/git-fsck#_fsck_messages
 */
export const HARMLESS: readonly string[] = [
  'badDate',
  'badEmail',
  'badTimezone',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'zeroPaddedDate',
  'zeroPaddedFilemode',
];

/** In this order: what stands below is often said as a consequence of what stands above. */
const FAULTS: readonly { readonly when: RegExp; readonly kind: FaultKind }[] = [
  { when: /no space left on device|disk quota exceeded/i, kind: 'disk-full' },
  {
    when: new RegExp(`^(?:error|fatal): .*object [0-9a-f]+: (?:${HARMLESS.join('|')}): `, 'im'),
    kind: 'malformed-harmless',
  },
  { when: /fsck error/, kind: 'malformed' },
  {
    when: /could not read (?:Username|Password)|Authentication failed|returned error: 40[13]\b/,
    kind: 'refused',
  },
  { when: /returned error: 30[12378]\b|unable to update url base from redirection/, kind: 'moved' },
  {
    when: /^fatal: repository '.*' not found|returned error: (?:404|410)\b|does not appear to be a git repository/m,
    kind: 'not-found',
  },
  { when: /couldn't find remote ref/, kind: 'missing-ref' },
  { when: /not our ref|unadvertised object/, kind: 'missing-commit' },
  { when: /reference broken/, kind: 'unknown' },
  { when: /Unable to create '.*\.lock'|cannot lock ref/, kind: 'locked' },
  {
    when: /unable to access '|could not resolve|connection|timed out|early EOF|hung up|RPC failed|unexpected disconnect|expected flush|curl |SSL|gnutls|Could not read from remote|remote error:/i,
    kind: 'network',
  },
];

export function faultOf(stderr: string): FaultKind {
  return FAULTS.find(({ when }) => when.test(stderr))?.kind ?? 'unknown';
}

/** What git says of a store that lost or spoilt something. Its own lines only: `remote:` is what a server made up. */
const DAMAGE =
  /^(?:error|fatal|warning): (?:(?:packfile|packed object|corrupt|loose object|object file|inflate|bad (?:tree )?object|bad ref|bad config|index file|wrong index|garbage at end of|unknown object type|not a git repository|invalid object|offset before)\b|file .*\.pack is|unable to (?:unpack|read (?:tree|sha1 file)|parse)|failed to (?:read|validate) delta|hash mismatch|could not (?:parse|get object info)|Failed to traverse parents|revision walk setup failed|.*(?:does not point to a valid object|is corrupt))/im;

/** Whether the copy on disk is damaged, also where git helped itself and went on. */
export function isDamage(stderr: string): boolean {
  // What a remote does not give is missing, not damaged.
  return DAMAGE.test(stderr) && !/promisor remote|unable to access '/.test(stderr);
}

/** The line that says what is wrong. */
function said(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('hint:'));
  return visible(lines.find((line) => /^(?:fatal|error):/.test(line)) ?? lines.at(-1) ?? 'it said nothing');
}

/** A failure with its kind, for those who can do something about it before it becomes a MirrorError. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;
  readonly stderr: string;
  constructor(kind: FaultKind, stderr: string) {
    super(said(stderr));
    this.kind = kind;
    this.stderr = stderr;
  }
}

const SENTENCES: Readonly<Record<FaultKind, { readonly text: string; readonly transient: boolean }>> = {
  refused: {
    text: 'the host refused the token for this repository, a new one as well: is the App still installed on it, with contents: read?',
    transient: true,
  },
  'not-found': { text: 'the host has no such repository, or none that this App may read', transient: false },
  moved: {
    text: 'the repository answers from another address (renamed or transferred); it is read again once that is known',
    transient: true,
  },
  'missing-ref': { text: 'the repository does not have this ref any more', transient: true },
  'missing-commit': {
    text: 'the repository does not have this commit any more; a force push may have removed it',
    transient: false,
  },
  malformed: { text: 'the repository holds an object that git refuses as malformed', transient: false },
  'malformed-harmless': {
    text: 'the repository holds an object that git refuses as malformed',
    transient: false,
  },
  network: { text: 'the repository could not be fetched', transient: true },
  'disk-full': { text: 'the disk that holds the mirrors is full', transient: true },
  locked: { text: 'another process writes to the mirror', transient: true },
  unknown: { text: 'the repository could not be fetched', transient: true },
};

/** `redact` takes tokens out of what git said. */
export function mirrorError(fault: Fault, redact: (text: string) => string): MirrorError {
  const { text, transient } = SENTENCES[fault.kind];
  return new MirrorError(redact(`${text} (${fault.message})`), transient);
}
