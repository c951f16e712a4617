/** Everything that `docops doctor` looks at, from the settings outwards; what depends on something broken is left out. */
import { join } from 'node:path';
import { readAppFile } from '../app-manifest.js';
import { openDatabase, queueAddress, type Database } from '../database.js';
import { createMirrors } from '../git/mirror/index.js';
import { createGitHub } from '../github/index.js';
import { createSignIn } from '../github/sign-in.js';
import { SIGN_IN_CALLBACK } from '../http/sign-in-path.js';
import { WEBHOOK_PATH } from '../http/webhook.js';
import { refusalOf } from '../own-app.js';
import { GitHubError, type AppFacts, type AppInstallation, type GitHub } from '../ports/github.js';
import type { Log } from '../ports/log.js';
import type { SignIn } from '../ports/people.js';
import { pendingMigrations } from '../postgres/migrate.js';
import { createStore } from '../postgres/store.js';
import { createQueue } from '../queue/index.js';
import { availableSandbox } from '../runners/local/index.js';
import {
  inspectSettings,
  type Environment,
  type EcsSettings,
  type LocalSettings,
  type Settings,
} from '../settings.js';
import { version } from '../version.js';
import { examineDatabase, examineJobs } from './database.js';
import { findingsOf, inWords, type Finding } from './finding.js';
import { examineApp, examineWebhook } from './github.js';
import { examineMachine } from './machine.js';
import { examineRepositories } from './repositories.js';
import { examineSignIn } from './sign-in.js';

export interface ExamineOptions {
  readonly env: Environment;
  readonly log: Log;
  /** `OWNER/NAME`: only this repository. */
  readonly repository?: string;
}

/** Never throws for what is wrong with an installation: that is what it finds. */
export async function examine({ env, log, repository }: ExamineOptions): Promise<Finding[]> {
  const { local, settings, problems } = inspectSettings(env);
  const { found, ok, warn, fail } = findingsOf('settings');
  for (const { variable, problem, mend } of problems) fail(`${variable} ${problem}`, mend);
  if (problems.length === 0) ok('complete');
  for (const warning of local?.warnings ?? []) warn(warning, 'docs/install.md explains each variable');
  if (local === undefined) return found;
  return [
    ...found,
    ...(await examineMachine({
      ...local,
      sandboxMissing: async () => {
        const sandbox = await availableSandbox();
        return sandbox.kind === 'none' ? sandbox.why : undefined;
      },
    })),
    ...(local.ecs === null ? [] : await examineEcs(local.ecs, local.pricesFile, log)),
    ...(await examineState(local, log)),
    ...(settings === undefined ? [] : await examineGitHub(settings, log, repository)),
  ];
}

async function examineEcs(
  { blobs, cluster, gpuProvider, eventsUrl }: EcsSettings,
  pricesFile: string | null,
  log: Log,
): Promise<Finding[]> {
  // Loaded where there is a cluster only: AWS's SDK is large.
  const [{ examineCloud }, { pricesOf }, { createEcsClient }, s3] = await Promise.all([
    import('./cloud.js'),
    import('../cloud.js'),
    import('../runners/ecs/index.js'),
    import('../storage/s3/index.js'),
  ]);
  const [ecs, client] = [createEcsClient(), s3.createS3Client()];
  try {
    return await examineCloud({
      ...{ ecs, cluster, gpuProvider, eventsUrl },
      blobs: s3.createS3Blobs({ client, ...s3.parseS3Address(blobs) }),
      prices: await pricesOf(pricesFile, log),
    });
  } catch (error) {
    const { found, fail } = findingsOf('cloud');
    const { mend } = error as { mend?: string };
    fail(inWords(error), mend ?? 'docs/aws.md says what evaluations on ECS need');
    return found;
  } finally {
    ecs.destroy();
    client.destroy();
  }
}

async function examineState(local: LocalSettings, log: Log): Promise<Finding[]> {
  let database: Database;
  try {
    database = await openDatabase(local, { log, patienceMs: 0 });
  } catch (error) {
    const { found, fail } = findingsOf('database');
    const { mend } = error as { mend?: string };
    fail(inWords(error), mend ?? 'look at the log of PostgreSQL');
    return found;
  }
  try {
    return await examineOpened(local, database, log);
  } catch (error) {
    const { found, fail } = findingsOf('database');
    fail(inWords(error), 'run docops migrate; it says more');
    return found;
  } finally {
    await database.close();
  }
}

