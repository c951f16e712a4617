import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/postgres/embedded.js';
import { temporaryFolder } from '../../support/git.js';
import { BROKEN_TOTAL, CHECK, EXTRACTOR, REFACTORED, useJourney } from '../../support/journey.js';

const SLOW = EXTRACTOR.replace('BEGIN {', 'BEGIN { system("sleep 0.3");');

describe('a worker that is told to stop while it measures', () => {
  const journey = useJourney({ timing: { graceMs: 200 } });

  it('hands the evaluation back, and the next process finishes it on the same check run', async () => {
    const { sha } = await journey().pullRequest('sigterm', { 'extract/main.awk': SLOW });
    await journey().until(
      'it is measured',
      async () => (await journey().check(sha))?.status === 'in_progress',
    );
    await journey().stop();
    expect(await journey().check(sha)).toMatchObject({ status: 'in_progress' });
    await journey().start();
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'success' });
    expect((await journey().checks(sha)).filter(({ name }) => name === CHECK)).toHaveLength(1);
  });
});

describe('PostgreSQL that is restarted', () => {
  let database: EmbeddedPostgres | undefined;
  const journey = useJourney({ start: false });
  beforeAll(async () => {
    const folder = temporaryFolder('docops-restarted');
    mkdirSync(folder, { recursive: true });
    // What was committed has to survive a crash of the server, as it does by default.
    database = await startEmbeddedPostgres({
      folder,
      disposable: true,
      settings: { synchronous_commit: 'on' },
    });
  }, 120_000);
  afterAll(async () => {
    await journey().stop();
    await database?.stop();
  }, 60_000);

  it.each(['fast', 'immediate'] as const)(
    '(%s) in the run loses no answer',
    async (how) => {
      // What was under way when the database went is found by the sweep, which looks each minute elsewhere.
      if (journey().service === undefined)
        await journey().start({
          env: { DATABASE_URL: database!.url },
          timing: { reconcileEveryMs: 3_000 },
          corridor: {
            staleMs: 10_000,
            sweeps: { hintLate: 3_000, plannedLate: 3_000, unpublishedLate: 3_000 },
          },
        });
      const slow = await journey().pullRequest(`restart-${how}`, { 'extract/main.awk': `${SLOW}# ${how}\n` });
      await journey().until('it is begun', async () => await journey().check(slow.sha));
      await database!.restart(how);
      const after = await journey().pullRequest(`after-${how}`, {
        'extract/main.awk': how === 'fast' ? BROKEN_TOTAL : REFACTORED,
      });
      await journey().github.idle();
      for (const { guid, statusCode } of journey().github.deliveries)
        if (statusCode >= 500) await journey().github.redeliverGuid(guid);
      expect(await journey().concluded(slow.sha)).toMatchObject({ conclusion: 'success' });
      expect(await journey().concluded(after.sha)).toMatchObject({
        conclusion: how === 'fast' ? 'failure' : 'success',
      });
      expect(await journey().checks(slow.sha)).toHaveLength(1);
    },
    90_000,
  );
});
