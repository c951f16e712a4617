import type { RepositoryRef } from '../core/app-words.js';

/** A repository's `.docops.yml` as one of its commits has it. */
export interface ConfigurationFile {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
  readonly commit: string;
}

export interface ConfigurationFiles {
  /**
   * The file at a branch's tip, or at a pull request's head. Undefined: there is no such branch or pull request, or no
   * such file. Throws MirrorError when the repository cannot be read.
   */
  current(
    repository: RepositoryRef,
    of: { readonly branch: string } | { readonly pullNumber: number },
  ): Promise<ConfigurationFile | undefined>;
}
