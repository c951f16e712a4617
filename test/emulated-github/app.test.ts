import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPO, AT, events, octokitFor, startWorld, statusOf, type TestWorld } from './world.js';

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('an App on the emulated GitHub', () => {
  it('finds itself and its installations with a JWT', async () => {
    const { data } = await world.app.rest.apps.getAuthenticated();
    expect(data).toMatchObject({ id: world.github.app.id, slug: 'docops' });
    expect(data?.permissions).toMatchObject({ checks: 'write', metadata: 'read' });
    const installations = await world.app.paginate(world.app.rest.apps.listInstallations);
    expect(installations).toMatchObject([
      { id: world.installationId, account: { login: 'acme' }, suspended_at: null },
    ]);
    const one = await world.app.rest.apps.getRepoInstallation(AT);
    expect(one.data.id).toBe(world.installationId);
    const ofOrganisation = await world.app.rest.apps.getOrgInstallation({ org: 'acme' });
    expect(ofOrganisation.data.id).toBe(world.installationId);
  });

  it('lists the repositories of an installation', async () => {
    const list = await world.octokit.rest.apps.listReposAccessibleToInstallation();
    expect(list.data.repositories.map(({ full_name: name }) => name)).toEqual([REPO]);
  });

  it('is refused with a key that is not its own, and without any', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const stranger = octokitFor({ ...world.github, app: { ...world.github.app, privateKey } });
    expect(await statusOf(stranger.rest.apps.getAuthenticated())).toBe(401);
    expect((await fetch(`${world.github.apiUrl}/app`)).status).toBe(401);
    expect((await fetch(`${world.github.apiUrl}/repos/${REPO}/pulls`)).status).toBe(401);
  });

  it('is refused what its token does not cover', async () => {
    const token = async (options: object) => {
      const answer = await world.app.rest.apps.createInstallationAccessToken({
        installation_id: world.installationId,
        ...options,
      });
      return answer.data.token;
    };
    const get = async (path: string, secret: string) =>
      (await fetch(`${world.github.apiUrl}${path}`, { headers: { authorization: `token ${secret}` } }))
        .status;
    const narrow = await token({ permissions: { contents: 'read' }, repositories: ['invoices'] });
    expect(await get(`/repos/${REPO}`, narrow)).toBe(200);
    expect(await get(`/repos/${REPO}/branches/main`, narrow)).toBe(200);
    expect(await get(`/repos/${REPO}/pulls`, narrow)).toBe(403);
    await expect(token({ permissions: { administration: 'write' } })).rejects.toMatchObject({ status: 422 });
    await expect(token({ repositories: ['nowhere'] })).rejects.toMatchObject({ status: 422 });
    await world.github.addUser('hermit');
    await world.github.addRepository({ owner: 'hermit', name: 'cave', from: world.github.barePath(REPO) });
    expect(await get('/repos/hermit/cave/branches/main', await token({}))).toBe(404);
  });

  it('keeps its token when people join', async () => {
    const { token } = (await world.octokit.auth({ type: 'installation' })) as { token: string };
    await world.github.addUser('newcomer');
    const answer = await fetch(`${world.github.apiUrl}/repos/${REPO}/languages`, {
      headers: { authorization: `token ${token}` },
    });
    expect(answer.status).toBe(200);
  });

  it('gives and knows tokens while people join', async () => {
    const ask = async () => {
      const octokit = octokitFor(world.github, world.installationId);
      return (await octokit.rest.repos.listLanguages(AT)).status;
    };
    const joins = Array.from({ length: 4 }, (_, index) => world.github.addUser(`joins-${index}`));
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    await Promise.all(joins);
    expect(new Set(answers)).toEqual(new Set([200]));
  });

  it('answers 401 to tokens that expired, and takes a new one', async () => {
    const before = (await world.octokit.auth({ type: 'installation' })) as { token: string };
    world.github.expireTokens();
    const headers = { authorization: `token ${before.token}` };
    const path = `${world.github.apiUrl}/repos/${REPO}/pulls`;
    expect((await fetch(path, { headers })).status).toBe(401);
    const fresh = octokitFor(world.github, world.installationId);
    expect(await statusOf(fresh.rest.pulls.list(AT))).toBe(200);
    expect(world.github.requests.at(-1)).toMatchObject({ status: 200, auth: 'installation' });
  });

  it('answers what is not emulated with a word, not with success', async () => {
    const fresh = octokitFor(world.github, world.installationId);
    const request = fresh.request('POST /repos/acme/invoices/labels', { name: 'bug' });
    await expect(request).rejects.toMatchObject({ status: 404 });
    const contents = fresh.rest.repos.getContent({ ...AT, path: 'a.txt' });
    await expect(contents).rejects.toThrow('is not emulated');
  });

  it('finds the API below /api/v3 too, as on Enterprise Server', async () => {
    const enterprise = octokitFor({ ...world.github, apiUrl: `${world.github.apiUrl}/api/v3` });
    expect((await enterprise.rest.apps.getAuthenticated()).data?.id).toBe(world.github.app.id);
  });

  it('finds renamed repositories by their old name and by id', async () => {
    const fresh = octokitFor(world.github, world.installationId);
    const { data: before } = await fresh.rest.repos.get(AT);
    await events(world);
    await world.github.rename(REPO, 'bills');
    expect(await events(world)).toEqual(['repository.renamed']);
    const { data: after } = await fresh.rest.repos.get(AT);
    expect(after).toMatchObject({ id: before.id, full_name: 'acme/bills' });
    const byId = await fresh.request('GET /repositories/{id}/pulls', { id: before.id });
    expect(byId.status).toBe(200);
    await world.github.rename('acme/bills', 'invoices');
  });

  it('is told of its suspension and removal', async () => {
    await events(world);
    await world.github.suspend('acme', true);
    const fresh = octokitFor(world.github, world.installationId);
    expect(await statusOf(fresh.rest.pulls.list(AT))).toBe(403);
    await world.github.suspend('acme', false);
    expect(await statusOf(fresh.rest.pulls.list(AT))).toBe(200);
    await world.github.uninstall('acme');
    expect(await statusOf(octokitFor(world.github, world.installationId).rest.pulls.list(AT))).toBe(404);
    expect(await events(world)).toEqual([
      'installation.suspend',
      'installation.unsuspend',
      'installation.deleted',
    ]);
  });
});

