/**
 * Checksums of the blobs in a folder, `.docops/sums/KEY`: a line `INODE-SIZE-MTIME SHA256` for each time it was written.
 * The line is there before the blob has its name, and is found by the file itself: so of two writers whoever is last wins
 * both, without a lock. A file that fits no line was touched by somebody else, or copied: then the last line counts.
 */
import { constants } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A blob that is replaced so often is not what this is for; the end is read. */
const READ_BYTES = 64 * 1024;
const LINE = /^(\d+-\d+-\d+) ([0-9a-f]{64})$/;

export async function addSum(file: string, version: string, sha256: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const handle = await open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    // One write, with a newline before: what a crash cut off spoils no other line.
    await handle.write(`\n${version} ${sha256}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function sumOf(file: string, version: string): Promise<string | null> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, READ_BYTES));
    await handle.read(bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes
      .toString('latin1')
      .split('\n')
      .flatMap((line) => {
        const [, of, sum] = LINE.exec(line) ?? [];
        return of === undefined || sum === undefined ? [] : [{ of, sum }];
      });
    return (lines.findLast(({ of }) => of === version) ?? lines.at(-1))?.sum ?? null;
  } finally {
    await handle.close();
  }
}

export async function removeSums(file: string): Promise<void> {
  await rm(file, { force: true });
}
