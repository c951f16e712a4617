/**
 * Every variable that the App reads, in the order of the documentation: what it means, how it is read, what holds without
 * it. `docs/install.md` shows this table and a test compares the two.
 */
import { createPrivateKey } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { parseDuration } from '../core/config/durations.js';
import { parseSize } from '../core/config/sizes.js';
import { MERGE_GROUP_DEADLINE_MS, WEBHOOK_SECRET_CHARACTERS } from '../core/limits.js';
import { Secret } from './secret.js';

/** Texts that people and programs leave in place of a secret; Probot itself falls back to the first. */
const WELL_KNOWN_SECRETS = new Set(['development', 'changeme', 'change-me', 'secret', 'password']);

const secretText = z.string().transform((text) => new Secret(text));

const webhookSecret = z
  .string()
  .refine((text) => !WELL_KNOWN_SECRETS.has(text.trim().toLowerCase()), {
    error: 'is a word that everybody knows: anybody could send webhooks',
    abort: true,
  })
  .refine((text) => text.length >= WEBHOOK_SECRET_CHARACTERS, {
    error: `is shorter than ${WEBHOOK_SECRET_CHARACTERS} characters`,
    abort: true,
  })
  .pipe(secretText);

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `is not a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, `is not a whole number from ${least} to ${most}`);

const duration = (most: number, why: string) =>
  z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms > 0 && ms <= most) return ms;
    context.issues.push({
      code: 'custom',
      input: text,
      message:
        ms === undefined || ms === 0 ? 'is not a duration like 45m or 2h' : `is longer than ${why} allows`,
    });
    return z.NEVER;
  });

const size = z.string().transform((text, context) => {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= 100e6) return bytes;
  context.issues.push({
    code: 'custom',
    input: text,
    message: 'is not a size like 20GiB (from 100MB up)',
  });
  return z.NEVER;
});

const url = (protocols: readonly string[], path: 'any' | 'none') =>
  z.string().transform((text, context) => {
    const wrong = (message: string): never => {
      context.issues.push({ code: 'custom', input: '', message });
      return z.NEVER;
    };
    const parsed = URL.canParse(text) ? new URL(text) : undefined;
    if (parsed === undefined || !protocols.includes(parsed.protocol))
      return wrong(`is not a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    if (path === 'none' && (parsed.search !== '' || parsed.hash !== '' || parsed.username !== ''))
      return wrong('is a URL with more than host and path');
    return text.replace(/\/+$/, '');
  });

/** PEM as it is, with `\n` written out as env files have it, or base64 of one. */
const privateKey = z.string().transform((text, context) => {
  const pem = asPem(text);
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'rsa') return new Secret(pem);
  } catch {
    // Said below; the error could quote the key.
  }
  context.issues.push({
    code: 'custom',
    input: '',
    message: 'is not an RSA private key in PEM form or base64 of one',
  });
  return z.NEVER;
});

export function asPem(text: string): string {
  const spread = text
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .replaceAll('\\n', '\n')
    .trim();
  const pem = spread.includes('-----BEGIN') ? spread : Buffer.from(spread, 'base64').toString('utf8').trim();
  return `${pem}\n`;
}

const login = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,99})(?:\[bot\])?$/;
const logins = z.string().transform((text, context) => {
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  if (names.every((name) => login.test(name)))
    return names.map((name) => (name.endsWith('[bot]') ? name : `${name}[bot]`));
  context.issues.push({
    code: 'custom',
    input: '',
    message: 'is not a list of Apps like dependabot,renovate',
  });
  return z.NEVER;
});

/** Never ours: whoever may change a repository's configuration would have the App's key. */
const variableNames = z.string().transform((text, context) => {
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  const wrong = names.find((name) => !/^[A-Za-z_]\w{0,99}$/.test(name) || Object.hasOwn(VARIABLES, name));
  if (wrong === undefined) return names;
  context.issues.push({
    code: 'custom',
    input: '',
    message: 'is not a list of variables like OCR_KEY,MODEL_URL without those of DocOps itself',
  });
  return z.NEVER;
});

const names = (pattern: RegExp, like: string) =>
  z.string().transform((text, context) => {
    const found = text.split(/[\s,]+/).filter((name) => name !== '');
    if (found.length > 0 && found.every((name) => pattern.test(name))) return found;
    context.issues.push({ code: 'custom', input: '', message: `is not a list of ${like}` });
    return z.NEVER;
  });

