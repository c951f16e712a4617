/** Whether the rules of a branch require our check. Rules change seldom and every look would ask: kept for a while. */
import type { RepositoryRef } from '../core/app-words.js';
import { checkName } from '../core/check/index.js';
import type { RequiredCheck } from '../ports/github.js';
import type { CorridorPorts } from './corridor.js';

const KEPT_MS = 5 * 60_000;
const ENTRIES = 1_000;

const kept = new WeakMap<object, Map<string, { until: number; value: RequiredCheck | undefined }>>();

/** Undefined when the rules cannot be read; never throws. */
export async function requiredCheck(
  { github, log }: Pick<CorridorPorts, 'github' | 'log'>,
  repository: RepositoryRef,
  branch: string,
): Promise<RequiredCheck | undefined> {
  const entries = kept.get(github) ?? new Map<string, { until: number; value: RequiredCheck | undefined }>();
  kept.set(github, entries);
  const key = `${repository.id}:${branch}`;
  const now = performance.now();
  const known = entries.get(key);
  if (known !== undefined && known.until > now) return known.value;
  const value = await github
    .requiredCheck(repository, branch, checkName(branch, null))
    .catch((error: unknown) => {
      log.debug({ repository: repository.id, branch, error: String(error) }, 'branch rules cannot be read');
      return undefined;
    });
  if (entries.size >= ENTRIES) entries.delete(entries.keys().next().value ?? '');
  entries.set(key, { until: now + KEPT_MS, value });
  return value;
}
