/**
 * How a task ended, from what DescribeTasks says of it: whose doing it was, and what it means for its documents. Shapes:
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html (stopCode, stoppedReason, containers[].exitCode
 * and .reason), reasons: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 *
 * `OutOfMemoryError` counts with every exit code: the kernel may take a child of the command, and what is left of the
 * container ends as it likes (aws/amazon-ecs-agent#2467). 137 without it is the stop timeout.
 */
import type { Container, Task } from '@aws-sdk/client-ecs';
import { TASK_EXIT } from '../../../eval-runner/task/contract.js';
import type { TaskOutcome } from '../../core/plan/task-outcomes.js';

/** Why we told ECS to stop it; null: we did not. */
export type StoppedFor =
  | 'superseded'
  /** It did not end in its time. */
  | 'overdue'
  /** It did not begin in its time. */
  | 'stalled'
  /** fetch has failed, and ECS goes on waiting for what depends on it. */
  | 'stuck';

export interface TaskFacts {
  /** Undefined: DescribeTasks does not know it any more. */
  readonly task: Task | undefined;
  /** Its results are there and are whole. */
  readonly delivered: boolean;
  readonly stoppedFor: StoppedFor | null;
  /** The command's own limit. */
  readonly timeoutMs: number;
}

export interface TaskEnd {
  readonly outcome: TaskOutcome;
  /** Trying again cannot help. */
  readonly permanent: boolean;
  /** For people: stop code, reason, how each container ended. */
  readonly said: string;
  readonly mend: string | null;
  /**
   * What happened to documents that the command had not finished when its container ended: `memory` and `time` are its
   * limits, `code` is its own doing, `infrastructure` nobody's.
   */
  readonly unfinished: 'memory' | 'time' | 'code' | 'infrastructure';
  /** What fetch was to read may not be there, or not be what was promised. */
  readonly lookAgain: boolean;
}

const REASON_CHARACTERS = 400;

/** Of a container that never ran. */
const NEVER_STARTED =
  /^(CannotPull|CannotStart|CannotCreate|CannotInspect|ResourceInitializationError|ContainerRuntimeTimeout|DockerTimeout|ContainerRuntimeError|InternalError|TaskFailedToStart)/;
/** The image is not there or is not for us, and tomorrow it will be the same. */
const NO_IMAGE =
  /manifest unknown|manifest for .* not found|not found: manifest|name unknown|repository .* does not exist|repository does not exist|image .* not found|: not found$|: not found\b(?!.*\b(host|route)\b)|pull access denied|invalid reference format|image manifest does not contain descriptor matching platform|no basic auth credentials|\b40[13]\b.*forbidden|\b403 Forbidden\b/i;
