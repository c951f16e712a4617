import { beforeAll, describe, expect, it } from 'vitest';
import type { RepositoryRef } from '../../src/core/app-words.js';
import type { RepositoryAccess } from '../../src/ports/people.js';
import { createStore } from '../../src/postgres/store.js';
import { repositoryRef } from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';
import { secretFor, world } from './api-support.js';
import { Browser, URL_OF_SITE } from './site-support.js';

const database = useDatabase();
let repository: RepositoryRef;
let other: RepositoryRef;

beforeAll(async () => {
  [repository, other] = [repositoryRef(), repositoryRef()];
  await createStore(database.pool()).saveRepositories([repository, other]);
});

async function visit(role: RepositoryAccess['role'] = 'admin') {
  const all = world(database.pool(), [{ repositoryId: repository.id, role, isPublic: false }]);
  const browser = new Browser(all.app);
  await browser.signIn(all.github);
  const path = `/repositories/${repository.owner}/${repository.name}/access`;
  const send = (below: string, pairs: readonly (readonly [string, string])[], origin = URL_OF_SITE) =>
    browser.ask(`${path}${below}`, {
      method: 'POST',
      body: new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString(),
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    });
  return { ...all, get: () => browser.ask(path), send };
}

const wanted = (name: string) =>
  [
    ['name', name],
    ['scope', 'runs:read'],
    ['scope', 'datasets:read'],
    ['days', '30'],
  ] as const;
const secretIn = (html: string) => /docops_[A-Za-z0-9_-]{43}/.exec(html)?.[0];

describe('the page of API tokens', () => {
  it('makes a token that works, and shows it once', async () => {
    const { get, send, app, tokens } = await visit();
    const made = await send('', wanted('nightly'));
    expect(made.status).toBe(200);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const secret = secretIn(await made.text())!;
    const page = await (await get()).text();
    expect(secretIn(page)).toBeUndefined();
    expect(page).toContain('nightly');
    const [token] = await tokens.tokens(repository.id);
    expect(token).toMatchObject({
      name: 'nightly',
      scopes: ['runs:read', 'datasets:read'],
      repositoryId: repository.id,
      createdBy: 'ada',
    });
    expect(token!.expiresAt!.getTime() - token!.createdAt.getTime()).toBeCloseTo(30 * 86_400_000, -4);
    const answer = await app.request('/api/v1/repositories', {
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(await answer.json()).toMatchObject({ repositories: [{ id: repository.id }] });
  });

  it('that is sent again makes no second one', async () => {
    const { send, tokens } = await visit();
    expect((await send('', wanted('again'))).status).toBe(200);
    const second = await send('', wanted('again'));
    expect(second.status).toBe(409);
    expect(secretIn(await second.text())).toBeUndefined();
    expect((await tokens.tokens(repository.id)).filter(({ name }) => name === 'again')).toHaveLength(1);
  });

  it.each([
    [
      [
        ['name', ''],
        ['scope', 'runs:read'],
        ['days', '30'],
      ],
      'Give the token a name',
    ],
    [
      [
        ['name', 'x'.repeat(101)],
        ['scope', 'runs:read'],
        ['days', '30'],
      ],
      'at most 100 characters',
    ],
    [
      [
        ['name', 'a\u001b[31m'],
        ['scope', 'runs:read'],
        ['days', '30'],
      ],
      'control characters',
    ],
    [
      [
        ['name', 'bad'],
        ['days', '30'],
      ],
      'Choose at least one thing',
    ],
    [
      [
        ['name', 'bad'],
        ['scope', 'everything'],
        ['days', '30'],
      ],
      'The scopes are',
    ],
    [
      [
        ['name', 'bad'],
        ['scope', 'runs:read'],
      ],
      'Choose one of 7, 30',
    ],
    [
      [
        ['name', 'bad'],
        ['scope', 'runs:read'],
        ['days', '9999'],
      ],
      'Choose one of 7, 30',
    ],
  ] as const)('says what is wrong with the form, and makes nothing: %j', async (pairs, problem) => {
    const { send, tokens } = await visit();
    const before = await tokens.tokens(repository.id);
    const response = await send('', pairs);
    expect(response.status).toBe(422);
    expect(await response.text()).toContain(problem);
    expect(await tokens.tokens(repository.id)).toEqual(before);
  });

  it('revokes a token at once, and none of another repository', async () => {
    const { send, get, app, tokens } = await visit();
    const secret = secretIn(await (await send('', wanted('to end'))).text())!;
    await secretFor(database.pool(), { repository: other, name: 'of the other' });
    const [ours] = await tokens.tokens(repository.id);
    const [theirs] = await tokens.tokens(other.id);
    const gone = await send('/revoke', [['id', ours!.id]]);
    expect([gone.status, gone.headers.get('location')]).toEqual([
      303,
      `/repositories/${repository.owner}/${repository.name}/access`,
    ]);
    expect(
      (await app.request('/api/v1/repositories', { headers: { authorization: `Bearer ${secret}` } })).status,
    ).toBe(401);
    expect(await (await get()).text()).toMatch(/revoked<\/span><span class="muted small">by ada/);
    for (const id of [theirs!.id, 'x', '']) expect((await send('/revoke', [['id', id]])).status).toBe(303);
    expect((await tokens.tokens(other.id))[0]!.revokedAt).toBeNull();
    const { rows } = await database
      .pool()
      .query(`select actor, action from docops.audit where repository_id = $1 order by id desc limit 2`, [
        repository.id,
      ]);
    expect(rows).toEqual([
      { actor: 'ada', action: 'token.revoked' },
      { actor: 'ada', action: 'token.created' },
    ]);
  });

  it.each(['read', 'write'] as const)('is not there for who only may %s', async (role) => {
    const { get, send, tokens } = await visit(role);
    const before = await tokens.tokens(repository.id);
    expect((await get()).status).toBe(404);
    expect((await send('', wanted('sly'))).status).toBe(404);
    expect((await send('/revoke', [['id', before[0]!.id]])).status).toBe(404);
    expect(await tokens.tokens(repository.id)).toEqual(before);
  });

  it('does nothing for a form of another site', async () => {
    const { send, tokens } = await visit();
    const before = await tokens.tokens(repository.id);
    expect((await send('', wanted('forged'), 'https://evil.example')).status).toBe(403);
    expect(await tokens.tokens(repository.id)).toEqual(before);
  });

  it('shows names as text', async () => {
    const { send, get } = await visit();
    await send('', wanted('<img src=x onerror=alert(1)>'));
    const html = await (await get()).text();
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(html).not.toContain('<img src=x');
  });
});
