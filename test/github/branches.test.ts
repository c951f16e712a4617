import { describe, expect, it } from 'vitest';
import { branch, rules } from './fixtures.js';
import { API, APP_ID, AT, failure, github, givesToken, on, repository } from './support.js';

const NAME = 'DocOps (main)';
const ruleList = `${AT}/rules/branches/main?per_page=100`;
const forbidden = { status: 403, json: { message: 'Resource not accessible by integration' } };
const missing = { status: 404, json: { message: 'Not Found' } };

describe('whether a branch requires the check', () => {
  it.each([
    [
      'no rule and no protection',
      rules([{ context: 'lint' }]),
      branch([]),
      { required: false, pinned: null },
    ],
    [
      'a rule that pins it to this App',
      rules([{ context: 'lint' }, { context: NAME, app: APP_ID }]),
      branch([]),
      { required: true, pinned: true },
    ],
    [
      'a rule that takes it from any App',
      rules([{ context: NAME }]),
      branch([]),
      { required: true, pinned: false },
    ],
    [
      'a rule for another App',
      rules([{ context: NAME, app: 1 }]),
      branch([]),
      { required: true, pinned: false },
    ],
    [
      'classic protection that pins it',
      [],
      branch([{ context: NAME, app_id: APP_ID }]),
      { required: true, pinned: true },
    ],
    [
      'classic protection with any App',
      [],
      branch([{ context: NAME, app_id: -1 }]),
      { required: true, pinned: false },
    ],
    [
      'classic protection that is switched off',
      [],
      branch([{ context: NAME, app_id: APP_ID }], 'off'),
      { required: false, pinned: null },
    ],
    [
      'a rule for any App beside classic protection that pins it',
      rules([{ context: NAME }]),
      branch([{ context: NAME, app_id: APP_ID }]),
      { required: true, pinned: true },
    ],
  ])('%s', async (_what, ruleset, protection, expected) => {
    givesToken();
    on('GET', ruleList, { json: ruleset });
    on('GET', `${AT}/branches/main`, { json: protection });
    expect(await github().requiredCheck(repository, 'main', NAME)).toEqual(expected);
  });

  it('is found on the second page of rules', async () => {
    givesToken();
    on('GET', ruleList, { json: rules([]), headers: { link: `<${API}${ruleList}&page=2>; rel="next"` } });
    on('GET', `${ruleList}&page=2`, { json: rules([{ context: NAME, app: APP_ID }]) });
    on('GET', `${AT}/branches/main`, { json: branch([]) });
    expect(await github().requiredCheck(repository, 'main', NAME)).toEqual({ required: true, pinned: true });
  });

  it('is asked for a branch with a slash in its name', async () => {
    givesToken();
    on('GET', `${AT}/rules/branches/release%2F1?per_page=100`, { json: [] });
    on('GET', `${AT}/branches/release%2F1`, { json: branch([]) });
    expect(await github().requiredCheck(repository, 'release/1', NAME)).toMatchObject({ required: false });
  });

  it('is known from the one that may be read', async () => {
    givesToken();
    on('GET', ruleList, missing);
    on('GET', `${AT}/branches/main`, { json: branch([{ context: NAME, app_id: null }]) });
    on('GET', ruleList, { json: rules([{ context: NAME, app: APP_ID }]) });
    on('GET', `${AT}/branches/main`, forbidden);
    const hub = github();
    expect(await hub.requiredCheck(repository, 'main', NAME)).toEqual({ required: true, pinned: false });
    expect(await hub.requiredCheck(repository, 'main', NAME)).toEqual({ required: true, pinned: true });
  });

  it('is undefined when neither may be read', async () => {
    givesToken();
    on('GET', ruleList, forbidden);
    on('GET', `${AT}/branches/main`, missing);
    expect(await github().requiredCheck(repository, 'main', NAME)).toBeUndefined();
  });

  it('is undefined when the branch says nothing of its protection', async () => {
    givesToken();
    on('GET', ruleList, forbidden);
    on('GET', `${AT}/branches/main`, {
      json: { ...branch([]), protected: true, protection: { enabled: true } },
    });
    expect(await github().requiredCheck(repository, 'main', NAME)).toBeUndefined();
  });

  it('is not "cannot be read" while GitHub limits requests', async () => {
    givesToken();
    on('GET', ruleList, { status: 403, json: { message: 'rate limit' }, headers: { 'retry-after': '7' } });
    expect(await failure(github().requiredCheck(repository, 'main', NAME))).toMatchObject({
      class: 'rate-limited',
      retryAfterMs: 7000,
    });
  });
});
