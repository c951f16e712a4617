import { describe, expect, it } from 'vitest';
import { overviewPages } from '../../src/http/pages/overview/index.js';
import { repositoryPages } from '../../src/http/pages/repository/index.js';
import { createInsight } from '../../src/postgres/insight.js';
import { createStore } from '../../src/postgres/store.js';
import {
  HOUR_MS,
  newEvaluation,
  pipelineReport,
  pullRequest,
  repositoryRef,
  result,
  sha,
} from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';
import { blockReport, passReport } from '../support/report.js';
import { ADA, get, siteWith } from './insight.js';

const database = useDatabase({ each: 'test' });

describe('the pages over the books', () => {
  it('show a measured and blocked pull request on both pages', async () => {
    const store = createStore(database.pool());
    const repository = repositoryRef({ name: 'invoices' });
    await store.saveRepositories([repository]);
    await store.savePullRequest(repository.id, pullRequest({ headSha: sha(7) }));
    const subject = { repositoryId: repository.id, headSha: sha(7), baseRef: 'main' };
    const report = blockReport();
    const { evaluation } = await store.createEvaluation(newEvaluation(subject));
    await store.claim(evaluation.id, 'w1', HOUR_MS);
    await store.finish(evaluation.id, 'w1', result([pipelineReport({ pipeline: report.pipeline, report })]));

    const insight = createInsight(database.pool());
    const site = {
      ...siteWith({
        gate: {
          person: () =>
            Promise.resolve({
              person: ADA,
              repositories: () =>
                Promise.resolve([{ repositoryId: repository.id, role: 'read', isPublic: false }]),
            }),
        },
      }),
      insight,
      store,
    };
    const page = await get(repositoryPages(site), '/repositories/acme/invoices?days=365');
    expect(page.status).toBe(200);
    expect(page.text).toContain('Baseline of main');
    expect(page.text).toContain(`/evaluations/${evaluation.id}`);
    expect(page.text).toContain('BLOCKED');
    expect(page.text).toContain('Overall accuracy of');

    const overview = await get(overviewPages(site), '/');
    expect(overview.status).toBe(200);
    expect(overview.text).toContain('href="/repositories/acme/invoices"');
    expect(overview.text).toContain('#7 Better totals');

    const badge = await get(
      repositoryPages(site),
      `/repositories/acme/invoices/badge.svg?key=${site.links.badgeKey(repository.id)}`,
    );
    expect(badge.status).toBe(200);
    expect(badge.text).not.toContain('not measured');
  });

  it('bear a cursor that is none', async () => {
    const store = createStore(database.pool());
    const repository = repositoryRef({ name: 'invoices' });
    await store.saveRepositories([repository]);
    const subject = { repositoryId: repository.id, headSha: sha(8), baseRef: 'main' };
    const { evaluation } = await store.createEvaluation(newEvaluation(subject));
    await store.claim(evaluation.id, 'w1', HOUR_MS);
    const report = passReport();
    await store.finish(evaluation.id, 'w1', result([pipelineReport({ pipeline: report.pipeline, report })]));
    const site = { ...siteWith(), insight: createInsight(database.pool()), store };
    for (const after of ['x', '0', "';--", 'a'.repeat(299)]) {
      const { status } = await get(
        repositoryPages(site),
        `/repositories/acme/invoices?${new URLSearchParams({ after }).toString()}`,
      );
      expect(status).toBe(200);
    }
  });
});
