/** `docops doctor` on a real PostgreSQL, the emulated GitHub, and a server that runs or does not. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findingsAsText } from '../../src/cli/doctor.js';
import { examineApp, examineWebhook } from '../../src/doctor/github.js';
import { examineMachine } from '../../src/doctor/machine.js';
import { examine } from '../../src/doctor/examine.js';
import type { Finding } from '../../src/doctor/finding.js';
import { startEmulatedGitHub, type EmulatedGitHub } from '../../src/emulated-github/index.js';
import { WEBHOOK_PATH } from '../../src/http/webhook.js';
import { createLog } from '../../src/log.js';
import type { AppFacts } from '../../src/ports/github.js';
import { startService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { folderWith } from '../support/folder.js';
import { temporaryFolder } from '../support/git.js';
import { createDatabase, type NewDatabase } from '../support/postgres.js';
import { Project, twelveInvoices } from '../support/project.js';

const log = createLog({ level: 'silent', format: 'json' });
let github: EmulatedGitHub;
let database: NewDatabase;
let folder: string;
let service: Service | undefined;

beforeAll(async () => {
  folder = temporaryFolder('docops-doctor');
  github = await startEmulatedGitHub({ folder });
  database = await createDatabase();
  await github.addOrganisation('acme');
  const project = new Project({ documents: twelveInvoices().slice(0, 2) });
  try {
    await github.addRepository({ owner: 'acme', name: 'invoices', from: project.root });
    project.write('.docops.yml', 'version: 1\npipelines: 7\n');
    project.commit('broken');
    await github.addRepository({ owner: 'acme', name: 'broken', from: project.root });
    project.git('rm', '-q', '.docops.yml');
    project.commit('none');
    await github.addRepository({ owner: 'acme', name: 'bare', from: project.root });
  } finally {
    project.remove();
  }
  await github.install('acme');
  await github.requireCheck('acme/invoices', 'main', 'DocOps (main)', { pinned: true });
  await github.requireCheck('acme/broken', 'main', 'DocOps (main)', { pinned: false });
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
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

const about = (findings: readonly Finding[], area: Finding['area']) =>
  findings.filter((finding) => finding.area === area);
const one = (findings: readonly Finding[], words: string | RegExp): Finding => {
  const found = findings.filter(({ detail }) =>
    typeof words === 'string' ? detail.includes(words) : words.test(detail),
  );
  expect(found.map(({ detail }) => detail)).toHaveLength(1);
  return found[0]!;
};

describe('docops doctor', () => {
  it('finds nothing broken where all is well', async () => {
    service = await startService({
      settings: readSettings(environment()),
      roles: { web: true, worker: true },
      log,
    });
    const { url, store } = service;
    github.setWebhookUrl(`${url ?? ''}${WEBHOOK_PATH}`);
    await expect.poll(() => store.cursor('canary'), { timeout: 20_000 }).toBeDefined();
    const findings = await examine({
      env: environment({ DOCOPS_URL: url ?? '' }),
      log,
      repository: 'acme/invoices',
    });
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
    for (const words of [
      'PostgreSQL',
      'its schema is up to date',
      'a worker took a job',
      'GitHub accepts its key',
      'its permissions are those of app.yml',
      'its events are those of app.yml',
      'installed on acme',
      'refuses what is not signed',
      'acme/invoices (main) is configured, requires the check, and takes it from this App alone',
    ])
      expect(one(findings, words).status, words).toBe('ok');
  });

  it('names what is wrong with each repository', async () => {
    const found = about(await examine({ env: environment(), log }), 'repositories');
    expect(one(found, 'acme/bare')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('no .docops.yml') as string,
    });
    expect(one(found, 'acme/broken (main): its .docops.yml is not valid').status).toBe('fail');
    expect(one(found, 'acme/broken (main) takes the check from anybody')).toMatchObject({ status: 'warn' });
  });

  it('says that no server answers and no worker works', async () => {
    const away = await createDatabase();
    try {
      const env = environment({ DATABASE_URL: away.url, DOCOPS_URL: 'http://127.0.0.1:9' });
      const findings = await examine({ env, log });
      expect(one(findings, 'nobody answers at http://127.0.0.1:9').status).toBe('fail');
      expect(about(findings, 'jobs').some(({ status }) => status === 'fail')).toBe(true);
    } finally {
      await away.drop();
    }
  });

  it('says which settings are missing, and looks at the rest all the same', async () => {
    const findings = await examine({ env: environment({ APP_ID: '', DOCOPS_DATA: folderWith() }), log });
    expect(one(findings, 'APP_ID is not set').status).toBe('fail');
    expect(about(findings, 'database').length).toBeGreaterThan(0);
    expect(about(findings, 'github')).toEqual([]);
  });

  it('says what to do about a database that lacks its schema', async () => {
    const empty = await createDatabase({ migrated: false });
    try {
      const findings = await examine({ env: environment({ DATABASE_URL: empty.url }), log });
      expect(one(findings, 'its schema lacks')).toMatchObject({
        status: 'fail',
        mend: expect.stringContaining('docops migrate') as string,
      });
    } finally {
      await empty.drop();
    }
  });

  it('says what to do about a database that does not answer', async () => {
    const findings = await examine({
      env: environment({ DATABASE_URL: 'postgres://a:hunter22@127.0.0.1:9/x' }),
      log,
    });
    expect(one(findings, 'the database does not answer (ECONNREFUSED)').status).toBe('fail');
    expect(JSON.stringify(findings)).not.toContain('hunter22');
  });

  it('says that GitHub does not accept the key', async () => {
    github.fail({ path: /^\/app$/ }, { status: 401, body: { message: 'Bad credentials' } }, 4);
    const findings = await examine({ env: environment(), log });
    expect(one(findings, 'GitHub does not accept the private key').mend).toContain('clock');
  });
});

describe('the App on GitHub', () => {
  const app: AppFacts = {
    id: 1,
    slug: 'docops',
    name: 'DocOps',
    permissions: { checks: 'write', metadata: 'read' },
    events: ['push'],
    clockMs: 1_000_000,
  };
  const needed = { permissions: { checks: 'write', metadata: 'read' }, events: ['push'] } as const;
  const look = async (more: Partial<AppFacts>, installations: object[] = [], nowMs = 1_000_000) =>
    (
      await examineApp({
        github: { installations: () => Promise.resolve(installations as never) },
        app: { ...app, ...more },
        needed,
        settingsUrl: 'https://github.com/settings/apps/docops',
        nowMs: () => nowMs,
      })
    ).findings;

  it('lacks permissions and events', async () => {
    const findings = await look({ permissions: { checks: 'read' }, events: [] });
    expect(one(findings, 'lacks permissions: checks: write, metadata: read').status).toBe('fail');
    expect(one(findings, 'does not subscribe to: push').status).toBe('fail');
  });

  it('has more than anything uses', async () => {
    const findings = await look({
      permissions: { ...app.permissions, administration: 'write' },
      events: ['push', 'star'],
    });
    expect(one(findings, 'nothing uses: administration: write').status).toBe('warn');
    expect(one(findings, 'nobody reads: star').status).toBe('warn');
  });

  it('waits for an owner to accept its permissions', async () => {
    const findings = await look({}, [
      { id: 1, account: 'acme', suspended: false, permissions: { checks: 'write' }, events: [] },
      { id: 2, account: 'umbrella', suspended: true, permissions: app.permissions, events: [] },
    ]);
    expect(one(findings, 'acme has not accepted: metadata: read').status).toBe('fail');
    expect(one(findings, 'umbrella has suspended the App').status).toBe('warn');
  });

  it('lives in another time', async () => {
    expect(one(await look({}, [], 1_000_000 + 61_000), '61 s apart').status).toBe('warn');
    expect((await look({}, [], 1_000_000 - 59_000)).some(({ detail }) => detail.includes('apart'))).toBe(
      false,
    );
  });
});

describe('the webhook', () => {
  const look = (
    answer: () => Promise<Response>,
    url: string | null = 'https://docops.example.com/api/github/webhooks',
  ) =>
    examineWebhook({
      github: {
        webhookUrl: () => Promise.resolve(url),
        failedDeliveries: () =>
          Promise.resolve([{ id: '1', guid: 'g', event: 'push', deliveredAt: new Date(0) }]),
      },
      expectedUrl: 'https://docops.example.com/api/github/webhooks',
      settingsUrl: 'https://github.com/settings/apps/docops',
      fetch: answer,
    });

  it.each([
    [
      'a page of a proxy',
      () => Promise.resolve(new Response('<html>', { status: 404 })),
      'something else answers',
    ],
    [
      'a server that takes anything',
      () => Promise.resolve(new Response('docops: received', { status: 200 })),
      'something else answers',
    ],
    [
      'a server that is starting',
      () => Promise.resolve(new Response('docops: starting', { status: 503 })),
      'still starting',
    ],
    ['nothing', () => Promise.reject(new Error('fetch failed')), 'nobody answers'],
  ])('answered by %s is told apart', async (_name, answer, words) => {
    expect(one(await look(answer), words).status).not.toBe('ok');
  });

  it('goes elsewhere, or nowhere', async () => {
    const ours = () => Promise.resolve(new Response('docops: not signed', { status: 401 }));
    expect(
      one(await look(ours, 'https://smee.io/x'), 'GitHub sends webhooks to https://smee.io/x').status,
    ).toBe('fail');
    expect(one(await look(ours, null), 'no webhook URL').status).toBe('fail');
  });

  it('has deliveries that failed', async () => {
    const ours = () => Promise.resolve(new Response('docops: not signed', { status: 401 }));
    expect(one(await look(ours), '1 webhooks of the last day did not arrive').status).toBe('warn');
  });
});

describe('the machine', () => {
  it('without git is of no use', async () => {
    const findings = await examineMachine({
      dataFolder: folderWith(),
      mirrorBytes: 1,
      sandboxMissing: () => Promise.resolve('bubblewrap is not installed.'),
      environment: { PATH: '/nowhere' },
    });
    expect(one(findings, 'git does not run').status).toBe('fail');
    expect(one(findings, 'no sandbox').status).toBe('warn');
  });
});

it('prints findings as a table that strangers cannot break', () => {
  const text = findingsAsText([
    { area: 'repositories', status: 'warn', detail: 'a/b\u001b[2J (main\n)', mend: 'do this' },
    { area: 'machine', status: 'ok', detail: 'git version 2.39.5', mend: null },
  ]);
  expect(text).not.toContain('\u001b[2J');
  expect(text).toContain('→ do this');
  expect(text).toContain('1 ok, 1 to look at, 0 broken');
});
