import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A file or folder of `shared/`, which stands beside the repository (or beside a folder above it) and is not part of it.
 * Undefined where it is absent; with `CI=true` absence fails, so that a test can never be skipped there unseen.
 */
export function sharedPath(name: string): string | undefined {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  for (let folder = dirname(join(root, '.')); ; folder = dirname(folder)) {
    const path = join(folder, 'shared', name);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) break;
  }
  if (process.env['CI'] === 'true')
    throw new Error(`shared/${name} is needed in CI and was not found above ${root}`);
  return undefined;
}
