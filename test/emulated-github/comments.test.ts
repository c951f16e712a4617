import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT, REPO, events, startWorld, statusOf, type TestWorld } from './world.js';

let world: TestWorld;
let number: number;
beforeAll(async () => {
  world = await startWorld();
  number = await world.github.openPullRequest({
    repo: REPO,
    author: 'ada',
    head: 'feature',
    base: 'main',
    title: 'Feature',
  });
  await events(world);
});
afterAll(() => world.close());

describe('comments', () => {
  it('of people are told, and show whether they stand on a pull request', async () => {
    const issue = await world.github.createIssue(REPO, 'grace', 'A question');
    expect(issue).toBe(number + 1);
    await world.github.comment(REPO, number, 'grace', '/rerun-eval');
    await world.github.comment(REPO, issue, 'grace', '/rerun-eval');
    await world.github.comment(REPO, number, 'renovate[bot]', 'hello', { botAuthor: true });
    await world.github.comment(REPO, number, 'grace', 'silent', { emit: false });
    await world.github.idle();
    const told = world.receiver.received.splice(0);
    expect(told).toMatchObject([
      {
        event: 'issue_comment',
        payload: {
          action: 'created',
          issue: { number, state: 'open', pull_request: {} },
          comment: { body: '/rerun-eval', user: { login: 'grace', type: 'User' } },
        },
      },
      { payload: { issue: { number: issue } } },
      { payload: { comment: { user: { login: 'renovate[bot]', type: 'Bot' } } } },
    ]);
    expect(told[1]?.payload).not.toHaveProperty('issue.pull_request');
  });

  it('of the App are written, edited and listed, and told like any other', async () => {
    const { issues } = world.octokit.rest;
    const { data } = await issues.createComment({ ...AT, issue_number: number, body: 'first' });
    expect(data).toMatchObject({
      user: { login: 'docops[bot]', type: 'Bot' },
      performed_via_github_app: { slug: 'docops' },
    });
    await issues.updateComment({ ...AT, comment_id: data.id, body: 'second' });
    const list = await world.octokit.paginate(issues.listComments, {
      ...AT,
      issue_number: number,
      per_page: 2,
    });
    expect(list.at(-1)).toMatchObject({ id: data.id, body: 'second' });
    expect((await world.github.comments(REPO, number)).at(-1)).toEqual({
      id: data.id,
      author: 'docops[bot]',
      body: 'second',
      edits: 1,
    });
    expect(await events(world)).toEqual(['issue_comment.created', 'issue_comment.edited']);
    await world.github.deleteComment(REPO, data.id);
    expect(await statusOf(issues.updateComment({ ...AT, comment_id: data.id, body: 'third' }))).toBe(404);
    await events(world);
  });

  it('may have 65,536 characters and no more', async () => {
    const create = (length: number) =>
      world.octokit.rest.issues.createComment({ ...AT, issue_number: number, body: 'x'.repeat(length) });
    expect((await create(65_536)).status).toBe(201);
    await expect(create(65_537)).rejects.toMatchObject({ status: 422 });
    await expect(create(0)).rejects.toMatchObject({ status: 422 });
    await events(world);
  });

  it('take each reaction once', async () => {
    const id = await world.github.comment(REPO, number, 'grace', '/eval-status');
    const react = (content: 'eyes' | 'rocket') =>
      world.octokit.rest.reactions.createForIssueComment({ ...AT, comment_id: id, content });
    expect((await react('eyes')).status).toBe(201);
    expect((await react('eyes')).status).toBe(200);
    await react('rocket');
    expect(await world.github.reactions(REPO, id)).toEqual(['eyes', 'rocket']);
    await expect(react('fine' as 'eyes')).rejects.toMatchObject({ status: 422 });
    const list = await world.octokit.rest.reactions.listForIssueComment({ ...AT, comment_id: id });
    expect(list.data.map(({ content }) => content)).toEqual(['eyes', 'rocket']);
  });
});