describe('the manifest flow', () => {
  it('gives the App its key and secret for a code that works once', async () => {
    const flow = await startWorld();
    try {
      const manifest = {
        name: 'DocOps',
        redirect_url: 'http://127.0.0.1:9/setup',
        hook_attributes: { url: flow.receiver.url },
        default_permissions: { checks: 'write' },
        default_events: ['push'],
      };
      const form = await fetch(`${flow.github.apiUrl}/settings/apps/new?state=s1`, {
        method: 'POST',
        body: new URLSearchParams({ manifest: JSON.stringify(manifest) }),
        redirect: 'manual',
      });
      const back = new URL(form.headers.get('location') ?? '');
      expect(back.origin + back.pathname).toBe('http://127.0.0.1:9/setup');
      expect(back.searchParams.get('state')).toBe('s1');
      const path = `${flow.github.apiUrl}/app-manifests/${back.searchParams.get('code')}/conversions`;
      const answer = await fetch(path, { method: 'POST' });
      expect(answer.status).toBe(201);
      expect(await answer.json()).toMatchObject({
        id: flow.github.app.id,
        pem: flow.github.app.privateKey,
        webhook_secret: flow.github.app.webhookSecret,
        events: ['push'],
      });
      expect((await fetch(path, { method: 'POST' })).status).toBe(404);
      const hook = await flow.app.rest.apps.getWebhookConfigForApp();
      expect(hook.data.url).toBe(flow.receiver.url);
    } finally {
      await flow.close();
    }
  });
});
