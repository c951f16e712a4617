import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MIRROR_PACKS } from '../../core/limits.js';
import { own } from './layout.js';
import { offline, succeeded } from './run.js';

/** 20 million object names. */
const NAMES_BYTES = 1024 * 1024 * 1024;
/** Rewriting packs is worth some minutes, and can be done another day. */
const REPACK_MS = 5 * 60_000;
/** A half-written file of git's is left behind when it did not grow for so long. */
const LEFTOVER_MS = 60 * 60_000;

/**
 * Moves complete packs from one folder into a mirror. The index comes last: with it git sees the pack, and by then the
 * mark must be there that says that what it refers to can be fetched.
 */
export async function installPacks(from: string, mirror: string): Promise<void> {
  const to = own.packs(mirror);
  const names = await readdir(from).catch((): string[] => []);
  for (const name of names) {
    const base = /^(pack-[0-9a-f]+)\.promisor$/.exec(name)?.[1];
    if (base === undefined || !names.includes(`${base}.idx`)) continue;
    const there = await readdir(to);
    if (there.includes(`${base}.idx`)) continue;
    for (const extension of ['pack', 'promisor', 'rev', 'idx'])
      if (names.includes(`${base}.${extension}`))
        await move(join(from, `${base}.${extension}`), join(to, `${base}.${extension}`));
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const beside = `${to}.${randomUUID()}`;
    await copyFile(from, beside);
    await rename(beside, to);
  }
}

interface Pack {
  readonly base: string;
  readonly bytes: number;
}

/**
 * Joins small packs when there are many, each of which git would search for each object. Of the packs in order of size
 * those at the small end, so that every one left is at least twice as large as all smaller ones together: few are
 * left, and the large ones are seldom rewritten.
 *
 * By hand, because `git repack --geometric` refuses partial clones before git 2.53 and `git repack -a` rewrites everything.
 * Other processes may read and join at the same time: a pack goes only when all that it held stands in another.
 */
export async function joinPacks(mirror: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const packs = await packsOf(mirror);
  if (packs.length <= MIRROR_PACKS) return 0;
  let sum = 0;
  let small = 0;
  packs.forEach(({ bytes }, at) => {
    if (bytes < 2 * sum) small = at + 1;
    sum += bytes;
  });
  const joined = packs.slice(0, Math.max(2, small));

  const run = async (args: readonly string[], input: Buffer): Promise<Buffer> => {
    const signal = AbortSignal.timeout(REPACK_MS);
    const config = ['pack.threads=1', 'core.fsync=committed'];
    const command = { environment, input, config, maxBytes: NAMES_BYTES, signal };
    return succeeded(await offline(mirror, args, command)).stdout;
  };
  const objects: Buffer[] = [];
  for (const { base } of joined) objects.push(await run(['show-index'], await readIndex(mirror, base)));
  const names = Buffer.concat(objects)
    .toString('latin1')
    .split('\n')
    .map((line) => line.split(' ')[1])
    .filter((oid) => oid !== undefined);
  const workshop = join(mirror, 'docops', `packs-${randomUUID()}`);
  await mkdir(workshop);
  try {
    const args = ['pack-objects', '--quiet', '--delta-base-offset', join(workshop, 'pack')];
    const made = await run(args, Buffer.from(`${[...new Set(names)].join('\n')}\n`));
    const base = `pack-${made.toString('latin1').trim()}`;
    await writeFile(join(workshop, `${base}.promisor`), '');
    await installPacks(workshop, mirror);
    for (const old of joined) if (old.base !== base) await removePack(mirror, old.base);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return joined.length;
}

async function readIndex(mirror: string, base: string): Promise<Buffer> {
  return readFile(join(own.packs(mirror), `${base}.idx`));
}

/** Index first: a pack without an index is not looked at, an index without its pack is an error. */
async function removePack(mirror: string, base: string): Promise<void> {
  for (const extension of ['idx', 'rev', 'promisor', 'keep', 'pack'])
    await rm(join(own.packs(mirror), `${base}.${extension}`), { force: true });
}

/** Complete packs, small ones first. */
export async function packsOf(mirror: string): Promise<Pack[]> {
  const folder = own.packs(mirror);
  const packs: Pack[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const base = /^(pack-[0-9a-f]+)\.idx$/.exec(name)?.[1];
    if (base === undefined) continue;
    const found = await stat(join(folder, `${base}.pack`)).catch(() => undefined);
    if (found !== undefined) packs.push({ base, bytes: found.size });
  }
  return packs.sort((a, b) => a.bytes - b.bytes);
}

/** Removes what killed processes left in the middle of a pack. */
export async function removeLeftovers(mirror: string): Promise<void> {
  for (const [folder, what] of [
    [own.packs(mirror), /^tmp_/],
    [join(mirror, 'docops'), /^packs-/],
  ] as const) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!what.test(name)) continue;
      const found = await stat(join(folder, name)).catch(() => undefined);
      if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_MS)
        await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}
