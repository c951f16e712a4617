/**
 * Environment → frozen settings. Every problem is listed at once, with what to set and where it comes from, and nothing
 * starts with one. Secrets are wrapped and show nowhere. `docops setup` keeps the App's own values in the data folder;
 * variables win over them.
 */
import envPaths from 'env-paths';
import { UsageError } from './core/errors.js';
import {
  appCredentials,
  signInCredentials,
  type AppCredentials,
  type SignInCredentials,
} from './settings/app.js';
import { isBroken, type Environment, type SettingProblem } from './settings/problems.js';
import type { Secret } from './settings/secret.js';
import { DEFAULTS, VARIABLES, defaultProcesses, type Values } from './settings/variables.js';

export type { Environment, SettingProblem } from './settings/problems.js';

/** Where evaluations run on ECS. Credentials and region are found as AWS's SDK finds them. */
export interface EcsSettings {
  readonly cluster: string;
  /** `s3://bucket/prefix`. */
  readonly blobs: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
  /** Null: nothing reaches the network. */
  readonly open: { readonly subnets: readonly string[]; readonly securityGroup: string } | null;
  readonly executionRole: string;
  readonly runnerImage: string;
  /** Null: pipelines need an image of their own. */
  readonly extractImage: string | null;
  readonly logGroup: string;
  readonly gpuProvider: string | null;
  /** Of an SQS queue; null: sweeps alone. */
  readonly eventsUrl: string | null;
  /** Name of a variable → ARN of its secret. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What every command needs that works on the App's state. */
export interface LocalSettings {
  /** Absolute. */
  readonly dataFolder: string;
  /** Null: embedded PostgreSQL in the data folder. */
  readonly databaseUrl: Secret | null;
  /** ARN of the secret that has the password of `databaseUrl`; null: the URL has it. */
  readonly databasePasswordSecret: string | null;
  /** Null: jobs are in PostgreSQL. */
  readonly queueRedisUrl: Secret | null;
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end. Null: no links to this server. */
  readonly url: string | null;
  readonly github: {
    readonly apiUrl: string;
    /** Repositories are at `${gitUrl}/OWNER/NAME.git`. */
    readonly gitUrl: string;
    /** Pages for people. */
    readonly webUrl: string;
  };
  readonly trustedApps: readonly string[];
  /** Names of variables that an extractor may be given, where the repository asks for them. */
  readonly extractorEnv: readonly string[];
  readonly evaluations: number;
  readonly processes: number;
  /** `config`: as the repository says. */
  readonly runner: 'config' | 'local' | 'ecs';
  /** Null: there is no cluster. */
  readonly ecs: EcsSettings | null;
  /** `s3://bucket/prefix` or an absolute folder. */
  readonly datasets: string | null;
  /** File with prices of compute; null: the list prices that are shipped. */
  readonly pricesFile: string | null;
  readonly mirrorBytes: number;
  readonly deadlineMs: { readonly pullRequest: number; readonly mergeGroup: number };
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'json' | 'pretty' };
  /** What is allowed and still probably not what was meant. */
  readonly warnings: readonly string[];
}

export interface Settings extends LocalSettings {
  readonly app: AppCredentials;
  /** Null: nobody signs in, and runs are reached by their links' keys. Otherwise `url` is set. */
  readonly signIn: SignInCredentials | null;
}

/** What is wrong, and what could be read all the same: for `docops doctor`. */
export interface SettingsReading {
  readonly local: LocalSettings | undefined;
  readonly settings: Settings | undefined;
  readonly problems: readonly SettingProblem[];
}

/** All of it, for `serve` and `worker`. Throws UsageError with every problem. */
export function readSettings(env: Environment): Settings {
  const { settings, problems } = inspectSettings(env);
  if (settings === undefined) throw refusal(problems);
  return settings;
}

/** Without the App's credentials, for `setup`, `migrate` and `jobs`. Throws UsageError with every problem. */
export function readLocalSettings(env: Environment): LocalSettings {
  const { values, problems } = readVariables(env);
  const local = localSettings(env, values, problems);
  if (problems.length > 0) throw refusal(problems);
  return deepFreeze(local);
}

export function inspectSettings(env: Environment): SettingsReading {
  const { values, problems } = readVariables(env);
  const local = localSettings(env, values, problems);
  const localIsFine = problems.length === 0;
  const app = appCredentials(env, values, local.dataFolder, problems);
  const { dataFolder, url } = local;
  const signIn = signInCredentials(env, values, { dataFolder, appId: app?.id, url }, problems);
  return {
    local: localIsFine ? deepFreeze(local) : undefined,
    settings: app !== undefined && problems.length === 0 ? deepFreeze({ ...local, app, signIn }) : undefined,
    problems,
  };
}

