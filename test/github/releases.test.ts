import { expect, it } from 'vitest';
import { example, valid } from './reference.js';
import { AT, failure, github, givesToken, on, repository } from './support.js';

const LIST = 'GET /repos/{owner}/{repo}/releases';
const asked = `${AT}/releases?per_page=100`;

function release(fields: Record<string, unknown>): Record<string, unknown> {
  const [first] = example<Record<string, unknown>[]>(LIST);
  return { ...first, ...fields };
}

it('releases are the newest hundred, with when they were published; drafts are none', async () => {
  givesToken();
  on('GET', asked, {
    json: valid(LIST, [
      release({ tag_name: 'draft', draft: true, published_at: null }),
      release({ tag_name: 'v2', published_at: '2026-02-03T04:05:06Z' }),
      release({ tag_name: 'v1 <b>', published_at: null, created_at: '2026-01-02T03:04:05Z' }),
    ]),
  });
  expect(await github().releases(repository)).toEqual([
    { tag: 'v2', at: new Date('2026-02-03T04:05:06Z') },
    { tag: 'v1 <b>', at: new Date('2026-01-02T03:04:05Z') },
  ]);
});

it('releases that may not be read are an error', async () => {
  givesToken();
  on('GET', asked, { status: 403, json: { message: 'Resource not accessible by integration' } });
  expect((await failure(github().releases(repository))).class).toBe('forbidden');
});
