/** The walk: pull request after pull request, what the gate says of each, and what GitHub does with it. */
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import type { CheckRunView } from '../emulated-github/index.js';
import { PULL_REQUESTS, type DemoPullRequest } from './pull-requests.js';
import { readable, showCheck } from './show.js';
import { CHECK, REPO, type Stage } from './stage.js';

/** Longest wait for one check, ms: the last one comes after seven others, and a busy machine is slow. */
const PATIENCE_MS = 240_000;

export interface Walk {
  /** What was not as promised. */
  readonly surprises: readonly string[];
}

export async function walk(stage: Stage, write: (text: string) => void): Promise<Walk> {
  const surprises: string[] = [];
  const expect = (what: string, wanted: string, got: string | null): void => {
    if (wanted !== got) surprises.push(`${what}: ${got ?? 'nothing'} instead of ${wanted}`);
  };
  for (const pull of PULL_REQUESTS) {
    const check = await answered(stage, pull.branch);
    introduce(stage, pull, write);
    write(showCheck(check, pull.branch === 'regression' ? 28 : 6));
    expect(`#${number(stage, pull.branch)} ${pull.branch}`, pull.expected, check.conclusion);
  }

  heading('The regression cannot be merged', write);
  await merge(stage, 'regression', false, expect, write);

  heading('A command: somebody with the role takes the regression on, with a reason, in the ledger', write);
  const blocked = await answered(stage, 'regression');
  const command = '/accept-regression grand_total the vendor changes its layout next week';
  await comment(stage, 'regression', 'ada', command, write);
  const accepted = await answered(stage, 'regression', blocked);
  write(showCheck(accepted, 4));
  expect('accepted', 'success', accepted.conclusion);
  await reply(stage, 'regression', write);

  heading('The stranger: somebody looks at the commit and approves exactly this one', write);
  const held = await answered(stage, 'hidden-loss');
  await comment(stage, 'hidden-loss', 'ada', `/approve-eval ${sha(stage, 'hidden-loss')}`, write);
  const judged = await answered(stage, 'hidden-loss', held);
  write(showCheck(judged, 10));
  expect('approved', 'success', judged.conclusion);

  heading('Two that are fine alone break together: the first one is merged', write);
  const alone = await answered(stage, 'together-b');
  await merge(stage, 'together-a', true, expect, write);
  write('  The base has moved in watched files, so the second one is looked at again.\n');
  const together = await answered(stage, 'together-b', alone);
  write(showCheck(together, 10));
  expect('together', 'failure', together.conclusion);
  await merge(stage, 'together-b', false, expect, write);
  return { surprises };
}

function heading(text: string, write: (text: string) => void): void {
  write(`\n${pc.bold(pc.cyan(`── ${text}`))}\n`);
}

function introduce(stage: Stage, pull: DemoPullRequest, write: (text: string) => void): void {
  const known = stage.pulls.get(pull.branch);
  heading(`#${known?.number ?? 0} ${known?.title ?? pull.branch}`, write);
  write(`  ${pc.dim(`${pull.author} wants to merge ${pull.branch} into main. ${pull.shows}`)}\n`);
}

async function merge(
  stage: Stage,
  branch: string,
  wanted: boolean,
  expect: (what: string, wanted: string, got: string) => void,
  write: (text: string) => void,
): Promise<void> {
  const result = await stage.github.merge(REPO, number(stage, branch), 'ada');
  write(
    `  ada presses "Merge" on #${number(stage, branch)}: ${result.merged ? pc.green('merged') : pc.red(`refused (${result.status}): ${result.message.replace(/\s+/g, ' ').trim()}`)}\n`,
  );
  expect(`merge of ${branch}`, String(wanted), String(result.merged));
}

async function comment(
  stage: Stage,
  branch: string,
  login: string,
  body: string,
  write: (text: string) => void,
): Promise<void> {
  write(`  ${login} comments on #${number(stage, branch)}: ${pc.bold(body)}\n`);
  await stage.github.comment(REPO, number(stage, branch), login, body);
}

/** The App's newest comment, which comes just after the check. */
async function reply(stage: Stage, branch: string, write: (text: string) => void): Promise<void> {
  const found = await until(`the reply on ${branch}`, async () =>
    (await stage.github.comments(REPO, number(stage, branch))).findLast(({ body }) =>
      body.includes('<!-- docops:reply'),
    ),
  );
  write(`  ${pc.dim('reply:')} ${readable(found.body).trim()}\n`);
}

/** The newest check run of the branch's head, once it is concluded and another one than `after`. */
async function answered(stage: Stage, branch: string, after?: CheckRunView): Promise<CheckRunView> {
  return until(`the check of ${branch}`, async () => {
    const check = (await stage.github.checkRuns(REPO, sha(stage, branch))).findLast(
      ({ name }) => name === CHECK,
    );
    return check?.status === 'completed' && check.id !== after?.id ? check : undefined;
  });
}

async function until<T>(what: string, find: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const found = await find();
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error(`${what} never came; run it again with LOG_LEVEL=info`);
}

function number(stage: Stage, branch: string): number {
  return stage.pulls.get(branch)?.number ?? 0;
}

function sha(stage: Stage, branch: string): string {
  return stage.pulls.get(branch)?.sha ?? '';
}