async function examineOpened(local: LocalSettings, database: Database, log: Log): Promise<Finding[]> {
  const store = createStore(database.pool);
  try {
    const pending = (): Promise<readonly string[]> => pendingMigrations(database.pool);
    const found = await examineDatabase({ pool: database.pool, store, pending, kind: database.kind });
    if ((await pending()).length > 0) return found;
    return [...found, ...(await examineQueue(local, database, store, log))];
  } finally {
    await store.close();
  }
}

async function examineQueue(
  local: LocalSettings,
  database: Database,
  store: ReturnType<typeof createStore>,
  log: Log,
): Promise<Finding[]> {
  try {
    const queue = await createQueue({
      ...queueAddress(local, database),
      log,
    });
    try {
      return await examineJobs({ queue, store });
    } finally {
      await queue.close();
    }
  } catch (error) {
    const { found, fail } = findingsOf('jobs');
    const { mend } = error as { mend?: string };
    fail(inWords(error), mend ?? 'run docops migrate; with DOCOPS_QUEUE_REDIS_URL look at Redis');
    return found;
  }
}

async function examineGitHub(
  settings: Settings,
  log: Log,
  repository: string | undefined,
): Promise<Finding[]> {
  const github = createGitHub({
    appId: settings.app.id,
    privateKey: settings.app.privateKey.reveal(),
    apiUrl: settings.github.apiUrl,
    gitUrl: settings.github.gitUrl,
    version,
    log,
  });
  let app: AppFacts;
  try {
    app = await github.app();
  } catch (error) {
    const { found, fail } = findingsOf('github');
    const refusal = error instanceof GitHubError ? refusalOf(error) : undefined;
    fail(
      refusal?.message ?? `GitHub does not answer at ${settings.github.apiUrl} (${inWords(error)})`,
      refusal?.mend ?? 'open the way from this machine to it, or look whether it is down',
    );
    return found;
  }
  const settingsUrl = `${settings.github.webUrl}/settings/apps/${app.slug}`;
  const file = readAppFile();
  const needed = { permissions: file.default_permissions, events: file.default_events };
  let installations: readonly AppInstallation[] = [];
  return [
    ...(await orFailure('github', async () => {
      const examined = await examineApp({ github, app, needed, settingsUrl });
      ({ installations } = examined);
      return examined.findings;
    })),
    ...(await orFailure('webhook', () =>
      examineWebhook({
        github,
        expectedUrl: settings.url === null ? null : `${settings.url}${WEBHOOK_PATH}`,
        settingsUrl,
      }),
    )),
    ...(await orFailure('sign-in', () =>
      examineSignIn({
        signIn: signInOf(settings, log),
        callbackUrl: `${settings.url ?? ''}${SIGN_IN_CALLBACK}`,
        settingsUrl,
      }),
    )),
    ...(await orFailure('repositories', () => examineAll(settings, github, installations, log, repository))),
  ];
}

function signInOf({ signIn, github }: Settings, log: Log): SignIn | null {
  if (signIn === null) return null;
  const { clientId, clientSecret } = signIn;
  return createSignIn({ ...github, clientId, clientSecret: clientSecret.reveal(), version, log });
}

async function examineAll(
  settings: Settings,
  github: GitHub,
  installations: readonly AppInstallation[],
  log: Log,
  only: string | undefined,
): Promise<readonly Finding[]> {
  const all = (await Promise.all(installations.map(({ id }) => github.repositories(id)))).flat();
  const repositories =
    only === undefined
      ? all
      : all.filter(({ owner, name }) => `${owner}/${name}`.toLowerCase() === only.toLowerCase());
  const mirrors = createMirrors({
    folder: join(settings.dataFolder, 'mirrors'),
    cloneUrl: (each) => github.cloneUrl(each),
    token: (each) => github.cloneToken(each),
    log,
    maxBytes: settings.mirrorBytes,
  });
  return examineRepositories(repositories, { github, mirrors, apiUrl: settings.github.apiUrl });
}

async function orFailure(
  area: Finding['area'],
  work: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    const { found, fail } = findingsOf(area);
    fail(inWords(error), 'try again; if it stays, look at the log of docops serve');
    return found;
  }
}