const s3Address = z
  .string()
  .regex(
    /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[\w!.*'()-]+)*\/?$/,
    'is not an address like s3://bucket/prefix',
  )
  .transform((text) => text.replace(/\/+$/, ''));

const secretArns = z.string().transform((text, context): Record<string, string> => {
  const pairs = text.split(/[\s,]+/).filter((pair) => pair !== '');
  const entries = pairs.map((pair) =>
    /^([A-Za-z_]\w{0,99})=(arn:[\w-]+:(?:secretsmanager|ssm):\S+)$/.exec(pair),
  );
  if (entries.every((entry) => entry !== null && !Object.hasOwn(VARIABLES, entry[1] ?? '')))
    return Object.fromEntries(entries.map((entry) => [entry?.[1] ?? '', entry?.[2] ?? '']));
  context.issues.push({ code: 'custom', input: '', message: 'is not a list like OCR_KEY=ARN,MODEL_KEY=ARN' });
  return z.NEVER;
});

const host = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'is not a host name or an IP address');

interface Variable {
  readonly group: 'app' | 'server' | 'database' | 'github' | 'evaluations' | 'aws' | 'log';
  /** For the table: what it is, and where it comes from when it has to be given. */
  readonly what: string;
  /** What holds without it, in words. */
  readonly without: string;
  readonly schema: z.ZodType;
}

const MINUTE_MS = 60_000;

