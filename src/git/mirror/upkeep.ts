import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MIRROR_REF_KEPT_MS } from '../../core/limits.js';
import type { Log } from '../../ports/log.js';
import { own, touch } from './layout.js';
import { joinPacks, removeLeftovers } from './packs.js';
import { offline, succeeded } from './run.js';

/** Thousands of refs need not be looked through more often. */
const TIDY_MS = 24 * 60 * 60_000;

/** Refs that nobody asked for in a long time: closed pull requests, deleted branches, single commits. */
async function forgetRefs(mirror: string, environment: NodeJS.ProcessEnv, now: number): Promise<number> {
  const folder = own.asked(mirror);
  const old: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (!/^[0-9a-f]{40}$/.test(name)) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > MIRROR_REF_KEPT_MS) old.push(name);
  }
  if (old.length === 0) return 0;
  // A ref that is not there is deleted, too.
  const input = old.map((name) => `delete refs/docops/${name}\n`).join('');
  succeeded(await offline(mirror, ['update-ref', '--stdin'], { environment, input }));
  for (const name of old) await rm(join(folder, name), { force: true });
  return old.length;
}

async function tidyRefs(mirror: string, environment: NodeJS.ProcessEnv, now: number): Promise<number> {
  const last = await stat(own.tidied(mirror)).catch(() => undefined);
  if (last !== undefined && Math.abs(now - last.mtimeMs) < TIDY_MS) return 0;
  const forgotten = await forgetRefs(mirror, environment, now);
  // One file instead of thousands.
  succeeded(await offline(mirror, ['pack-refs', '--all', '--prune'], { environment }));
  await touch(own.tidied(mirror), now);
  return forgotten;
}

/** Keeps one mirror small and quick. A failure is logged and left to the next time. */
export async function upkeep(
  mirror: string,
  environment: NodeJS.ProcessEnv,
  now: number,
  log: Log,
): Promise<void> {
  try {
    await removeLeftovers(mirror);
    const refs = await tidyRefs(mirror, environment, now);
    const packs = await joinPacks(mirror, environment);
    if (refs > 0 || packs > 0) log.info({ mirror: nameOf(mirror), refs, packs }, 'mirror tidied');
  } catch (error) {
    log.warn({ mirror: nameOf(mirror), error: String(error) }, 'mirror could not be tidied');
  }
}

function nameOf(mirror: string): string {
  return basename(mirror);
}