/** A secret of the task cannot be read. */
const NO_SECRET =
  /unable to (pull|retrieve) secret.*(AccessDenied|ResourceNotFound|can't find|invalid parameter)/is;

export function classify(facts: TaskFacts): TaskEnd {
  const { task, delivered, stoppedFor } = facts;
  const said = sayEnd(task);
  const base = { permanent: false, said, mend: null, unfinished: unfinished(facts), lookAgain: false };
  if (delivered) return { ...base, outcome: 'delivered' };
  if (stoppedFor === 'superseded') return { ...base, outcome: 'stopped' };
  if (stoppedFor === 'overdue')
    return { ...base, outcome: 'overdue', said: `it did not end in its time; ${said}` };
  if (task === undefined) return { ...base, outcome: 'lost' };
  if (task.stopCode === 'SpotInterruption' || task.stopCode === 'TerminationNotice')
    return { ...base, outcome: 'spot-lost' };
  const fetch = container(task, 'fetch');
  if (hasFailed(fetch)) return { ...base, ...oursFailed('fetch', fetch?.exitCode) };
  const unborn = task.containers?.find(hasNeverRun);
  if (task.stopCode === 'TaskFailedToStart' || unborn !== undefined || stoppedFor === 'stalled')
    return { ...base, outcome: 'not-started', ...whyNotStarted(task, unborn, stoppedFor) };
  const deliver = container(task, 'deliver');
  if (hasFailed(deliver)) return { ...base, ...oursFailed('deliver', deliver?.exitCode) };
  return { ...base, outcome: 'failed' };
}

/** In one line: `EssentialContainerExited: Essential container in task exited; fetch 0, extract 137 (OutOfMemoryError…)`. */
export function sayEnd(task: Task | undefined): string {
  if (task === undefined) return 'ECS does not know it any more';
  const { stopCode, stoppedReason, containers = [] } = task;
  const why = [stopCode, stoppedReason].filter((text) => text !== undefined && text !== '').join(': ');
  const ends = containers
    .filter(({ exitCode, reason }) => exitCode !== undefined || reason !== undefined)
    .map(
      ({ name = '?', exitCode, reason }) =>
        `${name} ${exitCode ?? 'did not run'}${reason === undefined ? '' : ` (${reason})`}`,
    );
  return cut(
    [why === '' ? (task.lastStatus ?? 'unknown') : why, ends.join(', ')]
      .filter((text) => text !== '')
      .join('; '),
  );
}

/**
 * Seconds that AWS bills: on Fargate from the begin of the pull of the image to the end of the task
 * (https://aws.amazon.com/fargate/pricing/). `until`: for a task that has not ended yet or is not known.
 */
export function secondsOf(task: Task | undefined, until: Date): number {
  const from = task?.pullStartedAt ?? task?.startedAt;
  if (from === undefined) return 0;
  const to = task?.stoppedAt ?? until;
  return Math.max(0, (to.getTime() - from.getTime()) / 1000);
}

/** fetch ended badly and the task is still there: what waits for it may wait for ever (aws/containers-roadmap#817). */
export function isStuck(task: Task): boolean {
  return (
    task.lastStatus !== 'STOPPED' && task.desiredStatus !== 'STOPPED' && hasFailed(container(task, 'fetch'))
  );
}

function container(task: Task, name: string): Container | undefined {
  return task.containers?.find((one) => one.name === name);
}

function hasNeverRun(one: Container | undefined): boolean {
  return one !== undefined && one.exitCode === undefined && NEVER_STARTED.test(one.reason ?? '');
}

function hasFailed(one: Container | undefined): boolean {
  return one?.exitCode !== undefined && one.exitCode !== TASK_EXIT.done;
}

function unfinished({ task, stoppedFor, timeoutMs }: TaskFacts): TaskEnd['unfinished'] {
  if (task === undefined || stoppedFor !== null) return 'infrastructure';
  const extract = container(task, 'extract');
  if (extract?.reason?.startsWith('OutOfMemoryError') === true) return 'memory';
  // deliver may say of every document that nobody began it, and the command was never there to begin one.
  if (hasNeverRun(extract)) return 'infrastructure';
  if (task.stopCode !== undefined && task.stopCode !== 'EssentialContainerExited') return 'infrastructure';
  // `startedAt` is when the last of the containers started, which is deliver: after the command.
  const from = task.pullStoppedAt ?? task.startedAt;
  const to = task.executionStoppedAt ?? task.stoppedAt;
  if (from !== undefined && to !== undefined && to.getTime() - from.getTime() >= timeoutMs) return 'time';
  return 'code';
}

function whyNotStarted(
  task: Task,
  unborn: Container | undefined,
  stoppedFor: StoppedFor | null,
): Partial<TaskEnd> {
  const reason = `${unborn?.reason ?? ''} ${task.stoppedReason ?? ''}`;
  if (reason.includes('CannotPull') && NO_IMAGE.test(reason)) {
    const whose = unborn?.name === 'extract' ? 'extract.image' : 'extract.image, DOCOPS_ECS_RUNNER_IMAGE';
    return {
      permanent: true,
      mend: `check that the image exists for linux/amd64 and that the execution role may pull it (${whose})`,
    };
  }
  if (NO_SECRET.test(reason))
    return {
      permanent: true,
      mend: 'check DOCOPS_ECS_SECRETS, and that the execution role may read those secrets',
    };
  if (stoppedFor === 'stalled')
    return {
      said: `it did not begin in its time; ${sayEnd(task)}`,
      mend: 'check capacity and subnets of the cluster',
    };
  return {
    mend: reason.includes('ResourceInitializationError')
      ? 'check that the subnets reach ECR, S3, CloudWatch Logs and Secrets Manager (VPC endpoints)'
      : null,
  };
}

/** What our own two containers say by their exit code. */
function oursFailed(
  name: 'fetch' | 'deliver',
  exitCode: number | undefined,
): Pick<TaskEnd, 'outcome' | 'permanent' | 'mend' | 'lookAgain'> {
  // Whatever fetch did not get may be gone; to ask costs little.
  const lookAgain = name === 'fetch' && exitCode !== TASK_EXIT.badManifest;
  return { outcome: 'failed', permanent: false, lookAgain, mend: mendOf(name, exitCode) };
}

function mendOf(name: 'fetch' | 'deliver', exitCode: number | undefined): string | null {
  switch (exitCode) {
    case TASK_EXIT.badManifest:
      return 'DOCOPS_ECS_RUNNER_IMAGE may be older than the App: build both from the same version';
    case TASK_EXIT.network:
      return 'check that the subnets reach S3 (gateway endpoint, security group)';
    case TASK_EXIT.refused:
      return "S3 refused a link: check the bucket's policy, that the App's role may read and write it, and that extract.timeout is shorter than the App's credentials last";
    case TASK_EXIT.failed:
      return `the log of the container ${name} says what failed`;
    default:
      return null;
  }
}

function cut(text: string): string {
  return text.length <= REASON_CHARACTERS ? text : `${text.slice(0, REASON_CHARACTERS - 1)}…`;
}
