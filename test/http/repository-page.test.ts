import { describe, expect, it } from 'vitest';
import { repositoryPages } from '../../src/http/pages/repository/index.js';
import type { RunFilter } from '../../src/ports/insight.js';
import { HOSTILE_TEXTS } from '../support/report.js';
import {
  before,
  blocked,
  DAY,
  get,
  HOUR,
  NO_RECORD,
  pipeline,
  point,
  run,
  runId,
  siteWith,
  type SiteAnswers,
  summaryField,
} from './insight.js';

const PATH = '/repositories/acme/invoices';
const KNOWN = [{ pipeline: 'invoices', baseRef: 'main' }];

async function page(answers: SiteAnswers['insight'] = {}, query = '', more: SiteAnswers = {}) {
  const site = siteWith({ insight: { pipelines: () => Promise.resolve(KNOWN), ...answers }, ...more });
  return get(repositoryPages(site), `${PATH}${query}`);
}

/** Text as it reads, without markup. */
const read = (html: string): string =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&gt;/g, '>')
    .replace(/&lt;/g, '<')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');

const TREND = [
  point(80, 0.99, { datasetVersion: 'old'.padEnd(64, '0') }),
  point(60, 0.93, {
    fields: [
      { field: 'total', accuracy: 0.95 },
      { field: 'tax', accuracy: 0.8 },
    ],
  }),
  point(30, 0.9, {
    fields: [
      { field: 'total', accuracy: 0.7 },
      { field: 'tax', accuracy: 0.82 },
    ],
  }),
  point(2, 0.912, {
    fields: [
      { field: 'tax', accuracy: 0.85 },
      { field: 'total', accuracy: 0.9 },
    ],
  }),
];

