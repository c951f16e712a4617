import { describe, expect, it } from 'vitest';
import type { Annotation } from '../../src/core/app-words.js';
import { CHECK_TEXT_CHARACTERS } from '../../src/core/limits.js';
import type { CheckRunInput } from '../../src/ports/github.js';
import { checkRun, checkRuns } from './fixtures.js';
import {
  APP_ID,
  AT,
  failure,
  github,
  givesToken,
  keepsItsName,
  on,
  repository,
  seen,
  SHA,
} from './support.js';

const queued: CheckRunInput = {
  name: 'DocOps (main)',
  headSha: SHA,
  externalId: 'b3f1',
  detailsUrl: null,
  status: 'queued',
  startedAt: null,
  completedAt: null,
  title: 'Waiting for a worker',
  summary: 'One pipeline is evaluated.',
  annotations: [],
  actions: [],
};

const failed: CheckRunInput = {
  ...queued,
  detailsUrl: 'https://docops.example.com/evaluations/b3f1',
  status: 'completed',
  conclusion: 'failure',
  startedAt: new Date('2026-01-02T03:04:05Z'),
  completedAt: new Date('2026-01-02T03:06:00Z'),
  text: 'Details.',
};

function annotations(count: number): Annotation[] {
  return Array.from({ length: count }, (_, index) => ({
    path: 'extract.py',
    startLine: index + 1,
    endLine: index + 1,
    level: 'warning',
    title: `Annotation ${index + 1}`,
    message: 'Look here.',
  }));
}

interface Body {
  output?: { summary: string; annotations?: { title: string; start_line: number }[] };
}

function titlesSent(): string[][] {
  return seen
    .filter(({ body }) => body !== undefined)
    .map(({ body }) => ((body as Body).output?.annotations ?? []).map(({ title }) => title));
}

function titles(from: number, to: number): string[] {
  return annotations(to)
    .slice(from)
    .map(({ title }) => title);
}

describe('creating a check run', () => {
  it('sends what is known and leaves out what is not', async () => {
    givesToken();
    on('POST', `${AT}/check-runs`, {
      status: 201,
      json: checkRun({ id: 4, status: 'queued', conclusion: null }),
    });
    expect(await github().createCheck(repository, queued)).toEqual({
      id: 4,
      status: 'queued',
      conclusion: null,
      annotations: 0,
    });
    expect(seen[0]?.body).toEqual({
      name: 'DocOps (main)',
      head_sha: SHA,
      external_id: 'b3f1',
      status: 'queued',
      output: { title: 'Waiting for a worker', summary: 'One pipeline is evaluated.' },
    });
  });

  it('sends times, conclusion, link, text and buttons of a completed one', async () => {
    givesToken();
    on('POST', `${AT}/check-runs`, { status: 201, json: checkRun() });
    const action = { label: 'Re-run', description: 'Evaluate again', identifier: 'rerun' as const };
    await github().createCheck(repository, {
      ...failed,
      annotations: annotations(1),
      actions: [action, action, action, action],
    });
    expect(seen[0]?.body).toEqual({
      name: 'DocOps (main)',
      head_sha: SHA,
      external_id: 'b3f1',
      status: 'completed',
      conclusion: 'failure',
      details_url: 'https://docops.example.com/evaluations/b3f1',
      started_at: '2026-01-02T03:04:05.000Z',
      completed_at: '2026-01-02T03:06:00.000Z',
      actions: [action, action, action],
      output: {
        title: 'Waiting for a worker',
        summary: 'One pipeline is evaluated.',
        text: 'Details.',
        annotations: [
          {
            path: 'extract.py',
            start_line: 1,
            end_line: 1,
            annotation_level: 'warning',
            title: 'Annotation 1',
            message: 'Look here.',
          },
        ],
      },
    });
  });

  it('shows no buttons, no conclusion and no end before it is completed', async () => {
    givesToken();
    on('POST', `${AT}/check-runs`, { status: 201, json: checkRun() });
    const action = { label: 'Re-run', description: 'Evaluate again', identifier: 'rerun' as const };
    await github().createCheck(repository, { ...failed, status: 'in_progress', actions: [action] });
    for (const key of ['actions', 'conclusion', 'completed_at'])
      expect(seen[0]?.body).not.toHaveProperty(key);
  });

  it('has no output without a title and a summary, and a summary where there is a title', async () => {
    givesToken();
    on('POST', `${AT}/check-runs`, { status: 201, json: checkRun() });
    on('POST', `${AT}/check-runs`, { status: 201, json: checkRun() });
    const hub = github();
    await hub.createCheck(repository, { ...queued, title: '', summary: '' });
    await hub.createCheck(repository, { ...queued, summary: '' });
    expect(seen[0]?.body).not.toHaveProperty('output');
    expect(seen[1]?.body).toHaveProperty('output', {
      title: 'Waiting for a worker',
      summary: 'Waiting for a worker',
    });
  });

  it('sends a summary of 65,535 characters whole', async () => {
    givesToken();
    on('POST', `${AT}/check-runs`, { status: 201, json: checkRun() });
    const summary = '|'.repeat(CHECK_TEXT_CHARACTERS);
    await github().createCheck(repository, { ...failed, summary });
    expect((seen[0]?.body as Body).output?.summary).toBe(summary);
  });

  it.each([
    [50, [[0, 50]]],
    [
      51,
      [
        [0, 50],
        [50, 51],
      ],
    ],
    [
      120,
      [
        [0, 50],
        [50, 100],
        [100, 120],
      ],
    ],
  ] as const)('sends %i annotations fifty at a time', async (count, batches) => {
    givesToken();
    on('POST', `${AT}/check-runs`, { status: 201, json: checkRun({ id: 4, annotations: 50 }) });
    for (const [, to] of batches.slice(1))
      on('PATCH', `${AT}/check-runs/4`, { json: checkRun({ id: 4, annotations: to }) });
    const state = await github().createCheck(repository, { ...failed, annotations: annotations(count) });
    expect(titlesSent()).toEqual(batches.map(([from, to]) => titles(from, to)));
    expect(state.annotations).toBe(count);
  });

  it('is refused with 422 and forbidden with 403, with what GitHub says', async () => {
    givesToken();
    on('POST', `${AT}/check-runs`, {
      status: 422,
      json: { message: 'Invalid request.', errors: ['No commit found for SHA: abc'] },
    });
    on('POST', `${AT}/check-runs`, {
      status: 403,
      json: { message: 'Resource not accessible by integration' },
      headers: { 'x-accepted-github-permissions': 'checks=write' },
    });
    const hub = github();
    const refused = await failure(hub.createCheck(repository, queued));
    expect(refused).toMatchObject({ class: 'refused', status: 422, retryAfterMs: null });
    expect(refused.message).toBe(
      'POST /repos/octocat/Hello-World/check-runs: 422 Invalid request.; No commit found for SHA: abc',
    );
    const forbidden = await failure(hub.createCheck(repository, queued));
    expect(forbidden).toMatchObject({ class: 'forbidden', status: 403 });
    expect(forbidden.message).toContain('Resource not accessible by integration (needs checks=write)');
  });
});

