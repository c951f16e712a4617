import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../../eval-runner/documents.js';
import type { Scratch } from '../ports/surroundings.js';

/** A folder below the system's temporary one; everything in it goes with `remove`, also what an extractor made read-only. */
export async function openScratch(): Promise<Scratch & { remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'docops-'));
  let next = 0;
  return {
    folder: (name) => mkdtemp(join(root, `${(next += 1)}-${name}-`)),
    remove: () => removeTree(root),
  };
}
