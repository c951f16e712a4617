/**
 * Reads what the extract container left. It is hostile: a name may be a link, a pipe that never gives anything, a file of
 * terabytes with nothing in it. Nothing is opened that is not a plain file, where it is meant to be, of a size that is allowed.
 */
import { constants, realpathSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface PlainFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/** Undefined: there is none, or something else is in its place. The caller closes it. */
export async function openPlain(path: string): Promise<PlainFile | undefined> {
  // Nobody writes there any more, so what is looked at stays as it is.
  if (!isWhereItIs(dirname(path))) return undefined;
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined) return undefined;
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, bytes: stats.size };
  await handle.close();
  return undefined;
}

/** The whole of a small file; undefined also where it is larger. */
export async function readPlain(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const file = await openPlain(path);
  if (file === undefined) return undefined;
  try {
    return file.bytes > maxBytes ? undefined : await readPart(file.handle, 0, file.bytes);
  } catch {
    return undefined;
  } finally {
    await file.handle.close();
  }
}

/** Its last bytes; nothing where there is no plain file. */
export async function readEnd(path: string, bytes: number): Promise<Buffer> {
  const file = await openPlain(path);
  if (file === undefined) return Buffer.alloc(0);
  try {
    const from = Math.max(0, file.bytes - bytes);
    return await readPart(file.handle, from, file.bytes - from);
  } catch {
    return Buffer.alloc(0);
  } finally {
    await file.handle.close();
  }
}

export async function sizeOfPlain(path: string): Promise<number> {
  const file = await openPlain(path);
  await file?.handle.close();
  return file?.bytes ?? 0;
}

async function readPart(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** No part of the way there is a link. `path` comes from our own layout, below a folder that was resolved at the start. */
function isWhereItIs(path: string): boolean {
  try {
    return realpathSync(path) === path;
  } catch {
    return false;
  }
}