export const VARIABLES = {
  APP_ID: {
    group: 'app',
    what: "number of the GitHub App: its settings page, 'App ID'",
    without: 'from docops setup',
    schema: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  },
  PRIVATE_KEY: {
    group: 'app',
    what: "the App's private key, PEM or base64 of it: its settings page, 'Private keys'",
    without: 'from docops setup',
    schema: privateKey,
  },
  PRIVATE_KEY_PATH: {
    group: 'app',
    what: 'file with the private key, instead of PRIVATE_KEY',
    without: 'PRIVATE_KEY',
    schema: z.string(),
  },
  WEBHOOK_SECRET: {
    group: 'app',
    what: "secret that GitHub signs webhooks with: the App's settings page, 'Webhook secret'; at least 16 characters",
    without: 'from docops setup',
    schema: webhookSecret,
  },
  WEBHOOK_SECRET_PREVIOUS: {
    group: 'app',
    what: 'the secret before, while it is exchanged: both are accepted',
    without: 'only WEBHOOK_SECRET',
    schema: webhookSecret,
  },
  GITHUB_CLIENT_ID: {
    group: 'app',
    what: "client ID of the App, for signing in to the pages: the App's settings page, 'Client ID'",
    without: 'from docops setup; else nobody signs in',
    schema: z.string().regex(/^[\w.-]{8,100}$/, 'is not the client ID of an App like Iv23liAbCdEfGhIjKlMn'),
  },
  GITHUB_CLIENT_SECRET: {
    group: 'app',
    what: "secret beside it: the App's settings page, 'Generate a new client secret'",
    without: 'from docops setup; else nobody signs in',
    schema: z
      .string()
      .regex(/^[\w-]{20,200}$/, { error: 'is not a client secret that GitHub made', abort: true })
      .pipe(secretText),
  },
  DOCOPS_URL: {
    group: 'server',
    what: 'where people and GitHub reach this server: https://docops.example.com',
    without: 'checks have no details link',
    schema: url(['https:', 'http:'], 'none'),
  },
  HOST: {
    group: 'server',
    what: 'address to listen on; the image sets 0.0.0.0',
    without: '127.0.0.1',
    schema: host,
  },
  PORT: {
    group: 'server',
    what: 'port to listen on; 0 takes a free one',
    without: '3000',
    schema: wholeNumber(0, 65_535),
  },
  DOCOPS_DATA: {
    group: 'server',
    what: 'folder for git mirrors, the embedded database and what docops setup keeps',
    without: "the user's data folder",
    schema: z.string().transform((text) => (isAbsolute(text) ? text : resolve(text))),
  },
  DATABASE_URL: {
    group: 'database',
    what: 'PostgreSQL 14 or later: postgres://USER:PASSWORD@HOST/NAME',
    without: 'an embedded PostgreSQL in DOCOPS_DATA',
    schema: url(['postgres:', 'postgresql:'], 'any').pipe(secretText),
  },
  DATABASE_PASSWORD_SECRET: {
    group: 'database',
    what: 'ARN of the AWS secret with the password of DATABASE_URL, as RDS keeps and rotates it',
    without: 'DATABASE_URL has the password',
    schema: z.string().regex(/^arn:[\w-]+:secretsmanager:\S+$/, 'is not the ARN of a secret'),
  },
  DOCOPS_QUEUE_REDIS_URL: {
    group: 'database',
    what: 'Redis for the jobs alone: redis://HOST:6379',
    without: 'jobs are in PostgreSQL',
    schema: url(['redis:', 'rediss:'], 'any').pipe(secretText),
  },
  GHE_HOST: {
    group: 'github',
    what: 'host of a GitHub Enterprise Server: github.example.com',
    without: 'github.com',
    schema: z.string().regex(/^[A-Za-z0-9.-]{1,253}(?::\d{1,5})?$/, 'is not a host name'),
  },
  GHE_PROTOCOL: {
    group: 'github',
    what: 'https or http, with GHE_HOST',
    without: 'https',
    schema: z.enum(['https', 'http'], { error: 'is neither https nor http' }),
  },
  GITHUB_API_URL: {
    group: 'github',
    what: 'REST API of another GitHub, instead of GHE_HOST',
    without: 'https://api.github.com',
    schema: url(['https:', 'http:'], 'none'),
  },
  GITHUB_GIT_URL: {
    group: 'github',
    what: 'where repositories are cloned from, with GITHUB_API_URL',
    without: 'https://github.com',
    schema: url(['https:', 'http:', 'file:'], 'none'),
  },
  DOCOPS_TRUSTED_APPS: {
    group: 'evaluations',
    what: 'Apps whose pull requests are trusted: dependabot,renovate',
    without: 'none',
    schema: logins,
  },
  DOCOPS_EXTRACTOR_ENV: {
    group: 'evaluations',
    what: "variables of this process that a repository's extract.env may hand to its extractor: OCR_KEY,MODEL_URL",
    without: 'none',
    schema: variableNames,
  },
  DOCOPS_EVALUATIONS: {
    group: 'evaluations',
    what: 'evaluations that one worker runs at once',
    without: '1',
    schema: wholeNumber(1, 64),
  },
  DOCOPS_PROCESSES: {
    group: 'evaluations',
    what: 'extractor processes of one evaluation',
    without: 'the processors of the machine',
    schema: wholeNumber(1, 1024),
  },
  DOCOPS_MIRROR_BYTES: {
    group: 'evaluations',
    what: 'disk for git mirrors; the least recently used goes first',
    without: '20GiB',
    schema: size,
  },
  DOCOPS_DEADLINE: {
    group: 'evaluations',
    what: "longest time from a pull request's event to its answer",
    without: '6h',
    schema: duration(14 * 24 * 60 * MINUTE_MS, 'GitHub (a check goes stale after 14 days)'),
  },
  DOCOPS_MERGE_GROUP_DEADLINE: {
    group: 'evaluations',
    what: "the same for a merge group; below the merge queue's status check timeout",
    without: '50m',
    schema: duration(MERGE_GROUP_DEADLINE_MS, "GitHub's longest status check timeout (6 h)"),
  },
  DOCOPS_RUNNER: {
    group: 'evaluations',
    what: 'where extractors run: config (as the repository says), local, or ecs',
    without: 'config',
    schema: z.enum(['config', 'local', 'ecs'], { error: 'is neither config nor local nor ecs' }),
  },
  DOCOPS_BLOBS: {
    group: 'aws',
    what: 'bucket for code, documents and predictions of tasks on ECS: s3://BUCKET/PREFIX',
    without: 'no ECS',
    schema: s3Address,
  },
  DOCOPS_DATASETS: {
    group: 'aws',
    what: 'dataset registry, where NAME@VERSION is found: s3://BUCKET/PREFIX or a folder',
    without: 'datasets are in repositories and at s3:// addresses',
    schema: z.union([s3Address, z.string().transform((text) => (isAbsolute(text) ? text : resolve(text)))]),
  },
  DOCOPS_ECS_CLUSTER: {
    group: 'aws',
    what: 'name or ARN of a cluster for evaluations alone',
    without: 'no ECS',
    schema: z.string(),
  },
  DOCOPS_ECS_SUBNETS: {
    group: 'aws',
    what: 'subnets without a way out: subnet-1,subnet-2',
    without: 'no ECS',
    schema: names(/^subnet-[0-9a-f]{3,32}$/, 'subnets like subnet-1,subnet-2'),
  },
  DOCOPS_ECS_SECURITY_GROUP: {
    group: 'aws',
    what: 'security group that lets out to the S3 and log endpoints only',
    without: 'no ECS',
    schema: z.string().regex(/^sg-[0-9a-f]{3,32}$/, 'is not a security group like sg-1'),
  },
  DOCOPS_ECS_OPEN_SUBNETS: {
    group: 'aws',
    what: 'subnets with a way out, for runner.network: setup and open',
    without: 'these are refused',
    schema: names(/^subnet-[0-9a-f]{3,32}$/, 'subnets like subnet-1,subnet-2'),
  },
  DOCOPS_ECS_OPEN_SECURITY_GROUP: {
    group: 'aws',
    what: 'security group that lets out to the network, with DOCOPS_ECS_OPEN_SUBNETS',
    without: 'these are refused',
    schema: z.string().regex(/^sg-[0-9a-f]{3,32}$/, 'is not a security group like sg-1'),
  },
  DOCOPS_ECS_EXECUTION_ROLE: {
    group: 'aws',
    what: 'role by which ECS pulls images and writes logs; tasks themselves have no role',
    without: 'no ECS',
    schema: z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, 'is not the ARN of a role'),
  },
  DOCOPS_ECS_RUNNER_IMAGE: {
    group: 'aws',
    what: 'image built from eval-runner/Dockerfile',
    without: 'no ECS',
    schema: z.string(),
  },
  DOCOPS_ECS_EXTRACT_IMAGE: {
    group: 'aws',
    what: 'image with Node for pipelines without extract.image, such as the one of the App itself',
    without: 'pipelines need extract.image',
    schema: z.string(),
  },
  DOCOPS_ECS_LOG_GROUP: {
    group: 'aws',
    what: "CloudWatch log group for the tasks' output",
    without: 'no ECS',
    schema: z.string(),
  },
  DOCOPS_ECS_GPU_PROVIDER: {
    group: 'aws',
    what: 'capacity provider with GPUs (EC2 or Managed Instances), for runner.gpu',
    without: 'runner.gpu is refused',
    schema: z.string(),
  },
  DOCOPS_ECS_EVENTS: {
    group: 'aws',
    what: 'SQS queue that EventBridge sends task state changes to: its URL',
    without: 'the end of a task is seen by the sweep alone',
    schema: url(['https:', 'http:'], 'any'),
  },
  DOCOPS_ECS_SECRETS: {
    group: 'aws',
    what: 'secrets that extract.env may name on ECS: OCR_KEY=ARN,MODEL_KEY=ARN (Secrets Manager or SSM)',
    without: 'none',
    schema: secretArns,
  },
  DOCOPS_PRICES: {
    group: 'aws',
    what: 'file with prices of compute, instead of the list prices that are shipped',
    without: 'list prices of us-east-1',
    schema: z.string().transform((text) => (isAbsolute(text) ? text : resolve(text))),
  },
  LOG_LEVEL: {
    group: 'log',
    what: 'debug, info, warn or error',
    without: 'info',
    schema: z.enum(['debug', 'info', 'warn', 'error'], { error: 'is none of debug, info, warn, error' }),
  },
  LOG_FORMAT: {
    group: 'log',
    what: 'json or pretty',
    without: 'pretty on a terminal, else json',
    schema: z.enum(['json', 'pretty'], { error: 'is neither json nor pretty' }),
  },
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof VARIABLES;
/** Values of the variables that are set. */
export type Values = { readonly [Name in VariableName]?: z.output<(typeof VARIABLES)[Name]['schema']> };

export const DEFAULTS = {
  HOST: '127.0.0.1',
  PORT: 3000,
  DOCOPS_EVALUATIONS: 1,
  DOCOPS_MIRROR_BYTES: 20 * 1024 ** 3,
  DOCOPS_DEADLINE: 6 * 60 * MINUTE_MS,
  DOCOPS_MERGE_GROUP_DEADLINE: 50 * MINUTE_MS,
  LOG_LEVEL: 'info',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_GIT_URL: 'https://github.com',
} as const;

export const defaultProcesses = (): number => availableParallelism();
