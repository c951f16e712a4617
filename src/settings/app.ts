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
