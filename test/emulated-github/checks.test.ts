import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT, REPO, events, startWorld, type TestWorld } from './world.js';

let world: TestWorld;
let headSha: string;
let number: number;
beforeAll(async () => {
  world = await startWorld();
  headSha = await world.github.pushCommit({ repo: REPO, branch: 'work', files: { 'w.txt': 'w' } });
  number = await world.github.openPullRequest({
    repo: REPO,
    author: 'ada',
    head: 'work',
    base: 'main',
    title: 'Work',
  });
  await events(world);
});
afterAll(() => world.close());

const create = (options: object = {}) =>
  world.octokit.rest.checks.create({ ...AT, name: 'DocOps (main)', head_sha: headSha, ...options });

describe('a check run', () => {
  it('goes from queued to completed and is shown as it was written', async () => {
    const created = await create({ external_id: 'run-1', details_url: 'http://127.0.0.1/e/1' });
    expect(created.status).toBe(201);
    expect(created.data).toMatchObject({ status: 'queued', conclusion: null, app: { slug: 'docops' } });
    const annotation = (line: number) => ({
      path: 'w.txt',
      start_line: line,
      end_line: line,
      annotation_level: 'failure' as const,
      title: 'Total',
      message: 'fell',
    });
    const update = (options: object) =>
      world.octokit.rest.checks.update({ ...AT, check_run_id: created.data.id, ...options });
    const output = { title: 'Total fell', summary: 'From 99 % to 80 %' };
    await update({ status: 'in_progress', output: { ...output, annotations: [annotation(1)] } });
    const action = { label: 'Run again', description: 'All documents', identifier: 'rerun' };
    await update({
      conclusion: 'failure',
      actions: [action],
      output: { ...output, text: 'table', annotations: [annotation(2)] },
    });
    const [view] = await world.github.checkRuns(REPO, headSha);
    expect(view).toMatchObject({
      name: 'DocOps (main)',
      externalId: 'run-1',
      status: 'completed',
      conclusion: 'failure',
      summary: output.summary,
      text: 'table',
      actions: [action],
      detailsUrl: 'http://127.0.0.1/e/1',
      writes: 3,
    });
    // Annotations of several requests add up.
    expect(view?.annotations.map(({ startLine }) => startLine)).toEqual([1, 2]);
    const { data } = await world.octokit.rest.checks.get({ ...AT, check_run_id: created.data.id });
    expect(data.output.annotations_count).toBe(2);
    expect(data.pull_requests.map((pull) => pull.number)).toEqual([number]);
    const annotations = await world.octokit.rest.checks.listAnnotations({
      ...AT,
      check_run_id: created.data.id,
    });
    expect(annotations.data).toMatchObject([{ start_line: 1 }, { start_line: 2, title: 'Total' }]);
  });

  it('is found by commit and name; the latest hides the ones before', async () => {
    const second = await create({ external_id: 'run-2' });
    const list = (options: object) =>
      world.octokit.rest.checks.listForRef({ ...AT, ref: headSha, check_name: 'DocOps (main)', ...options });
    expect((await list({})).data.check_runs.map(({ id }) => id)).toEqual([second.data.id]);
    const all = await list({ filter: 'all' });
    expect(all.data.check_runs.map(({ external_id: id }) => id)).toEqual(['run-2', 'run-1']);
    expect((await list({ filter: 'all', per_page: 1 })).headers.link).toContain('rel="next"');
    expect((await list({ check_name: 'other' })).data.total_count).toBe(0);
    const suites = await world.octokit.rest.checks.listSuitesForRef({ ...AT, ref: 'heads/work' });
    expect(suites.data.check_suites).toMatchObject([{ status: 'in_progress', head_branch: 'work' }]);
  });

  const output = { title: 't', summary: 's' };
  const annotation = { path: 'w.txt', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'm' };
  const action = { label: 'l', description: 'd', identifier: 'i' };
  const cases: readonly [name: string, body: object, word: string][] = [
    [
      'a summary of 65,536 characters',
      { output: { ...output, summary: 'x'.repeat(65_536) } },
      'Only 65535 characters are allowed; 65536 were supplied',
    ],
    [
      'a text of 65,536 characters',
      { output: { ...output, text: 'x'.repeat(65_536) } },
      'Only 65535 characters are allowed',
    ],
    [
      '51 annotations',
      { output: { ...output, annotations: Array.from({ length: 51 }, () => annotation) } },
      'No more than 50 items are allowed; 51 were supplied',
    ],
    [
      'an annotation title of 256 characters',
      { output: { ...output, annotations: [{ ...annotation, title: 'x'.repeat(256) }] } },
      'Only 255 characters are allowed',
    ],
    [
      'an annotation message above 64 KB',
      { output: { ...output, annotations: [{ ...annotation, message: 'x'.repeat(65_537) }] } },
      '64 KB',
    ],
    ['four buttons', { actions: Array.from({ length: 4 }, () => action) }, 'No more than 3 items'],
    ['a label of 21 characters', { actions: [{ ...action, label: 'x'.repeat(21) }] }, 'Only 20 characters'],
    [
      'a description of 41 characters',
      { actions: [{ ...action, description: 'x'.repeat(41) }] },
      'Only 40 characters',
    ],
    [
      'an identifier of 21 characters',
      { actions: [{ ...action, identifier: 'x'.repeat(21) }] },
      'Only 20 characters',
    ],
    ['completed without a conclusion', { status: 'completed' }, `"conclusion" wasn't supplied`],
    ['a conclusion that is none', { conclusion: 'fine' }, '"fine" is not a member of'],
    ['a conclusion that only GitHub sets', { conclusion: 'stale' }, '"stale" is not a member of'],
    ['output without a summary', { output: { title: 't' } }, `"summary" wasn't supplied`],
    ['an unknown commit', { head_sha: '1'.repeat(40) }, 'No commit found for SHA'],
    ['a details_url of another scheme', { details_url: 'file:///etc' }, 'must use http or https scheme'],
  ];
  it.each(cases)('is refused with %s', async (_name, body, word) => {
    const before = (await world.github.checkRuns(REPO, headSha)).length;
    const error = await create(body).then(
      () => undefined,
      (thrown: unknown) => thrown as { status: number; message: string },
    );
    expect(error?.status).toBe(422);
    expect(error?.message).toContain(word);
    expect(await world.github.checkRuns(REPO, headSha)).toHaveLength(before);
  });

  it('may be as long as the limits say, counted in characters', async () => {
    const summary = '\u{1F4C4}'.repeat(65_535);
    const { status } = await create({ output: { title: 't', summary, text: 'x'.repeat(65_535) } });
    expect(status).toBe(201);
  });
});

