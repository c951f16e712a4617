/** Which commits, which configuration and which trees: everything that is settled before anything is measured. */
import { CONFIG_PATHS, formatProblem, readConfig } from '../core/config/index.js';
import { matchPaths } from '../core/config/paths.js';
import { UsageError } from '../core/errors.js';
import { fingerprint } from '../core/plan/fingerprint.js';
import type { Config, Pipeline, Problem } from '../core/words.js';
import type {
  Candidate,
  CheckoutResult,
  Code,
  HeadCommit,
  ResolvedCommit,
  TreeEntry,
} from '../ports/code.js';

export interface Sides {
  readonly base: ResolvedCommit & { readonly tree: string };
  readonly head: {
    readonly ref: string | null;
    /** Null where uncommitted changes are part of it. */
    readonly commit: string | null;
    readonly tree: string;
    readonly dirty: boolean;
    readonly merged: boolean;
    readonly conflicts: readonly string[];
  };
  readonly baseEntries: readonly TreeEntry[];
  readonly headEntries: readonly TreeEntry[];
}

export interface ConfigChoice {
  readonly config: Config;
  /** The base has no configuration: the head's (or the file that was named) is used and nobody has reviewed it yet. */
  readonly bootstrap: boolean;
  readonly from: string;
  readonly warnings: readonly Problem[];
  /** The head's own, when base and head both have one and they differ. */
  readonly headConfig: Config | undefined;
  readonly headProblems: readonly Problem[];
  readonly changed: boolean;
}

/** A name for git to resolve, or a commit that was settled before and keeps its words. */
export type AskedCommit = string | ResolvedCommit;

/** Throws GitError (a UsageError) for refs, histories and repositories that cannot be compared. */
export async function resolveSides(
  code: Code,
  asked: { base?: AskedCommit; head?: AskedCommit },
): Promise<Sides> {
  const base =
    asked.base === undefined
      ? await code.defaultBranch()
      : typeof asked.base === 'string'
        ? await code.resolve(asked.base)
        : asked.base;
  const headRef = typeof asked.head === 'object' ? asked.head.ref : asked.head;
  const head = await headOf(code, typeof asked.head === 'object' ? asked.head.commit : asked.head);
  const candidate: Candidate = await code.candidate(base.commit, head.commit);
  const baseTree = await code.treeOf(candidate.against);
  const [baseEntries, headEntries] = await Promise.all([
    code.listTree(baseTree),
    code.listTree(candidate.tree),
  ]);
  return {
    base: candidate.merged
      ? { ...base, tree: baseTree }
      : {
          ref: base.ref,
          commit: candidate.against,
          chosen: `merge base with ${base.ref}, because the two conflict`,
          tree: baseTree,
        },
    head: {
      ref: headRef ?? head.branch ?? null,
      commit: head.dirty ? null : head.headCommit,
      tree: candidate.tree,
      dirty: head.dirty,
      merged: candidate.merged,
      conflicts: candidate.merged ? [] : candidate.conflicts,
    },
    baseEntries,
    headEntries,
  };
}

async function headOf(code: Code, ref: string | undefined): Promise<HeadCommit> {
  if (ref !== undefined) {
    const { commit } = await code.resolve(ref);
    return { commit, headCommit: commit, tree: await code.treeOf(commit), dirty: false };
  }
  if (code.bare)
    throw new UsageError(
      `${code.root} is a bare repository: it has no working tree to evaluate`,
      'name what to evaluate: docops eval --head BRANCH',
    );
  return code.workingTree();
}

/**
 * The base's configuration decides. `--config FILE` replaces it on purpose; without one on the base the head's is used
 * (bootstrap). `given` is the base's file where the caller has read it from the tip of the base branch already, which is
 * another place than the base side when the two conflict. Throws UsageError with every problem when the deciding file is invalid or there is none.
 */
