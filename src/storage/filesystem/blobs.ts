/**
 * Blobs in a folder: each is a file under its name, so that people can look at them. Checksums and unfinished files are
 * below `.docops` in the same folder. Symbolic links are not followed: what one leads to is not ours to write or to show.
 */
import { randomUUID } from 'node:crypto';
import { constants, createReadStream, type BigIntStats, type Dirent } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join, posix, resolve } from 'node:path';
import { blobKeyProblem, mustBeBlobKey, OWN_PART } from '../../core/blob-key.js';
import { BlobError, type BlobEntry, type Blobs, type BlobSource, type BlobStat } from '../../ports/blobs.js';
import { measureBytes, measureFile, receive, type Received } from '../files/receive.js';
import { addSum, removeSums, sumOf } from './sums.js';

/** What a process that died left unfinished is removed after a day. */
const UNFINISHED_KEPT_MS = 24 * 60 * 60 * 1000;

/** The folder is made when something is first written to it. */
export function createFilesystemBlobs(folder: string): Blobs {
  const root = resolve(folder);
  const unfinished = join(root, OWN_PART, 'unfinished');
  const pathOf = (key: string): string => join(root, ...key.split('/'));
  const sumsOf = (key: string): string => join(root, OWN_PART, 'sums', ...key.split('/'));
  const guarded = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    mustBeBlobKey(key);
    try {
      return await work();
    } catch (error) {
      throw readable(error, pathOf(key));
    }
  };
  let cleaned: Promise<void> | undefined;

  /** Undefined: there is none. The handle stays on one version even when the name is given to another. */
  const opened = async (key: string): Promise<{ handle: FileHandle; stats: BlobStat } | undefined> => {
    const path = pathOf(key);
    if (!(await mustLieInside(root, dirname(path)))) return undefined;
    const handle = await orUndefined(
      open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
    );
    if (handle === undefined) return undefined;
    try {
      const stats = await handle.stat({ bigint: true });
      if (stats.isDirectory()) {
        await handle.close();
        return undefined;
      }
      if (!stats.isFile()) throw new BlobError(`${path} is no file. Remove it.`);
      const version = versionOf(stats);
      const sha256 = await sumOf(sumsOf(key), version);
      return { handle, stats: { bytes: Number(stats.size), sha256, version } };
    } catch (error) {
      await handle.close();
      throw error;
    }
  };

  return {
    shown: root,

    put: (key, source) =>
      guarded(key, async () => {
        cleaned ??= removeUnfinished(unfinished);
        await cleaned;
        const [part, path] = [join(unfinished, randomUUID()), pathOf(key)];
        await mkdir(unfinished, { recursive: true, mode: 0o700 });
        try {
          const { bytes, sha256 } = await write(source, part);
          const version = versionOf(await stat(part, { bigint: true }));
          await mkdir(dirname(path), { recursive: true, mode: 0o700 });
          if (!(await mustLieInside(root, dirname(path))))
            throw new BlobError(`${dirname(path)} was removed while something was written to it. Try again.`);
          await addSum(sumsOf(key), version, sha256);
          await rename(part, path);
          return { bytes, sha256, version };
        } finally {
          await rm(part, { force: true });
        }
      }),

    get: (key, file) =>
      guarded(key, async () => {
        const found = await opened(key);
        if (found === undefined) return undefined;
        const { handle, stats } = found;
        try {
          const content = createReadStream('', { fd: handle, autoClose: false, start: 0 });
          await receive(content as AsyncIterable<Uint8Array>, file, (got) =>
            mustMatch(pathOf(key), stats, got),
          );
          return stats;
        } finally {
          await handle.close();
        }
      }),

    read: (key, maxBytes) =>
      guarded(key, async () => {
        const found = await opened(key);
        if (found === undefined) return undefined;
        const { handle, stats } = found;
        try {
          if (stats.bytes > maxBytes)
            throw new BlobError(`${pathOf(key)} has ${stats.bytes} bytes; at most ${maxBytes} are read.`);
          const bytes = await handle.readFile();
          mustMatch(pathOf(key), stats, measureBytes(bytes));
          return bytes;
        } finally {
          await handle.close();
        }
      }),

    stat: (key) =>
      guarded(key, async () => {
        const found = await opened(key);
        await found?.handle.close();
        return found?.stats;
      }),

    async *list(prefix, after) {
      try {
        const found: BlobEntry[] = [];
        await collect(root, prefix, found);
        // As S3 orders them: by bytes, over whole names.
        const start = Buffer.from(after ?? '');
        const order = found.map((entry) => ({ entry, name: Buffer.from(entry.key) }));
        order.sort((a, b) => Buffer.compare(a.name, b.name));
        for (const { entry, name } of order) if (Buffer.compare(name, start) > 0) yield entry;
      } catch (error) {
        throw readable(error, root);
      }
    },

    remove: (key) =>
      guarded(key, async () => {
        const path = pathOf(key);
        if (!(await mustLieInside(root, dirname(path)))) return;
        const there = await orUndefined(lstat(path));
        if (there === undefined || there.isDirectory()) return;
        await rm(path, { force: true });
        await removeSums(sumsOf(key));
      }),
  };
}

