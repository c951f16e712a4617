import { beforeAll, describe, expect, it } from 'vitest';
import type { RepositoryRef } from '../../src/core/app-words.js';
import { redactReport } from '../../src/core/check/index.js';
import { renderCsv } from '../../src/core/report/csv.js';
import { serializeReport } from '../../src/core/report/json.js';
import type { Report } from '../../src/core/report/schema.js';
import { OPEN_SIMULATIONS } from '../../src/http/simulation.js';
import type { NewEvaluation } from '../../src/ports/store.js';
import { createStore } from '../../src/postgres/store.js';
import { newEvaluation, repositoryRef, sha } from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';
import { blockReport, hostileReport, passReport } from '../support/report.js';
import { asDescribed, secretFor, world } from './api-support.js';

const database = useDatabase();
let repository: RepositoryRef;
let other: RepositoryRef;
const runs: Record<string, string> = {};

async function run(of: RepositoryRef, reports: readonly Report[], more: Partial<NewEvaluation> = {}) {
  const { evaluation } = await createStore(database.pool()).createEvaluation({
    ...newEvaluation({ repositoryId: of.id, headSha: sha(Math.floor(Math.random() * 1e9)), baseRef: 'main' }),
    state: 'judged',
    reports: reports.map((report) => ({
      pipeline: report.pipeline,
      planId: 'plan',
      report,
      reusedFrom: null,
    })),
    ...more,
  });
  return evaluation.id;
}

beforeAll(async () => {
  repository = repositoryRef();
  other = repositoryRef();
  const store = createStore(database.pool());
  await store.saveRepositories([repository, other]);
  runs['passed'] = await run(repository, [passReport()]);
  runs['blocked'] = await run(repository, [blockReport(), { ...hostileReport(), pipeline: 'a b/ü' }]);
  runs['outsider'] = await run(repository, [blockReport()], {
    trust: { trusted: false, reason: 'approved', aggregatesOnly: true },
    pullNumber: 8,
  });
  runs['other'] = await run(other, [passReport()]);
  await store.accept({
    repositoryId: repository.id,
    headSha: sha(1),
    baseRef: 'main',
    situationKey: 'k',
    fields: ['grand_total'],
    reason: 'the new layout has no totals',
    by: 'ada',
    role: 'admin',
    expiresMs: 60_000,
    cause: 'comment:1:0',
  });
});

async function ask(path: string, init: RequestInit & { secret?: string; method?: string } = {}) {
  const { app, jobs } = world(database.pool());
  const secret = init.secret ?? (await secretFor(database.pool()));
  const headers = { authorization: `Bearer ${secret}`, ...(init.headers as Record<string, string>) };
  const response = await app.request(`http://docops.test${path}`, { ...init, headers });
  const body = await asDescribed(init.method ?? 'GET', path, response);
  return { response, body: body as Record<string, unknown> & { runs: { id: string }[] }, jobs };
}
const at = (below = ''): string => `/api/v1/repositories/${repository.owner}/${repository.name}${below}`;
const post = (body: unknown) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

