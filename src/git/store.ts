import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { explain } from './errors.js';
import { runGit, type GitOutput } from './process.js';
import type { Scratch } from './scratch.js';

/** Standard output of a command that answers with ids and names. */
const ANSWER_BYTES = 1024 * 1024;

export interface StoreOptions {
  /** Scrubbed, see `scrubbedEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  readonly scratch: Scratch;
  readonly signal?: AbortSignal | undefined;
  readonly promisor?: Promisor | undefined;
}

/** How a partial clone of our own (a mirror) reaches its remote. A user's clone has none: git's configuration says it. */
export interface Promisor {
  /** Variables for one command, any of which may fetch lazily. Asked anew for each: a token does not live long. */
  environment(): Promise<NodeJS.ProcessEnv>;
  /** Told of every command. True: its token was refused and is dropped, so one more try is worth it. */
  ended(output: GitOutput): boolean;
  /** Fetches for good what `missing` names. One at a time, so that each finds what the one before has brought. */
  fetch(missing: () => Promise<readonly string[]>): Promise<void>;
  /** Called before the folder of temporary objects goes: packs that git fetched lazily lie in it. */
  keep(objects: string): Promise<void>;
}

export interface CommandOptions {
  readonly input?: Buffer | string;
  readonly maxBytes?: number;
  readonly config?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Folder that git takes for the work tree; without it an empty one, so that no file of the user plays a part. */
  readonly workTree?: string;
  /** Exit codes that are an answer and no failure. */
  readonly answers?: readonly number[];
}

/**
 * A repository as a store of objects. Git reads the user's objects and writes new ones (merge results, the snapshot of
 * the working tree, blobs that a partial clone fetches) into a folder of ours, which has the user's as its alternate:
 * the repository itself is never written to.
 */
export class ObjectStore {
  readonly gitDir: string;
  readonly commonDir: string;
  /** The folder of ours that git writes new objects to. */
  readonly objects: string;
  readonly scratch: Scratch;
  readonly signal: AbortSignal | undefined;
  readonly promisor: Promisor | undefined;
  readonly #env: NodeJS.ProcessEnv;
  readonly #nowhere: string;

  private constructor(
    gitDir: string,
    commonDir: string,
    objects: string,
    nowhere: string,
    options: StoreOptions,
  ) {
    this.gitDir = gitDir;
    this.commonDir = commonDir;
    this.objects = objects;
    this.scratch = options.scratch;
    this.signal = options.signal;
    this.promisor = options.promisor;
    this.#nowhere = nowhere;
    this.#env = {
      ...options.env,
      GIT_DIR: gitDir,
      GIT_OBJECT_DIRECTORY: objects,
      // Quoted: a path may hold the list's separator.
      GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(join(commonDir, 'objects')),
    };
  }

  static async open(gitDir: string, commonDir: string, options: StoreOptions): Promise<ObjectStore> {
    const objects = await options.scratch.freshFolder('objects');
    await mkdir(join(objects, 'pack'));
    return new ObjectStore(gitDir, commonDir, objects, await options.scratch.freshFolder('nowhere'), options);
  }

  get env(): NodeJS.ProcessEnv {
    return this.#env;
  }

  /** Runs git; an exit code that is neither 0 nor one of `answers` throws what `explain` makes of it. */
  async git(doing: string, args: readonly string[], options: CommandOptions = {}): Promise<GitOutput> {
    let output = await this.#run(args, options);
    // A command that writes files has them half written by now and is not begun again.
    if (this.promisor?.ended(output) === true && options.workTree === undefined) {
      output = await this.#run(args, options);
      this.promisor.ended(output);
    }
    if (output.code !== 0 && options.answers?.includes(output.code) !== true)
      throw explain(doing, output.stderr);
    return output;
  }

  async #run(args: readonly string[], options: CommandOptions): Promise<GitOutput> {
    const workTree = options.workTree ?? this.#nowhere;
    const reach = await this.promisor?.environment();
    return runGit(args, {
      cwd: workTree,
      env: { ...this.#env, ...reach, GIT_WORK_TREE: workTree, ...options.env },
      maxBytes: options.maxBytes ?? ANSWER_BYTES,
      signal: this.signal,
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.config === undefined ? {} : { config: options.config }),
    });
  }

  /** The one line that git answers with, or undefined when it exits with 1 or says nothing. */
  async ask(
    doing: string,
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<string | undefined> {
    const { code, stdout } = await this.git(doing, args, { answers: [1], ...options });
    const text = stdout.toString('utf8').replace(/\n$/, '');
    return code === 0 && text !== '' ? text : undefined;
  }
}

/** A path as git's `parse_alt_odb_entry` reads it: C style, in double quotes. */
function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