async function write(source: BlobSource, part: string): Promise<Received> {
  if ('bytes' in source) {
    await writeFile(part, source.bytes, { flag: 'wx', mode: 0o600, flush: true });
    return measureBytes(source.bytes);
  }
  // Copied first and measured then: what is measured is what is kept, even when somebody writes to the source.
  await copyFile(source.file, part, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const handle = await open(part, 'r+');
  try {
    await handle.chmod(0o600);
    // A clone may keep the time of the source; its version must be its own.
    const now = new Date();
    await utimes(part, now, now);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return measureFile(part);
}

async function collect(root: string, prefix: string, found: BlobEntry[]): Promise<void> {
  // Only folders on the way to the prefix, and those below it.
  const start = posix.dirname(`${prefix}x`);
  const pending = [start === '.' ? '' : start];
  if (prefix.split('/').some((part) => part === '.' || part === '..')) return;
  while (pending.length > 0) {
    const below = pending.pop() ?? '';
    const folder = join(root, below);
    if (!(await mustLieInside(root, folder))) continue;
    for (const entry of (await orUndefined<Dirent[]>(readdir(folder, { withFileTypes: true }))) ?? []) {
      const key = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (key !== OWN_PART && (key.startsWith(prefix) || prefix.startsWith(`${key}/`))) pending.push(key);
      } else if (entry.isFile() && key.startsWith(prefix) && blobKeyProblem(key) === undefined) {
        const stats = await orUndefined(lstat(join(root, key), { bigint: true }));
        if (stats?.isFile() === true)
          found.push({ key, bytes: Number(stats.size), version: versionOf(stats) });
      }
    }
  }
}

/** False when there is no such folder. Throws where a symbolic link leads to another one. */
async function mustLieInside(root: string, folder: string): Promise<boolean> {
  const [realRoot, real] = [await orUndefined(realpath(root)), await orUndefined(realpath(folder))];
  if (realRoot === undefined || real === undefined) return false;
  if (real === join(realRoot, folder.slice(root.length))) return true;
  throw new BlobError(
    `${folder} leads over a symbolic link to ${real}. Put the files into the folder itself.`,
  );
}

function versionOf(stats: BigIntStats): string {
  return `${stats.ino}-${stats.size}-${stats.mtimeNs}`;
}

function mustMatch(path: string, { sha256 }: BlobStat, received: Received): void {
  if (sha256 !== null && sha256 !== received.sha256)
    throw new BlobError(
      `${path} is damaged: its checksum is ${received.sha256}, it was written with ${sha256}. Remove it and write it again.`,
    );
}

async function removeUnfinished(folder: string): Promise<void> {
  for (const name of (await orUndefined(readdir(folder))) ?? []) {
    const path = join(folder, name);
    const stats = await orUndefined(stat(path));
    if (stats !== undefined && Date.now() - stats.mtimeMs > UNFINISHED_KEPT_MS)
      await rm(path, { force: true });
  }
}

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function readable(error: unknown, path: string): unknown {
  if (error instanceof BlobError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'you may not read or write it. Give this user the right to the folder.',
    EPERM: 'you may not read or write it. Give this user the right to the folder.',
    EROFS: 'the file system is read-only. Name a folder that can be written to.',
    ENOSPC: 'the disk is full. Make room.',
    EDQUOT: 'the quota of this user is used up. Make room.',
    ENOTDIR: 'a part of the path is a file. Choose another name, or remove that file.',
    EEXIST: 'a part of the path is a file. Choose another name, or remove that file.',
    EISDIR: 'it is a folder, because other names begin with it. Choose another name.',
    ENOTEMPTY: 'it is a folder, because other names begin with it. Choose another name.',
    ELOOP: 'it is a symbolic link. Put the file itself there.',
    ENAMETOOLONG: 'the path is too long. Choose a shorter folder.',
    EMFILE: 'too many files are open. Raise the limit (ulimit -n).',
  };
  const reason = code === undefined ? undefined : reasons[code];
  return reason === undefined ? error : new BlobError(`${path}: ${reason}`, { cause: error });
}
