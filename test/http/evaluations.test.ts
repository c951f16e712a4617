import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Evaluation, PipelineReport } from '../../src/core/app-words.js';
import { createEvaluationsHandler } from '../../src/http/evaluations.js';
import { createLinks } from '../../src/http/links.js';
import { startWebServer } from '../../src/http/server.js';
import { createLog } from '../../src/log.js';
import { blockReport, hostileReport, passReport } from '../support/report.js';

const log = createLog({ level: 'silent', format: 'json' });
const links = createLinks('https://docops.example.com', ['the-secret-of-this-test']);

function evaluation(more: Partial<Evaluation> = {}): Evaluation {
  return {
    id: randomUUID(),
    repositoryId: 21,
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    kind: 'pull-request',
    pullNumber: 7,
    baseSha: 'b'.repeat(40),
    headRef: 'refs/pull/7/head',
    situation: { key: 'k', keyWithoutBase: 'k' },
    decision: { kind: 'evaluate', pipelines: [], sandbox: 'none', changedPaths: [] },
    policy: null,
    trust: { trusted: true, reason: 'may write', aggregatesOnly: false },
    state: 'reported',
    attempt: 1,
    cause: 'look',
    why: 'opened',
    rerun: null,
    onlyPipeline: null,
    tries: 1,
    failure: null,
    progress: null,
    attribution: null,
    warnings: [],
    supersededBy: null,
    createdAt: new Date(0),
    startedAt: null,
    finishedAt: null,
    deadlineAt: new Date(0),
    ...more,
  };
}

function reportOf(pipeline: string, report = blockReport()): PipelineReport {
  return { pipeline, planId: 'p', report: { ...report, pipeline }, reusedFrom: null };
}

async function serve(known: Evaluation, reports: readonly PipelineReport[]) {
  const store = {
    evaluation: (id: string) => Promise.resolve(id === known.id ? known : undefined),
    reports: () => Promise.resolve(reports),
  };
  const handlers = [createEvaluationsHandler({ store, links })];
  const server = await startWebServer({ host: '127.0.0.1', port: 0, handlers, log });
  onTestFinished(() => server.stop(0));
  const key = links.keyOf(known.id);
  return (path: string, query: Record<string, string> = { key }) =>
    fetch(`${server.url}${path}?${new URLSearchParams(query).toString()}`);
}

describe('the page of an evaluation', () => {
  it('is the report, in the state that it was judged in, kept by nobody', async () => {
    const known = evaluation();
    const ask = await serve(known, [reportOf('invoices')]);
    const response = await ask(`/evaluations/${known.id}`);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      'content-security-policy': expect.stringMatching(
        /default-src 'none'.*frame-ancestors 'none'/,
      ) as string,
    });
    const page = await response.text();
    expect(page).toContain('BLOCKED');
    // Its own policy names script and style by hash; the header only adds to it.
    expect(page).toMatch(/Content-Security-Policy"[^>]*sha256-/);
  });

  it.each([
    ['without a key', {}],
    ['with an empty key', { key: '' }],
    ['with the key of another evaluation', { key: links.keyOf(randomUUID()) }],
    ['with half of its key', {}],
  ])('is not there %s', async (name, query) => {
    const known = evaluation();
    const ask = await serve(known, [reportOf('invoices')]);
    const given = name.startsWith('with half') ? { key: links.keyOf(known.id).slice(0, 20) } : query;
    for (const path of [`/evaluations/${known.id}`, `/evaluations/${known.id}.json`]) {
      const response = await ask(path, given);
      expect([response.status, await response.text()]).toEqual([404, 'docops: there is nothing here\n']);
    }
  });

  it('that nobody knows looks the same as one with a wrong key', async () => {
    const ask = await serve(evaluation(), []);
    const id = randomUUID();
    const response = await ask(`/evaluations/${id}`, { key: links.keyOf(id) });
    expect([response.status, await response.text()]).toEqual([404, 'docops: there is nothing here\n']);
    expect((await ask('/evaluations/../../etc/passwd')).status).toBe(404);
    expect((await ask('/evaluations/x')).status).toBe(404);
  });

  it('lists the pipelines when there are several, and shows each', async () => {
    const known = evaluation();
    const ask = await serve(known, [reportOf('invoices'), reportOf('a&b <receipts>', passReport())]);
    const index = await (await ask(`/evaluations/${known.id}`)).text();
    expect(index).toContain('a&amp;b &lt;receipts&gt;');
    const links_ = [...index.matchAll(/href="(\/evaluations[^"]+)"/g)].map(([, href]) =>
      href!.replaceAll('&amp;', '&'),
    );
    expect(links_).toHaveLength(2);
    const second = new URL(links_[1]!, 'http://x');
    const page = await ask(second.pathname, Object.fromEntries(second.searchParams));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('PASSED');
    const unknown = await ask(`/evaluations/${known.id}`, { key: links.keyOf(known.id), pipeline: 'other' });
    expect(unknown.status).toBe(404);
  });

  it('says how far it is while there is no report', async () => {
    const known = evaluation({
      state: 'running',
      why: '/rerun-eval by <b>ada</b>',
      progress: { stage: 'measuring head of invoices', done: 3, total: 12, estimatedEndMs: null },
    });
    const page = await (await (await serve(known, []))(`/evaluations/${known.id}`)).text();
    expect(page).toContain('measuring head of invoices, 3 of 12 documents');
    expect(page).toContain('&lt;b&gt;ada&lt;/b&gt;');
  });

  it('says why there is none', async () => {
    const known = evaluation({
      state: 'reported',
      failure: { class: 'infrastructure', message: 'the disk is full', mend: 'make room' },
    });
    const page = await (await (await serve(known, []))(`/evaluations/${known.id}`)).text();
    expect(page).toContain('the disk is full make room');
  });

  it('of an outsider shows no document and no value, as a page and as JSON', async () => {
    const known = evaluation({ trust: { trusted: false, reason: 'approved', aggregatesOnly: true } });
    const report = blockReport();
    const [document] = report.documents;
    expect(document).toBeDefined();
    const ask = await serve(known, [reportOf('invoices', report)]);
    for (const path of [`/evaluations/${known.id}`, `/evaluations/${known.id}.json`]) {
      const response = await ask(path);
      expect(response.status).toBe(200);
      expect(await response.text()).not.toContain(document!.id);
    }
  });

  it('runs nothing of what documents say', async () => {
    const known = evaluation();
    const page = await (
      await (
        await serve(known, [reportOf('invoices', hostileReport())])
      )(`/evaluations/${known.id}`)
    ).text();
    expect(page).not.toContain('<script>alert');
    expect(page).not.toMatch(/<img[^>]+onerror/i);
  });
});

describe('the JSON of an evaluation', () => {
  it('is what docops eval --json writes', async () => {
    const known = evaluation();
    const response = await (await serve(known, [reportOf('invoices')]))(`/evaluations/${known.id}.json`);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toMatchObject({
      schema: 'docops.report/1',
      pipeline: 'invoices',
      verdict: 'block',
    });
  });

  it('is a list with several pipelines', async () => {
    const known = evaluation();
    const ask = await serve(known, [reportOf('invoices'), reportOf('receipts')]);
    expect(await (await ask(`/evaluations/${known.id}.json`)).json()).toMatchObject({
      schema: 'docops.reports/1',
      reports: [{ pipeline: 'invoices' }, { pipeline: 'receipts' }],
    });
  });
});
