/** Opens pull requests of known kinds, some with a second push while the first head is on its way. */
import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ANSWERS, change, type Answer, type Kind } from './kinds.js';
import type { Random } from './random.js';
import { CHECK, REPO, type Stage } from './stage.js';
import { until } from './keeper.js';

export interface Head {
  readonly sha: string;
  readonly answer: Answer;
  readonly files: Readonly<Record<string, string>>;
}

export interface Pull {
  readonly number: number;
  readonly kind: Kind;
  /** The last one is the head now. */
  readonly heads: Head[];
  concluded: boolean;
  concludedMs: number | null;
  readonly openedMs: number;
}

/** Shares of the kinds, in the order in which they are drawn. */
const SHARES: readonly (readonly [Kind, number])[] = [
  ['harmless', 0.3],
  ['identical', 0.25],
  ['regression', 0.2],
  ['not-applicable', 0.13],
  ['crash', 0.08],
  ['twin', 0.04],
];
/** Pull requests that get a second push. */
const PUSHED_AGAIN = 0.2;

export function drawKinds(count: number, random: Random): Kind[] {
  const kinds = SHARES.flatMap(([kind, share]) =>
    Array.from({ length: Math.round(share * count) }, () => kind),
  );
  while (kinds.length < count) kinds.push('harmless');
  return random.shuffle(kinds.slice(0, count));
}

export class Opener {
  readonly pulls: Pull[] = [];
  readonly secondPushes: Promise<void>[] = [];
  readonly #stage: Stage;
  readonly #random: Random;

  constructor(stage: Stage, random: Random) {
    this.#stage = stage;
    this.#random = random;
  }

  async open(kind: Kind, index: number): Promise<Pull> {
    const { github } = this.#stage;
    const branch = `${kind}-${index}`;
    const head = await this.#head(kind, branch);
    const number = await github.openPullRequest({
      repo: REPO,
      author: 'bob',
      head: branch,
      base: 'main',
      title: branch,
    });
    const pull: Pull = {
      number,
      kind,
      heads: [head],
      concluded: false,
      concludedMs: null,
      openedMs: performance.now(),
    };
    this.pulls.push(pull);
    // A twin stays one: its branch has the head of another.
    if (kind !== 'twin' && this.#random.next() < PUSHED_AGAIN)
      this.secondPushes.push(this.#pushAgain(pull, branch, index));
    return pull;
  }

  async #head(kind: Kind, branch: string): Promise<Head> {
    const { github } = this.#stage;
    const settled = this.pulls.filter(({ kind: other }) => other !== 'not-applicable' && other !== 'twin');
    if (kind === 'twin' && settled.length > 0) {
      const [of] = this.#random.pick(settled).heads;
      if (of === undefined) throw new Error('a pull request without a head');
      const bare = github.barePath(REPO);
      await promisify(execFile)('git', ['-C', bare, 'update-ref', `refs/heads/${branch}`, of.sha]);
      return of;
    }
    const earlier = settled.flatMap(({ heads }) => heads);
    if (kind === 'identical' && earlier.length > 0) {
      const { files, answer } = this.#random.pick(earlier);
      return { sha: await this.#push(branch, files), answer, files };
    }
    const own = kind === 'identical' || kind === 'twin' ? 'harmless' : kind;
    const files = change(own, branch);
    return { sha: await this.#push(branch, files), answer: ANSWERS[own], files };
  }

  #push(branch: string, files: Readonly<Record<string, string>>): Promise<string> {
    // The event that counts is the pull request's; a push to its branch says nothing to the App.
    return this.#stage.github.pushCommit({ repo: REPO, branch, files, author: 'bob', message: branch });
  }

  async #pushAgain(pull: Pull, branch: string, index: number): Promise<void> {
    const { github } = this.#stage;
    const random = this.#random;
    const [first] = pull.heads;
    if (first === undefined) return;
    const whileRunning = random.next() < 0.6;
    const pauseMs = random.whole(0, whileRunning ? 600 : 4_000);
    const next = random.pick(['harmless', 'regression', 'crash'] as const);
    if (whileRunning)
      await until(
        async () => (await github.checkRuns(REPO, first.sha)).some(({ name }) => name === CHECK),
        20_000,
      );
    await wait(pauseMs);
    const files = change(next, `${branch}-again-${index}`);
    // The answer is known before the push is seen: the head is in the list when anybody asks.
    const sha = await this.#push(branch, files);
    pull.heads.push({ sha, answer: ANSWERS[next], files });
    pull.concluded = false;
  }
}
