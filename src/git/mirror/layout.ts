import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../process.js';
import { scrubbedEnvironment } from '../scrub.js';
import { Fault, faultOf } from './faults.js';

/** A lock of git's that is older than this was left behind: git holds one for milliseconds. */
const LOCK_STALE_MS = 30_000;
/** Bytes at the end of a pack: the SHA-1 of all before. https://git-scm.com/docs/gitformat-pack */
const PACK_SUM_BYTES = 20;

/** Where things are below the mirrors' folder. Repositories have numbers for names: a number outlives renames and is no path. */
export class Layout {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
  }

  mirror(id: string): string {
    return join(this.folder, `${id}.git`);
  }
  get leases(): string {
    return join(this.folder, 'leases');
  }
  /** Mirrors that are being made; the name ends with the id of the lease of who makes it. */
  get beingMade(): string {
    return join(this.folder, 'new');
  }
  /** What nobody needs any more, out of the way before it is removed. */
  get trash(): string {
    return join(this.folder, 'trash');
  }
  /** Temporary objects of open mirrors; on the same disk, so that packs are moved and not copied. */
  get temporary(): string {
    return join(this.folder, 'tmp');
  }

  async create(): Promise<void> {
    for (const path of [this.leases, this.beingMade, this.trash, this.temporary])
      await mkdir(path, { recursive: true, mode: 0o700 });
  }

  async mirrors(): Promise<string[]> {
    const names = await readdir(this.folder);
    return names.filter((name) => /^\d+\.git$/.test(name)).map((name) => name.slice(0, -'.git'.length));
  }

  /** Out of the way at once; undefined when it is gone already. */
  async moveAway(path: string): Promise<string | undefined> {
    const away = join(this.trash, randomUUID());
    await mkdir(this.trash, { recursive: true });
    try {
      await rename(path, away);
      return away;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async discard(path: string): Promise<void> {
    const away = await this.moveAway(path);
    if (away !== undefined) await remove(away);
  }
}

export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Names of git in a mirror: branches are named by strangers, and `a` and `a/b` cannot both be files. */
export function localRef(name: string): string {
  return `refs/docops/${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
}

/** The whole configuration. Address and token come with each command, so a rename changes nothing here. */
const CONFIG = `[core]
\trepositoryformatversion = 1
\tbare = true
\tfilemode = true
[extensions]
\tpartialClone = origin
[remote "origin"]
\tpromisor = true
\tpartialclonefilter = blob:none
`;
const HEAD = 'ref: refs/heads/none\n';

/** Files of ours inside a mirror. */
export const own = {
  /** Id of this copy; another one under the same name is another copy. */
  made: (mirror: string): string => join(mirror, 'docops', 'made'),
  /** Its time is when the mirror was last used. */
  used: (mirror: string): string => join(mirror, 'docops', 'used'),
  /** There when damage was seen: the next one who opens it makes it anew. */
  damaged: (mirror: string): string => join(mirror, 'docops', 'damaged'),
  /** Its time is when refs were last looked through. */
  tidied: (mirror: string): string => join(mirror, 'docops', 'tidied'),
  /** One file for each ref, whose time is when it was last asked for. */
  asked: (mirror: string): string => join(mirror, 'docops', 'asked'),
  packs: (mirror: string): string => join(mirror, 'objects', 'pack'),
};

/** A new empty mirror. */
export async function makeMirror(path: string, environment: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { code, stderr } = await runGit(
    ['init', '--quiet', '--bare', '--template=', '--object-format=sha1', '.'],
    { cwd: path, env: scrubbedEnvironment(environment), maxBytes: 64 * 1024 },
  );
  if (code !== 0) throw new Fault(faultOf(stderr), stderr);
  await mkdir(own.asked(path), { recursive: true });
  await mkdir(own.packs(path), { recursive: true });
  await mkdir(join(path, 'refs', 'docops'), { recursive: true });
  await writeFile(join(path, 'config'), CONFIG);
  await writeFile(join(path, 'HEAD'), HEAD);
  await writeFile(own.used(path), '');
  // Last: a copy without it is half made.
  await writeFile(own.made(path), randomUUID());
}

/** The id of the copy that stands there; undefined when none does. */
export async function madeId(mirror: string): Promise<string | undefined> {
  return readFile(own.made(mirror), 'utf8').catch(() => undefined);
}

/**
 * Why the copy must not be used, or undefined. Reads names and some bytes of each pack, not the packs: what is cut
 * short or lost is found here, a flipped bit when git meets it.
 */
export async function unsound(mirror: string): Promise<string | undefined> {
  if (await exists(own.damaged(mirror))) return 'git found damage in it';
  if ((await readFile(join(mirror, 'config'), 'utf8').catch(() => '')) !== CONFIG)
    return 'its configuration was changed';
  if ((await readFile(join(mirror, 'HEAD'), 'utf8').catch(() => '')) !== HEAD) return 'its HEAD was changed';
  const packs = own.packs(mirror);
  const names = new Set(await readdir(packs).catch(() => []));
  if (!(await exists(join(mirror, 'refs', 'docops')))) return 'its refs are gone';
  for (const name of names) {
    if (!/^pack-[0-9a-f]+\.idx$/.test(name)) continue;
    const base = name.slice(0, -'.idx'.length);
    const whole = await isWhole(join(packs, base));
    // A pack that another process has replaced by a larger one is no damage.
    if (!whole && (await exists(join(packs, name)))) return `${base} is damaged`;
    if (!names.has(`${base}.promisor`) && (await exists(join(packs, name))))
      return `${base} has lost its mark`;
  }
  return undefined;
}

/** The index ends with the pack's sum and its own, the pack with its sum. */
async function isWhole(base: string): Promise<boolean> {
  const index = await tail(`${base}.idx`, 2 * PACK_SUM_BYTES);
  const pack = await tail(`${base}.pack`, PACK_SUM_BYTES);
  return index !== undefined && pack !== undefined && index.subarray(0, PACK_SUM_BYTES).equals(pack);
}

async function tail(path: string, bytes: number): Promise<Buffer | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size < bytes) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, size - bytes);
    return bytesRead === bytes ? buffer : undefined;
  } finally {
    await file.close();
  }
}

/** Removes locks that a killed git left behind. */
export async function clearStaleLocks(mirror: string): Promise<void> {
  for (const folder of [
    mirror,
    join(mirror, 'refs'),
    join(mirror, 'refs', 'docops'),
    join(mirror, 'objects'),
  ]) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.endsWith('.lock')) continue;
      const found = await stat(join(folder, name)).catch(() => undefined);
      // The file system's own time, since git wrote it.
      if (found !== undefined && Date.now() - found.mtimeMs > LOCK_STALE_MS)
        await rm(join(folder, name), { force: true });
    }
  }
}

/** Gives a file of ours this time; makes it when it is not there. */
export async function touch(path: string, ms: number, content = ''): Promise<void> {
  const seconds = ms / 1000;
  try {
    await utimes(path, seconds, seconds);
  } catch {
    await writeFile(path, content);
    await utimes(path, seconds, seconds);
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
