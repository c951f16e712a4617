/** `docops setup`: makes the GitHub App in the browser and keeps its credentials in the data folder. */
import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import type { Handler } from '../http/reply.js';
import { readLocalSettings, type LocalSettings } from '../settings.js';
import {
  credentialsPath,
  readCredentials,
  writeCredentials,
  type Credentials,
} from '../settings/credentials.js';
import { EXIT, UsageError } from './exit.js';

interface SetupOptions {
  readonly org?: string;
  readonly port: number;
  readonly name?: string;
  readonly replace?: boolean;
}

export function setupCommand(): Command {
  return new Command('setup')
    .description('make the GitHub App in the browser and keep its credentials')
    .option('--org <name>', 'the organization that the App belongs to (default: your own account)', login)
    .option('--port <n>', 'port of the page on this machine', port, 3000)
    .option('--name <name>', 'name of the App; unique on GitHub, and it can be changed there')
    .option('--replace', 'throw away the credentials that an earlier setup kept')
    .addHelpText('after', '\nNeeds DOCOPS_URL: where GitHub will reach the server.')
    .action(async (options: SetupOptions) => {
      const stop = new AbortController();
      const end = (): void => stop.abort();
      process.once('SIGINT', end);
      process.once('SIGTERM', end);
      try {
        const made = await runSetup(options, process.env, {
          say: (text) => process.stdout.write(`${text}\n`),
          signal: stop.signal,
        });
        process.exitCode = made ? EXIT.notBlocked : EXIT.usage;
      } finally {
        process.off('SIGINT', end);
        process.off('SIGTERM', end);
      }
    });
}

export interface SetupSurroundings {
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** True when the App was made; false when it was interrupted. */
export async function runSetup(
  options: SetupOptions,
  env: Readonly<Record<string, string | undefined>>,
  { say, signal }: SetupSurroundings,
): Promise<boolean> {
  const settings = readLocalSettings(env);
  if (settings.url === null)
    throw new UsageError(
      'DOCOPS_URL is not set, and GitHub has to know where to send webhooks',
      'set it to the public address of this server: DOCOPS_URL=https://docops.example.com docops setup',
    );
  refuseSecondSetup(settings, options.replace === true);

  const [
    { manifestFor, readAppFile },
    { CALLBACK_PATH, createManifestHandler },
    { startWebServer },
    { createLog },
  ] = await Promise.all([
    import('../app-manifest.js'),
    import('../http/manifest.js'),
    import('../http/server.js'),
    import('../log.js'),
  ]);
  const owner = options.org === undefined ? '' : `/organizations/${options.org}`;
  const { promise: outcome, finish } = outcomeOfSetup();
  // The port is known once it listens (0 takes a free one), and the pages are made of it.
  const handlers: Handler[] = [];
  const server = await startWebServer({
    host: '127.0.0.1',
    port: options.port,
    handlers,
    log: createLog({ level: 'warn', format: settings.log.format }),
  });
  const origin = `http://localhost:${server.port}`;
  const pages = createManifestHandler({
    manifest: manifestFor(readAppFile(), {
      url: settings.url,
      redirectUrl: `${origin}${CALLBACK_PATH}`,
      name:
        options.name ?? `docops-${options.org ?? randomBytes(3).toString('hex')}`.slice(0, NAME_CHARACTERS),
    }),
    createUrl: `${settings.github.webUrl}${owner}/settings/apps/new`,
    state: randomBytes(32).toString('base64url'),
    hosts: [`localhost:${server.port}`, `127.0.0.1:${server.port}`],
    exchange: async (code) => {
      const credentials = await buyCredentials(code, settings);
      const path = await writeCredentials(settings.dataFolder, credentials);
      const installUrl = `${credentials.appUrl}/installations/new`;
      say(`${pc.green('made')}: ${credentials.appUrl} (App ID ${credentials.appId}); credentials in ${path}`);
      say(`next:  docops serve\nthen:  ${installUrl}`);
      finish(true);
      return { installUrl, name: credentials.slug };
    },
  });
  handlers.push(pages);
  say(`Open ${pc.cyan(origin)} in a browser on this machine.`);
  say(
    `From another machine: ssh -L ${server.port}:localhost:${server.port} HOST, then the same address there.`,
  );
  signal.addEventListener('abort', () => finish(false), { once: true });
  try {
    return await outcome;
  } finally {
    await server.stop(2_000);
  }
}

/** GitHub: names of Apps. https://docs.github.com/apps/creating-github-apps/registering-a-github-app/registering-a-github-app */
const NAME_CHARACTERS = 34;

function outcomeOfSetup(): { promise: Promise<boolean>; finish: (made: boolean) => void } {
  let finish: ((made: boolean) => void) | undefined;
  const promise = new Promise<boolean>((resolve) => (finish = resolve));
  return { promise, finish: (made) => finish?.(made) };
}

function refuseSecondSetup({ dataFolder }: LocalSettings, replace: boolean): void {
  const kept = readCredentials(dataFolder);
  if (kept.kind === 'absent' || replace) return;
  throw new UsageError(
    kept.kind === 'found'
      ? `${credentialsPath(dataFolder)} has the credentials of ${kept.credentials.appUrl} already`
      : kept.problem,
    kept.kind === 'found' ? 'docops serve starts it; docops setup --replace makes another App' : kept.mend,
  );
}

async function buyCredentials(code: string, { github }: LocalSettings): Promise<Credentials> {
  const silent = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const { Octokit } = await import('@octokit/rest');
  const octokit = new Octokit({ baseUrl: github.apiUrl, log: silent });
  // The error would quote the address, and with it the code.
  const { data } = await octokit.rest.apps.createFromManifest({ code }).catch((error: unknown) => {
    const { status } = error as { status?: number };
    throw new Error(
      status === 404 || status === 422
        ? 'GitHub does not know this code (any more): it holds for an hour and once; start again at /'
        : `GitHub did not hand out the credentials (${status ?? 'no answer'}); reload this page to try again`,
    );
  });
  if (typeof data.webhook_secret !== 'string' || data.webhook_secret === '')
    throw new Error(
      `GitHub made ${data.html_url} without a webhook secret; set one on its settings page, and set APP_ID, PRIVATE_KEY and WEBHOOK_SECRET`,
    );
  return {
    appId: data.id,
    privateKey: data.pem,
    webhookSecret: data.webhook_secret,
    clientId: data.client_id,
    clientSecret: data.client_secret,
    appUrl: data.html_url,
    slug: data.slug ?? data.name,
  };
}

function login(text: string): string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/.test(text))
    throw new InvalidArgumentError('that is no name of an organization.');
  return text;
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > 65_535)
    throw new InvalidArgumentError('write a number from 0 to 65535.');
  return number;
}