function refusal(problems: readonly SettingProblem[]): UsageError {
  const lines = problems.map(({ variable, problem, mend }) => `  ${variable} ${problem}\n    → ${mend}`);
  return new UsageError(
    `the settings do not allow a start:\n${lines.join('\n')}`,
    'docs/install.md explains each variable',
  );
}

function readVariables(env: Environment): { values: Values; problems: SettingProblem[] } {
  const values: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  for (const [name, { schema, what }] of Object.entries(VARIABLES)) {
    const text = env[name];
    // Compose files hand over `NAME=` for a variable that nobody set.
    if (text === undefined || text.trim() === '') continue;
    const read = schema.safeParse(name === 'PRIVATE_KEY' ? text : text.trim());
    if (read.success) values[name] = read.data;
    else
      problems.push({
        variable: name,
        problem: read.error.issues[0]?.message ?? 'is not understood',
        mend: `set it to: ${what}`,
      });
  }
  return { values: values, problems };
}

function localSettings(env: Environment, values: Values, problems: SettingProblem[]): LocalSettings {
  return {
    dataFolder: values.DOCOPS_DATA ?? envPaths('docops', { suffix: '' }).data,
    databaseUrl: values.DATABASE_URL ?? null,
    databasePasswordSecret: passwordSecret(env, values, problems),
    queueRedisUrl: values.DOCOPS_QUEUE_REDIS_URL ?? null,
    host: values.HOST ?? DEFAULTS.HOST,
    port: values.PORT ?? DEFAULTS.PORT,
    url: values.DOCOPS_URL ?? null,
    github: gitHubAddresses(env, values, problems),
    trustedApps: values.DOCOPS_TRUSTED_APPS ?? [],
    extractorEnv: values.DOCOPS_EXTRACTOR_ENV ?? [],
    evaluations: values.DOCOPS_EVALUATIONS ?? DEFAULTS.DOCOPS_EVALUATIONS,
    processes: values.DOCOPS_PROCESSES ?? defaultProcesses(),
    ...cloud(env, values, problems),
    datasets: values.DOCOPS_DATASETS ?? null,
    pricesFile: values.DOCOPS_PRICES ?? null,
    mirrorBytes: values.DOCOPS_MIRROR_BYTES ?? DEFAULTS.DOCOPS_MIRROR_BYTES,
    deadlineMs: {
      pullRequest: values.DOCOPS_DEADLINE ?? DEFAULTS.DOCOPS_DEADLINE,
      mergeGroup: values.DOCOPS_MERGE_GROUP_DEADLINE ?? DEFAULTS.DOCOPS_MERGE_GROUP_DEADLINE,
    },
    log: {
      level: values.LOG_LEVEL ?? DEFAULTS.LOG_LEVEL,
      format: values.LOG_FORMAT ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    },
    warnings: warningsOf(env, values),
  };
}

function gitHubAddresses(
  env: Environment,
  values: Values,
  problems: SettingProblem[],
): LocalSettings['github'] {
  const { GHE_HOST: host, GHE_PROTOCOL: protocol = 'https' } = values;
  // GitHub's own CI sets GITHUB_API_URL to the default.
  const apiUrl = values.GITHUB_API_URL === DEFAULTS.GITHUB_API_URL ? undefined : values.GITHUB_API_URL;
  if (host !== undefined) {
    if (apiUrl !== undefined)
      problems.push({
        variable: 'GITHUB_API_URL',
        problem: 'is set beside GHE_HOST, and only one of them can hold',
        mend: 'unset GITHUB_API_URL for an Enterprise Server',
      });
    const web = `${protocol}://${host}`;
    return { apiUrl: `${web}/api/v3`, gitUrl: web, webUrl: web };
  }
  const gitUrl = values.GITHUB_GIT_URL;
  if (apiUrl !== undefined && gitUrl === undefined && !isBroken(env, problems, 'GITHUB_GIT_URL'))
    problems.push({
      variable: 'GITHUB_GIT_URL',
      problem: 'is not set, and GITHUB_API_URL is',
      mend: 'set both: where the API is, and where repositories are cloned from',
    });
  const git = gitUrl ?? DEFAULTS.GITHUB_GIT_URL;
  return {
    apiUrl: apiUrl ?? DEFAULTS.GITHUB_API_URL,
    gitUrl: git,
    webUrl: apiUrl === undefined ? 'https://github.com' : git.startsWith('file:') ? apiUrl : git,
  };
}

