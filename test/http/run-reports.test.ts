/** Reports that pages keep in memory. */
import { expect, it } from 'vitest';
import type { PipelineReport } from '../../src/core/app-words.js';
import { createReports } from '../../src/http/pages/run/reports.js';
import { evaluation, reportOf } from './run-support.js';

it('one that is still read when others fill the memory is told all the same', async () => {
  const [slow, second, third] = [evaluation(), evaluation(), evaluation()];
  let arrive: (reports: readonly PipelineReport[]) => void = () => undefined;
  const reports = createReports(
    {
      reports: (id) =>
        id === slow.id
          ? new Promise((resolve) => {
              arrive = resolve;
            })
          : Promise.resolve([reportOf('invoices')]),
    },
    // Room for one.
    120 * 1024,
  );
  const waiting = reports(slow);
  await reports(second);
  await reports(third);
  arrive([reportOf('receipts')]);
  expect((await waiting).map(({ pipeline }) => pipeline)).toEqual(['receipts']);
});
