/** What files a repository has, for commands that look at it: with git what git knows and would add, else a walk. */
import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_LIST_BYTES, WALKED_FILES } from '../core/limits.js';

export interface RepositoryFiles {
  /** Absolute path of the root: git's, or the folder itself. */
  readonly root: string;
  /** Paths from the root, with `/`, sorted. */
  readonly files: readonly string[];
  readonly git: boolean;
  /** The walk stopped at its limit: there are more files. */
  readonly cut: boolean;
}

const run = promisify(execFile);

/** Throws on I/O errors only; without git, or outside a repository, the folder itself is walked. */
export async function listRepository(folder: string): Promise<RepositoryFiles> {
  const git = async (args: string[]) =>
    (await run('git', args, { cwd: folder, maxBuffer: REPOSITORY_LIST_BYTES, env: cleanEnvironment() }))
      .stdout;
  let top: string;
  try {
    top = (await git(['rev-parse', '--show-toplevel'])).replace(/\n$/, '');
  } catch {
    return walk(await realpath(folder));
  }
  // Files that are tracked and deleted from the disk are left out: nothing can be read from them.
  const listed = (args: string[]) =>
    git(['-C', top, 'ls-files', '-z', ...args]).then((out) => out.split('\0'));
  const [known, deleted] = await Promise.all([
    listed(['--cached', '--others', '--exclude-standard']),
    listed(['--deleted']),
  ]);
  const gone = new Set(deleted);
  const files = [...new Set(known)].filter((file) => file !== '' && !gone.has(file)).toSorted();
  return { root: top, files, git: true, cut: false };
}

/** Inside a hook git's own variables would lead to another repository. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
}

async function walk(root: string): Promise<RepositoryFiles> {
  const files: string[] = [];
  const folders = [root];
  let cut = false;
  for (let folder = folders.pop(); folder !== undefined && !cut; folder = folders.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== '.git' && entry.name !== 'node_modules') folders.push(path);
      } else if (entry.isFile()) {
        files.push(relative(root, path).split(sep).join('/'));
        cut ||= files.length >= WALKED_FILES;
      }
    }
  }
  return { root, files: files.toSorted(), git: false, cut };
}
