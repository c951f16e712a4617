import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePath, isText, joinNul, splitNul } from './paths.js';
import type { ObjectStore } from './store.js';

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer begins so and is shorter than 1024 bytes. */
const POINTER = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v\d/;
const POINTER_BYTES = 1024;
const ATTRIBUTE_BYTES = 1024 * 1024 * 1024;

/**
 * Files that the tree's attributes give to Git LFS and that are still pointers in the checkout: whoever reads them gets
 * three lines of text instead of a model. `paths` are written files, from `folder`.
 */
export async function unsmudged(
  store: ObjectStore,
  folder: string,
  index: string,
  paths: readonly string[],
): Promise<string[]> {
  const { stdout } = await store.git(
    'read attributes',
    ['check-attr', '--cached', '-z', '--stdin', 'filter'],
    {
      workTree: folder,
      env: { GIT_INDEX_FILE: index },
      input: joinNul(paths),
      maxBytes: ATTRIBUTE_BYTES,
    },
  );
  const records = splitNul(stdout);
  const pointers: string[] = [];
  for (let at = 0; at + 2 < records.length; at += 3) {
    const path = decodePath(records[at] ?? Buffer.of());
    if (records[at + 2]?.toString('latin1') !== 'lfs' || !isText(path)) continue;
    if (await isPointer(join(folder, path))) pointers.push(path);
  }
  return pointers;
}

async function isPointer(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size >= POINTER_BYTES) return false;
    return POINTER.test((await file.read(Buffer.alloc(size), 0, size, 0)).buffer.toString('latin1'));
  } finally {
    await file.close();
  }
}
