import { describe, expect, it } from 'vitest';
import { comment } from './fixtures.js';
import {
  API,
  APP_ID,
  AT,
  failure,
  github,
  givesToken,
  keepsItsName,
  on,
  repository,
  seen,
} from './support.js';

const MARKER = '<!-- docops -->';
const list = `${AT}/issues/7/comments?per_page=100`;

describe('a comment', () => {
  it('is created on the pull request', async () => {
    givesToken();
    on('POST', `${AT}/issues/7/comments`, {
      status: 201,
      json: comment(11, 'Hello', { login: 'docops[bot]' }),
    });
    expect(await github().createComment(repository, 7, 'Hello')).toEqual({
      id: 11,
      body: 'Hello',
      author: 'docops[bot]',
    });
    expect(seen[0]?.body).toEqual({ body: 'Hello' });
  });

  it('is updated in place', async () => {
    givesToken();
    on('PATCH', `${AT}/issues/comments/11`, { json: comment(11, 'Bye') });
    expect(await github().updateComment(repository, 11, 'Bye')).toMatchObject({ id: 11, body: 'Bye' });
    expect(seen[0]?.body).toEqual({ body: 'Bye' });
  });

  it('is undefined after somebody deleted it', async () => {
    givesToken();
    on('PATCH', `${AT}/issues/comments/11`, { status: 404, json: { message: 'Not Found' } });
    keepsItsName();
    expect(await github().updateComment(repository, 11, 'Bye')).toBeUndefined();
  });

  it('is not taken for deleted when no token is to be had', async () => {
    on('POST', '/app/installations/99/access_tokens', { status: 404, json: { message: 'Not Found' } });
    expect(await failure(github().updateComment(repository, 11, 'Bye'))).toMatchObject({
      class: 'forbidden',
    });
  });

  it('on a locked conversation is forbidden', async () => {
    givesToken();
    on('POST', `${AT}/issues/7/comments`, {
      status: 403,
      json: { message: 'Unable to create comment because issue is locked.' },
    });
    expect(await failure(github().createComment(repository, 7, 'Hello'))).toMatchObject({
      class: 'forbidden',
    });
  });
});

describe('finding our comment', () => {
  it('takes the newest of ours with the marker, over all pages', async () => {
    givesToken();
    on('GET', list, {
      json: [
        comment(1, `${MARKER} first`, { app: APP_ID }),
        comment(2, `${MARKER} quoted by a person`, { login: 'mallory', app: 5 }),
      ],
      headers: { link: `<${API}${list}&page=2>; rel="next"` },
    });
    on('GET', `${list}&page=2`, {
      json: [
        comment(3, `${MARKER} second`, { app: APP_ID, login: 'docops[bot]' }),
        comment(4, 'no marker', { app: APP_ID }),
      ],
    });
    expect(await github().findComment(repository, 7, MARKER)).toEqual({
      id: 3,
      body: `${MARKER} second`,
      author: 'docops[bot]',
    });
  });

  it('knows its own by the login, asked for once, where GitHub names no App', async () => {
    givesToken();
    on('GET', list, {
      json: [
        comment(1, MARKER, { login: 'mallory', app: null }),
        comment(2, MARKER, { login: 'docops[bot]', app: null }),
      ],
    });
    on('GET', '/app', { json: { id: APP_ID, slug: 'docops', name: 'DocOps', permissions: {}, events: [] } });
    expect(await github().findComment(repository, 7, MARKER)).toMatchObject({ id: 2 });
  });

  it('finds none', async () => {
    givesToken();
    on('GET', list, { json: [comment(1, 'Hello')] });
    expect(await github().findComment(repository, 7, MARKER)).toBeUndefined();
  });
});

describe('a reaction', () => {
  it('is put on the comment', async () => {
    givesToken();
    on('POST', `${AT}/issues/comments/11/reactions`, { status: 201, json: { id: 1, content: 'eyes' } });
    await github().react(repository, 11, 'eyes');
    expect(seen[0]?.body).toEqual({ content: 'eyes' });
  });

  it.each([
    [403, {}],
    [422, {}],
    [403, { 'retry-after': '30' }],
    [500, {}],
  ])('never fails a step (%i %o)', async (status, headers) => {
    givesToken();
    on('POST', `${AT}/issues/comments/11/reactions`, { status, json: { message: 'no' }, headers });
    const hub = github();
    await expect(hub.react(repository, 11, 'eyes')).resolves.toBeUndefined();
    expect(hub.lines.some(([, message]) => message === 'no reaction')).toBe(true);
  });

  it('never fails a step, whatever the name of the repository', async () => {
    await expect(github().react({ ...repository, owner: '..' }, 11, 'eyes')).resolves.toBeUndefined();
  });
});
