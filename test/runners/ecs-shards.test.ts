/** However the documents are divided among tasks, the answer is the same. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { materialize } from '../../examples/materialize.mjs';
import { serializeReport } from '../../src/core/report/json.js';
import type { Prediction } from '../../src/core/words.js';
import { openScratch } from '../../src/cli/scratch.js';
import { evaluate } from '../../src/flow/evaluate.js';
import { openRepository } from '../../src/git/index.js';
import { openDatasets } from '../../src/open-datasets.js';
import { ecsEnvironmentIdentity } from '../../src/runners/ecs/index.js';
import { createMeasurementStore } from '../../src/storage/filesystem/measurements.js';
import { requireCloud, useCloud } from '../support/cloud/index.js';
import { makeSite } from '../support/cloud/measure.js';
import { CHOICE, makeRunner } from '../support/cloud/runner.js';
import { temporaryFolder } from '../support/git.js';

/** A digest of the document and of its id, and now and then a crash. */
const COMMAND = `case $DOCOPS_DOCUMENT_ID in *7) echo "no sevens" >&2; exit 3;; esac
printf '{"id": "%s", "sum": "%s"}' "$DOCOPS_DOCUMENT_ID" "$(cksum < "$DOCOPS_DOCUMENT")"`;

describe.skipIf(!requireCloud())('shards on ECS (moto[server], bubblewrap and setpriv are needed)', () => {
  const cloud = useCloud();

  it('gives the same predictions with 1, 4 and 64 shards', { timeout: 300_000 }, async () => {
    const site = makeSite();
    const documents = site.documents(64);
    const measure = async (shards: number): Promise<readonly Prediction[]> => {
      const { runner, books } = makeRunner(cloud, {
        choice: { shards },
        // Two run at once; the last of 64 begins late.
        timing: { startAllowanceMs: 600_000 },
      });
      const got = await site.measure(runner, COMMAND, { documents, jobs: 4 });
      expect(books.rows).toHaveLength(shards);
      expect(books.rows.every(({ outcome }) => outcome === 'delivered')).toBe(true);
      await runner.close();
      return got
        .map(({ seconds: _, maxRssBytes: __, ...rest }) => rest as Prediction)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    };
    const alone = await measure(1);
    expect(alone).toHaveLength(64);
    expect(alone.filter(({ status }) => status === 'crashed').map(({ id }) => id)).toEqual(
      documents
        .map(({ id }) => id)
        .filter((id) => id.endsWith('7'))
        .sort(),
    );
    expect(await measure(4)).toEqual(alone);
    expect(await measure(64)).toEqual(alone);
    expect(cloud.agent.complaints).toEqual([]);
    expect(cloud.agent.mostAtOnce).toBeLessThanOrEqual(2);
    site.remove();
  });

  it(
    'gives the same report with 1 and 4 shards, but for how long it took',
    { timeout: 300_000 },
    async () => {
      const folder = temporaryFolder();
      const repository = join(folder, 'repository');
      await materialize(repository);
      const report = async (shards: number): Promise<string> => {
        const code = await openRepository(repository);
        const scratch = await openScratch();
        const choice = { ...CHOICE, shards };
        const { runner } = makeRunner(cloud, { choice });
        try {
          const [evaluation] = await evaluate(
            { base: 'main', head: 'regression', jobs: 4, sandbox: 'none' },
            {
              code,
              scratch,
              datasets: openDatasets({ registry: null, cacheFolder: join(folder, 'datasets') }),
              environment: (extract) => ecsEnvironmentIdentity(extract, cloud.place, choice),
              runner,
              store: createMeasurementStore(join(folder, `cache ${shards}`)),
              progress: {
                stage: () => undefined,
                measuring: () => ({ tick: () => undefined, end: () => undefined }),
              },
              clock: { now: () => performance.now(), newId: randomUUID },
            },
          );
          const whole = JSON.parse(serializeReport(evaluation!.report)) as Record<string, unknown>;
          return JSON.stringify({ ...whole, run: null, latency: null });
        } finally {
          await runner.close();
          await code.close();
          await scratch.remove();
        }
      };
      const alone = await report(1);
      const tasks = cloud.edge.tasks.length;
      expect(await report(4)).toBe(alone);
      expect(cloud.edge.tasks.length - tasks).toBe(4 * tasks);
      expect(JSON.parse(alone)).toMatchObject({ verdict: 'block', blocked: true });
    },
  );
});
