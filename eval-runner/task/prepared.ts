/**
 * After a setup: code and home, as one archive for the tasks that follow. deliver has nowhere to write, so the archive is
 * made twice: once for its length and checksum, which S3 wants first, and once while it is sent.
 */
import { createHash } from 'node:crypto';
import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Pack } from 'tar';
import { size } from '../outcome.js';
import { StepError } from './step-error.js';
import { UNPACKED_BYTES } from './unpack.js';

export type Prepared =
  | {
      readonly ok: true;
      readonly sha256: string;
      readonly bytes: number;
      readonly content: () => Readable;
    }
  /** What the setup made cannot be used. */
  | { readonly ok: false; readonly problem: string };

class Unusable extends Error {}

/** `home` stands first, which tells whoever unpacks it that a setup has run. */
const TOPS = ['home', 'code'];

export async function prepare(work: string, maxBytes: number, stop: AbortSignal): Promise<Prepared> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for (const top of TOPS)
      if (!lstatSync(join(work, top)).isDirectory()) throw new Unusable(`${top} is not a folder any more`);
    await pipeline(
      archive(work),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          if (bytes > maxBytes) throw new Unusable(`what it made is larger than ${size(maxBytes)}, packed`);
        }
      },
      { signal: stop },
    );
    return { ok: true, sha256: hash.digest('hex'), bytes, content: () => archive(work) };
  } catch (error) {
    if (error instanceof Unusable) return { ok: false, problem: error.message };
    if (stop.aborted) throw new StepError('stopped', 'was told to stop');
    throw new StepError('failed', `the prepared code could not be packed: ${(error as Error).message}`);
  }
}

/** The same bytes each time. Pipes and sockets are left out. */
function archive(work: string): Readable {
  const out = new PassThrough();
  let unpacked = 0;
  const fail = (error: Error): void => {
    out.destroy(error);
  };
  const pack = new Pack({
    cwd: work,
    gzip: true,
    // No owners, no inodes; dates stay, for compiled Python belongs to the date of its source.
    portable: true,
    // Hard links would tie a file of `home` to one of `code`; each is stored as what it is.
    linkCache: new NoLinks(),
    filter: (_path, stats) => {
      const kinds = stats as Stats;
      if (!kinds.isFile() && !kinds.isDirectory() && !kinds.isSymbolicLink()) return false;
      unpacked += stats.size;
      if (unpacked > UNPACKED_BYTES)
        fail(new Unusable(`what it made is larger than ${size(UNPACKED_BYTES)}`));
      return true;
    },
    onwarn: (code, message) => {
      if (code !== 'TAR_ENTRY_UNSUPPORTED' && code !== 'TAR_ENTRY_INFO')
        fail(new Unusable(`what it made cannot be read: ${message}`));
    },
  });
  pack.on('error', (error) => fail(error as Error));
  pack.pipe(out);
  for (const top of TOPS) pack.add(top);
  pack.end();
  return out;
}

class NoLinks extends Map<`${number}:${number}`, string> {
  override set(): this {
    return this;
  }
}
