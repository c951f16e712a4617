import type { Candidate, CheckoutOptions, CheckoutResult, Code } from '../../ports/code.js';
import type { HeadCommit, ResolvedCommit, TreeEntry } from '../../ports/code.js';
import { MirrorError, type Mirror } from '../../ports/mirror.js';
import { GitError, type GitErrorCode } from '../errors.js';
import type { Repository } from '../repository.js';
import { Fault, mirrorError } from './faults.js';

/** Errors that the code of a pull request can cause. All others are ours: no author can mend a disk or a network. */
const OF_THE_CODE: readonly GitErrorCode[] = [
  'unrelated_histories',
  'unknown_ref',
  'bad_ref',
  'no_default_branch',
  'bare_without_head',
  'too_large',
  // Paths that git refuses to write, for example.
  'git_failed',
];

/** What only the mirror knows when a command failed. */
export interface Health {
  /** Why the copy is not to be relied on; completes "the copy of the repository …". */
  complaint(): Promise<string | undefined>;
  redact(text: string): string;
}

/**
 * The error as callers of a mirror see it: a GitError is about the code, a MirrorError about the copy and the way to
 * it. `ofTheCode`: what stays a GitError.
 */
export function asSeenOutside(
  error: unknown,
  redact: (text: string) => string,
  ofTheCode: readonly GitErrorCode[] = OF_THE_CODE,
): unknown {
  if (error instanceof Fault) return mirrorError(error, redact);
  if (!(error instanceof GitError)) return error;
  if (ofTheCode.includes(error.code) && !/no space left|is full/i.test(error.message)) return error;
  return new MirrorError(redact(`the repository cannot be read (${error.message})`), true);
}

/** A repository whose failures are told apart. */
class MirrorCode implements Code {
  readonly root: string;
  readonly bare = true;
  readonly #repository: Repository;
  readonly #health: Health;

  constructor(repository: Repository, health: Health) {
    this.root = repository.root;
    this.#repository = repository;
    this.#health = health;
  }

  async #ask<T>(question: (repository: Repository) => Promise<T>): Promise<T> {
    try {
      return await question(this.#repository);
    } catch (error) {
      const redact = (text: string): string => this.#health.redact(text);
      const complaint = error instanceof GitError ? await this.#health.complaint() : undefined;
      if (complaint === undefined) throw asSeenOutside(error, redact);
      throw new MirrorError(
        redact(`the copy of the repository ${complaint} (${(error as Error).message})`),
        true,
      );
    }
  }

  defaultBranch(): Promise<ResolvedCommit> {
    return this.#ask((repository) => repository.defaultBranch());
  }
  resolve(ref: string): Promise<ResolvedCommit> {
    return this.#ask((repository) => repository.resolve(ref));
  }
  workingTree(): Promise<HeadCommit> {
    return this.#ask((repository) => repository.workingTree());
  }
  candidate(base: string, head: string): Promise<Candidate> {
    return this.#ask((repository) => repository.candidate(base, head));
  }
  treeOf(commit: string): Promise<string> {
    return this.#ask((repository) => repository.treeOf(commit));
  }
  listTree(tree: string): Promise<readonly TreeEntry[]> {
    return this.#ask((repository) => repository.listTree(tree));
  }
  exists(tree: string, path: string): Promise<boolean> {
    return this.#ask((repository) => repository.exists(tree, path));
  }
  readFile(tree: string, path: string): Promise<Buffer | undefined> {
    return this.#ask((repository) => repository.readFile(tree, path));
  }
  checkout(tree: string, directory: string, options?: CheckoutOptions): Promise<CheckoutResult> {
    return this.#ask((repository) => repository.checkout(tree, directory, options));
  }
  firstParents(from: string, to: string, limit: number): ReturnType<Mirror['firstParents']> {
    return this.#ask((repository) => repository.firstParents(from, to, limit));
  }
}

export function mirrorCode(repository: Repository, health: Health): Code & Pick<Mirror, 'firstParents'> {
  return new MirrorCode(repository, health);
}
