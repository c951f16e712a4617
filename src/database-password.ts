/** The database's password from AWS Secrets Manager, as RDS keeps and rotates it. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { UsageError } from './core/errors.js';

/** New connections come in bursts; a password that has just rotated is followed after this. */
const KEPT_MS = 30_000;

/** What RDS writes; more stands beside it. */
const managed = z.object({ password: z.string().min(1) });

/** @param arn of a secret that holds the password alone, or JSON with a `password` in it. */
export function databasePassword(
  arn: string,
  client: Pick<SecretsManagerClient, 'send'> = new SecretsManagerClient({}),
): () => Promise<string> {
  let kept: { readonly password: Promise<string>; readonly untilMs: number } | undefined;
  return async () => {
    if (kept === undefined || kept.untilMs < Date.now())
      kept = { password: read(arn, client), untilMs: Date.now() + KEPT_MS };
    const { password } = kept;
    try {
      return await password;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  };
}

async function read(arn: string, client: Pick<SecretsManagerClient, 'send'>): Promise<string> {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: arn })));
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    const final = ['ResourceNotFoundException', 'AccessDeniedException', 'DecryptionFailure'].includes(name);
    const message = `the password of the database cannot be read from ${arn} (${name})`;
    if (final)
      throw new UsageError(
        message,
        'let the role of this task read the secret and use its key (docs/aws.md)',
      );
    throw new Error(message, { cause: error });
  }
  if (text === undefined || text === '')
    throw new UsageError(`the secret ${arn} is empty`, 'DATABASE_PASSWORD_SECRET names the secret of RDS');
  if (!text.trimStart().startsWith('{')) return text;
  const parsed = managed.safeParse(parseJson(text));
  if (!parsed.success)
    throw new UsageError(
      `the secret ${arn} has no "password" in it`,
      'DATABASE_PASSWORD_SECRET names the secret of RDS, or one that holds the password alone',
    );
  return parsed.data.password;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
