import { createHash } from 'node:crypto';

/** What a fingerprint needs to know of a file in a tree. */
export interface FingerprintEntry {
  /** From the tree's root, with `/`. */
  readonly path: string;
  /** As git writes it: `100644`, `100755`, `120000` (symlink), `160000` (submodule). */
  readonly mode: string;
  /** Blob id; for a submodule its commit. */
  readonly oid: string;
}

/**
 * Hash over path, mode and blob id of every file that a pipeline's `paths` match: equal fingerprints mean that there is
 * nothing to evaluate, and a measurement is kept under it (ARCHITECTURE, "Does a pull request touch extraction code?").
 *
 * The order of the entries does not matter. A submodule counts by its commit, under its own path. The core is pure;
 * `createHash` of node:crypto is the one thing it takes from the platform, because it computes and nothing else.
 *
 * @returns `value`: sha256, hex. `files`: how many entries matched; 0 says that the patterns match nothing, which is
 * for the caller to judge: two trees in which nothing matches have equal values and still prove nothing.
 */
export function fingerprint(
  entries: Iterable<FingerprintEntry>,
  matches: (path: string) => boolean,
): { readonly value: string; readonly files: number } {
  const lines: string[] = [];
  for (const { path, mode, oid } of entries) {
    // JSON keeps names apart that UTF-8 would fold: bytes that are no UTF-8 arrive as lone surrogates.
    if (matches(path)) lines.push(`${JSON.stringify(path)} ${mode} ${oid}\n`);
  }
  lines.sort();
  const hash = createHash('sha256').update('docops.fingerprint/1\n');
  for (const line of lines) hash.update(line);
  return { value: hash.digest('hex'), files: lines.length };
}
