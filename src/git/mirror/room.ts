import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../ports/log.js';
import { own, type Layout } from './layout.js';
import type { Leases } from './leases.js';

/** What processes left behind that ended in the middle of making or removing a mirror. */
export async function sweep(layout: Layout, leases: Leases): Promise<void> {
  for (const name of await readdir(layout.trash).catch(() => []))
    await rm(join(layout.trash, name), { recursive: true, force: true });
  for (const name of await readdir(layout.beingMade).catch(() => [])) {
    const [, mirror, lease] = /^(\d+)-(.+?)(?:\.\d+)?$/.exec(name) ?? [];
    if (mirror !== undefined && lease !== undefined && (await leases.isHeld(mirror, lease))) continue;
    await layout.discard(join(layout.beingMade, name));
  }
  await leases.sweep();
}

interface Kept {
  readonly id: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/**
 * Removes mirrors until all together are no larger than `maxBytes`, those first that were not used for longest. One
 * that somebody has open, in this process or another, stays, even if it is too large by itself.
 */
export async function evict(layout: Layout, leases: Leases, maxBytes: number, log: Log): Promise<void> {
  const kept: Kept[] = [];
  for (const id of await layout.mirrors()) {
    const mirror = layout.mirror(id);
    const used = await stat(own.used(mirror)).catch(() => undefined);
    kept.push({ id, bytes: await bytesOf(mirror), usedAt: used?.mtimeMs ?? 0 });
  }
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  kept.sort((a, b) => a.usedAt - b.usedAt);
  for (const { id, bytes } of kept) {
    if (total <= maxBytes) return;
    if (!(await leases.whileUnused(id, () => layout.discard(layout.mirror(id))))) continue;
    total -= bytes;
    log.info({ repositoryId: Number(id), bytes }, 'mirror removed to make room');
  }
  if (total > maxBytes)
    log.warn({ bytes: total, maxBytes }, 'mirrors in use are larger than the room for mirrors');
}

/** Total of all mirrors, in bytes. */
export async function bytesOfAll(layout: Layout): Promise<number> {
  let total = 0;
  for (const id of await layout.mirrors()) total += await bytesOf(layout.mirror(id));
  return total;
}

/** One mirror, in bytes. Refs are small files, and thousands; packs are all that counts. */
export async function bytesOf(mirror: string): Promise<number> {
  let bytes = 0;
  for (const folder of [own.packs(mirror), join(mirror, 'docops')]) {
    for (const name of await readdir(folder).catch(() => [])) {
      const found = await stat(join(folder, name)).catch(() => undefined);
      bytes += found?.size ?? 0;
    }
  }
  return bytes;
}
