import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

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

/** Reads a file once, in pieces. Throws on I/O errors. */
export async function hashFile(path: string): Promise<HashedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  let head = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    if (head.length < LFS_POINTER.length) head = Buffer.concat([head, chunk.subarray(0, LFS_POINTER.length)]);
  }
  const lfsPointer = bytes < LFS_POINTER_BYTES && head.subarray(0, LFS_POINTER.length).equals(LFS_POINTER);
  return { sha256: hash.digest('hex'), bytes, lfsPointer };
}
