/** Who the App is: its id, key and webhook secrets, from variables, or from what `docops setup` kept. */
import { readFileSync, statSync } from 'node:fs';
import { CREDENTIALS_FILE_BYTES } from '../core/limits.js';
import { credentialsPath, readCredentials, type Credentials } from './credentials.js';
import { isBroken, type Environment, type SettingProblem } from './problems.js';
import { Secret } from './secret.js';
import { VARIABLES, type Values, type VariableName } from './variables.js';

export interface AppCredentials {
  readonly id: number;
  readonly privateKey: Secret;
  readonly webhookSecret: Secret;
  readonly webhookSecretPrevious: Secret | null;
}

/** Of the App, for people who sign in to its pages. */
export interface SignInCredentials {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** Undefined when one of the three is missing or wrong; `problems` then says which. */
export function appCredentials(
  env: Environment,
  values: Values,
  dataFolder: string,
  problems: SettingProblem[],
): AppCredentials | undefined {
  const given = (['APP_ID', 'PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET'] as const).filter(
    (name) => (env[name] ?? '').trim() !== '',
  );
  const complete =
    given.includes('APP_ID') &&
    given.includes('WEBHOOK_SECRET') &&
    (given.includes('PRIVATE_KEY') || given.includes('PRIVATE_KEY_PATH'));
  const kept = complete ? undefined : keptCredentials(dataFolder, problems);
  const id = values.APP_ID ?? kept?.appId;
  if (kept !== undefined && id !== kept.appId) {
    problems.push({
      variable: 'APP_ID',
      problem: `names another App than ${credentialsPath(dataFolder)}, and the rest would come from there`,
      mend: 'set all of APP_ID, PRIVATE_KEY and WEBHOOK_SECRET, or none of them',
    });
    return undefined;
  }
  const missing = (name: VariableName): void => {
    if (!isBroken(env, problems, name))
      problems.push({
        variable: name,
        problem: 'is not set',
        mend: `set it to: ${VARIABLES[name].what}; or run docops setup, which makes the App and keeps its values`,
      });
  };
  const privateKey =
    values.PRIVATE_KEY ?? keyFromFile(values, problems) ?? keptSecret(kept?.privateKey, 'PRIVATE_KEY');
  const webhookSecret = values.WEBHOOK_SECRET ?? keptSecret(kept?.webhookSecret, 'WEBHOOK_SECRET');
  if (id === undefined) missing('APP_ID');
  if (privateKey === undefined && !isBroken(env, problems, 'PRIVATE_KEY_PATH')) missing('PRIVATE_KEY');
  if (webhookSecret === undefined) missing('WEBHOOK_SECRET');
  if (id === undefined || privateKey === undefined || webhookSecret === undefined) return undefined;
  return { id, privateKey, webhookSecret, webhookSecretPrevious: values.WEBHOOK_SECRET_PREVIOUS ?? null };
}

/**
 * Null where nobody signs in. What `docops setup` kept counts only for the App that it belongs to; `appId`: the one that
 * is used. Sign-in leads back to `url`, which browsers have to reach without a path in front of it.
 */
export function signInCredentials(
  env: Environment,
  values: Values,
  {
    dataFolder,
    appId,
    url,
  }: { readonly dataFolder: string; readonly appId: number | undefined; readonly url: string | null },
  problems: SettingProblem[],
): SignInCredentials | null {
  const { GITHUB_CLIENT_ID: givenId, GITHUB_CLIENT_SECRET: givenSecret } = values;
  const names = ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'] as const;
  const set = names.filter((name) => (env[name] ?? '').trim() !== '');
  const [missing] = set.length === 1 ? names.filter((name) => !set.includes(name)) : [];
  if (missing !== undefined)
    problems.push({
      variable: missing,
      problem: 'is not set, and its other half is',
      mend: 'set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET, or neither',
    });
  const found =
    givenId !== undefined && givenSecret !== undefined
      ? { clientId: givenId, clientSecret: givenSecret }
      : set.length === 0
        ? keptSignIn(dataFolder, appId)
        : null;
  if (found === null) return null;
  if (url !== null && new URL(url).pathname === '/') return found;
  // What was kept is a default; only who asks for sign-in hears that it cannot be.
  if (set.length > 0 && !isBroken(env, problems, 'DOCOPS_URL'))
    problems.push({
      variable: 'DOCOPS_URL',
      problem:
        url === null ? 'is not set, and GITHUB_CLIENT_ID is' : 'has a path, and GITHUB_CLIENT_ID is set',
      mend: 'set it to where browsers reach this server, without a path: GitHub sends people back there',
    });
  return null;
}

function keptSignIn(dataFolder: string, appId: number | undefined): SignInCredentials | null {
  const file = readCredentials(dataFolder);
  if (file.kind !== 'found' || file.credentials.appId !== appId) return null;
  const clientId = VARIABLES.GITHUB_CLIENT_ID.schema.safeParse(file.credentials.clientId);
  const clientSecret = VARIABLES.GITHUB_CLIENT_SECRET.schema.safeParse(file.credentials.clientSecret);
  if (!clientId.success || !clientSecret.success) return null;
  return { clientId: clientId.data, clientSecret: clientSecret.data };
}

function keptCredentials(dataFolder: string, problems: SettingProblem[]): Credentials | undefined {
  const file = readCredentials(dataFolder);
  if (file.kind === 'unusable')
    problems.push({
      variable: 'DOCOPS_DATA',
      problem: `has credentials that are not used: ${file.problem}`,
      mend: file.mend,
    });
  return file.kind === 'found' ? file.credentials : undefined;
}

/** A value of the credentials file, held to the same rules as the variable. */
function keptSecret(text: string | undefined, name: 'PRIVATE_KEY' | 'WEBHOOK_SECRET'): Secret | undefined {
  if (text === undefined) return undefined;
  const read = VARIABLES[name].schema.safeParse(text);
  return read.success ? read.data : undefined;
}

function keyFromFile(values: Values, problems: SettingProblem[]): Secret | undefined {
  const path = values.PRIVATE_KEY_PATH;
  if (path === undefined) return undefined;
  const found = readKey(path);
  if (found instanceof Secret) return found;
  problems.push({
    variable: 'PRIVATE_KEY_PATH',
    problem: found,
    mend: `set it to: ${VARIABLES.PRIVATE_KEY_PATH.what}`,
  });
  return undefined;
}

/** The key, or what is wrong with the file. */
function readKey(path: string): Secret | string {
  let text: string;
  try {
    if (statSync(path).size > CREDENTIALS_FILE_BYTES) return 'names a file that is too large for a key';
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return `names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
  }
  const read = VARIABLES.PRIVATE_KEY.schema.safeParse(text);
  return read.success ? read.data : 'names a file without an RSA private key in PEM form';
}
