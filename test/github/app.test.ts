import { describe, expect, it } from 'vitest';
import { delivery } from './fixtures.js';
import { example, valid } from './reference.js';
import { API, APP_ID, failure, github, givesToken, on, seen } from './support.js';

type Json = Record<string, unknown>;

describe('the App about itself', () => {
  it("says who it is, what it may do, and GitHub's time", async () => {
    const json = { ...example<Json>('GET /app'), id: APP_ID, slug: 'docops', name: 'DocOps' };
    on('GET', '/app', {
      json: valid('GET /app', {
        ...json,
        permissions: { checks: 'write', contents: 'read' },
        events: ['push'],
      }),
      headers: { date: 'Fri, 02 Jan 2026 03:04:05 GMT' },
    });
    expect(await github().app()).toEqual({
      id: APP_ID,
      slug: 'docops',
      name: 'DocOps',
      permissions: { checks: 'write', contents: 'read' },
      events: ['push'],
      clockMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    });
  });

  it('knows no time where the answer has none', async () => {
    on('GET', '/app', { json: example('GET /app') });
    expect(await github().app()).toMatchObject({ clockMs: null });
  });

  it('is forbidden with a key that is not its own', async () => {
    on('GET', '/app', { status: 401, json: { message: 'A JSON web token could not be decoded' } });
    expect(await failure(github().app())).toMatchObject({ class: 'forbidden', status: 401 });
  });

  it('corrects a clock that is wrong, once', async () => {
    const message =
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    on('GET', '/app', {
      status: 401,
      json: { message },
      headers: { date: new Date(Date.now() - 3_600_000).toUTCString() },
    });
    on('GET', '/app', { json: example('GET /app') });
    const hub = github();
    await hub.app();
    const [first, second] = seen.map(({ authorization }) => issuedAt(authorization));
    expect(first! - second!).toBeGreaterThan(3500);
    expect(hub.lines.some(([, text]) => text.includes('system time are different'))).toBe(true);
  });
});

function issuedAt(authorization: string): number {
  const claims = authorization.split('.')[1] ?? '';
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number }).iat;
}

describe('installations', () => {
  it('are read page by page, suspended ones and enterprises too', async () => {
    const [first] = example<(Json & { account: Json })[]>('GET /app/installations');
    const path = '/app/installations?per_page=100';
    on('GET', path, {
      // GitHub's own example of it is not valid by its reference.
      json: [{ ...first, id: 1, events: ['push'], permissions: { checks: 'write' } }],
      headers: { link: `<${API}${path}&page=2>; rel="next"` },
    });
    on('GET', `${path}&page=2`, {
      json: [
        { ...first, id: 2, suspended_at: '2026-01-02T03:04:05Z' },
        { ...first, id: 3, account: { id: 9, slug: 'big-corp', name: 'Big Corp' } },
        { ...first, id: 4, account: null },
      ],
    });
    const found = await github().installations();
    expect(found.map(({ id, account, suspended }) => [id, account, suspended])).toEqual([
      [1, first!.account['login'], false],
      [2, first!.account['login'], true],
      [3, 'big-corp', false],
      [4, '', false],
    ]);
    expect(found[0]).toMatchObject({ permissions: { checks: 'write' }, events: ['push'] });
  });

  it('have repositories, read page by page with their own token', async () => {
    givesToken();
    const answer = example<{ repositories: Json[] }>('GET /installation/repositories');
    const path = '/installation/repositories?per_page=100';
    const page = (id: number, name: string) =>
      valid('GET /installation/repositories', {
        total_count: 2,
        repositories: [{ ...answer.repositories[0], id, name }],
      });
    on('GET', path, { json: page(1, 'one'), headers: { link: `<${API}${path}&page=2>; rel="next"` } });
    on('GET', `${path}&page=2`, { json: page(2, 'two') });
    expect(await github().repositories(99)).toEqual([
      { id: 1, installationId: 99, owner: 'octocat', name: 'one' },
      { id: 2, installationId: 99, owner: 'octocat', name: 'two' },
    ]);
  });
});

describe('the webhook', () => {
  it('has an address, or none', async () => {
    on('GET', '/app/hook/config', {
      json: valid('GET /app/hook/config', { url: 'https://docops.example.com/hook' }),
    });
    on('GET', '/app/hook/config', { json: valid('GET /app/hook/config', { content_type: 'json' }) });
    const hub = github();
    expect(await hub.webhookUrl()).toBe('https://docops.example.com/hook');
    expect(await hub.webhookUrl()).toBeNull();
  });
});

describe('failed deliveries', () => {
  const since = new Date('2026-01-02T00:00:00Z');
  const path = '/app/hook/deliveries?per_page=100';
  const link = (cursor: string) => ({ link: `<${API}${path}&cursor=${cursor}>; rel="next"` });

  it('are those whose guid never got an OK, oldest first, by their newest attempt', async () => {
    on('GET', path, {
      json: [
        delivery(9, 'mended', '2026-01-02T09:00:00Z', 200, { redelivery: true }),
        delivery(8, 'failed-twice', '2026-01-02T08:00:00Z', 0, {
          redelivery: true,
          action: null,
          event: 'push',
        }),
        delivery(7, 'fine', '2026-01-02T07:00:00Z', 202),
      ],
      headers: link('v1_7'),
    });
    on('GET', `${path}&cursor=v1_7`, {
      json: [
        delivery(6, 'mended', '2026-01-02T06:00:00Z', 502),
        delivery(5, 'failed-once', '2026-01-02T05:00:00Z', 504, { action: 'opened', event: 'pull_request' }),
        delivery(4, 'failed-twice', '2026-01-02T04:00:00Z', 500),
      ],
    });
    expect(await github().failedDeliveries(since)).toEqual([
      {
        id: '5',
        guid: 'failed-once',
        event: 'pull_request.opened',
        deliveredAt: new Date('2026-01-02T05:00:00Z'),
      },
      { id: '8', guid: 'failed-twice', event: 'push', deliveredAt: new Date('2026-01-02T08:00:00Z') },
    ]);
  });

  it('are not looked for before the moment that is asked about', async () => {
    on('GET', path, {
      json: [
        delivery(2, 'new', '2026-01-02T01:00:00Z', 500),
        delivery(1, 'old', '2026-01-01T23:59:59Z', 500),
      ],
      headers: link('v1_1'),
    });
    expect((await github().failedDeliveries(since)).map(({ guid }) => guid)).toEqual(['new']);
    expect(seen).toHaveLength(1);
  });

  it('keep ids that are greater than a double, and are delivered again by them', async () => {
    const item = delivery(1, 'big', '2026-01-02T01:00:00Z', 500);
    on('GET', path, {
      text: `[${JSON.stringify(item).replace('"id":1,', '"id":3804004623172239366,')}]`,
      headers: { 'content-type': 'application/json' },
    });
    on('POST', '/app/hook/deliveries/3804004623172239366/attempts', { status: 202, json: {} });
    const hub = github();
    const [failed] = await hub.failedDeliveries(since);
    expect(failed?.id).toBe('3804004623172239366');
    await hub.redeliver(failed!.id);
  });

  it('cannot be delivered again when GitHub has forgotten them', async () => {
    on('POST', '/app/hook/deliveries/5/attempts', { status: 404, json: { message: 'Not Found' } });
    expect(await failure(github().redeliver('5'))).toMatchObject({ class: 'not-found' });
  });
});
