/**
 * Slash commands from a comment. Receipt is answered at once by a reaction, the outcome by one reply; a refusal says who
 * may. Doing a comment twice does nothing twice: causes carry the comment's id, and the reply is found by its marker.
 */
import type { Evaluation, Hint, PullRequest, RepositoryRef } from '../core/app-words.js';
import { renderCost, renderStatus } from '../core/check/index.js';
import { parseCommands, renderHelp, type Command } from '../core/commands/index.js';
import { escapeMarkdown } from '../core/report/escape.js';
import { acceptRegression, approveCost, disputeLabel, revokeAcceptance } from './ledger-commands.js';
import type { CorridorPorts } from './corridor.js';
import { lookNow, subjectOf } from './look.js';
import { viewOf } from './publish.js';

export interface CommandCall {
  readonly ports: CorridorPorts;
  readonly repository: RepositoryRef;
  readonly pullRequest: PullRequest;
  readonly login: string;
  /** Unique for this command of this comment. */
  readonly cause: string;
  readonly signal: AbortSignal;
}

/** What one command came to, in markdown. */
export interface Outcome {
  readonly done: boolean;
  readonly text: string;
}

export async function commandFromComment(
  ports: CorridorPorts,
  repository: RepositoryRef,
  hint: Extract<Hint, { kind: 'command' }>,
  signal: AbortSignal,
): Promise<void> {
  const { github, settings, store } = ports;
  const { login, type } = hint.author;
  if (login === settings.ownLogin) return;
  if (type === 'bot' && !settings.trustedApps.includes(login)) return;
  const { commands, problems, ignored } = parseCommands(hint.body);
  if (commands.length === 0 && problems.length === 0) return;
  await github.react(repository, hint.commentId, 'eyes');
  const pullRequest = await github.pullRequest(repository, hint.number);
  if (pullRequest?.open !== true) return;
  await store.savePullRequest(repository.id, pullRequest);

  const outcomes: Outcome[] = [];
  for (const [position, command] of commands.entries()) {
    const cause = `comment:${hint.commentId}:${position}`;
    outcomes.push(await run({ ports, repository, pullRequest, login, cause, signal }, command));
    await store.audit({
      actor: login,
      action: `command.${command.name}`,
      repositoryId: repository.id,
      subject: { number: hint.number, comment: hint.commentId, done: outcomes.at(-1)?.done ?? false },
    });
  }
  if (problems.length > 0) outcomes.push({ done: false, text: renderHelp(problems) });
  if (ignored > 0)
    outcomes.push({ done: false, text: `${ignored} more commands in this comment were not read.` });
  await reply(ports, repository, hint, outcomes);
  await github.react(repository, hint.commentId, outcomes.every(({ done }) => done) ? 'rocket' : 'confused');
}

async function reply(
  { github }: CorridorPorts,
  repository: RepositoryRef,
  { number, commentId }: Extract<Hint, { kind: 'command' }>,
  outcomes: readonly Outcome[],
): Promise<void> {
  const marker = `<!-- docops:reply:${commentId} -->`;
  if ((await github.findComment(repository, number, marker)) !== undefined) return;
  await github.createComment(
    repository,
    number,
    `${outcomes.map(({ text }) => text).join('\n\n')}\n${marker}`,
  );
}

function run(call: CommandCall, command: Command): Promise<Outcome> {
  switch (command.name) {
    case 'rerun-eval':
      return rerun(call, command);
    case 'eval-status':
      return show(call, renderStatus);
    case 'eval-cost':
      return show(call, renderCost);
    case 'eval-help':
      return Promise.resolve({ done: true, text: renderHelp() });
    case 'approve-eval':
      return approve(call, command.sha);
    case 'approve-cost':
      return approveCost(call, command.sha);
    case 'accept-regression':
      return acceptRegression(call, command.words);
    case 'revoke-acceptance':
      return revokeAcceptance(call);
    case 'dispute-label':
      return disputeLabel(call, command);
  }
}