describe('the page of a repository', () => {
  it('is not for whom the gate refuses, and an unknown one looks as the gate says', async () => {
    const refused = await page({}, '', {
      gate: { visitor: () => Promise.resolve(new Response('no', { status: 404 })) },
    });
    expect([refused.status, refused.text]).toEqual([404, 'no']);
    const unknown = await get(repositoryPages(siteWith()), '/repositories/acme/secrets');
    expect([unknown.status, unknown.text]).toEqual([404, 'nothing here']);
    const long = await get(repositoryPages(siteWith()), `/repositories/acme/${'x'.repeat(500)}`);
    expect(long.status).toBe(404);
    const nul = await get(repositoryPages(siteWith()), '/repositories/acme/a%00b');
    expect(nul.status).toBe(404);
  });

  it('says what to do next where nothing was measured', async () => {
    const { status, text } = await page({ pipelines: () => Promise.resolve([]) });
    expect(status).toBe(200);
    expect(read(text)).toContain('Nothing was measured here yet');
    expect(text).toContain('docs/get-started.md');
    expect(text).not.toContain('<svg');
  });

  it('shows the baseline: score, documents, commit, dataset version and what cannot be seen', async () => {
    const { text } = await page({ trend: () => Promise.resolve(TREND) });
    expect(read(text)).toContain('Baseline of main 91.2 %');
    expect(read(text)).toContain('A drop below 2.1 points cannot be seen with 71 documents.');
    expect(text).toContain(`href="https://github.com/acme/invoices/commit/${'c'.repeat(40)}"`);
    expect(text).toContain(`href="/evaluations/${TREND[3]!.evaluationId}"`);
    expect(text).toContain('<code>d1d1d1d1d1</code>');
  });

  it('tells the trend in a sentence that leaves out the older dataset version', async () => {
    const { text } = await page({ trend: () => Promise.resolve(TREND) });
    expect(read(text)).toContain(
      'Overall accuracy of invoices on main, 4 measurements from 2026-09-04 to 2026-11-21: first 93.0 %, last 91.2 %, lowest 90.0 % on 2026-10-24: it fell by 1.8 points; 2 dataset versions, which are not joined.',
    );
  });

  it('puts the field with the largest fall first', async () => {
    const { text } = await page({ trend: () => Promise.resolve(TREND) });
    const names = [...text.matchAll(/class="field-name"[^>]*>([^<]*)/g)].map(([, name]) => name?.trim());
    expect(names).toEqual(['total', 'tax']);
    expect(read(text)).toContain('fell by 5.0 points');
    expect(read(text)).toContain('rose by 5.0 points');
    expect(read(text)).toContain('1 of 2 fields fell');
  });

  it('says no more of the baseline and of fields than was measured under one version of the dataset', async () => {
    const { text } = await page({ trend: () => Promise.resolve(TREND) });
    expect(read(text)).toContain('fell by 1.8 points since the dataset changed');
    const same = await page({ trend: () => Promise.resolve(TREND.slice(1)) });
    expect(read(same.text)).toContain('fell by 1.8 points in 90 days');
    const once = await page({ trend: () => Promise.resolve(TREND.slice(0, 2)) });
    expect(read(once.text)).toContain('No field was measured twice under the newest version of the dataset.');
  });

  it('gives each chart a name and its numbers a table with the run of each measurement', async () => {
    const { text } = await page({ trend: () => Promise.resolve(TREND) });
    const charts = [...text.matchAll(/<svg[^>]*>/g)].map(([tag]) => tag);
    expect(charts).toHaveLength(3);
    for (const tag of charts) expect(tag).toMatch(/role="img" aria-label="[^"]{20,}"|aria-label="[^"]{20,}"/);
    for (const { evaluationId } of TREND) expect(text).toContain(`/evaluations/${evaluationId}`);
    expect(text).not.toMatch(/ style=/);
  });

  it('shows the chosen period alone, and says when the newest measurement is older', async () => {
    const { text } = await page({ trend: () => Promise.resolve(TREND.slice(0, 2)) }, '?days=30');
    expect(read(text)).toContain(
      'Nothing was measured in the last 30 days. The newest measurement is from 2026-09-24 06:00 UTC',
    );
  });

  it.each([
    '?days=0',
    '?days=x',
    '?days=31',
    '?branch=nope&pipeline=nope',
    `?branch=${'x'.repeat(2_000)}`,
    '?pull=x&verdict=maybe&after=',
    '?branch=%00',
  ])('falls back where the query says nothing of use: %s', async (query) => {
    const { status, text } = await page({ trend: () => Promise.resolve(TREND) }, query);
    expect(status).toBe(200);
    expect(read(text)).toContain('Baseline of main 91.2 %');
  });

  it('asks for the chosen branch and pipeline', async () => {
    const asked: unknown[] = [];
    await page(
      {
        pipelines: () => Promise.resolve([...KNOWN, { pipeline: 'receipts', baseRef: 'release/2' }]),
        trend: (_, of) => {
          asked.push([of.baseRef, of.pipeline]);
          return Promise.resolve([]);
        },
      },
      '?branch=release%2F2',
    );
    expect(asked).toEqual([['release/2', 'receipts']]);
  });

  it('marks releases since the first measurement', async () => {
    const since: Date[] = [];
    const { text } = await page({
      trend: () => Promise.resolve(TREND),
      releases: (_, from) => {
        since.push(from);
        return Promise.resolve([{ tag: 'v1.4.0', at: before(20 * DAY) }]);
      },
    });
    expect(since).toEqual([TREND[0]!.at]);
    expect(text).toContain('>v1.4.0</text>');
    expect(read(text)).toContain('1 release in this time');
  });
});