describe('buttons of a check run', () => {
  it('are told with who pressed them; a request to run again changes nothing by itself', async () => {
    const { data } = await create({
      external_id: 'run-9',
      conclusion: 'failure',
      actions: [{ label: 'Run again', description: 'All', identifier: 'rerun' }],
    });
    await events(world);
    await world.github.rerequest(REPO, data.id, 'grace');
    await world.github.pressButton(REPO, data.id, 'rerun', 'mallory');
    await world.github.rerequestSuite(REPO, headSha, 'ada');
    await world.github.idle();
    const told = world.receiver.received.splice(0);
    expect(told).toMatchObject([
      {
        event: 'check_run',
        payload: {
          action: 'rerequested',
          check_run: { external_id: 'run-9', pull_requests: [{ number }], app: { id: world.github.app.id } },
          sender: { login: 'grace' },
        },
      },
      {
        event: 'check_run',
        payload: {
          action: 'requested_action',
          requested_action: { identifier: 'rerun' },
          sender: { login: 'mallory' },
        },
      },
      {
        event: 'check_suite',
        payload: { action: 'rerequested', check_suite: { head_sha: headSha, pull_requests: [{ number }] } },
      },
    ]);
    expect((await world.github.checkRuns(REPO, headSha)).at(-1)?.conclusion).toBe('failure');
    await expect(world.github.pressButton(REPO, data.id, 'approve', 'ada')).rejects.toThrow('no button');
  });

  it('are told without pull requests where the head is a fork’s', async () => {
    const fork = await world.github.fork(REPO, 'mallory');
    expect(fork).toBe('mallory/invoices');
    const sha = await world.github.pushCommit({
      repo: fork,
      branch: 'theirs',
      onto: 'main',
      author: 'mallory',
      files: { 'f.txt': 'f' },
    });
    await world.github.openPullRequest({
      repo: REPO,
      author: 'mallory',
      head: { fork, branch: 'theirs' },
      base: 'main',
      title: 'From outside',
    });
    const { data } = await create({ head_sha: sha, conclusion: 'action_required' });
    expect(data.pull_requests).toEqual([]);
    await events(world);
    await world.github.rerequest(REPO, data.id, 'ada');
    await world.github.idle();
    expect(world.receiver.received.splice(0)).toMatchObject([
      { payload: { check_run: { pull_requests: [] } } },
    ]);
  });
});
