import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSetup } from '../../src/cli/setup.js';
import { UsageError } from '../../src/core/errors.js';
import { startEmulatedGitHub, type EmulatedGitHub } from '../../src/emulated-github/index.js';
import { readSettings } from '../../src/settings.js';
import { credentialsPath, writeCredentials } from '../../src/settings/credentials.js';
import { folderWith } from '../support/folder.js';
import { temporaryFolder } from '../support/git.js';

let github: EmulatedGitHub;
beforeAll(async () => {
  github = await startEmulatedGitHub({ folder: temporaryFolder('docops-setup') });
});
afterAll(() => github.close());

interface RunningSetup {
  readonly dataFolder: string;
  readonly said: string[];
  readonly origin: string;
  readonly made: Promise<boolean>;
  readonly stop: () => void;
}

async function startSetup(
  options: { org?: string; replace?: boolean; dataFolder?: string } = {},
): Promise<RunningSetup> {
  const { dataFolder = folderWith(), ...rest } = options;
  const said: string[] = [];
  const stop = new AbortController();
  let ready: ((address: string) => void) | undefined;
  const origin = new Promise<string>((resolve) => (ready = resolve));
  const made = runSetup({ port: 0, name: 'docops-test', ...rest }, environment(dataFolder), {
    signal: stop.signal,
    say: (text) => {
      said.push(text);
      const [address] = /http:\/\/localhost:\d+/.exec(text) ?? [];
      if (address !== undefined) ready?.(address);
    },
  });
  return {
    dataFolder,
    said,
    origin: await Promise.race([origin, made.then(() => '')]),
    made,
    stop: () => stop.abort(),
  };
}

function environment(dataFolder: string): Record<string, string> {
  return {
    DOCOPS_DATA: dataFolder,
    DOCOPS_URL: 'https://docops.example.com',
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GIT_URL: github.gitUrl,
  };
}

/** What a browser sees of the form. */
async function readForm(origin: string): Promise<{ action: URL; manifest: string; policy: string }> {
  const response = await fetch(origin);
  const page = (await response.text()).replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const [, action = ''] = /<form action="([^"]+)"/.exec(page) ?? [];
  const [, manifest = ''] = /name="manifest" value="(\{.*\})"/.exec(page) ?? [];
  return { action: new URL(action), manifest, policy: response.headers.get('content-security-policy') ?? '' };
}

describe('docops setup', () => {
  it('makes the App in the browser and keeps credentials that docops serve starts with', async () => {
    const setup = await startSetup({ org: 'acme' });
    const { action, manifest, policy } = await readForm(setup.origin);
    expect(action.pathname).toBe('/organizations/acme/settings/apps/new');
    expect(policy).toContain(`form-action ${action.origin}`);
    expect(JSON.parse(manifest)).toMatchObject({
      name: 'docops-test',
      url: 'https://docops.example.com',
      hook_attributes: { url: 'https://docops.example.com/api/github/webhooks' },
      redirect_url: `${setup.origin}/created`,
      callback_urls: ['https://docops.example.com/sign-in/callback'],
      default_permissions: { checks: 'write', contents: 'read' },
    });

    const sent = await fetch(action, {
      method: 'POST',
      body: new URLSearchParams({ manifest }),
      redirect: 'manual',
    });
    const back = sent.headers.get('location') ?? '';
    expect(back).toContain(`${setup.origin}/created?`);
    const done = await fetch(back);
    expect(done.status).toBe(200);
    expect(await done.text()).toContain('/installations/new');
    expect(await setup.made).toBe(true);

    const path = credentialsPath(setup.dataFolder);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const settings = readSettings(environment(setup.dataFolder));
    expect(settings.app.id).toBe(github.app.id);
    expect(settings.app.webhookSecret.reveal()).toBe(github.app.webhookSecret);
    expect(settings.signIn?.clientId).toBe(github.app.clientId);
    expect(settings.signIn?.clientSecret.reveal()).toBe(github.app.clientSecret);
    const said = setup.said.join('\n');
    expect(said).toContain('docops serve');
    expect(said).toContain('/installations/new');
    expect(said).not.toContain(github.app.webhookSecret);
    expect(said).not.toContain(github.app.clientSecret);
  });

  it('takes no App from who does not know what the form carried', async () => {
    const setup = await startSetup();
    for (const query of ['code=abc', 'code=abc&state=', 'code=abc&state=wrong', `state=x`]) {
      const response = await fetch(`${setup.origin}/created?${query}`);
      expect(response.status).toBe(400);
    }
    setup.stop();
    expect(await setup.made).toBe(false);
  });

  it('shows nothing to a page of a stranger whose name leads here', async () => {
    const setup = await startSetup();
    const { port } = new URL(setup.origin);
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request({ host: '127.0.0.1', port, headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(421);
    setup.stop();
    await setup.made;
  });

  it('says how to go on when GitHub does not know the code, and can be tried again', async () => {
    const setup = await startSetup();
    const { action } = await readForm(setup.origin);
    const state = action.searchParams.get('state') ?? '';
    const response = await fetch(
      `${setup.origin}/created?${new URLSearchParams({ code: 'unknown', state }).toString()}`,
    );
    expect(response.status).toBe(502);
    const text = await response.text();
    expect(text).toContain('start again at /');
    expect(text).not.toContain('unknown');
    expect((await fetch(setup.origin)).status).toBe(200);
    setup.stop();
    await setup.made;
  });

  it('needs to know where GitHub will send webhooks', async () => {
    const run = runSetup(
      { port: 0 },
      { DOCOPS_DATA: folderWith() },
      { say: () => undefined, signal: new AbortController().signal },
    );
    await expect(run).rejects.toThrow(UsageError);
    await expect(run).rejects.toThrow('DOCOPS_URL is not set');
  });

  it('does not throw away the App of an earlier setup unless it is told to', async () => {
    const dataFolder = folderWith();
    await writeCredentials(dataFolder, {
      appId: 5,
      privateKey: github.app.privateKey,
      webhookSecret: 'a-secret-of-enough-length',
      appUrl: 'https://github.com/apps/docops-acme',
      slug: 'docops-acme',
    });
    await expect(startSetup({ dataFolder })).rejects.toThrow('https://github.com/apps/docops-acme already');
    const setup = await startSetup({ dataFolder, replace: true });
    expect(setup.origin).not.toBe('');
    setup.stop();
    await setup.made;
  });
});
