/**
 * Code and labels by commit: what the steps need of git, and nothing more. The command line gives the user's own
 * repository, the App a mirror.
 */
export interface ResolvedCommit {
  /** What was asked for, or the branch that was found. */
  readonly ref: string;
  readonly commit: string;
  /** How it was chosen, as part of a sentence: `tip of origin/main`. */
  readonly chosen: string;
}

export interface HeadCommit {
  readonly commit: string;
  readonly tree: string;
  /** The last real commit below uncommitted changes. */
  readonly headCommit: string;
  readonly dirty: boolean;
  readonly branch?: string;
}

export type Candidate =
  | {
      readonly merged: true;
      readonly tree: string;
      /** The commit that it is compared with: the base's tip. */
      readonly against: string;
      readonly mergeBase: string;
    }
  | {
      readonly merged: false;
      readonly reason: 'conflict';
      readonly tree: string;
      /** The merge base: head and base conflict, so head itself is compared with where it started. */
      readonly against: string;
      readonly mergeBase: string;
      readonly conflicts: readonly string[];
    };

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly oid: string;
  readonly kind: 'file' | 'symlink' | 'submodule';
}

export interface CheckoutOptions {
  /** Paths that are not written. */
  readonly exclude?: (path: string) => boolean;
  /** Only what is below this folder; paths stay as they are in the tree. */
  readonly only?: string;
}

export interface CheckoutResult {
  /** Empty folders: `git submodule update --init --recursive` fetches what belongs there. */
  readonly submodulesMissing: readonly string[];
  /** Three lines of text instead of content: `git lfs pull` fetches it. */
  readonly lfsPointers: readonly string[];
  /** Not written, because they lead out of the checkout. */
  readonly symlinksOmitted: readonly string[];
}

export interface Code {
  readonly root: string;
  readonly bare: boolean;
  defaultBranch(): Promise<ResolvedCommit>;
  resolve(ref: string): Promise<ResolvedCommit>;
  workingTree(): Promise<HeadCommit>;
  candidate(base: string, head: string): Promise<Candidate>;
  treeOf(commit: string): Promise<string>;
  listTree(tree: string): Promise<readonly TreeEntry[]>;
  /** Whether a file or a folder stands at the path. */
  exists(tree: string, path: string): Promise<boolean>;
  readFile(tree: string, path: string): Promise<Buffer | undefined>;
  checkout(tree: string, directory: string, options?: CheckoutOptions): Promise<CheckoutResult>;
}
