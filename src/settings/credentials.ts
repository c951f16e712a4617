/** What `docops setup` keeps in the data folder, so that an App made in the browser needs no variables. Mode 0600. */
import { lstatSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CREDENTIALS_FILE_BYTES } from '../core/limits.js';

export const CREDENTIALS_FILE = 'credentials.json';

const credentialsSchema = z.object({
  appId: z.number().int().positive(),
  privateKey: z.string().min(1),
  webhookSecret: z.string().min(1),
  /** For signing in; files of earlier versions lack both. */
  clientId: z.string().min(1).optional(),
  clientSecret: z.string().min(1).optional(),
  /** Where the App can be seen and installed. */
  appUrl: z.string(),
  slug: z.string(),
});
export type Credentials = z.infer<typeof credentialsSchema>;

export type CredentialsFile =
  | { readonly kind: 'absent' }
  /** `problem` never quotes the file. */
  | { readonly kind: 'unusable'; readonly problem: string; readonly mend: string }
  | { readonly kind: 'found'; readonly credentials: Credentials };

export function credentialsPath(dataFolder: string): string {
  return join(dataFolder, CREDENTIALS_FILE);
}

export function readCredentials(dataFolder: string): CredentialsFile {
  const path = credentialsPath(dataFolder);
  let text: string;
  try {
    const stats = lstatSync(path);
    if (!stats.isFile() || stats.size > CREDENTIALS_FILE_BYTES)
      return unusable(
        `${path} is not a file that docops setup wrote`,
        'remove it and run docops setup again',
      );
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0)
      return unusable(`${path} can be read by other users of this machine`, `chmod 600 ${path}`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    return unusable(
      `${path} cannot be read (${code ?? 'unknown error'})`,
      'run docops as the user that ran docops setup',
    );
  }
  const parsed = credentialsSchema.safeParse(parseJson(text));
  return parsed.success
    ? { kind: 'found', credentials: parsed.data }
    : unusable(`${path} is damaged`, "make new keys on the App's settings page, or run docops setup again");
}

/** Replaces the file as a whole: a crash leaves the old one or the new one. Returns its path. */
export async function writeCredentials(dataFolder: string, credentials: Credentials): Promise<string> {
  // A server that root starts runs as another user, who has to get past this folder to its own.
  await mkdir(dataFolder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const path = credentialsPath(dataFolder);
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(fresh, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await chmod(fresh, 0o600);
    await rename(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
  return path;
}

function unusable(problem: string, mend: string): CredentialsFile {
  return { kind: 'unusable', problem, mend };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which is a secret.
    return undefined;
  }
}
