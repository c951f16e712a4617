import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { visible } from './errors.js';
import { decodePath, encodePath, isText, isTreePath, splitNul } from './paths.js';
import { runGit } from './process.js';
import { ObjectStore, type StoreOptions } from './store.js';

/** Where submodules of a repository may be kept; of the user's disk, never of a network. */
export interface SubmoduleHome {
  readonly store: ObjectStore;
  /** The work tree whose folders may hold checked-out submodules. */
  readonly workTree?: string | undefined;
}

/** Submodule path → name, as the tree's own `.gitmodules` says. Unreadable: nothing. */
async function submoduleNames(store: ObjectStore, tree: string): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const { code, stdout } = await store.git(
    'read .gitmodules',
    ['config', '-z', `--blob=${tree}:.gitmodules`, '--get-regexp', '^submodule\\..*\\.path$'],
    { answers: [1, 2, 3, 128] },
  );
  if (code !== 0) return names;
  for (const record of splitNul(stdout)) {
    const [key, path] = splitOnce(decodePath(record), '\n');
    const name = key.slice('submodule.'.length, -'.path'.length);
    // The name becomes a path below .git/modules: one with `..` would point at any repository of the disk.
    if (isTreePath(name)) names.set(path, name);
  }
  return names;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * The repository of a submodule that has the commit, looked for where `git submodule` puts it: in the checked-out
 * submodule, then in .git/modules (of the linked work tree, then of the repository). Undefined: the user has to fetch it.
 */
export async function findSubmodule(
  home: SubmoduleHome,
  tree: string,
  path: string,
  commit: string,
  options: StoreOptions,
): Promise<SubmoduleHome | undefined> {
  const { store, workTree } = home;
  const checkedOut = workTree === undefined || !isText(path) ? undefined : join(workTree, path);
  const found = checkedOut === undefined ? undefined : await gitDirOf(checkedOut, options);
  const name = (await submoduleNames(store, tree)).get(path);
  const candidates = [
    ...(found === undefined ? [] : [found]),
    ...(name === undefined
      ? []
      : [join(store.gitDir, 'modules', name), join(store.commonDir, 'modules', name)]),
  ];
  for (const gitDir of new Set(candidates)) {
    if (!(await exists(join(gitDir, 'objects')))) continue;
    const submodule = await ObjectStore.open(gitDir, gitDir, options);
    const { code } = await submodule.git(
      `look for commit ${commit} of ${visible(encodePath(path).toString('utf8'))}`,
      ['rev-parse', '--verify', '--quiet', `${commit}^{tree}`],
      { answers: [1, 128] },
    );
    if (code === 0) return { store: submodule, workTree: gitDir === found ? checkedOut : undefined };
  }
  return undefined;
}

/** The git dir of a checked-out submodule; only if it is a repository itself and not a folder of the outer one. */
async function gitDirOf(folder: string, { env, signal }: StoreOptions): Promise<string | undefined> {
  if (!(await exists(join(folder, '.git')))) return undefined;
  const { code, stdout } = await runGit(
    ['rev-parse', '--path-format=absolute', '--git-common-dir', '--show-cdup'],
    {
      cwd: folder,
      env,
      maxBytes: 64 * 1024,
      signal,
    },
  );
  const [gitDir, up] = stdout.toString('utf8').split('\n');
  return code === 0 && gitDir !== undefined && up === ''
    ? realpath(gitDir).catch(() => undefined)
    : undefined;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
