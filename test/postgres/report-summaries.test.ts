import { describe, expect, it } from 'vitest';
import { summaryOf } from '../../src/core/report/summary.js';
import { createInsight } from '../../src/postgres/insight.js';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import { hostileReport, REPORTS, passReport } from '../support/report.js';
import { asOfBefore, HOUR_MS, newEvaluation, newSubject, pipelineReport, result } from './make.js';

const database = useDatabase();
const store = () => createStore(database.pool());
const insight = () => createInsight(database.pool());

/** Every column; what is kept as JSON is parsed. */
const rows = async (evaluationId: string): Promise<unknown[]> =>
  (
    await database
      .pool()
      .query<Record<string, unknown>>(
        'select * from docops.report_summaries where evaluation_id = $1 order by ordinal',
        [evaluationId],
      )
  ).rows;

const forgetSummaries = async (): Promise<void> => {
  await database.pool().query('delete from docops.report_summaries');
};
const summarise = async (): Promise<void> => {
  await database.pool().query('select docops.summarise_reports()');
};

async function finished(report: ReturnType<typeof passReport>): Promise<string> {
  const { evaluation } = await store().createEvaluation(newEvaluation(await newSubject(store())));
  await store().claim(evaluation.id, 'w1', HOUR_MS);
  await store().finish(evaluation.id, 'w1', result([pipelineReport({ report })]));
  return evaluation.id;
}

describe('the summary of a report', () => {
  it.each(Object.entries(REPORTS))(
    'is the same when the database makes it of one that was stored before: %s',
    async (_name, make) => {
      const id = await finished(make());
      const written = await rows(id);
      expect(written).toHaveLength(1);
      await forgetSummaries();
      await summarise();
      expect(await rows(id)).toEqual(written);
    },
  );

  it.each(['base', 'head', 'both'] as const)(
    'knows, in both ways, a base side that is not the branch itself: labels of %s, a conflict',
    async (judged_by) => {
      const report = passReport();
      for (const merged of [true, false]) {
        const label_changes = { ...hostileReport().label_changes!, judged_by };
        const id = await finished({ ...report, head: { ...report.head, merged }, label_changes });
        const written = await rows(id);
        expect(written).toMatchObject([{ base_of_branch: merged && judged_by === 'base' }]);
        await forgetSummaries();
        await summarise();
        expect(await rows(id)).toEqual(written);
      }
    },
  );

  it('is what it is in the code, as the pages get it', async () => {
    const report = REPORTS['noisy']!();
    const run = await insight().run(await finished(report));
    expect(run?.pipelines).toEqual([{ ...summaryOf(report), pipeline: 'invoices', reusedFrom: null }]);
  });

  it('has texts that PostgreSQL can read, and leaves those alone that only look like escapes', async () => {
    const texts = ['nul \0', 'lone \ud800', 'pair \u{1f600}', 'back\\slash \\u0000 \\\\ud800'];
    const report = passReport();
    const fields = texts.map((field) => ({ ...report.fields[0]!, field }));
    const id = await finished({ ...report, fields });
    const names = async (): Promise<unknown> =>
      (
        await database.pool().query<{ field: string }>(
          `select f ->> 'field' as field from docops.report_summaries, json_array_elements(fields) f
              where evaluation_id = $1`,
          [id],
        )
      ).rows.map(({ field }) => field);
    const readable = ['nul \ufffd', 'lone \ufffd', texts[2], texts[3]];
    expect(await names()).toEqual(readable);
    await forgetSummaries();
    await summarise();
    expect(await names()).toEqual(readable);
  });

  it('is made of reports that have nothing of what was added to reports since', async () => {
    const report = passReport();
    const id = await finished(report);
    const [written] = await rows(id);
    await forgetSummaries();
    await database
      .pool()
      .query('update docops.reports set report = $2 where evaluation_id = $1', [
        id,
        JSON.stringify(asOfBefore(report)),
      ]);
    await summarise();
    expect(await rows(id)).toEqual([written]);
    expect(written).toMatchObject({ usd: null });
  });

  it('of an attempt that took its reports over names the one that measured them', async () => {
    const subject = await newSubject(store());
    const first = await store().createEvaluation(newEvaluation(subject));
    await store().claim(first.evaluation.id, 'w1', HOUR_MS);
    await store().finish(first.evaluation.id, 'w1', result());
    const second = await store().createEvaluation(
      newEvaluation(subject, { state: 'judged', reports: [pipelineReport()] }),
    );
    const third = await store().createEvaluation(
      newEvaluation(subject, { state: 'judged', reports: [pipelineReport()] }),
    );
    await forgetSummaries();
    await summarise();
    expect(await rows(first.evaluation.id)).toMatchObject([{ reused_from: null }]);
    expect(await rows(second.evaluation.id)).toMatchObject([{ reused_from: first.evaluation.id }]);
    expect(await rows(third.evaluation.id)).toMatchObject([{ reused_from: first.evaluation.id }]);
  });
});
