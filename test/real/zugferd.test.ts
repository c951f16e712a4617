import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/git.js';
import { materializeReal, realBranches } from '../support/real.js';
import { sharedPath } from '../support/shared.js';
import { requireTool } from '../support/tools.js';
import { asExpected, evaluate, figures } from '../support/verdict.js';

const ready = sharedPath('data/zugferd') !== undefined && requireTool('python3') && requireTool('pdftotext');

describe.skipIf(!ready)(
  'docops eval on real German invoices (ZUGFeRD, PDF); needs shared/data/zugferd, python3 and pdftotext (poppler-utils)',
  () => {
    const folder = temporaryFolder();
    const repository = join(folder, 'repository');
    const cache = join(folder, 'cache');

    beforeAll(async () => {
      await materializeReal('zugferd', repository);
    });

    it.each(realBranches('zugferd'))(
      '$name: $expected.verdict',
      async ({ name, expected }) => {
        const ran = await evaluate(repository, 'main', name, cache);
        console.log(`zugferd, ${name}: ${ran.report.verdict}\n${figures(ran)}`);
        expect(asExpected(ran, expected), ran.out).toEqual(expected);
        expect(ran.report.overall.base).toBeGreaterThan(0.8);
        expect(ran.report.overall.base).toBeLessThan(0.95);
        const hard = ran.report.fields.find(({ field }) => field === 'line_items');
        expect(hard?.base.accuracy).toBeGreaterThan(0.7);
        if (name === 'improved') expect(ran.report.overall.delta).toBeGreaterThan(0);
      },
      300_000,
    );
  },
);
