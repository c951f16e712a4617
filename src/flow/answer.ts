/**
 * Second half of a look: finds out what the right answer to a subject is now, and makes it the subject's newest attempt
 * unless the newest attempt is that answer already. Repeating it changes nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AnswerPolicy,
  Decision,
  Evaluation,
  Permission,
  PullRequest,
  RepositoryRef,
  RerunMode,
  Situation,
  Subject,
  Trust,
} from '../core/app-words.js';
import { checkName } from '../core/check/index.js';
import { decide, judgeTrust, situationOf } from '../core/decide/index.js';
import type { Mirror } from '../ports/mirror.js';
import type { Money, RunnerChoice } from '../core/words.js';
import { RetryLater } from '../ports/queue.js';
import type { CorridorPorts } from './corridor.js';
import { planSides, readConfigured, type Comparison, type Configured } from './plan-sides.js';
import { requiredCheck } from './required-check.js';

/** Pull requests with the same head whose authors are asked about. */
const TWINS = 5;

export interface Asked {
  readonly repository: RepositoryRef;
  readonly subject: Subject;
  readonly kind: Evaluation['kind'];
  /** Absent for merge groups. */
  readonly pullRequest?: PullRequest;
  /** Full ref that has the head. */
  readonly headRef: string;
  /** Present when somebody asked for a new attempt whatever the situation is. */
  readonly force?: {
    readonly cause: string;
    readonly why: string;
    readonly rerun: RerunMode;
    readonly onlyPipeline: string | null;
  };
}

/** What came of it; `unchanged` also where nothing is to be answered. */
export type Answered =
  | { readonly kind: 'new'; readonly evaluation: Evaluation }
  | { readonly kind: 'unchanged'; readonly evaluation: Evaluation | undefined }
  | { readonly kind: 'gone'; readonly why: string };

export async function answer(ports: CorridorPorts, asked: Asked, signal: AbortSignal): Promise<Answered> {
  const { repositoryId, headSha, baseRef } = asked.subject;
  const locked = await ports.store.withLock(`answer:${repositoryId}:${headSha}:${baseRef}`, () =>
    answerLocked(ports, asked, signal),
  );
  if (locked === undefined) throw new RetryLater('another worker looks at it', 1_000);
  return locked.result;
}

async function answerLocked(ports: CorridorPorts, asked: Asked, signal: AbortSignal): Promise<Answered> {
  const { store, jobs } = ports;
  const { subject, repository } = asked;
  const baseBranch = `refs/heads/${subject.baseRef}`;
  const mirror = await ports.mirrors.open(repository, {
    refs: [baseBranch, asked.headRef],
    commits: [subject.headSha],
    signal,
  });
  let found: Found;
  let baseSha: string;
  try {
    const tip = mirror.tips.get(baseBranch);
    if (tip === undefined) return { kind: 'gone', why: `the branch ${subject.baseRef} is gone` };
    baseSha = tip;
    found = await findAnswer(ports, asked, mirror, baseSha);
  } finally {
    await mirror.close();
  }

  const attempts = await store.attempts(subject);
  const current = attempts.findLast(({ state }) => state !== 'superseded');
  if (found.decision.kind === 'ignore') {
    if (await store.supersede(subject, found.decision.why)) await jobs.add({ kind: 'publish', ...subject });
    return { kind: 'unchanged', evaluation: undefined };
  }
  if (asked.force === undefined && current !== undefined && stillRight(current, found)) {
    await goOn(ports, current);
    return { kind: 'unchanged', evaluation: current };
  }
  const pipelines =
    found.decision.kind === 'evaluate' && found.decision.pipelines.length > 1 ? found.decision.pipelines : [];
  const { evaluation, created } = await store.createEvaluation({
    ...subject,
    kind: asked.kind,
    pullNumber: asked.pullRequest?.number ?? null,
    baseSha,
    headRef: asked.headRef,
    situation: found.situation,
    decision: found.decision,
    policy: found.policy,
    trust: found.trust,
    cause: asked.force?.cause ?? `look:${found.situation.key}:${attempts.length}`,
    why: asked.force?.why ?? (attempts.length === 0 ? 'first look' : 'what it is judged by has changed'),
    rerun: asked.force?.rerun ?? null,
    onlyPipeline: asked.force?.onlyPipeline ?? null,
    state: found.decision.kind === 'evaluate' ? 'planned' : 'judged',
    deadlineMs:
      asked.kind === 'merge-group'
        ? ports.settings.deadlineMs.mergeGroup
        : ports.settings.deadlineMs.pullRequest,
    checks: [
      { pipeline: null, name: checkName(subject.baseRef, null) },
      ...pipelines.map(({ name }) => ({ pipeline: name, name: checkName(subject.baseRef, name) })),
    ],
  });
  ports.log.info(
    { evaluation: evaluation.id, created, decision: evaluation.decision.kind, head: subject.headSha },
    'answer planned',
  );
  await goOn(ports, evaluation);
  return created ? { kind: 'new', evaluation } : { kind: 'unchanged', evaluation };
}

/** Queues what an evaluation waits for. The published check comes first, so that it stands within seconds. */
export async function goOn({ jobs }: CorridorPorts, evaluation: Evaluation): Promise<void> {
  const { repositoryId, headSha, baseRef } = evaluation;
  if (evaluation.state !== 'reported') await jobs.add({ kind: 'publish', repositoryId, headSha, baseRef });
  if (evaluation.state === 'planned') await jobs.add({ kind: 'evaluate', evaluationId: evaluation.id });
}