describe('updating a check run', () => {
  it('asks for nothing first when there are no annotations', async () => {
    givesToken();
    on('PATCH', `${AT}/check-runs/4`, { json: checkRun({ id: 4, status: 'in_progress', conclusion: null }) });
    const state = await github().updateCheck(repository, 4, { ...queued, status: 'in_progress' });
    expect(state).toEqual({ id: 4, status: 'in_progress', conclusion: null, annotations: 0 });
    expect(seen.map(({ method }) => method)).toEqual(['PATCH']);
    expect(seen[0]?.body).not.toHaveProperty('head_sha');
  });

  it.each([
    [
      'none of 51',
      0,
      [
        [0, 50],
        [50, 51],
      ],
    ],
    [
      'the first batch of 120, the process having died after it',
      50,
      [
        [50, 100],
        [100, 120],
      ],
    ],
    ['all of 51', 51, [[51, 51]]],
    ['more than there are now', 130, [[130, 130]]],
  ] as const)('sends only the annotations that GitHub has not: it has %s', async (_what, has, batches) => {
    const total = batches[batches.length - 1]![1];
    givesToken();
    on('GET', `${AT}/check-runs/4`, { json: checkRun({ id: 4, annotations: has }) });
    for (const [, to] of batches)
      on('PATCH', `${AT}/check-runs/4`, { json: checkRun({ id: 4, annotations: to }) });
    await github().updateCheck(repository, 4, { ...failed, annotations: annotations(Math.min(total, 120)) });
    expect(titlesSent()).toEqual(batches.map(([from, to]) => titles(from, to)));
  });

  it('says the conclusion with the first batch, and fails when a later one does not arrive', async () => {
    givesToken();
    on('GET', `${AT}/check-runs/4`, { json: checkRun({ id: 4 }) });
    on('PATCH', `${AT}/check-runs/4`, { json: checkRun({ id: 4, annotations: 50 }) });
    on('PATCH', `${AT}/check-runs/4`, { status: 502, text: '<html>' });
    const error = await failure(
      github().updateCheck(repository, 4, { ...failed, annotations: annotations(51) }),
    );
    expect(error.class).toBe('unavailable');
    expect(seen[1]?.body).toHaveProperty('conclusion', 'failure');
    expect(seen[2]?.body).not.toHaveProperty('conclusion');
  });

  it('says that the check run is not there', async () => {
    givesToken();
    on('PATCH', `${AT}/check-runs/4`, { status: 404, json: { message: 'Not Found' } });
    keepsItsName();
    expect(await failure(github().updateCheck(repository, 4, queued))).toMatchObject({
      class: 'not-found',
      status: 404,
    });
  });
});

describe('finding a check run', () => {
  const list = `${AT}/commits/${SHA}/check-runs?check_name=DocOps%20%28main%29&app_id=${APP_ID}&filter=all&per_page=100`;

  it('goes through the pages until the external id is met', async () => {
    givesToken();
    const next = `https://api.github.com${list}&page=2`;
    on('GET', list, {
      json: checkRuns([checkRun({ id: 1, external_id: 'other' })]),
      headers: { link: `<${next}>; rel="next"` },
    });
    on('GET', `${list}&page=2`, {
      json: checkRuns([checkRun({ id: 2, external_id: 'b3f1', annotations: 7 })]),
    });
    expect(await github().findCheck(repository, SHA, 'DocOps (main)', 'b3f1')).toMatchObject({
      id: 2,
      annotations: 7,
    });
  });

  it('takes none of another App, and none with another external id', async () => {
    givesToken();
    on('GET', list, {
      json: checkRuns([
        checkRun({ id: 1, external_id: 'b3f1', app: 1 }),
        checkRun({ id: 2, external_id: null }),
      ]),
    });
    expect(await github().findCheck(repository, SHA, 'DocOps (main)', 'b3f1')).toBeUndefined();
  });

  it.each(['', '.', '..'])('asks nothing about the commit %j', async (sha) => {
    expect(await failure(github().findCheck(repository, sha, 'DocOps (main)', 'b3f1'))).toMatchObject({
      class: 'refused',
    });
  });
});
