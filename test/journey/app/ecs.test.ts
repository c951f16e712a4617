/** From webhook to check with the extractors in tasks: emulated GitHub, real PostgreSQL, ECS and S3 as the test cloud has them. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStore } from '../../../src/postgres/store.js';
import { createTaskBooks } from '../../../src/postgres/task-books.js';
import { openPool } from '../../../src/postgres/pool.js';
import { BUCKET, requireCloud, useCloud } from '../../support/cloud/index.js';
import {
  BROKEN_TOTAL,
  CHECK,
  CONFIG,
  CRASHING,
  EXTRACTOR,
  Journey,
  REFACTORED,
  REPO,
} from '../../support/journey.js';

const ON_ECS = `${CONFIG}runner: { kind: ecs, cpu: 1, memory: 2GiB, shards: 2, spot: true }\n`;
const SLOW = EXTRACTOR.replace('BEGIN {', 'BEGIN { system("sleep 20");');

describe.skipIf(!requireCloud())(
  'a pull request whose documents are measured on ECS (needs moto, bwrap)',
  () => {
    const cloud = useCloud();
    let journey: Journey;

    beforeAll(async () => {
      process.env['AWS_ENDPOINT_URL'] = cloud.edge.url;
      journey = await Journey.open();
      await journey.addRepository({ files: { '.docops.yml': ON_ECS } });
      await start();
      await journey.github.install('acme');
    }, 120_000);
    // An open one would be measured again when the configuration on main changes.
    afterEach(async () => {
      for (const number of open.splice(0)) await journey.github.closePullRequest(REPO, number, 'bob');
      await journey.quiet();
    }, 120_000);
    afterAll(async () => {
      await journey.close();
      delete process.env['AWS_ENDPOINT_URL'];
    }, 120_000);

    const open: number[] = [];
    const pullRequest = async (
      branch: string,
      extractor: string,
    ): Promise<{ number: number; sha: string }> => {
      const made = await journey.pullRequest(branch, { 'extract/main.awk': extractor });
      open.push(made.number);
      return made;
    };
    const start = async (): Promise<void> => {
      const { place } = cloud;
      await journey.start({
        env: {
          DOCOPS_BLOBS: `s3://${BUCKET}/runs`,
          DOCOPS_ECS_CLUSTER: place.cluster,
          DOCOPS_ECS_SUBNETS: place.subnets.join(','),
          DOCOPS_ECS_SECURITY_GROUP: place.securityGroup,
          DOCOPS_ECS_EXECUTION_ROLE: place.executionRole,
          DOCOPS_ECS_RUNNER_IMAGE: place.runnerImage,
          DOCOPS_ECS_EXTRACT_IMAGE: place.extractImage ?? '',
          DOCOPS_ECS_LOG_GROUP: place.logGroup,
          DOCOPS_ECS_EVENTS: place.eventsUrl ?? '',
        },
        timing: { tasks: { sweepMs: 1_000, retryDelayMs: 100 }, reconcileEveryMs: 1_000 },
        corridor: { sweeps: { plannedLate: 1_000 } },
      });
    };
    const evaluationOf = async (sha: string) => {
      const pool = openPool({ url: journey.database.url }, { max: 1 });
      try {
        const store = createStore(pool);
        const [evaluation] = await store.attempts({
          repositoryId: journey.repositoryId,
          headSha: sha,
          baseRef: 'main',
        });
        return { evaluation: evaluation!, tasks: await createTaskBooks(pool).ofEvaluation(evaluation!.id) };
      } finally {
        await pool.end();
      }
    };

    it('that only moves code passes; its check names the price, and the books have each task', async () => {
      const { sha } = await pullRequest('refactor', REFACTORED);
      const check = await journey.concluded(sha);
      expect(check).toMatchObject({ conclusion: 'success' });
      expect(`${check.summary ?? ''}${check.text ?? ''}`).toMatch(/Compute: .*0\.\d+.*for \d+ tasks/);
      const { tasks } = await evaluationOf(sha);
      expect(tasks.length).toBeGreaterThanOrEqual(4);
      expect(new Set(tasks.map(({ outcome }) => outcome))).toEqual(new Set(['delivered']));
      expect(tasks.every(({ usd, capacity }) => usd !== null && usd > 0 && capacity === 'spot')).toBe(true);
      expect(cloud.agent.complaints).toEqual([]);
    });

    it('that loses a field is blocked as it is on a worker', async () => {
      const { sha } = await pullRequest('regression', BROKEN_TOTAL);
      const check = await journey.concluded(sha);
      expect(check.conclusion).toBe('failure');
      expect(`${check.title ?? ''}${check.summary ?? ''}`).toContain('grand');
      expect(cloud.agent.complaints).toEqual([]);
    });

    it('whose extractor crashes fails with the last lines of its output', async () => {
      const { sha } = await pullRequest('crash', CRASHING);
      const check = await journey.concluded(sha);
      expect(check.conclusion).toBe('failure');
      expect(`${check.summary ?? ''}${check.text ?? ''}`).toContain('cannot read the table');
    });

    it('that gets a new push stops the tasks of the old one', async () => {
      const { sha } = await pullRequest('superseded', SLOW);
      await journey.until('a task measures', () =>
        Promise.resolve(cloud.edge.tasks.some(({ ended }) => !ended)),
      );
      const slow = [...cloud.edge.tasks];
      const newer = await journey.push('superseded', { 'extract/main.awk': `# again\n${EXTRACTOR}` });
      expect((await journey.concluded(newer)).conclusion).toBe('success');
      expect((await journey.concluded(sha)).conclusion).toBe('cancelled');
      await journey.until('the old tasks are stopped', () =>
        Promise.resolve(slow.every(({ ended }) => ended)),
      );
      const { tasks } = await evaluationOf(sha);
      expect(tasks.map(({ outcome }) => outcome)).toContain('stopped');
    });

    it('whose image does not exist is not measured, and the check names image and mend, never a regression', async () => {
      const image = 'registry.example/team/none:1';
      await journey.push('main', {
        '.docops.yml': ON_ECS.replace('extract:\n', `extract:\n      image: ${image}\n`),
      });
      const { sha } = await pullRequest('no-image', `# 2\n${EXTRACTOR}`);
      const check = await journey.concluded(sha);
      expect(check.conclusion).toBe('failure');
      expect(check.title).toMatch(/not measured/i);
      expect(`${check.summary ?? ''}${check.text ?? ''}`).toContain('registry.example/team/none');
      await journey.push('main', { '.docops.yml': ON_ECS });
    });

    it('that would cost more than the budget waits, and is measured once somebody with the role allows it', async () => {
      await journey.push('main', { '.docops.yml': `${ON_ECS}budget: { per_run: 0.0001 USD }\n` });
      const { number, sha } = await pullRequest('dear', `# 3\n${EXTRACTOR}`);
      const before = cloud.edge.tasks.length;
      const held = await journey.concluded(sha);
      expect(held.conclusion).toBe('action_required');
      expect(held.title).toMatch(/budget/);
      expect(`${held.summary ?? ''}${held.text ?? ''}`).toContain(`/approve-cost ${sha}`);
      expect(cloud.edge.tasks).toHaveLength(before);
      await journey.github.comment(REPO, number, 'bob', `/approve-cost ${sha}`);
      await journey.quiet();
      expect((await journey.check(sha))?.conclusion).toBe('action_required');
      await journey.github.comment(REPO, number, 'ada', `/approve-cost ${sha}`);
      expect((await journey.concluded(sha, { after: held })).conclusion).toBe('success');
      expect(cloud.edge.tasks.length).toBeGreaterThan(before);
      await journey.push('main', { '.docops.yml': ON_ECS });
    });

    it('is taken up again by the worker that comes after one that stopped: what runs is not started twice', async () => {
      const { sha } = await pullRequest(
        'restart',
        EXTRACTOR.replace('BEGIN {', 'BEGIN { system("sleep 2");'),
      );
      await journey.until('a task runs', () => Promise.resolve(cloud.edge.tasks.some(({ ended }) => !ended)));
      await journey.stop();
      await start();
      expect((await journey.concluded(sha, { name: CHECK })).conclusion).toBe('success');
      const { tasks } = await evaluationOf(sha);
      expect(tasks.filter(({ outcome }) => outcome === null)).toEqual([]);
      const billed = new Set(tasks.map(({ startedBy }) => startedBy));
      expect(billed.size).toBe(tasks.length);
    });
  },
);
