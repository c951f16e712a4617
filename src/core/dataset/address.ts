/** Where a dataset is: what `dataset` in `.docops.yml` and the arguments of `docops dataset` may say. */

export type DatasetAddress =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly address: string }
  /** `version` may be its beginning. */
  | { readonly kind: 'registry'; readonly name: string; readonly version: string }
  /** It looks like an address elsewhere and is none. `problem` ends a sentence that starts with it. */
  | { readonly kind: 'wrong'; readonly problem: string; readonly mend: string };

/** Digits of a version that name it: beyond any accident, short enough to be read out. */
export const VERSION_DIGITS = 12;
const WHOLE_VERSION_DIGITS = 64;

export function datasetAddress(text: string): DatasetAddress {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? [];
  if (scheme === 's3') return { kind: 's3', address: text };
  if (scheme !== undefined)
    return {
      kind: 'wrong',
      problem: `is no address that a dataset can be read from: ${scheme}://`,
      mend: 'write a folder of the repository, s3://BUCKET/PREFIX or NAME@VERSION',
    };
  const [, name, version] = /^([^/]+)@([^/@]+)$/.exec(text) ?? [];
  if (name === undefined || version === undefined) return { kind: 'folder', path: text };
  const mend = `write NAME@VERSION as docops dataset push prints it; the version is hex, at least ${VERSION_DIGITS} digits`;
  const problem = registryNameProblem(name);
  if (problem !== undefined) return { kind: 'wrong', problem: `names no dataset: the name ${problem}`, mend };
  if (!/^[0-9a-f]+$/.test(version))
    return { kind: 'wrong', problem: 'names no version of a dataset: it is not hex', mend };
  if (version.length < VERSION_DIGITS || version.length > WHOLE_VERSION_DIGITS)
    return {
      kind: 'wrong',
      problem: `names no version of a dataset: it has ${version.length} digits, and not ${VERSION_DIGITS} to ${WHOLE_VERSION_DIGITS}`,
      mend,
    };
  return { kind: 'registry', name, version };
}

/** Anything but a folder, mistakes included: those are said, not looked for on the disk. */
export function isElsewhere(text: string): boolean {
  return datasetAddress(text).kind !== 'folder';
}

export function isWholeVersion(version: string): boolean {
  return /^[0-9a-f]{64}$/.test(version);
}

/** What is wrong with a name in the registry, as the end of a sentence that starts with it. */
export function registryNameProblem(name: string): string | undefined {
  return /^[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?$/i.test(name)
    ? undefined
    : 'has to be up to 100 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends';
}
