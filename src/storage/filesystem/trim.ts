/** Keeps a folder of blobs within its room: what was written longest ago goes first. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export async function trimBlobs(folder: string, maxBytes: number): Promise<void> {
  const files: { path: string; bytes: number; writtenMs: number }[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // Gone meanwhile: another process trims as well.
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined) files.push({ path, bytes: stats.size, writtenMs: stats.mtimeMs });
  }
  files.sort((a, b) => a.writtenMs - b.writtenMs);
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of files) {
    if (bytes <= maxBytes) break;
    await rm(file.path, { force: true });
    bytes -= file.bytes;
  }
}
