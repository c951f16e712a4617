import type {
  Candidate,
  CheckoutOptions,
  CheckoutResult,
  Code,
  HeadCommit,
  ResolvedCommit,
  TreeEntry,
} from '../ports/code.js';
import { mergeCandidate } from './candidate.js';
import { checkoutTree } from './checkout.js';
import { GitError } from './errors.js';
import { firstParents, type CommitSubject } from './history.js';
import { findDefaultBranch, resolveRef } from './refs.js';
import type { ObjectStore, StoreOptions } from './store.js';
import {
  READ_FILE_BYTES,
  changedFiles,
  existsInTree,
  listTree,
  readTreeFile,
  treeOfCommit,
  type ChangedFile,
} from './trees.js';
import { snapshotWorkingTree } from './working-tree.js';

/** Listings kept: base, merge result, merge base and one more. */
const LISTINGS_KEPT = 4;

/**
 * The user's repository, read with git and never written to. All methods may run at the same time. Ids are full hex
 * ids, paths start at the tree's root and use `/`; bytes of a name that are no UTF-8 are lone surrogates.
 *
 * Throws GitError for what the user can mend.
 */
export class Repository implements Code {
  /** Top of the work tree; of a bare repository its own folder. */
  readonly root: string;
  readonly bare: boolean;
  readonly #store: ObjectStore;
  readonly #storeOptions: StoreOptions;
  readonly #listings = new Map<string, Promise<readonly TreeEntry[]>>();

  /** Use `openRepository`. */
  constructor(store: ObjectStore, storeOptions: StoreOptions, root: string, bare: boolean) {
    this.#store = store;
    this.#storeOptions = storeOptions;
    this.root = root;
    this.bare = bare;
  }

  /** origin/HEAD, else main, else master; what origin has comes before the local branch, which may be behind. */
  defaultBranch(): Promise<ResolvedCommit> {
    return findDefaultBranch(this.#store);
  }

  /** Whatever git takes for one commit: branch, tag, id, `HEAD~2`, `main@{yesterday}`. */
  resolve(ref: string): Promise<ResolvedCommit> {
    return resolveRef(this.#store, ref);
  }

  /** See `snapshotWorkingTree`. */
  async workingTree(): Promise<HeadCommit> {
    if (!this.bare) return snapshotWorkingTree(this.#store, this.root);
    throw new GitError(
      'bare_without_head',
      'this repository is bare: it has no working tree to measure',
      'name the commit: --head REF',
    );
  }

  /** See `mergeCandidate`. */
  candidate(base: string, head: string): Promise<Candidate> {
    return mergeCandidate(this.#store, base, head);
  }

  treeOf(commit: string): Promise<string> {
    return treeOfCommit(this.#store, commit);
  }

  listTree(tree: string): Promise<readonly TreeEntry[]> {
    let listing = this.#listings.get(tree);
    if (listing === undefined) {
      listing = listTree(this.#store, tree);
      this.#listings.set(tree, listing);
      listing.catch(() => this.#listings.delete(tree));
      const [oldest] = this.#listings.keys();
      if (this.#listings.size > LISTINGS_KEPT && oldest !== undefined) this.#listings.delete(oldest);
    }
    return listing;
  }

  /** See `readTreeFile`; `maxBytes` defaults to 64 MiB. */
  readFile(tree: string, path: string, maxBytes = READ_FILE_BYTES): Promise<Buffer | undefined> {
    return readTreeFile(this.#store, tree, path, maxBytes);
  }

  exists(tree: string, path: string): Promise<boolean> {
    return existsInTree(this.#store, tree, path);
  }

  /** See `checkoutTree`. */
  checkout(tree: string, directory: string, options: CheckoutOptions = {}): Promise<CheckoutResult> {
    const home = { store: this.#store, workTree: this.bare ? undefined : this.root };
    return checkoutTree(home, tree, directory, options, this.#storeOptions);
  }

  changedFiles(from: string, to: string): Promise<readonly ChangedFile[]> {
    return changedFiles(this.#store, from, to);
  }

  /** See `firstParents`. */
  firstParents(from: string, to: string, limit: number): Promise<readonly CommitSubject[]> {
    return firstParents(this.#store, from, to, limit);
  }

  /** Removes what was written for this repository outside of it. Nothing works afterwards. */
  async close(): Promise<void> {
    this.#listings.clear();
    try {
      await this.#store.promisor?.keep(this.#store.objects);
    } finally {
      await this.#store.scratch.remove();
    }
  }
}
