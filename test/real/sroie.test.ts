import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/git.js';
import { materializeReal, realBranches } from '../support/real.js';
import { sharedPath } from '../support/shared.js';
import { asExpected, evaluate, figures } from '../support/verdict.js';

const ready = sharedPath('data/sroie') !== undefined;

describe.skipIf(!ready)(
  'docops eval on real scanned receipts (SROIE, text, one batch); needs shared/data/sroie',
  () => {
    const folder = temporaryFolder();
    const repository = join(folder, 'repository');
    const cache = join(folder, 'cache');

    beforeAll(async () => {
      await materializeReal('sroie', repository);
    });

    it.each(realBranches('sroie'))(
      '$name: $expected.verdict',
      async ({ name, expected }) => {
        const ran = await evaluate(repository, 'main', name, cache);
        console.log(`sroie, ${name}: ${ran.report.verdict}\n${figures(ran)}`);
        expect(asExpected(ran, expected), ran.out).toEqual(expected);
        expect(ran.report.overall.base).toBeGreaterThan(0.6);
        expect(ran.report.overall.base).toBeLessThan(0.85);
        const hard = ran.report.fields.find(({ field }) => field === 'date');
        expect(hard?.base.accuracy).toBeGreaterThan(0.9);
        if (name === 'improved') expect(ran.report.overall.delta).toBeGreaterThan(0);
      },
      300_000,
    );
  },
);