describe('repositories', () => {
  it('are those that the token sees, a page at a time', async () => {
    const all = await ask('/api/v1/repositories');
    expect(all.body).toEqual({
      repositories: [repository, other].map(({ id, owner, name }) => ({ id, owner, name })),
      next: null,
    });
    const first = await ask('/api/v1/repositories?limit=1');
    expect(first.body).toMatchObject({ repositories: [{ id: repository.id }], next: repository.id });
    const second = await ask(`/api/v1/repositories?limit=1&after=${repository.id}`);
    expect(second.body).toMatchObject({ repositories: [{ id: other.id }], next: null });
    const secret = await secretFor(database.pool(), { repository: other });
    const one = await ask('/api/v1/repositories', { secret });
    expect(one.body).toMatchObject({ repositories: [{ id: other.id }], next: null });
  });

  it('of another token and unknown ones look the same', async () => {
    const secret = await secretFor(database.pool(), { repository: other });
    for (const below of [
      '',
      '/runs',
      '/trend?pipeline=invoices&base_ref=main',
      '/gate-record',
      '/datasets',
      '/ledger',
    ]) {
      const hidden = await ask(at(below), { secret });
      const unknown = await ask(`/api/v1/repositories/acme/nowhere${below}`, { secret });
      expect(hidden.response.status, below).toBe(404);
      expect(hidden.body).toEqual(unknown.body);
      expect(hidden.body).toMatchObject({ code: 'not_found' });
    }
    for (const below of ['', '/reports', '/reports/invoices']) {
      const hidden = await ask(`/api/v1/runs/${runs['passed']}${below}`, { secret });
      const unknown = await ask(`/api/v1/runs/x${below}`, { secret });
      expect(hidden.response.status, below).toBe(404);
      expect(hidden.body).toEqual(unknown.body);
    }
  });

  it('say how they stand', async () => {
    const { body } = await ask(at());
    expect(body).toMatchObject({
      id: repository.id,
      pipelines: expect.arrayContaining([{ pipeline: 'invoices', base_ref: 'main' }]) as unknown,
      last_run: { id: runs['outsider'] },
      waiting: 0,
    });
  });
});

