/**
 * Documents as a command sees them: a copy under an opaque id, alone in a folder. A copy and not a hard link, because a
 * link is the user's own file: a command that writes to it would change the dataset (and a dataset may lie on another
 * disk). Where the file system can share blocks, the copy costs nothing.
 */
import { chmodSync, constants, copyFileSync, mkdirSync, statSync, utimesSync } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { dirname, extname, join, sep } from 'node:path';
import type { JobDocument } from './contract.js';

/** A document that cannot be shown: gone, unreadable, or with a link that leads out of it. */
export class DocumentProblem extends Error {
  override readonly name = 'DocumentProblem';
}

/** All copies bear one date, so that an extractor that reads it gives the same answer each time. */
const COPY_DATE = new Date('2000-01-01T00:00:00Z');

const COPY_AT_ONCE_BYTES = 512 * 1024;

/** Copies one document into `folder` (which exists) and returns its new path. */
export async function showDocument(document: JobDocument, folder: string): Promise<string> {
  try {
    const isFolder = statSync(document.path).isDirectory();
    const target = join(folder, document.id + (isFolder ? '' : extension(document.path)));
    if (isFolder) await copyFolder(document.path, target, await realpath(document.path));
    else await copyOne(document.path, target);
    return target;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ELOOP' || code === 'ENOTDIR')
      throw new DocumentProblem(`the document could not be read (${code})`);
    throw error;
  }
}

/** `.pdf` of `invoice.pdf`; nothing where it would be more than an extension. */
export function extension(path: string): string {
  const found = extname(path);
  return /^\.[A-Za-z0-9]{1,16}$/.test(found) ? found : '';
}

async function copyOne(from: string, to: string): Promise<void> {
  // Small ones at once: a trip through the thread pool costs more than the copy.
  if (statSync(from).size <= COPY_AT_ONCE_BYTES) copyFileSync(from, to, constants.COPYFILE_FICLONE);
  else await copyFile(from, to, constants.COPYFILE_FICLONE);
  utimesSync(to, COPY_DATE, COPY_DATE);
  chmodSync(to, 0o444);
}

async function copyFolder(from: string, to: string, root: string): Promise<void> {
  await mkdir(to, { mode: 0o755 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await copyFolder(source, target, root);
    else if (entry.isFile()) await copyOne(source, target);
    else if (entry.isSymbolicLink()) {
      // A link could lead to the labels.
      const real = await realpath(source);
      if (!real.startsWith(root + sep))
        throw new DocumentProblem(
          `the document has a link (${JSON.stringify(entry.name)}) that leads out of its folder`,
        );
      if (!(await lstat(real)).isFile())
        throw new DocumentProblem(
          `the document has a link (${JSON.stringify(entry.name)}) to something that is no file`,
        );
      await copyOne(real, target);
    } else
      throw new DocumentProblem(
        `${JSON.stringify(entry.name)} in the document is neither a file nor a folder`,
      );
  }
  await chmod(to, 0o555);
}

/** Makes folders that only we can enter. */
export function makePrivate(...folders: readonly string[]): void {
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Removes a tree, also one in which somebody took away his own right to do so. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function openUp(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isDirectory()) return;
  await chmod(path, 0o700).catch(() => undefined);
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await openUp(join(path, entry.name));
  }
}

/** The folder in which a document lies; what a sandbox has to hide. */
export function folderOf(document: JobDocument): string {
  return dirname(document.path);
}
