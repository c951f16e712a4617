import { describe, expect, it } from 'vitest';
import { permission } from './fixtures.js';
import { AT, breaks, github, givesToken, keepsItsName, on, repository } from './support.js';

const path = `${AT}/collaborators/ada/permission`;

describe('what a person may do', () => {
  it.each([
    ['admin', 'admin', true],
    ['write', 'maintain', true],
    ['write', 'write', true],
    ['write', 'security-champion', true],
    ['read', 'triage', false],
    ['read', 'read', false],
    ['read', 'write', false],
  ])('permission %s with role %s: may write %o', async (level, role, canWrite) => {
    givesToken();
    on('GET', path, { json: permission(level, role) });
    expect(await github().permission(repository, 'ada')).toEqual({ kind: 'role', role, canWrite });
  });

  it('is the plain permission on a server that knows no roles', async () => {
    givesToken();
    on('GET', path, { json: { permission: 'write', user: null } });
    expect(await github().permission(repository, 'ada')).toEqual({
      kind: 'role',
      role: 'write',
      canWrite: true,
    });
  });

  it('is none for a stranger', async () => {
    givesToken();
    on('GET', path, { json: permission('none', 'none') });
    expect(await github().permission(repository, 'ada')).toEqual({ kind: 'none' });
  });

  it('is none where GitHub knows no such user', async () => {
    givesToken();
    on('GET', path, { status: 404, json: { message: 'ada is not a user' } });
    keepsItsName();
    expect(await github().permission(repository, 'ada')).toEqual({ kind: 'none' });
  });

  it('is asked for Apps too', async () => {
    givesToken();
    on('GET', `${AT}/collaborators/dependabot%5Bbot%5D/permission`, { json: permission('none', 'none') });
    expect(await github().permission(repository, 'dependabot[bot]')).toEqual({ kind: 'none' });
  });

  it.each([
    [
      'forbidden',
      { status: 403, json: { message: 'Resource not accessible by integration' } },
      /not accessible/,
    ],
    ['limited', { status: 429, json: { message: 'slow down' }, headers: { 'retry-after': '5' } }, /429/],
    ['an answer that is no JSON', { status: 200, text: '<html>' }, /not JSON/],
  ])('is unknown, and never a yes, when GitHub is %s', async (_what, answer, why) => {
    givesToken();
    on('GET', path, answer);
    expect(await github().permission(repository, 'ada')).toEqual({
      kind: 'unknown',
      why: expect.stringMatching(why) as unknown,
    });
  });

  it('is unknown when GitHub is down twice', async () => {
    givesToken();
    on('GET', path, { status: 503, text: 'down' });
    breaks('GET', path);
    expect(await github().permission(repository, 'ada')).toMatchObject({ kind: 'unknown' });
  });

  it('is unknown when the installation gets no token', async () => {
    on('POST', '/app/installations/99/access_tokens', { status: 404, json: { message: 'Not Found' } });
    expect(await github().permission(repository, 'ada')).toMatchObject({ kind: 'unknown' });
  });

  it.each(['', '.', '..'])('is unknown for the login %j', async (login) => {
    expect(await github().permission(repository, login)).toMatchObject({ kind: 'unknown' });
  });
});
