/** The demonstration's pull requests: what each shows, and what the gate has to say. A surprise makes the demo fail. */
export interface DemoPullRequest {
  /** Branch of the example repository. */
  readonly branch: string;
  readonly author: 'bob' | 'mallory';
  readonly fork: boolean;
  /** What is to be seen, in one sentence. */
  readonly shows: string;
  readonly expected: string;
}

export const PULL_REQUESTS: readonly DemoPullRequest[] = [
  {
    branch: 'refactor',
    author: 'bob',
    fork: false,
    shows: 'It only moves code: nothing got worse.',
    expected: 'success',
  },
  {
    branch: 'regression',
    author: 'bob',
    fork: false,
    shows: 'It makes amounts simpler to read, and wrong for Swiss invoices.',
    expected: 'failure',
  },
  {
    branch: 'improvement',
    author: 'bob',
    fork: false,
    shows: 'It reads amounts that were wrong before.',
    expected: 'success',
  },
  {
    branch: 'crash',
    author: 'bob',
    fork: false,
    shows: 'It stops on documents without a VAT number.',
    expected: 'failure',
  },
  {
    branch: 'docs-only',
    author: 'bob',
    fork: false,
    shows: 'It touches no extraction code; the required check is answered all the same.',
    expected: 'success',
  },
  {
    branch: 'hidden-loss',
    author: 'mallory',
    fork: true,
    shows: 'It comes from a stranger, so nobody runs it before somebody looked.',
    expected: 'action_required',
  },
  {
    branch: 'together-a',
    author: 'bob',
    fork: false,
    shows: 'Fine alone.',
    expected: 'success',
  },
  {
    branch: 'together-b',
    author: 'bob',
    fork: false,
    shows: 'Fine alone too.',
    expected: 'success',
  },
];