export async function chooseConfig(
  code: Code,
  sides: Sides,
  tried: ConfigFile | undefined,
  given?: ConfigFile,
): Promise<ConfigChoice> {
  if (tried !== undefined)
    return {
      ...mustRead(tried.text, tried.path),
      bootstrap: false,
      from: tried.path,
      headConfig: undefined,
      headProblems: [],
      changed: false,
    };
  const base = given ?? (await configIn(code, sides.base.tree));
  const head = await configIn(code, sides.head.tree);
  if (base === undefined && head === undefined)
    throw new UsageError(
      `neither ${sides.base.ref} nor the head has a ${CONFIG_PATHS.join(' or ')}`,
      'write a first one with: docops init',
    );
  if (base === undefined && head !== undefined)
    return {
      ...mustRead(head.text, head.path),
      bootstrap: true,
      from: `${head.path} of the head`,
      headConfig: undefined,
      headProblems: [],
      changed: false,
    };
  if (base === undefined) throw new Error('unreachable: one of the two was found');
  const changed = head?.text !== base.text;
  const read = changed && head !== undefined ? readConfig(head.text, head.path) : undefined;
  return {
    ...mustRead(base.text, `${base.path} of ${sides.base.ref}`),
    bootstrap: false,
    from: `${base.path} of ${sides.base.ref}`,
    headConfig: read?.config,
    headProblems: read?.problems ?? [],
    changed,
  };
}

function mustRead(text: string, file: string): { config: Config; warnings: readonly Problem[] } {
  const { config, problems } = readConfig(text, file);
  if (config === undefined)
    throw new UsageError(problems.map(formatProblem).join('\n'), 'check it while you write: docops validate');
  return { config, warnings: problems };
}

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

export async function configIn(code: Code, tree: string): Promise<ConfigFile | undefined> {
  for (const path of CONFIG_PATHS) {
    const bytes = await code.readFile(tree, path);
    if (bytes !== undefined) return { path, text: bytes.toString('utf8') };
  }
  return undefined;
}

export interface Fingerprints {
  readonly base: string;
  readonly head: string;
  readonly baseFiles: number;
  readonly headFiles: number;
}

/**
 * What counts as extraction code on both sides. Labelled documents are never code, even below a wide pattern.
 * Throws UsageError when the patterns match nothing on either side.
 */
export function fingerprints(sides: Sides, pipeline: Pipeline, datasets: readonly string[]): Fingerprints {
  const match = matchPaths(pipeline.paths);
  const isCode = (path: string): boolean => match(path) && !datasets.some((folder) => inside(folder, path));
  const base = fingerprint(sides.baseEntries, isCode);
  const head = fingerprint(sides.headEntries, isCode);
  if (base.files === 0 && head.files === 0)
    throw new UsageError(
      `pipeline ${pipeline.name}: its paths match no file, neither on ${sides.base.ref} nor on the head (${pipeline.paths.join(', ')})`,
      'make `paths` match the code whose change may change the extraction; docops validate shows what each pattern matches',
    );
  return { base: base.value, head: head.value, baseFiles: base.files, headFiles: head.files };
}

export function inside(folder: string, path: string): boolean {
  const bare = normalizeFolder(folder);
  return path === bare || path.startsWith(`${bare}/`);
}

export function normalizeFolder(folder: string): string {
  return folder.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
}

/** What a checkout lacks, in sentences with the mend. */
export function checkoutWarnings(result: CheckoutResult): string[] {
  const { submodulesMissing, lfsPointers, symlinksOmitted } = result;
  const warnings = submodulesMissing.map(
    (path) =>
      `the submodule ${path} is not here, so its folder is empty: git submodule update --init ${path}`,
  );
  const some = (paths: readonly string[]): string => paths.slice(0, 3).join(', ');
  if (lfsPointers.length > 0)
    warnings.push(
      `${lfsPointers.length} files are Git LFS pointers and not their content (${some(lfsPointers)}): git lfs install && git lfs pull`,
    );
  if (symlinksOmitted.length > 0)
    warnings.push(
      `${symlinksOmitted.length} symbolic links lead out of the repository and were left out (${some(symlinksOmitted)})`,
    );
  return warnings;
}