function stillRight(current: Evaluation, found: Found): boolean {
  if (current.situation.key === found.situation.key) return true;
  return (
    found.policy?.onBaseMove === 'ignore' &&
    current.decision.kind === 'evaluate' &&
    found.decision.kind === 'evaluate' &&
    current.situation.keyWithoutBase === found.situation.keyWithoutBase
  );
}

interface Found {
  readonly decision: Decision;
  readonly situation: Situation;
  readonly policy: AnswerPolicy | null;
  readonly trust: Trust;
}

async function findAnswer(
  ports: CorridorPorts,
  asked: Asked,
  mirror: Mirror,
  baseSha: string,
): Promise<Found> {
  const { subject, repository, kind } = asked;
  const configured = await readConfigured(mirror.code, baseSha);
  const twins = await twinsOf(ports, asked);
  const trust = await findTrust(ports, asked, twins);
  const comparison = await compare(ports, asked, mirror, baseSha, configured, trust);
  const checkRequired =
    configured.kind === 'none'
      ? ((await requiredCheck(ports, repository, subject.baseRef))?.required ?? null)
      : null;
  const decision = decide({
    configured,
    checkRequired,
    draft: asked.pullRequest?.draft === true && twins.every(({ draft }) => draft),
    trust,
    sandboxMissing: await ports.evaluator.sandboxMissing(runnerOf(configured)),
    kind,
    comparison,
  });
  const policy =
    configured.kind === 'valid'
      ? {
          comment: configured.config.comment,
          onBaseMove: configured.config.onBaseMove,
          override: configured.config.override,
          budgetPerMonthUsd: inDollars(configured.config.budget.perMonth),
        }
      : null;
  const situation = situationOf({
    decision,
    trust,
    headSha: subject.headSha,
    configText: configured.kind === 'valid' ? configured.file.text : null,
    pipelines: comparison.kind === 'ready' ? comparison.compared : [],
  });
  return { decision, situation, policy, trust };
}

function inDollars(budget: Money | undefined): number | null {
  return budget?.currency === 'USD' ? Number(budget.amount) : null;
}

async function compare(
  ports: CorridorPorts,
  { subject }: Asked,
  mirror: Mirror,
  baseSha: string,
  configured: Configured,
  trust: Trust,
): Promise<Comparison> {
  if (configured.kind !== 'valid') return { kind: 'ready', pipelines: [], changedPaths: [], compared: [] };
  const { evaluator } = ports;
  const { runner } = configured.config;
  const sandbox =
    trust.aggregatesOnly && (await evaluator.sandboxMissing(runner)) === undefined ? 'bwrap' : 'none';
  return planSides({
    code: mirror.code,
    base: baseCommit(subject, baseSha),
    head: headCommit(subject),
    config: configured.config,
    configFile: configured.file,
    datasets: evaluator.datasets,
    environment: (extract) => evaluator.environmentIdentity(runner, extract, sandbox),
  });
}

function runnerOf(configured: Configured): RunnerChoice | undefined {
  return configured.kind === 'valid' ? configured.config.runner : undefined;
}

export function baseCommit(
  { baseRef }: Subject,
  baseSha: string,
): { ref: string; commit: string; chosen: string } {
  return { ref: baseRef, commit: baseSha, chosen: `tip of ${baseRef}` };
}

export function headCommit({ headSha }: Subject): { ref: string; commit: string; chosen: string } {
  return { ref: headSha.slice(0, 10), commit: headSha, chosen: `commit ${headSha.slice(0, 10)}` };
}

/**
 * Trust is in the commit: when a trusted author's pull request has the same head, so has this one. Otherwise a stranger
 * could hold up a pull request by opening another one with its commit.
 */
async function findTrust(ports: CorridorPorts, asked: Asked, twins: readonly PullRequest[]): Promise<Trust> {
  const { pullRequest, repository, subject, kind } = asked;
  const judged = async (of: PullRequest | undefined): Promise<Trust> =>
    judgeTrust({
      author: of?.author ?? { login: '', type: 'unknown' },
      permission:
        of === undefined ? { kind: 'none' } : await permissionOf(ports, repository, of.author.login),
      trustedApps: ports.settings.trustedApps,
      approval:
        of === undefined
          ? null
          : ((await ports.store.approval(repository.id, of.number, subject.headSha)) ?? null),
      headSha: subject.headSha,
      kind,
      sameRepository: of === undefined || of.headRepositoryId === repository.id,
    });
  const own = await judged(pullRequest);
  if (own.trusted && !own.aggregatesOnly) return own;
  for (const twin of twins.slice(0, TWINS)) {
    const trust = await judged(twin);
    if (trust.trusted && (!own.trusted || !trust.aggregatesOnly)) return trust;
  }
  return own;
}

/** Other open pull requests with the same head into the same base. */
async function twinsOf(
  { store }: CorridorPorts,
  { pullRequest, subject }: Asked,
): Promise<readonly PullRequest[]> {
  if (pullRequest === undefined) return [];
  const open = await store.openPullRequests(subject.repositoryId, subject.baseRef);
  return open.filter(({ number, headSha }) => number !== pullRequest.number && headSha === subject.headSha);
}

/** A second try before "unknown", since an unknown author is held up. */
async function permissionOf(
  { github }: CorridorPorts,
  repository: RepositoryRef,
  login: string,
): Promise<Permission> {
  const first = await github.permission(repository, login);
  if (first.kind !== 'unknown') return first;
  await sleep(500);
  return github.permission(repository, login);
}