describe('runs', () => {
  it('are listed newest first, by filters, a page at a time', async () => {
    const { body } = await ask(at('/runs'));
    expect(body.runs.map(({ id }) => id)).toEqual([runs['outsider'], runs['blocked'], runs['passed']]);
    const first = await ask(at('/runs?limit=2'));
    expect(first.body.runs).toHaveLength(2);
    const second = await ask(at(`/runs?limit=2&after=${String(first.body['next'])}`));
    expect(second.body.runs.map(({ id }) => id)).toEqual([runs['passed']]);
    expect(second.body['next']).toBeNull();
    const passed = await ask(at('/runs?verdict=pass&pipeline=invoices&base_ref=main'));
    expect(passed.body.runs.map(({ id }) => id)).toEqual([runs['passed']]);
    expect((await ask(at('/runs?pull_number=8'))).body.runs.map(({ id }) => id)).toEqual([runs['outsider']]);
    expect((await ask(at('/runs?base_ref=release'))).body.runs).toEqual([]);
  });

  it('have their pipelines, in fractions', async () => {
    const { body } = await ask(`/api/v1/runs/${runs['passed']}`);
    expect(body).toMatchObject({
      id: runs['passed'],
      repository_id: repository.id,
      pull_number: 7,
      pipelines: [
        { pipeline: 'invoices', verdict: 'pass', head: 0.912, dataset: { source: 'eval/invoices' } },
      ],
    });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=1e9', 'limit'],
    ['limit=five', 'limit'],
    ['verdict=blue', 'verdict'],
    ['current=maybe', 'current'],
    ['pull_number=-1', 'pull_number'],
    [`pipeline=${'x'.repeat(201)}`, 'pipeline'],
    ['pipeline=', 'pipeline'],
  ])('are not listed for ?%s, which is named', async (query, name) => {
    const { response, body } = await ask(at(`/runs?${query}`));
    expect(response.status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_input', errors: [{ in: 'query', name }] });
    expect((body['errors'] as { detail: string }[])[0]!.detail).toMatch(/^write /);
  });

  it('are not listed for a query that nobody knows: a slip is not taken for "all"', async () => {
    const { response, body } = await ask(at('/runs?verdit=block'));
    expect(response.status).toBe(400);
    expect(JSON.stringify(body)).toContain('verdit');
  });

  it('are found by no hostile text', async () => {
    for (const text of ["'; drop table docops.audit; --", '%00', '../../etc/passwd', '\u202e<script>']) {
      const part = encodeURIComponent(text);
      expect((await ask(`/api/v1/runs/${part}`)).response.status).toBe(404);
      expect((await ask(at(`/runs?base_ref=${part}`))).body.runs).toEqual([]);
      expect((await ask(`/api/v1/runs/${runs['passed']}/reports/${part}`)).response.status).toBe(404);
    }
  });
});

describe('reports', () => {
  it('are listed, and each is the text that docops eval --json writes', async () => {
    const { body } = await ask(`/api/v1/runs/${runs['blocked']}/reports`);
    const reports = body['reports'] as { pipeline: string; json: string; csv: string }[];
    expect(reports.map(({ pipeline }) => pipeline)).toEqual(['invoices', 'a b/ü']);
    const { app } = world(database.pool());
    const authorization = `Bearer ${await secretFor(database.pool())}`;
    const expected = [blockReport(), { ...hostileReport(), pipeline: 'a b/ü' }];
    for (const [i, { json, csv }] of reports.entries()) {
      const answer = await app.request(json, { headers: { authorization } });
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(await answer.text()).toBe(serializeReport(expected[i]!));
      const table = await app.request(csv, { headers: { authorization } });
      expect(table.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      // UTF-8 has no halves of characters.
      expect(await table.text()).toBe(Buffer.from(renderCsv([expected[i]!])).toString());
    }
  });

  it('are CSV for who accepts that, and their JSON is as described', async () => {
    const path = `/api/v1/runs/${runs['passed']}/reports/invoices`;
    const csv = await ask(path, { headers: { accept: 'text/csv' } });
    expect(csv.body).toBe(renderCsv([passReport()]));
    const json = await ask(path, { headers: { accept: 'text/html, */*;q=0.1' } });
    expect(json.body).toMatchObject({ schema: 'docops.report/1', pipeline: 'invoices' });
  });

  it('are sent once to who keeps them', async () => {
    const path = `/api/v1/runs/${runs['passed']}/reports/invoices`;
    const first = await ask(path);
    const etag = first.response.headers.get('etag')!;
    expect(etag).toMatch(/^"\w+"$/);
    const again = await ask(path, { headers: { 'if-none-match': etag } });
    expect([again.response.status, again.response.headers.get('etag')]).toEqual([304, etag]);
    const csv = await ask(path, { headers: { 'if-none-match': etag, accept: 'text/csv' } });
    expect(csv.response.status).toBe(200);
  });

  it('of an outsider name no document and show no value, in every form', async () => {
    const path = `/api/v1/runs/${runs['outsider']}/reports`;
    expect((await ask(path)).body).toMatchObject({ reports: [{ aggregates_only: true }] });
    const { body } = await ask(`${path}/invoices`);
    expect(body).toEqual(JSON.parse(serializeReport(redactReport(blockReport()))));
    const [document] = blockReport().documents;
    const csv = await ask(`${path}/invoices.csv`);
    for (const text of [JSON.stringify(body), JSON.stringify(csv.body)])
      expect(text).not.toContain(document!.id);
    expect(JSON.stringify((await ask(`/api/v1/runs/${runs['outsider']}`)).body)).not.toContain(document!.id);
  });
});

describe('what is known over time', () => {
  it('is the trend of a pipeline on a branch', async () => {
    const { body } = await ask(at('/trend?pipeline=invoices&base_ref=main'));
    const points = body['points'] as { run: string; overall: number }[];
    expect(points.length).toBeGreaterThan(0);
    expect(points[0]).toMatchObject({ run: runs['passed'], overall: 0.912, documents: 71 });
    expect((await ask(at('/trend?pipeline=none&base_ref=main'))).body).toMatchObject({ points: [] });
    expect((await ask(at('/trend?pipeline=invoices'))).body).toMatchObject({
      errors: [{ name: 'base_ref' }],
    });
  });

  it('is how the gate did', async () => {
    const { body } = await ask(at('/gate-record?days=7'));
    expect(body).toMatchObject({ runs: 3, accepted: 1, disputes: 0 });
    expect((await ask(at('/gate-record?days=0'))).response.status).toBe(400);
  });

  it('is which versions of datasets were read', async () => {
    const { body } = await ask(at('/datasets'));
    expect((body['datasets'] as object[])[0]).toMatchObject({
      pipeline: expect.any(String) as string,
      source: 'eval/invoices',
      version: passReport().dataset.version,
      documents: 71,
    });
    const invoices = (body['datasets'] as { pipeline: string; runs: number; first_run: object }[]).find(
      ({ pipeline }) => pipeline === 'invoices',
    );
    expect(invoices).toMatchObject({ runs: 3, first_run: { run: runs['passed'] } });
  });

  it('is the ledger, with the reasons', async () => {
    const { body } = await ask(at('/ledger?action=acceptance&actor=ADA'));
    expect(body).toMatchObject({
      lines: [
        {
          actor: 'ada',
          action: 'acceptance.granted',
          says: 'accepted a regression of grand_total on main',
          reason: 'the new layout has no totals',
          acceptance: { state: 'in force', fields: ['grand_total'] },
        },
      ],
      next: null,
    });
    expect((await ask(at('/ledger?actor=bob'))).body).toEqual({ lines: [], next: null });
  });
});

const GOOD = `version: 1
pipelines:
  invoices:
    paths: ["src/**"]
    dataset: eval/invoices
    extract: { run: "python extract.py {input}" }
    fields: { grand_total: money }
`;

describe('a configuration', () => {
  it('is checked, with line and column', async () => {
    const good = await ask('/api/v1/validate', post({ text: GOOD }));
    expect(good.body).toEqual({ valid: true, problems: [] });
    const bad = await ask('/api/v1/validate', post({ text: GOOD.replace('money', 'monney') }));
    expect(bad.body).toMatchObject({
      valid: false,
      problems: [
        {
          severity: 'error',
          line: 7,
          column: expect.any(Number) as number,
          code: expect.any(String) as string,
        },
      ],
    });
    expect((await ask('/api/v1/validate', post({ text: 'a: &a [*a]' }))).body).toMatchObject({
      valid: false,
    });
  });

  it('is tried on past runs by a worker', async () => {
    const made = await ask(at('/simulations'), post({ base_ref: 'main', configuration: GOOD, last_runs: 5 }));
    expect(made.response.status).toBe(202);
    expect(made.body).toMatchObject({
      state: 'waiting',
      last_runs: 5,
      requested_by: 'token a test',
      results: [],
    });
    expect(made.jobs).toEqual([{ kind: 'simulate', simulationId: made.body['id'] }]);
    const location = made.response.headers.get('location')!;
    expect((await ask(location)).body).toEqual(made.body);
    const elsewhere = location.replace(repository.name, other.name);
    expect((await ask(elsewhere)).response.status).toBe(404);
    expect((await ask(at('/simulations/x'))).response.status).toBe(404);
  });

  it('with errors is not tried, and too many at once are not either', async () => {
    const bad = await ask(at('/simulations'), post({ base_ref: 'main', configuration: 'version: 2' }));
    expect(bad.response.status).toBe(422);
    expect(bad.body).toMatchObject({ code: 'invalid_configuration' });
    expect(bad.body['problems']).not.toEqual([]);
    const wanted = post({ base_ref: 'main', configuration: GOOD });
    for (let i = 0; i < OPEN_SIMULATIONS; i += 1) await ask(at('/simulations'), wanted);
    expect((await ask(at('/simulations'), wanted)).response.status).toBe(429);
    expect((await ask(at('/simulations'), wanted)).body).toMatchObject({ code: 'too_many_simulations' });
  });

  it.each([
    [{ base_ref: 'main' }, 'configuration'],
    [{ base_ref: 1, configuration: '' }, 'base_ref'],
    [{ base_ref: 'main', configuration: '', last_runs: 51 }, 'last_runs'],
  ])('asked for as %j is refused with the place', async (body, name) => {
    const { response, body: told } = await ask(at('/simulations'), post(body));
    expect(response.status).toBe(400);
    expect(told).toMatchObject({ errors: [{ in: 'body', name }] });
  });
});