describe('noise, time and money', () => {
  const runs = [1, 2, 3, 4].map((n) =>
    run(n, {
      pipelines: [
        pipeline({
          seconds: n * 10,
          usd: n / 10,
          deterministic: false,
          fields: [
            summaryField('total', { noise: { differ: 3, of: 20 }, unreliable: true }),
            summaryField('tax'),
          ],
        }),
      ],
    }),
  );
  const withRuns = (list = runs) => page({ runs: () => Promise.resolve({ runs: list, next: null }) });

  it('says how often two runs of the same code differed', async () => {
    const { text } = await withRuns();
    expect(read(text)).toContain('Two runs of the same code differed in 1 field of 2.');
    expect(read(text)).toContain('does not always give the same values');
    expect(read(text)).toContain('total unreliable: too noisy to be judged alone 3 of 20 (15.0 %)');
    expect(read(text)).toContain('tax 0 of 20 (0.0 %)');
  });

  it('says that a deterministic extractor is one, and that nobody looked', async () => {
    const { text } = await withRuns([
      run(1, { pipelines: [pipeline({ fields: [summaryField('total', { noise: null })] })] }),
    ]);
    expect(read(text)).toContain('is judged as one that gives the same values when it runs again.');
    expect(read(text)).toContain('No run of this period looked for differences');
    expect(read(text)).not.toContain('the newest run that looked');
  });

  it('gives the median and the 95th percentile of runs that measured something themselves', async () => {
    const { text } = await withRuns([
      ...runs,
      run(5, { pipelines: [pipeline({ seconds: 9_999, usd: 99, reusedFrom: runId(1) })] }),
    ]);
    expect(read(text)).toContain('Half of 4 runs took 20.0 s or less, nineteen of twenty 40.0 s or less.');
    expect(read(text)).toContain('$0.20 or less, nineteen of twenty $0.40 or less, $1.00 in all.');
  });

  it('says of how many runs the cost is known, and that there was no run', async () => {
    const unknown = run(1, { pipelines: [pipeline({ usd: null })] });
    expect(read((await withRuns([unknown])).text)).toContain('No cost is known of them.');
    expect(read((await withRuns([...runs, unknown])).text)).toContain(
      'Half of the 4 whose cost is known cost $0.20 or less',
    );
    expect(read((await withRuns([])).text)).toContain('No run of the last 90 days measured anything.');
  });

  it('stops reading runs at the period\u2019s border and at its limit', async () => {
    let pages = 0;
    const { status, text } = await page({
      runs: (_, filter: RunFilter) => {
        if (filter.limit !== 100) return Promise.resolve({ runs: [], next: null });
        pages += 1;
        return Promise.resolve({ runs: Array.from({ length: 100 }, () => run(1)), next: 'more' });
      },
    });
    expect(status).toBe(200);
    expect(pages).toBe(3);
    expect(read(text)).toContain('Half of the newest 300 runs');
  });
});

describe('the gate\u2019s record', () => {
  it('is told in words where there is nothing yet', async () => {
    const { text } = await page();
    expect(read(text)).toContain('No run was created in the last 90 days');
  });

  it('links flips on identical input to both runs', async () => {
    const { text } = await page({
      gateRecord: () =>
        Promise.resolve({
          ...NO_RECORD,
          runs: 186,
          blocked: 12,
          accepted: 3,
          repeated: 6,
          flips: [
            {
              pipeline: 'invoices',
              planId: 'p',
              verdicts: [
                { evaluationId: runId(1), verdict: 'pass', at: before(DAY) },
                { evaluationId: runId(2), verdict: 'block', at: before(HOUR) },
              ],
            },
          ],
        }),
    });
    expect(read(text)).toContain(
      'Of 6 identical inputs that were measured more than once, 1 got different verdicts.',
    );
    expect(text).toContain(`<a href="/evaluations/${runId(1)}">PASSED</a>`);
    expect(text).toContain(`<a href="/evaluations/${runId(2)}">BLOCKED</a>`);
    expect(text).toContain('answer=blocked#runs');
    expect(read(text)).toContain('12 of 186 runs; 3 accepted by somebody');
  });

  it('says that repeated measurements agreed', async () => {
    const { text } = await page({
      gateRecord: () => Promise.resolve({ ...NO_RECORD, runs: 9, passed: 9, repeated: 2 }),
    });
    expect(read(text)).toContain(
      '2 identical inputs were measured more than once, and the verdict was the same each time',
    );
  });
});

