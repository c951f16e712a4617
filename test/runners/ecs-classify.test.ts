/**
 * Shapes as DescribeTasks gives them. Codes and reasons are AWS's own words:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html and
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html; the OutOfMemoryError with exit code 0 is that of
 * aws/amazon-ecs-agent#2467, the container that waits for ever is aws/containers-roadmap#817.
 */
import { TaskStopCode, type Container, type Task } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { TASK_EXIT } from '../../eval-runner/task/contract.js';
import { classify, isStuck, sayEnd, secondsOf, type TaskEnd } from '../../src/runners/ecs/classify.js';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 23, 10, 0, seconds));
const OOM = 'OutOfMemoryError: Container killed due to memory usage';

/** Exit code of each container that ran; null: it did not. */
function task(
  stopCode: Task['stopCode'],
  stoppedReason: string,
  codes: {
    readonly fetch?: number | null;
    readonly extract?: number | null;
    readonly deliver?: number | null;
  } = {},
  more: { readonly containers?: Readonly<Record<string, string>>; readonly seconds?: number } = {},
): Task {
  const containers = (['fetch', 'extract', 'deliver'] as const).map((name): Container => {
    const exitCode = codes[name] === undefined ? 0 : codes[name];
    const reason = more.containers?.[name];
    return {
      name,
      lastStatus: 'STOPPED',
      ...(exitCode !== null && { exitCode }),
      ...(reason !== undefined && { reason }),
    };
  });
  return {
    taskArn: 'arn:aws:ecs:us-east-1:123456789012:task/evaluations/0f1e',
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    ...(stopCode !== undefined && { stopCode }),
    stoppedReason,
    containers,
    pullStartedAt: at(10),
    pullStoppedAt: at(30),
    // With RUNNING, which such a task is when deliver begins.
    startedAt: at(29 + (more.seconds ?? 20)),
    executionStoppedAt: at(30 + (more.seconds ?? 20)),
    stoppedAt: at(45 + (more.seconds ?? 20)),
  };
}
const never = { fetch: null, extract: null, deliver: null };
const ESSENTIAL = 'Essential container in task exited';
const facts = (given: Task | undefined, more: Partial<Parameters<typeof classify>[0]> = {}) => ({
  task: given,
  delivered: false,
  stoppedFor: null,
  timeoutMs: 60_000,
  ...more,
});