/** Undefined when the person has write access; else the refusal. */
export async function needsWrite(call: CommandCall, what: string): Promise<Outcome | undefined> {
  const permission = await call.ports.github.permission(call.repository, call.login);
  if (permission.kind === 'role' && permission.canWrite) return undefined;
  return refusal(call, what, 'people with write access to this repository', permission);
}

export function refusal(
  { login }: CommandCall,
  what: string,
  who: string,
  permission: { kind: string; why?: string },
): Outcome {
  const unknown =
    permission.kind === 'unknown'
      ? ` GitHub did not say what you may do (${escapeMarkdown(permission.why ?? '')}); try again later.`
      : '';
  return {
    done: false,
    text: `${escapeMarkdown(login)}: not done. ${what} is for ${escapeMarkdown(who)}.${unknown}`,
  };
}

/** The newest attempt for the head that the pull request has now. */
export async function currentAttempt({
  ports,
  repository,
  pullRequest,
}: CommandCall): Promise<Evaluation | undefined> {
  const attempts = await ports.store.attempts(subjectOf(repository, pullRequest));
  return attempts.findLast(({ state }) => state !== 'superseded');
}

async function rerun(call: CommandCall, command: Extract<Command, { name: 'rerun-eval' }>): Promise<Outcome> {
  const refused = await needsWrite(call, 'Re-running an evaluation');
  if (refused !== undefined) return refused;
  const { ports, repository, pullRequest } = call;
  const current = await currentAttempt(call);
  const known =
    current?.decision.kind === 'evaluate' ? current.decision.pipelines.map(({ name }) => name) : null;
  if (command.pipeline !== null && known !== null && !known.includes(command.pipeline))
    return {
      done: false,
      text: `There is no pipeline ${escapeMarkdown(command.pipeline)}; there is ${known.map(escapeMarkdown).join(', ')}.`,
    };
  const answered = await lookNow(ports, repository, pullRequest.number, call.signal, {
    cause: call.cause,
    why: `/rerun-eval by @${call.login}`,
    rerun: command.mode,
    onlyPipeline: command.pipeline,
  });
  if (answered === undefined || answered.kind === 'gone')
    return { done: false, text: 'There is nothing to evaluate: the pull request or its base is gone.' };
  if (answered.evaluation === undefined)
    return {
      done: false,
      text: `${escapeMarkdown(pullRequest.baseRef)} has no \`.docops.yml\`, so there is nothing to evaluate.`,
    };
  const { evaluation } = answered;
  return evaluation.decision.kind === 'evaluate'
    ? { done: true, text: `Attempt ${evaluation.attempt} for ${pullRequest.headSha.slice(0, 10)} is queued.` }
    : { done: true, text: `Looked at again; see the check on ${pullRequest.headSha.slice(0, 10)}.` };
}

async function show(
  call: CommandCall,
  render: (view: Awaited<ReturnType<typeof viewOf>>) => string,
): Promise<Outcome> {
  const current = await currentAttempt(call);
  if (current === undefined)
    return { done: true, text: `Nothing was evaluated yet for ${call.pullRequest.headSha.slice(0, 10)}.` };
  return { done: true, text: render(await viewOf(call.ports, call.repository, current)) };
}

async function approve(call: CommandCall, sha: string): Promise<Outcome> {
  const { ports, repository, pullRequest, login } = call;
  const permission = await ports.github.permission(repository, login);
  if (permission.kind !== 'role' || !permission.canWrite)
    return refusal(call, 'Approving code to run', 'people with write access to this repository', permission);
  if (!pullRequest.headSha.startsWith(sha.toLowerCase()))
    return {
      done: false,
      text: `The head of this pull request is ${pullRequest.headSha}, not ${escapeMarkdown(sha)}. An approval is for one commit: look at what changed, then approve that one.`,
    };
  await ports.store.approve(repository.id, {
    headSha: pullRequest.headSha,
    pullNumber: pullRequest.number,
    by: login,
    role: permission.role,
  });
  await lookNow(ports, repository, pullRequest.number, call.signal);
  return {
    done: true,
    text: `${pullRequest.headSha.slice(0, 10)} may run. A new push has to be approved again.`,
  };
}
