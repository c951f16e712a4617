import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { quote } from '../../core/dataset/quote.js';
import { UsageError } from '../../core/errors.js';
import { LABELS_FILE_BYTES } from '../../core/limits.js';
import { codeOf, isInside } from '../documents.js';

/**
 * The path of something that an export names by a relative path, only if it lies inside the folder: an export from
 * elsewhere must not be able to name a file of this machine and have it copied.
 */
export async function inFolder(
  folder: string,
  name: string,
): Promise<{ readonly path: string; readonly kind: 'file' | 'folder' } | { readonly problem: string }> {
  if (name.includes('\0')) return { problem: `${quote(name)} is no file name` };
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, name));
    if (!isInside(root, path) || path === root) return { problem: `${quote(name)} leads out of ${folder}` };
    const stats = await stat(path);
    if (stats.isFile()) return { path, kind: 'file' };
    if (stats.isDirectory()) return { path, kind: 'folder' };
    return { problem: `${quote(name)} is neither a file nor a folder` };
  } catch (error) {
    const code = codeOf(error);
    return {
      problem: code === 'ENOENT' ? `there is no ${quote(name)} in ${folder}` : `${quote(name)}: ${code}`,
    };
  }
}

/** Text of an export, or a UsageError that names the file. */
export async function readExport(file: string): Promise<string> {
  try {
    const stats = await stat(file);
    if (!stats.isFile()) throw new UsageError(`${file} is no file`, 'name the exported file');
    if (stats.size > LABELS_FILE_BYTES) {
      throw new UsageError(
        `${file} has ${stats.size} bytes; at most ${LABELS_FILE_BYTES} are read`,
        'split the export',
      );
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof TypeError) throw new UsageError(`${file} is not UTF-8`, 'save it as UTF-8');
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${codeOf(error)})`;
    throw new UsageError(`${file} ${why}`);
  }
}
