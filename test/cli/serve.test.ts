/** The built `docops serve`, as an orchestrator runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEmulatedGitHub, type EmulatedGitHub } from '../../src/emulated-github/index.js';
import { deliver, PULL_REQUEST } from '../http/support.js';
import { folderWith } from '../support/folder.js';
import { temporaryFolder } from '../support/git.js';
import { useDatabase } from '../support/postgres.js';

const PROGRAM = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
/** A busy machine is slow; what is waited for comes or the test fails. */
const PATIENT = { timeout: 20_000 };
const database = useDatabase();
let github: EmulatedGitHub;
let data: string;

beforeAll(async () => {
  const folder = temporaryFolder('docops-serve');
  github = await startEmulatedGitHub({ folder });
  data = join(folder, 'data');
});
afterAll(() => github.close());

function environment(more: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    APP_ID: String(github.app.id),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    DATABASE_URL: database.url(),
    DOCOPS_DATA: data,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GIT_URL: github.gitUrl,
    PORT: '0',
    LOG_FORMAT: 'json',
    ...more,
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly lines: string[];
  readonly exit: Promise<number | string | null>;
}

async function serve(args: string[] = []): Promise<Running> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', ...args], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string | null);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const lines: string[] = [];
  const url = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const { msg, url: at } = JSON.parse(line) as { msg: string; url?: string };
      if (msg === 'ready' && at !== undefined) resolve(at);
    });
    void exit.then((code) => reject(new Error(`ended with ${code ?? 'nothing'}: ${errors}`)));
  });
  return { child, url: await url, lines, exit };
}

/** Holds every webhook in its `receive` until it is released. */
async function blockInbox(): Promise<{ blocked: () => Promise<void>; release: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: database.url() });
  await client.connect();
  await client.query('begin');
  await client.query('lock table docops.deliveries in access exclusive mode');
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => (released ??= client.query('rollback').then(() => client.end()));
  onTestFinished(release);
  const blocked = async (): Promise<void> => {
    for (;;) {
      // Of another connection: within a transaction the view shows one moment for ever.
      const { rowCount } = await database
        .pool()
        .query(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%deliveries%' and datname = current_database()`,
        );
      if (rowCount !== 0) return;
    }
  };
  return { blocked, release };
}

describe('docops serve', () => {
  it('finishes a request under way when it gets SIGTERM, takes no new one, and ends with 0', async () => {
    const { child, url, exit, lines } = await serve();
    const inbox = await blockInbox();
    const answer = deliver({ url }, PULL_REQUEST, { secret: github.app.webhookSecret });
    await inbox.blocked();
    child.kill('SIGTERM');
    await expect.poll(() => lines.join('\n'), PATIENT).toContain('stops: takes nothing new');
    await expect
      .poll(
        () =>
          fetch(url).then(
            () => 'answers',
            () => 'closed',
          ),
        PATIENT,
      )
      .toBe('closed');
    await inbox.release();
    expect((await answer).status).toBe(200);
    expect(await exit).toBe(0);
    const { rows } = await database.pool().query('select 1 from docops.deliveries');
    expect(rows).toHaveLength(1);
  });

  it('ends at once on a second signal', async () => {
    const { child, url, exit, lines } = await serve(['--no-worker']);
    const inbox = await blockInbox();
    const answer = deliver({ url }, PULL_REQUEST, { secret: github.app.webhookSecret }).catch(
      () => 'cut off',
    );
    await inbox.blocked();
    child.kill('SIGTERM');
    await expect.poll(() => lines.join('\n'), PATIENT).toContain('stops: takes nothing new');
    child.kill('SIGTERM');
    expect(await exit).toBe(3);
    expect(await answer).toBe('cut off');
  });

  it.each([
    ['the webhook secret', 'WEBHOOK_SECRET'],
    ['the private key', 'PRIVATE_KEY'],
    ['the id of the App', 'APP_ID'],
  ])('refuses to start without %s and says where it comes from', async (_name, variable) => {
    const env = environment({ DOCOPS_DATA: folderWith() });
    const { [variable]: _, ...rest } = env;
    const child = spawn(process.execPath, [PROGRAM, 'serve'], {
      env: rest,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(2);
    expect(errors).toContain(`${variable} is not set`);
    expect(errors).toContain('settings page');
    expect(errors).not.toContain(github.app.webhookSecret);
  });
});