describe('how a task ended', () => {
  it.each<[string, Parameters<typeof classify>[0], Partial<TaskEnd>]>([
    [
      'results that are there count, whatever ECS says of the end',
      facts(task('SpotInterruption', 'Your Spot Task was interrupted.'), { delivered: true }),
      { outcome: 'delivered', unfinished: 'infrastructure' },
    ],
    [
      'a spot interruption',
      facts(task('SpotInterruption', 'Your Spot Task was interrupted.', { extract: 143, deliver: null })),
      { outcome: 'spot-lost', permanent: false },
    ],
    [
      'the notice before one',
      facts(task('TerminationNotice', 'Your Spot Task was interrupted.', { extract: 143, deliver: null })),
      { outcome: 'spot-lost' },
    ],
    [
      'no capacity after RunTask said yes',
      facts(
        task(
          'TaskFailedToStart',
          'Capacity is unavailable at this time. Please try again later or in a different availability zone',
          never,
        ),
      ),
      { outcome: 'not-started', permanent: false },
    ],
    [
      'an image that is not there',
      facts(
        task(
          'TaskFailedToStart',
          'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/team/ocr:v9: docker.io/team/ocr:v9: not found',
          never,
        ),
      ),
      { outcome: 'not-started', permanent: true, mend: expect.stringContaining('image exists') as string },
    ],
    [
      'an image that is not there, said by its container',
      facts(
        task('TaskFailedToStart', 'Task failed to start', never, {
          containers: {
            extract:
              'CannotPullContainerError: Error response from daemon: manifest for team/ocr:v9 not found: manifest unknown: manifest unknown',
          },
        }),
      ),
      { outcome: 'not-started', permanent: true, mend: expect.stringContaining('(extract.image)') as string },
    ],
    [
      'a registry that does not answer',
      facts(
        task(
          'TaskFailedToStart',
          'CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to do request: Head "https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/api/manifests/v42": dial tcp 10.0.3.17:443: i/o timeout',
          never,
        ),
      ),
      { outcome: 'not-started', permanent: false },
    ],
    [
      'a registry that has had enough',
      facts(
        task(
          'TaskFailedToStart',
          'CannotPullContainerError: toomanyrequests: You have reached your pull rate limit',
          never,
        ),
      ),
      { outcome: 'not-started', permanent: false },
    ],
    [
      'a network that does not come up',
      facts(
        task(
          'TaskFailedToStart',
          'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp: i/o timeout',
          never,
        ),
      ),
      { outcome: 'not-started', permanent: false, mend: expect.stringContaining('VPC endpoints') as string },
    ],
    [
      'a secret that the execution role may not read',
      facts(
        task(
          'TaskFailedToStart',
          'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn:aws:secretsmanager:us-east-1:123456789012:secret:k from secrets manager: AccessDeniedException: not authorized',
          never,
        ),
      ),
      {
        outcome: 'not-started',
        permanent: true,
        mend: expect.stringContaining('DOCOPS_ECS_SECRETS') as string,
      },
    ],
    [
      'a container that could not be started',
      facts(
        task(
          'EssentialContainerExited',
          ESSENTIAL,
          { extract: null, deliver: null },
          {
            containers: {
              extract:
                'CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task',
            },
          },
        ),
      ),
      { outcome: 'not-started', permanent: false },
    ],
    [
      'the same of a container that ran: its exit code says it',
      facts(
        task(
          'EssentialContainerExited',
          ESSENTIAL,
          { fetch: TASK_EXIT.network, extract: null, deliver: null },
          {
            containers: {
              deliver:
                'CannotStartContainerError: dependency graph: failed to resolve container ordering dependency',
            },
          },
        ),
      ),
      { outcome: 'failed', mend: expect.stringContaining('reach S3') as string },
    ],
    [
      'fetch that is refused: what it reads may be gone',
      facts(
        task('EssentialContainerExited', ESSENTIAL, {
          fetch: TASK_EXIT.refused,
          extract: null,
          deliver: null,
        }),
      ),
      { outcome: 'failed', lookAgain: true },
    ],
    [
      'fetch that got something else',
      facts(
        task('EssentialContainerExited', ESSENTIAL, {
          fetch: TASK_EXIT.checksum,
          extract: null,
          deliver: null,
        }),
      ),
      { outcome: 'failed', lookAgain: true },
    ],
    [
      'fetch that is older than the manifest',
      facts(
        task('EssentialContainerExited', ESSENTIAL, {
          fetch: TASK_EXIT.badManifest,
          extract: null,
          deliver: null,
        }),
      ),
      {
        outcome: 'failed',
        lookAgain: false,
        mend: expect.stringContaining('DOCOPS_ECS_RUNNER_IMAGE') as string,
      },
    ],
    [
      'deliver that is refused',
      facts(task('EssentialContainerExited', ESSENTIAL, { deliver: TASK_EXIT.refused })),
      { outcome: 'failed', lookAgain: false, mend: expect.stringContaining('S3 refused') as string },
    ],
    [
      'deliver that failed',
      facts(task('EssentialContainerExited', ESSENTIAL, { deliver: TASK_EXIT.failed })),
      { outcome: 'failed', mend: expect.stringContaining('log of the container deliver') as string },
    ],
    [
      'deliver that says it is done, and nothing is there',
      facts(task('EssentialContainerExited', ESSENTIAL)),
      { outcome: 'failed', permanent: false },
    ],
    [
      'somebody who stopped it by hand',
      facts(task('UserInitiated', 'Task stopped by user', { extract: 137, deliver: null })),
      { outcome: 'failed' },
    ],
    [
      'hardware that failed',
      facts(
        task('InfrastructureHealth', 'Task stopped due to an underlying infrastructure issue', {
          extract: 137,
          deliver: null,
        }),
      ),
      { outcome: 'failed' },
    ],
    [
      'a service, which ours are not',
      facts(task('ServiceSchedulerInitiated', 'Scaling activity initiated by deployment', { deliver: null })),
      { outcome: 'failed' },
    ],
    ['a task that ECS does not know any more', facts(undefined), { outcome: 'lost' }],
    [
      'one that we stopped because it was over its time',
      facts(task(undefined, ''), { stoppedFor: 'overdue' }),
      { outcome: 'overdue', said: expect.stringContaining('did not end in its time') as string },
    ],
    [
      'one that we stopped because it never began',
      facts(task(undefined, '', never), { stoppedFor: 'stalled' }),
      { outcome: 'not-started' },
    ],
    [
      'one that nobody wants',
      facts(task(undefined, ''), { stoppedFor: 'superseded' }),
      { outcome: 'stopped' },
    ],
  ])('%s', (_, given, expected) => {
    expect(classify(given)).toMatchObject(expected);
  });

  it('has a word for every stop code that the API has', () => {
    for (const stopCode of Object.values(TaskStopCode))
      expect(classify(facts(task(stopCode, 'why', { deliver: null }))).outcome).toMatch(
        /^(failed|spot-lost|not-started)$/,
      );
  });

  it.each<[string, Task, TaskEnd['unfinished']]>([
    [
      'out of memory, 137',
      task('EssentialContainerExited', ESSENTIAL, { extract: 137 }, { containers: { extract: OOM } }),
      'memory',
    ],
    [
      'out of memory, and the container ended well',
      task('EssentialContainerExited', ESSENTIAL, {}, { containers: { extract: OOM } }),
      'memory',
    ],
    ['137 without a word of memory', task('EssentialContainerExited', ESSENTIAL, { extract: 137 }), 'code'],
    [
      'its whole time was used',
      task('EssentialContainerExited', ESSENTIAL, { extract: 143 }, { seconds: 61 }),
      'time',
    ],
    ['it ended its own container', task('EssentialContainerExited', ESSENTIAL, { extract: 1 }), 'code'],
    [
      'spot, and deliver was quick enough',
      task('SpotInterruption', 'Your Spot Task was interrupted.', { extract: 143 }),
      'infrastructure',
    ],
    [
      'stopped by hand, and deliver was quick enough',
      task('UserInitiated', 'x', { extract: 143 }),
      'infrastructure',
    ],
    [
      'a container that was never there: nobody began them',
      task(
        'EssentialContainerExited',
        ESSENTIAL,
        { extract: null },
        {
          containers: {
            extract: 'CannotStartContainerError: failed to create new container runtime task',
          },
        },
      ),
      'infrastructure',
    ],
  ])('says what became of documents that were not finished: %s', (_, given, unfinished) => {
    expect(classify(facts(given, { delivered: true }))).toMatchObject({ outcome: 'delivered', unfinished });
  });

  it('blames nobody where ECS has forgotten the task', () => {
    expect(classify(facts(undefined, { delivered: true })).unfinished).toBe('infrastructure');
  });

  it('is told in one line with stop code, reason and the end of each container', () => {
    const given = task(
      'EssentialContainerExited',
      ESSENTIAL,
      { extract: 137, deliver: 3 },
      { containers: { extract: OOM } },
    );
    expect(sayEnd(given)).toBe(
      `EssentialContainerExited: ${ESSENTIAL}; fetch 0, extract 137 (${OOM}), deliver 3`,
    );
    expect(sayEnd(task('TaskFailedToStart', 'x'.repeat(5_000))).length).toBe(400);
  });
});

describe('a task that goes on', () => {
  it('is stuck when fetch has failed, since what waits for it may wait for ever', () => {
    const running = {
      ...task(undefined, '', { fetch: 3, extract: null, deliver: null }),
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
    };
    expect(isStuck(running)).toBe(true);
    expect(isStuck({ ...running, lastStatus: 'STOPPED' })).toBe(false);
    expect(isStuck({ ...running, containers: [{ name: 'fetch', exitCode: 0 }] })).toBe(false);
  });
});

describe('the time that AWS bills', () => {
  it('goes from the pull of the image to the end of the task', () => {
    expect(secondsOf(task('EssentialContainerExited', ESSENTIAL), at(500))).toBe(55);
  });
  it('goes on until now while the task does', () => {
    expect(secondsOf({ pullStartedAt: at(10) }, at(40))).toBe(30);
  });
  it('is none for a task that never pulled', () => {
    expect(secondsOf({ createdAt: at(0), stoppedAt: at(90) }, at(100))).toBe(0);
    expect(secondsOf(undefined, at(100))).toBe(0);
  });
});
