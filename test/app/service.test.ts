/** The App as one process, on a real PostgreSQL and the emulated GitHub; requests over HTTP. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { startEmulatedGitHub, type EmulatedGitHub } from '../../src/emulated-github/index.js';
import { createLog } from '../../src/log.js';
import { startService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { deliver, PRIVATE_KEY, PULL_REQUEST } from '../http/support.js';
import { temporaryFolder } from '../support/git.js';
import { createDatabase, type NewDatabase } from '../support/postgres.js';

let github: EmulatedGitHub;
let folder: string;
let database: NewDatabase;
let service: Service | undefined;
const lines: string[] = [];

beforeAll(async () => {
  folder = temporaryFolder('docops-service');
  github = await startEmulatedGitHub({ folder });
  database = await createDatabase({ migrated: false });
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  lines.length = 0;
});
afterAll(async () => {
  await github.close();
  await database.drop();
});

function environment(more: Record<string, string> = {}): Record<string, string> {
  return {
    APP_ID: String(github.app.id),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    DATABASE_URL: database.url,
    DOCOPS_DATA: join(folder, 'data'),
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GIT_URL: github.gitUrl,
    PORT: '0',
    ...more,
  };
}

async function start(
  roles: { web: boolean; worker: boolean } = { web: true, worker: false },
  more: Record<string, string> = {},
): Promise<Service & { url: string }> {
  service = await startService({
    settings: readSettings(environment(more)),
    roles,
    log: createLog({ level: 'debug', format: 'json' }, { write: (line) => lines.push(line) }),
  });
  return { ...service, url: service.url ?? '' };
}

function send(url: string, how: { guid?: string } = {}): Promise<Response> {
  return deliver({ url }, PULL_REQUEST, { ...how, secret: github.app.webhookSecret });
}

describe('the App as a process', () => {
  it('migrates an empty database, learns its own name and is ready', async () => {
    const { url, ownLogin } = await start({ web: true, worker: true });
    expect(ownLogin).toBe(github.app.login);
    const ready = await fetch(`${url}/readyz`);
    expect(await ready.json()).toEqual({
      ready: true,
      checks: { database: 'ok', migrations: 'ok', queue: 'ok', canary: 'ok' },
    });
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ alive: true });
  });

  it('writes a webhook down before it answers, once however often it comes', async () => {
    const { url, store } = await start();
    const guid = randomUUID();
    for (let i = 0; i < 3; i += 1) expect((await send(url, { guid })).status).toBe(200);
    const looks = (await store.openHints(-1_000, 100)).filter(({ hint }) => hint.kind === 'look');
    expect(looks).toHaveLength(1);
    expect(looks[0]).toMatchObject({ repositoryId: PULL_REQUEST.repository.id, cause: guid });
  });

  it('says without sign-in that there is nothing to choose from, and runs nothing', async () => {
    const { url } = await start();
    const response = await fetch(url, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('Signing in with GitHub is not set up');
  });

  it('leaves nothing of a webhook in its log, at any level', async () => {
    const { url } = await start();
    await send(url);
    expect(lines.join('')).toContain('pull_request.opened');
    expect(lines.join('')).not.toContain('nobody may log');
    for (const secret of [
      github.app.webhookSecret,
      github.app.privateKey.slice(40, 100),
      new URL(database.url).password,
    ])
      if (secret !== '') expect(lines.join('')).not.toContain(secret);
  });

  it('stops cleanly, twice as well as once, and can be started again', async () => {
    const first = await start({ web: true, worker: true });
    await Promise.all([first.stop(), first.stop()]);
    await expect(fetch(first.url)).rejects.toThrow();
    const second = await start({ web: false, worker: true });
    expect(service?.url).toBeNull();
    await second.stop();
  });

  it.each([
    ['a private key that is not its own', { PRIVATE_KEY }, 'GitHub does not accept the private key'],
    [
      'an App that GitHub does not know',
      { APP_ID: '999999' },
      /GitHub does not (?:know this App|accept the private key)/,
    ],
  ])('refuses to start with %s', async (_name, more, message) => {
    const starting = start({ web: true, worker: false }, more);
    await expect(starting).rejects.toThrow(UsageError);
    await expect(starting).rejects.toThrow(message);
  });

  it('refuses to start with a database that does not exist', async () => {
    const url = new URL(database.url);
    url.pathname = '/nowhere';
    await expect(start({ web: true, worker: false }, { DATABASE_URL: url.href })).rejects.toThrow(
      'the database that DATABASE_URL names does not exist',
    );
  });

  it('waits for a GitHub that is away', async () => {
    github.fail({ path: /^\/app$/ }, { status: 502 }, 3);
    const { ownLogin } = await start();
    expect(ownLogin).toBe(github.app.login);
    expect(lines.join('')).toContain('GitHub does not answer; asks again');
  });
});
