import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** How a Git LFS pointer file starts. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = Buffer.from('version https://git-lfs.github.com/spec/v1\n');
/** The specification: a pointer file is smaller than 1,024 bytes. */
const LFS_POINTER_BYTES = 1024;

export interface HashedFile {
  /** Hex, over the bytes. */
  readonly sha256: string;
  readonly bytes: number;
  /** The file stands for a document that was never fetched. */
  readonly lfsPointer: boolean;
}

/** Files up to this size are read in one go; a stream costs more than such a file. */
const WHOLE_BYTES = 1024 * 1024;

/** Reads a file once, large ones in pieces. Throws on I/O errors. */
export async function hashFile(path: string, size: number): Promise<HashedFile> {
  const hash = createHash('sha256');
  if (size <= WHOLE_BYTES) {
    const content = await readFile(path);
    return {
      sha256: hash.update(content).digest('hex'),
      bytes: content.length,
      lfsPointer: isLfsPointer(content),
    };
  }
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes, lfsPointer: false };
}

function isLfsPointer(content: Buffer): boolean {
  return content.length < LFS_POINTER_BYTES && content.subarray(0, LFS_POINTER.length).equals(LFS_POINTER);
}
