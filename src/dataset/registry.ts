/** The registry of datasets: `NAME/VERSION/` with the files of one dataset in it, which never change again. */
import { isWholeVersion } from '../core/dataset/address.js';
import { quote } from '../core/dataset/quote.js';
import { UsageError } from '../core/errors.js';
import type { Blobs } from '../ports/blobs.js';
import { LABELS } from './layout.js';

export function versionPrefix(name: string, version: string): string {
  return `${name}/${version}/`;
}

/** Labels are written last: a version that has them is whole. */
export async function hasVersion(registry: Blobs, name: string, version: string): Promise<boolean> {
  return (await registry.stat(`${versionPrefix(name, version)}${LABELS}`)) !== undefined;
}

/** The whole version of which `version` is the beginning. Throws UsageError when there is none, or more than one. */
export async function wholeVersion(registry: Blobs, name: string, version: string): Promise<string> {
  const found: string[] = [];
  if (isWholeVersion(version)) {
    if (await hasVersion(registry, name, version)) found.push(version);
  } else {
    for (let next = await firstVersion(registry, name, version); next !== undefined && found.length < 2;) {
      if (await hasVersion(registry, name, next)) found.push(next);
      // '0' comes after '/': what follows is the next version.
      next = await firstVersion(registry, name, version, `${name}/${next}0`);
    }
  }
  const [only, other] = found;
  if (only !== undefined && other === undefined) return only;
  const asked = `${name}@${version}`;
  if (only !== undefined)
    throw new UsageError(
      `${asked} begins more than one version: ${found.map((one) => one.slice(0, version.length + 4)).join(', ')}`,
      'write more digits of the version',
    );
  throw new UsageError(
    (await firstKey(registry, `${name}/`)) === undefined
      ? `the registry ${registry.shown} has no dataset ${quote(name)}`
      : `the registry ${registry.shown} has no version ${version} of ${quote(name)}`,
    `put it there with: docops dataset push FOLDER ${name}`,
  );
}

async function firstVersion(
  registry: Blobs,
  name: string,
  beginning: string,
  after?: string,
): Promise<string | undefined> {
  for await (const { key } of registry.list(`${name}/${beginning}`, after)) {
    const version = key.slice(name.length + 1).split('/')[0] ?? '';
    if (isWholeVersion(version)) return version;
  }
  return undefined;
}

async function firstKey(registry: Blobs, prefix: string): Promise<string | undefined> {
  for await (const { key } of registry.list(prefix)) return key;
  return undefined;
}
