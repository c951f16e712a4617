import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scratch } from '../ports/surroundings.js';

/** A folder below the system's temporary one; everything in it goes with `remove`, also what an extractor made read-only. */
export async function openScratch(): Promise<Scratch & { remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'docops-'));
  let next = 0;
  return {
    folder: (name) => mkdtemp(join(root, `${(next += 1)}-${name}-`)),
    async remove() {
      await rm(root, { recursive: true, force: true }).catch(async () => {
        await makeWritable(root);
        await rm(root, { recursive: true, force: true });
      });
    },
  };
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) await makeWritable(path);
  }
}