function passwordSecret(env: Environment, values: Values, problems: SettingProblem[]): string | null {
  const secret = values.DATABASE_PASSWORD_SECRET;
  if (secret === undefined) return null;
  if (values.DATABASE_URL === undefined && !isBroken(env, problems, 'DATABASE_URL'))
    problems.push({
      variable: 'DATABASE_URL',
      problem: 'is not set, and DATABASE_PASSWORD_SECRET is',
      mend: 'set it to: postgres://USER@HOST/NAME, without the password',
    });
  return secret;
}

/** What ECS cannot do without; with one of them all are needed. */
const ECS_NEEDS = [
  'DOCOPS_ECS_CLUSTER',
  'DOCOPS_BLOBS',
  'DOCOPS_ECS_SUBNETS',
  'DOCOPS_ECS_SECURITY_GROUP',
  'DOCOPS_ECS_EXECUTION_ROLE',
  'DOCOPS_ECS_RUNNER_IMAGE',
  'DOCOPS_ECS_LOG_GROUP',
] as const;

function cloud(
  env: Environment,
  values: Values,
  problems: SettingProblem[],
): Pick<LocalSettings, 'runner' | 'ecs'> {
  const runner = values.DOCOPS_RUNNER ?? 'config';
  const given = ECS_NEEDS.filter((name) => values[name] !== undefined || isBroken(env, problems, name));
  if (given.length === 0 && runner !== 'ecs') return { runner, ecs: null };
  for (const name of ECS_NEEDS)
    if (!given.includes(name))
      problems.push({
        variable: name,
        problem: `is not set, and ${given[0] ?? 'DOCOPS_RUNNER=ecs'} is`,
        mend: `set it to: ${VARIABLES[name].what}`,
      });
  const { DOCOPS_ECS_OPEN_SUBNETS: openSubnets, DOCOPS_ECS_OPEN_SECURITY_GROUP: openGroup } = values;
  if ((openSubnets === undefined) !== (openGroup === undefined))
    problems.push({
      variable: openGroup === undefined ? 'DOCOPS_ECS_OPEN_SECURITY_GROUP' : 'DOCOPS_ECS_OPEN_SUBNETS',
      problem: 'is not set, and its other half is',
      mend: 'set DOCOPS_ECS_OPEN_SUBNETS and DOCOPS_ECS_OPEN_SECURITY_GROUP, or neither',
    });
  return {
    runner,
    ecs: {
      cluster: values.DOCOPS_ECS_CLUSTER ?? '',
      blobs: values.DOCOPS_BLOBS ?? '',
      subnets: values.DOCOPS_ECS_SUBNETS ?? [],
      securityGroup: values.DOCOPS_ECS_SECURITY_GROUP ?? '',
      open:
        openSubnets === undefined || openGroup === undefined
          ? null
          : { subnets: openSubnets, securityGroup: openGroup },
      executionRole: values.DOCOPS_ECS_EXECUTION_ROLE ?? '',
      runnerImage: values.DOCOPS_ECS_RUNNER_IMAGE ?? '',
      extractImage: values.DOCOPS_ECS_EXTRACT_IMAGE ?? null,
      logGroup: values.DOCOPS_ECS_LOG_GROUP ?? '',
      gpuProvider: values.DOCOPS_ECS_GPU_PROVIDER ?? null,
      eventsUrl: values.DOCOPS_ECS_EVENTS ?? null,
      secrets: values.DOCOPS_ECS_SECRETS ?? {},
    },
  };
}

function warningsOf(env: Environment, values: Values): string[] {
  const warnings: string[] = [];
  if ((env['REDIS_URL'] ?? '') !== '')
    warnings.push(
      'REDIS_URL is set and not used: jobs are in PostgreSQL. Name a Redis for them with DOCOPS_QUEUE_REDIS_URL.',
    );
  if (values.DOCOPS_URL === undefined)
    warnings.push('DOCOPS_URL is not set: checks have no link to the full report.');
  else if (values.DOCOPS_URL.startsWith('http:') && !isLocal(values.DOCOPS_URL))
    warnings.push(
      'DOCOPS_URL starts with http: sessions and the keys in links to reports go over the network in clear text.',
    );
  if (values.DOCOPS_URL !== undefined && new URL(values.DOCOPS_URL).pathname !== '/')
    warnings.push(
      'DOCOPS_URL has a path: pages find their style and scripts only at the root of a host. Give DocOps a host of its own.',
    );
  if ((env['PRIVATE_KEY'] ?? '') !== '' && (env['PRIVATE_KEY_PATH'] ?? '') !== '')
    warnings.push('PRIVATE_KEY and PRIVATE_KEY_PATH are both set: PRIVATE_KEY is used.');
  return warnings;
}

function isLocal(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value) as unknown[])
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) deepFreeze(part);
  return Object.freeze(value);
}
