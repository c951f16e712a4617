import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GitError, explain, visible } from './errors.js';
import { runGit, type GitOutput } from './process.js';
import { Repository } from './repository.js';
import { Scratch } from './scratch.js';
import { scrubbedEnvironment } from './scrub.js';
import { ObjectStore, type Promisor } from './store.js';

/** `git merge-tree --write-tree` and `git cat-file -z` came with this one. https://github.com/git/git/blob/master/Documentation/RelNotes/2.38.0.txt */
const OLDEST = { major: 2, minor: 38 };
const ANSWER_BYTES = 64 * 1024;

export interface OpenOptions {
  /** Stops every git command of the repository. */
  readonly signal?: AbortSignal;
  /** Where git's own settings come from; scrubbed before git sees it. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Folder for temporary objects and indexes; as large as what has changed. Default: the system's. */
  readonly temporaryFolder?: string;
  /** For a mirror of ours: how it gets what it lacks. */
  readonly promisor?: Promisor;
}

interface Place {
  readonly gitDir: string;
  readonly commonDir: string;
  readonly root: string;
  readonly bare: boolean;
}

/**
 * Opens the repository that a folder belongs to: any folder of a work tree, of a linked work tree or of a submodule, or a
 * bare repository. GIT_DIR and its like are not honoured: the folder decides, also inside a hook.
 *
 * Throws GitError; `close` has to be called in the end.
 */
export async function openRepository(directory: string, options: OpenOptions = {}): Promise<Repository> {
  const env = scrubbedEnvironment(options.environment ?? process.env);
  const isFolder = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new GitError('no_such_directory', `there is no folder ${visible(directory)}`);
  const ask = (args: readonly string[]): Promise<GitOutput> =>
    runGit(args, { cwd: directory, env, maxBytes: ANSWER_BYTES, signal: options.signal });

  checkVersion((await ask(['--version'])).stdout.toString('utf8'));
  const place = await discover(ask, directory);
  const scratch = await Scratch.create(options.temporaryFolder);
  try {
    const storeOptions = { env, scratch, signal: options.signal, promisor: options.promisor };
    const store = await ObjectStore.open(place.gitDir, place.commonDir, storeOptions);
    return new Repository(store, storeOptions, place.root, place.bare);
  } catch (error) {
    await scratch.remove();
    throw error;
  }
}

function checkVersion(text: string): void {
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(text) ?? [];
  if (Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor))
    return;
  throw new GitError(
    'git_too_old',
    `git ${OLDEST.major}.${OLDEST.minor} or later is needed, here is "${visible(text.trim(), 80)}"`,
    'update git: https://git-scm.com/downloads',
  );
}

async function discover(
  ask: (args: readonly string[]) => Promise<GitOutput>,
  directory: string,
): Promise<Place> {
  // One question for each path: a path may hold a line end.
  const path = async (what: string): Promise<string> => {
    const { code, stdout, stderr } = await ask(['rev-parse', '--path-format=absolute', what]);
    if (code !== 0) throw refused(stderr, directory);
    const found = stdout.toString('utf8').replace(/\n$/, '');
    return realpath(found).catch(() => {
      throw new GitError(
        'not_a_repository',
        `cannot find ${visible(found)}, where git says that the repository is`,
      );
    });
  };
  const gitDir = await path('--absolute-git-dir');
  const commonDir = await path('--git-common-dir');
  const { stdout } = await ask(['rev-parse', '--is-bare-repository', '--is-inside-work-tree']);
  const [bare, inside] = stdout.toString('utf8').split('\n');
  if (inside === 'true') return { gitDir, commonDir, root: await path('--show-toplevel'), bare: false };
  if (bare === 'true') return { gitDir, commonDir, root: gitDir, bare: true };
  throw new GitError(
    'not_a_repository',
    `${visible(directory)} is inside the folder in which git keeps its own files`,
    `use the work tree: --repo ${visible(dirname(gitDir))}`,
  );
}

function refused(stderr: string, directory: string): GitError {
  const shown = visible(directory);
  if (stderr.includes('dubious ownership')) {
    const advised = /git config --global --add safe\.directory .+/.exec(stderr)?.[0];
    return new GitError(
      'dubious_ownership',
      `git refuses the repository at ${shown}: it belongs to another user`,
      `if you trust it: ${visible(advised ?? `git config --global --add safe.directory '${directory}'`)}`,
    );
  }
  if (stderr.includes('not a git repository')) {
    return new GitError(
      'not_a_repository',
      `${shown} is not a git repository`,
      'name one: --repo DIR, or make one: git init',
    );
  }
  return explain(`open the repository at ${shown}`, stderr);
}