describe('the last runs', () => {
  const LIST = [
    run(1, { state: 'running', conclusion: null, pipelines: [] }),
    run(2, { title: 'Read totals', conclusion: 'failure', pipelines: [blocked()] }),
    run(3, { conclusion: 'success', pipelines: [blocked()] }),
    run(4, { pipelines: [blocked({ blocked: false, enforce: 'shadow' })] }),
    run(5, { failure: { class: 'timed-out', message: 'The head ran too long.', mend: null }, pipelines: [] }),
  ];
  const listed = (query = '', next: string | null = null, list = LIST) =>
    page({ runs: (_, { limit }) => Promise.resolve({ runs: limit === 100 ? [] : list, next }) }, query);

  it('say what came of each, and mark an accepted regression as such', async () => {
    const { text } = await listed();
    const rows = [
      ...text.matchAll(/<tr><th scope="row" class="name"><a href="\/evaluations[\s\S]*?<\/tr>/g),
    ].map(([row]) => read(row));
    expect(rows).toHaveLength(5);
    expect(rows[0]).toContain('RUNNING');
    expect(rows[1]).toMatch(/#2 Read totals .*BLOCKED .*invoices 91.2 % → 87.4 % \(−3.8 points\).* 2 h ago/);
    expect(rows[2]).toContain('ACCEPTED');
    expect(rows[2]).not.toContain('BLOCKED');
    expect(rows[3]).toContain('WOULD BLOCK');
    expect(rows[4]).toContain('NOT MEASURED The head ran too long.');
  });

  it('are asked for with the filters of the query', async () => {
    const filters: RunFilter[] = [];
    await page(
      {
        runs: (_, filter) => {
          filters.push(filter);
          return Promise.resolve({ runs: [], next: null });
        },
      },
      '?run_pipeline=receipts&verdict=block&pull=%237&current=yes&after=cursor',
    );
    expect(filters).toContainEqual({
      limit: 25,
      pipeline: 'receipts',
      verdict: 'block',
      pullNumber: 7,
      currentOnly: true,
      after: 'cursor',
    });
  });

  it('are those that the record counted, of the same period, where its figures lead to', async () => {
    const filters: RunFilter[] = [];
    const { text } = await page(
      {
        runs: (_, filter) => {
          filters.push(filter);
          return Promise.resolve({ runs: [run(1)], next: null });
        },
      },
      '?days=30&answer=warned',
    );
    const since = before(30 * DAY);
    expect(filters).toContainEqual({ limit: 25, answer: 'warned', since });
    expect(read(text)).toContain('Runs of the last 30 days that were warned about');
    expect(text).toContain('href="/repositories/acme/invoices?days=30#runs"');
  });

  it('lead to the next page with the same filters', async () => {
    const { text } = await listed('?verdict=block&days=30', 'a b&c');
    expect(text).toContain(
      'href="/repositories/acme/invoices?days=30&amp;verdict=block&amp;after=a+b%26c#runs"',
    );
    expect(text).toContain('href="/repositories/acme/invoices?days=30#runs"');
  });

  it('say that none fits', async () => {
    expect(read((await listed('?verdict=block', null, [])).text)).toContain('No run fits this filter.');
    expect(read((await listed('', null, [])).text)).toContain('There was no run yet.');
  });

  it('ask again by themselves while one is under way, and not otherwise', async () => {
    expect((await listed()).text).toContain('hx-trigger="every 20s"');
    expect((await listed('', null, LIST.slice(1))).text).not.toContain('every 20s');
  });

  it('are all that is sent to who asks for the list alone', async () => {
    const site = siteWith({ insight: { runs: () => Promise.resolve({ runs: LIST, next: null }) } });
    const { text } = await get(repositoryPages(site), PATH, { 'hx-target': 'run-list' });
    expect(text).toMatch(/^<div id="run-list"/);
    expect(text).toContain('#2 Read totals');
    expect(text).not.toContain('<html');
  });
});

describe('hostile names on the page of a repository', () => {
  it.each(HOSTILE_TEXTS.map((text, i) => [i, text] as const))('show as text: %i', async (_, hostile) => {
    const { status, text } = await page({
      pipelines: () => Promise.resolve([{ pipeline: hostile, baseRef: hostile }]),
      trend: () =>
        Promise.resolve([
          point(9, 0.9, {
            commit: hostile,
            datasetVersion: hostile,
            fields: [{ field: hostile, accuracy: 0.5 }],
          }),
          point(3, 0.8, { datasetVersion: `${hostile}2`, fields: [{ field: hostile, accuracy: 0.4 }] }),
        ]),
      releases: () => Promise.resolve([{ tag: hostile, at: before(5 * DAY) }]),
      runs: () =>
        Promise.resolve({
          runs: [
            run(1, {
              title: hostile,
              baseRef: hostile,
              supersededBy: hostile,
              pipelines: [blocked({ pipeline: hostile, fields: [summaryField(hostile)] })],
            }),
          ],
          next: null,
        }),
      gateRecord: () =>
        Promise.resolve({
          ...NO_RECORD,
          runs: 1,
          repeated: 1,
          flips: [
            {
              pipeline: hostile,
              planId: 'p',
              verdicts: [{ evaluationId: runId(1), verdict: hostile, at: before(0) }],
            },
          ],
        }),
    });
    expect(status).toBe(200);
    expect(text).not.toMatch(/<script(?! src="\/assets)|<img(?! class="badge")|<!--|onerror="/i);
    // What a choice sends back is the name as it is.
    expect(text.replace(/ value="[^"]*"/g, '')).not.toMatch(
      // eslint-disable-next-line no-control-regex
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202e\ufeff]/,
    );
    expect(text.length).toBeLessThan(400_000);
  });
});
