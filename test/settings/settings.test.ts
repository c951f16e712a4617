import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { inspectSettings, readLocalSettings, readSettings } from '../../src/settings.js';
import { CREDENTIALS_FILE, writeCredentials } from '../../src/settings/credentials.js';
import { folderWith } from '../support/folder.js';

const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = key.export({ type: 'pkcs8', format: 'pem' }).toString();
const WEBHOOK_SECRET = 'a-secret-of-enough-length';

function environment(more: Record<string, string> = {}): Record<string, string> {
  return {
    APP_ID: '4711',
    PRIVATE_KEY: PEM,
    WEBHOOK_SECRET,
    DOCOPS_DATA: folderWith(),
    DOCOPS_URL: 'https://docops.example.com/',
    ...more,
  };
}

function refused(env: Record<string, string>): UsageError {
  try {
    readSettings(env);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error as UsageError;
  }
  throw new Error('the settings were accepted');
}

describe('settings', () => {
  it('come from variables, with defaults for what is not set', () => {
    const settings = readSettings(environment());
    expect(settings).toMatchObject({
      app: { id: 4711, webhookSecretPrevious: null },
      databaseUrl: null,
      queueRedisUrl: null,
      host: '127.0.0.1',
      port: 3000,
      url: 'https://docops.example.com',
      github: {
        apiUrl: 'https://api.github.com',
        gitUrl: 'https://github.com',
        webUrl: 'https://github.com',
      },
      evaluations: 1,
      deadlineMs: { pullRequest: 6 * 3_600_000, mergeGroup: 50 * 60_000 },
      warnings: [],
    });
    expect(settings.app.privateKey.reveal()).toBe(PEM);
    expect(settings.app.webhookSecret.reveal()).toBe(WEBHOOK_SECRET);
  });

  it('are frozen through and through', () => {
    const settings = readSettings(environment());
    for (const part of [settings, settings.app, settings.github, settings.deadlineMs, settings.trustedApps])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it('list every problem at once, each with what to set and where it comes from', () => {
    const error = refused({
      DOCOPS_DATA: folderWith(),
      WEBHOOK_SECRET: 'development',
      PORT: '70000',
      DOCOPS_DEADLINE: 'soon',
      DOCOPS_MIRROR_BYTES: 'plenty',
      LOG_LEVEL: 'loud',
    });
    for (const [name, words] of [
      ['APP_ID', "is not set\n    → set it to: number of the GitHub App: its settings page, 'App ID'"],
      ['PRIVATE_KEY', 'is not set'],
      ['WEBHOOK_SECRET', 'is a word that everybody knows'],
      ['PORT', 'is not a whole number from 0 to 65535'],
      ['DOCOPS_DEADLINE', 'is not a duration like 45m or 2h'],
      ['DOCOPS_MIRROR_BYTES', 'is not a size like 20GiB'],
      ['LOG_LEVEL', 'is none of debug, info, warn, error'],
    ] as const)
      expect(error.message).toContain(`${name} ${words}`);
    expect(error.message).toContain('docops setup');
  });

  it.each([
    ['is missing', undefined, 'is not set'],
    ['is empty', '  ', 'is not set'],
    ["is Probot's default", 'development', 'everybody knows'],
    ['is short', 'fifteen-letters', 'shorter than 16 characters'],
  ])('refuse a webhook secret that %s', (_name, value, words) => {
    const env = environment();
    delete env['WEBHOOK_SECRET'];
    const error = refused(value === undefined ? env : { ...env, WEBHOOK_SECRET: value });
    expect(error.message).toContain(`WEBHOOK_SECRET ${words.startsWith('is') ? words : 'is '}`);
    expect(error.message).toContain(words);
  });

  it('hold the previous webhook secret to the same rules', () => {
    expect(refused(environment({ WEBHOOK_SECRET_PREVIOUS: 'short' })).message).toContain(
      'WEBHOOK_SECRET_PREVIOUS is shorter',
    );
    const previous = readSettings(environment({ WEBHOOK_SECRET_PREVIOUS: 'the-secret-of-yesterday' }));
    expect(previous.app.webhookSecretPrevious?.reveal()).toBe('the-secret-of-yesterday');
  });

  it.each([
    ['PEM', PEM],
    ['PEM with \\n written out', PEM.replaceAll('\n', '\\n')],
    ['PEM in quotes', `"${PEM.replaceAll('\n', '\\n')}"`],
    ['base64', Buffer.from(PEM).toString('base64')],
  ])('read the private key as %s', (_form, text) => {
    expect(readSettings(environment({ PRIVATE_KEY: text })).app.privateKey.reveal()).toBe(PEM);
  });

  it('read the private key from a file', () => {
    const env = environment({ PRIVATE_KEY_PATH: join(folderWith({ 'app.pem': PEM }), 'app.pem') });
    delete env['PRIVATE_KEY'];
    expect(readSettings(env).app.privateKey.reveal()).toBe(PEM);
    expect(refused({ ...env, PRIVATE_KEY_PATH: '/nowhere/app.pem' }).message).toContain(
      'PRIVATE_KEY_PATH names a file that cannot be read (ENOENT)',
    );
  });

  it('refuse a key that is none, or of a kind that GitHub does not take', () => {
    expect(refused(environment({ PRIVATE_KEY: 'c2VjcmV0' })).message).toContain(
      'PRIVATE_KEY is not an RSA private key',
    );
    const ed25519 = generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    expect(refused(environment({ PRIVATE_KEY: ed25519 })).message).toContain(
      'PRIVATE_KEY is not an RSA private key',
    );
  });

  it('never show a secret: not in errors, not printed, not as JSON', () => {
    const database = 'postgres://docops:hunter22@db/docops';
    const settings = readSettings(
      environment({ DATABASE_URL: database, DOCOPS_QUEUE_REDIS_URL: 'redis://:hunter22@cache:6379' }),
    );
    const shown = [
      inspect(settings, { depth: null, showHidden: true }),
      JSON.stringify(settings),
      String(settings.databaseUrl),
    ];
    const error = refused(
      environment({
        WEBHOOK_SECRET: 'hunter22',
        PRIVATE_KEY: `-----BEGIN hunter22 ${PEM.slice(40, 200)}`,
        DATABASE_URL: 'mysql://hunter22@db',
        DOCOPS_QUEUE_REDIS_URL: 'hunter22',
      }),
    );
    shown.push(inspect(error, { depth: null }), error.message);
    for (const text of shown) {
      expect(text).not.toContain('hunter22');
      expect(text).not.toContain(WEBHOOK_SECRET);
      expect(text).not.toContain(PEM.slice(40, 80));
    }
    expect(settings.databaseUrl?.reveal()).toBe(database);
  });

  it('take the addresses of an Enterprise Server from its host', () => {
    expect(readSettings(environment({ GHE_HOST: 'github.acme.example' })).github).toEqual({
      apiUrl: 'https://github.acme.example/api/v3',
      gitUrl: 'https://github.acme.example',
      webUrl: 'https://github.acme.example',
    });
    expect(
      readSettings(environment({ GHE_HOST: 'localhost:8080', GHE_PROTOCOL: 'http' })).github.apiUrl,
    ).toBe('http://localhost:8080/api/v3');
    expect(
      refused(environment({ GHE_HOST: 'github.acme.example', GITHUB_API_URL: 'https://x.example' })).message,
    ).toContain('beside GHE_HOST');
  });

  it('take another API with the place that repositories are cloned from, never one alone', () => {
    const custom = { GITHUB_API_URL: 'http://127.0.0.1:4000', GITHUB_GIT_URL: 'file:///srv/git' };
    expect(readSettings(environment(custom)).github).toMatchObject({
      apiUrl: 'http://127.0.0.1:4000',
      gitUrl: 'file:///srv/git',
    });
    expect(refused(environment({ GITHUB_API_URL: 'http://127.0.0.1:4000' })).message).toContain(
      'GITHUB_GIT_URL is not set',
    );
    expect(readSettings(environment({ GITHUB_API_URL: 'https://api.github.com' })).github.gitUrl).toBe(
      'https://github.com',
    );
  });

  it('warn about REDIS_URL, which Probot would take for itself', () => {
    expect(readSettings(environment({ REDIS_URL: 'redis://cache' })).warnings.join(' ')).toContain(
      'DOCOPS_QUEUE_REDIS_URL',
    );
  });

  it('warn about a DOCOPS_URL with a path, below which pages would be without style', () => {
    const of = (url: string): string => readSettings(environment({ DOCOPS_URL: url })).warnings.join(' ');
    expect(of('https://example.com/docops')).toContain('has a path');
    expect(of('https://docops.example.com')).not.toContain('has a path');
  });

  it('give trusted Apps the login that GitHub shows', () => {
    expect(
      readSettings(environment({ DOCOPS_TRUSTED_APPS: 'dependabot, renovate[bot]' })).trustedApps,
    ).toEqual(['dependabot[bot]', 'renovate[bot]']);
    expect(refused(environment({ DOCOPS_TRUSTED_APPS: 'a b/c' })).message).toContain('DOCOPS_TRUSTED_APPS');
  });

  it('never let an extractor have a variable of our own', () => {
    expect(readSettings(environment({ DOCOPS_EXTRACTOR_ENV: 'OCR_KEY, MODEL_URL' })).extractorEnv).toEqual([
      'OCR_KEY',
      'MODEL_URL',
    ]);
    for (const own of ['PRIVATE_KEY', 'WEBHOOK_SECRET', 'DATABASE_URL'])
      expect(refused(environment({ DOCOPS_EXTRACTOR_ENV: `OCR_KEY,${own}` })).message).toContain(
        'DOCOPS_EXTRACTOR_ENV is not a list',
      );
  });

  it('keep a merge group below the longest timeout that GitHub allows', () => {
    expect(refused(environment({ DOCOPS_MERGE_GROUP_DEADLINE: '7h' })).message).toContain(
      'status check timeout',
    );
  });

  it('of commands without an App need no credentials', () => {
    expect(readLocalSettings({ DOCOPS_DATA: folderWith(), PORT: '8080' })).toMatchObject({ port: 8080 });
  });

  it('can be looked at with their problems, for doctor', () => {
    const env = environment();
    delete env['APP_ID'];
    const { local, settings, problems } = inspectSettings(env);
    expect(local?.port).toBe(3000);
    expect(settings).toBeUndefined();
    expect(problems.map(({ variable }) => variable)).toEqual(['APP_ID']);
  });
});

describe('credentials that docops setup kept', () => {
  const credentials = {
    appId: 99,
    privateKey: PEM,
    webhookSecret: WEBHOOK_SECRET,
    appUrl: 'https://github.com/apps/docops-acme',
    slug: 'docops-acme',
  };

  it('are readable by their owner only, and are used where no variable is set', async () => {
    const folder = folderWith();
    const path = await writeCredentials(folder, credentials);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const settings = readSettings({ DOCOPS_DATA: folder });
    expect(settings.app.id).toBe(99);
    expect(settings.app.webhookSecret.reveal()).toBe(WEBHOOK_SECRET);
  });

  it('are not mixed with the variables of another App', async () => {
    const folder = folderWith();
    await writeCredentials(folder, credentials);
    expect(refused({ DOCOPS_DATA: folder, APP_ID: '7' }).message).toContain('APP_ID names another App');
    expect(readSettings(environment({ DOCOPS_DATA: folder })).app.id).toBe(4711);
  });

  it('are refused when other users can read them', async () => {
    const folder = folderWith();
    chmodSync(await writeCredentials(folder, credentials), 0o644);
    expect(refused({ DOCOPS_DATA: folder }).message).toContain('can be read by other users');
  });

  it.each([
    ['damaged', `{"appId": 1, "privateKey": "${PEM.slice(0, 60).replaceAll('\n', '')}`],
    ['half', '{"appId": 1}'],
  ])('are refused when they are %s, without a word of what is in them', (_name, text) => {
    const folder = folderWith();
    writeFileSync(join(folder, CREDENTIALS_FILE), text, { mode: 0o600 });
    const { message } = refused({ DOCOPS_DATA: folder });
    expect(message).toContain('is damaged');
    expect(message).not.toContain('BEGIN');
  });
});

describe('what people sign in with', () => {
  const CLIENT = { GITHUB_CLIENT_ID: 'Iv23liAbCdEfGhIjKlMn', GITHUB_CLIENT_SECRET: 'f'.repeat(40) };
  const kept = {
    appId: 4711,
    privateKey: PEM,
    webhookSecret: WEBHOOK_SECRET,
    appUrl: 'https://github.com/apps/docops',
    slug: 'docops',
  };
  const client = { clientId: 'Iv23liKeptKeptKeptKe', clientSecret: 'a'.repeat(40) };

  it('is the client ID and its secret, which shows nowhere', () => {
    const { signIn } = readSettings(environment(CLIENT));
    expect(signIn?.clientId).toBe(CLIENT.GITHUB_CLIENT_ID);
    expect(signIn?.clientSecret.reveal()).toBe(CLIENT.GITHUB_CLIENT_SECRET);
    expect(inspect(signIn)).not.toContain('fff');
    expect(Object.isFrozen(signIn)).toBe(true);
  });

  it('may be missing, but not by half', () => {
    expect(readSettings(environment()).signIn).toBeNull();
    for (const [name, other] of [
      ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
      ['GITHUB_CLIENT_SECRET', 'GITHUB_CLIENT_ID'],
    ] as const)
      expect(refused(environment({ [name]: CLIENT[name] })).message).toContain(
        `${other} is not set, and its other half is`,
      );
  });

  it.each(['', 'https://example.com/docops'])(
    'needs an address of the pages without a path, not "%s"',
    (url) => {
      const error = refused(environment({ ...CLIENT, DOCOPS_URL: url }));
      expect(error.message).toMatch(/DOCOPS_URL (?:is not set, and GITHUB_CLIENT_ID is|has a path)/);
    },
  );

  it.each([{ GITHUB_CLIENT_ID: '<script>' }, { GITHUB_CLIENT_SECRET: 'short' }])(
    'is not just anything: %o',
    (wrong) => {
      const [name = ''] = Object.keys(wrong);
      const { message } = refused(environment({ ...CLIENT, ...wrong }));
      expect(message).toContain(`${name} is not`);
      expect(message).not.toContain(Object.values(wrong)[0]);
    },
  );

  it('comes from docops setup for the App that setup made, and for no other', async () => {
    const dataFolder = folderWith();
    await writeCredentials(dataFolder, { ...kept, ...client });
    const env = { DOCOPS_DATA: dataFolder, DOCOPS_URL: 'https://docops.example.com' };
    expect(readSettings(env).signIn?.clientSecret.reveal()).toBe(client.clientSecret);
    expect(readSettings({ ...env, ...CLIENT }).signIn?.clientId).toBe(CLIENT.GITHUB_CLIENT_ID);
    expect(readSettings(environment({ DOCOPS_DATA: dataFolder, APP_ID: '5' })).signIn).toBeNull();
    expect(readSettings({ DOCOPS_DATA: dataFolder }).signIn).toBeNull();
  });

  it('is missing from files that an earlier docops setup wrote, which still hold', async () => {
    const dataFolder = folderWith();
    await writeCredentials(dataFolder, kept);
    const settings = readSettings({ DOCOPS_DATA: dataFolder, DOCOPS_URL: 'https://docops.example.com' });
    expect(settings.app.id).toBe(4711);
    expect(settings.signIn).toBeNull();
  });
});
