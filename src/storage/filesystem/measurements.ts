/** Measurements in a folder of the user's cache: `v1/ab/abcdef….jsonl`, one file for each key. */
import { accessSync, chmodSync, constants, mkdirSync, statSync, utimesSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { UsageError } from '../../core/errors.js';
import type { MeasurementLog, MeasurementStore } from '../../ports/measurements.js';
import { FileLog } from './log.js';

export interface FilesystemMeasurementStore extends MeasurementStore {
  readonly directory: string;
  /**
   * Removes whole logs, the least recently opened first, until the rest is at most `maxBytes`. Logs that this process
   * has open stay. A log that another process has open loses what is appended from then on: it is measured again.
   */
  prune(maxBytes: number): Promise<{ readonly removed: number; readonly bytes: number }>;
}

/** Bump when a record's meaning changes: old records are then not seen, and pruned in time. */
const FORMAT = 'v1';
const KEY = /^[0-9a-f]{8,128}$/;

/** `DOCOPS_CACHE_DIR`, else the place where the system keeps caches (`~/.cache/docops` on Linux). */
export function defaultCacheDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const own = environment['DOCOPS_CACHE_DIR'];
  return own !== undefined && own.trim() !== '' ? resolve(own) : envPaths('docops', { suffix: '' }).cache;
}

/** Makes the folder when it is first used. Throws `UsageError` where it cannot be written. */
export function createMeasurementStore(directory: string): FilesystemMeasurementStore {
  if (!isAbsolute(directory)) throw new TypeError(`the cache directory must be absolute: ${directory}`);
  const root = join(directory, 'measurements', FORMAT);
  const open = new Map<string, number>();

  return {
    directory,

    async open(key): Promise<MeasurementLog> {
      if (!KEY.test(key)) throw new TypeError('a measurement key is lower-case hex');
      const folder = join(root, key.slice(0, 2));
      const path = join(folder, `${key}.jsonl`);
      makeWritable(directory, folder);
      const count = (by: number): void => {
        open.set(path, (open.get(path) ?? 0) + by);
      };
      count(1);
      try {
        const log = await FileLog.open(path, () => count(-1));
        // Its use is what `prune` goes by.
        const now = new Date();
        utimesSync(path, now, now);
        return log;
      } catch (error) {
        count(-1);
        throw unusable(directory, error);
      }
    },

    async prune(maxBytes) {
      const files: { path: string; bytes: number; usedMs: number }[] = [];
      const keepers = join(directory, 'measurements');
      for (const entry of await readdir(keepers, { withFileTypes: true, recursive: true }).catch(() => [])) {
        if (!entry.isFile() || !entry.name.endsWith('.jsonl')) continue;
        const path = join(entry.parentPath, entry.name);
        // Gone meanwhile: another process prunes as well.
        const stats = await stat(path).catch(() => undefined);
        if (stats !== undefined) files.push({ path, bytes: stats.size, usedMs: stats.mtimeMs });
      }
      files.sort((a, b) => a.usedMs - b.usedMs);
      let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      let removed = 0;
      for (const file of files) {
        if (bytes <= maxBytes) break;
        if ((open.get(file.path) ?? 0) > 0) continue;
        await rm(file.path, { force: true });
        bytes -= file.bytes;
        removed++;
      }
      return { removed, bytes };
    },
  };
}

/** Predictions hold what stands in the documents: nobody else may read them. */
function makeWritable(directory: string, folder: string): void {
  try {
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
    // A wide umask or an inherited ACL must not open what we made; a folder of the user's own stays as it is.
    if (made !== undefined && (statSync(made).mode & 0o077) !== 0) chmodSync(made, 0o700);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusable(directory, error);
  }
}

function unusable(directory: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'you may not write there',
    EPERM: 'you may not write there',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'a part of the path is a file',
    ENOSPC: 'the disk is full',
    ELOOP: 'it holds a symbolic link where a log should be',
    EISDIR: 'it holds a folder where a log should be',
  };
  const reason = code === undefined ? undefined : reasons[code];
  if (reason === undefined) return error;
  return new UsageError(
    `The cache folder ${directory} cannot be used: ${reason}.`,
    'Set DOCOPS_CACHE_DIR to a folder that you can write to, or use --no-cache.',
  );
}
