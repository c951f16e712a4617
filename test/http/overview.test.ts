import { describe, expect, it } from 'vitest';
import { overviewPages } from '../../src/http/pages/overview/index.js';
import type { RepositoryLine } from '../../src/ports/insight.js';
import { HOSTILE_TEXTS } from '../support/report.js';
import { ADA, blocked, get, REPOSITORY, run, siteWith, type SiteAnswers, summaryField } from './insight.js';

function line(id: number, more: Partial<RepositoryLine> = {}): RepositoryLine {
  return {
    repository: { ...REPOSITORY, id, name: `repository-${id}` },
    lastRun: null,
    openRegressions: [],
    openRegressionsInAll: more.openRegressions?.length ?? 0,
    waiting: 0,
    running: 0,
    spentThisMonthUsd: 0,
    budgetPerMonthUsd: null,
    ...more,
  };
}

async function overview(lines: readonly RepositoryLine[], query = '', more: SiteAnswers = {}) {
  const asked: (readonly number[])[] = [];
  const site = siteWith({
    gate: {
      person: () =>
        Promise.resolve({
          person: ADA,
          repositories: () =>
            Promise.resolve(
              lines.map(({ repository }) => ({
                repositoryId: repository.id,
                role: 'read' as const,
                isPublic: false,
              })),
            ),
        }),
    },
    insight: {
      overview: (ids) => {
        asked.push(ids);
        return Promise.resolve(lines);
      },
    },
    ...more,
  });
  return { ...(await get(overviewPages(site), `/${query}`)), asked };
}

const read = (html: string): string => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
const names = (html: string): string[] =>
  [...html.matchAll(/acme\/(repository-\d+)\s*<\/a>/g)].map(([, name = '']) => name);

describe('the overview', () => {
  it('counts regressions that it does not list', async () => {
    const open = run(3, { conclusion: 'failure', pipelines: [blocked()] });
    const { text } = await overview([line(1, { openRegressions: [open], openRegressionsInAll: 25 })]);
    expect(read(text)).toMatch(/Open regressions 25 /);
    expect(read(text)).toContain('and 24 more');
  });

  it('is what the gate answers where nobody is signed in', async () => {
    const site = siteWith({
      gate: { person: () => Promise.resolve(new Response('sign in', { status: 401 })) },
    });
    const { status, text } = await get(overviewPages(site), '/');
    expect([status, text]).toEqual([401, 'sign in']);
  });

  it('asks for the repositories that this person has a role in, and for no other', async () => {
    const { asked } = await overview([line(1), line(7)]);
    expect(asked).toEqual([[1, 7]]);
  });

  it('says how to begin where there is nothing', async () => {
    const { status, text, asked } = await overview([]);
    expect(status).toBe(200);
    expect(text).toContain('docs/install.md');
    expect(asked).toEqual([]);
  });

  it('tells open regressions first: what fell, by how much, since when', async () => {
    const open = run(12, {
      title: 'Newer OCR',
      pipelines: [
        blocked({
          fields: [
            summaryField('tax', { delta: -0.02 }),
            summaryField('total', { delta: -0.05 }),
            summaryField('date', { delta: 0.01 }),
          ],
        }),
      ],
    });
    const { text } = await overview([line(1, { lastRun: run(1) }), line(2, { openRegressions: [open] })]);
    expect(names(text)).toEqual(['repository-2', 'repository-1']);
    expect(text).toContain(`<a href="/evaluations/${open.id}">#12 Newer OCR</a>`);
    expect(read(text)).toContain('fell: total −5.0, tax −2.0 since 12 h ago');
    expect(read(text)).toContain('Open regressions 1 Open pull requests');
  });

  it('says what waits and runs, and how old the oldest job is', async () => {
    const { text } = await overview([line(1, { waiting: 2, running: 1 }), line(2, { waiting: 1 })], '', {
      waiting: [
        { kind: 'evaluate', waiting: 3, active: 1, oldestMs: 190_000 },
        { kind: 'publish', waiting: 1, active: 0, oldestMs: 2_000 },
      ],
    });
    expect(read(text)).toContain('Runs 1 running 3 waiting');
    expect(read(text)).toContain(
      'Oldest waiting job 3 min Its kind is “evaluate”; 4 jobs of the whole instance wait.',
    );
  });

  it('says that nothing waits', async () => {
    expect(read((await overview([line(1)])).text)).toContain(
      'Oldest waiting job none Nothing waits for a worker.',
    );
  });

  it('sets the month\u2019s spend against the budget, in words where it is over', async () => {
    const { text } = await overview([
      line(1, { spentThisMonthUsd: 61.4, budgetPerMonthUsd: 50 }),
      line(2, { spentThisMonthUsd: 10, budgetPerMonthUsd: 40 }),
      line(3, { spentThisMonthUsd: 5 }),
      line(4, { budgetPerMonthUsd: 0 }),
    ]);
    expect(read(text)).toContain(
      'Spent this month $76.40 Budgets together: $90.00. 1 repository over budget.',
    );
    expect(read(text)).toContain('$61.40 of $50.00 over budget by $11.40');
    expect(read(text)).toContain('$5.00 no budget');
    const bars = [
      ...text.matchAll(/<rect x="0" y="0" width="([\d.]+)" height="6" fill="var\(--chart-\w+\)"/g),
    ].map(([, width]) => width);
    expect(bars.sort()).toEqual(['0', '100', '25']);
  });

  const many = Array.from({ length: 120 }, (_, i) => line(i + 1));

  it('shows fifty on a page', async () => {
    const first = await overview(many);
    expect(names(first.text)).toHaveLength(50);
    expect(first.text).toContain('href="/?page=2"');
    const last = await overview(many, '?page=3');
    expect(names(last.text)).toHaveLength(20);
    expect(last.text).not.toContain('Next page');
  });

  it('finds repositories by a part of their name', async () => {
    const { text } = await overview(many, '?search=RY-11');
    expect(names(text)).toEqual([
      'repository-11',
      ...Array.from({ length: 10 }, (_, i) => `repository-${110 + i}`),
    ]);
    expect(read(text)).toContain('11 of 120 repositories');
    expect(read((await overview(many, '?search=nothing')).text)).toContain(
      'No repository’s name has this in it.',
    );
  });

  it.each(['?page=0', '?page=-1', '?page=x', '?page=99999', '?page=9999', `?search=${'x'.repeat(5_000)}`])(
    'bears the query %s',
    async (query) => {
      expect((await overview(many, query)).status).toBe(200);
    },
  );

  it.each(HOSTILE_TEXTS.map((text, i) => [i, text] as const))(
    'shows hostile names as text: %i',
    async (_, hostile) => {
      const open = run(1, {
        title: hostile,
        baseRef: hostile,
        pipelines: [blocked({ pipeline: hostile, fields: [summaryField(hostile, { delta: -1 })] })],
      });
      const { status, text } = await overview(
        [line(1, { lastRun: open, openRegressions: [open] })],
        `?${new URLSearchParams({ search: hostile.slice(0, 300) }).toString()}`,
      );
      expect(status).toBe(200);
      expect(text).not.toMatch(/<script(?! src="\/assets)|<img|<!--/i);
    },
  );
});
