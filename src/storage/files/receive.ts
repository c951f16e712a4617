/** A stream becomes a file: whole and checked, or not there. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface Received {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Writes beside `file`, lets `check` look at what came, and gives it its name at the end. Throws where `file` is there
 * already. Whatever is thrown, nothing stays.
 */
export async function receive(
  content: AsyncIterable<Uint8Array>,
  file: string,
  check: (received: Received) => void,
): Promise<Received> {
  if (await isThere(file)) throw new Error(`${file} is there already`);
  const part = join(dirname(file), `.part-${randomUUID()}`);
  const counter = new Counter();
  // Opened first: a stream that opens it by itself may still do so after it was removed.
  const handle = await open(part, 'wx', 0o600);
  try {
    await pipeline(content, counter.through, handle.createWriteStream());
    const received = counter.received();
    check(received);
    await give(part, file);
    return received;
  } finally {
    await rm(part, { force: true });
  }
}

/** Size and checksum of a file. */
export async function measureFile(file: string): Promise<Received> {
  const counter = new Counter();
  const chunks = counter.through(createReadStream(file) as AsyncIterable<Uint8Array>);
  while ((await chunks.next()).done !== true);
  return counter.received();
}

export function measureBytes(bytes: Uint8Array): Received {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** What flows through it is counted and hashed. */
export class Counter {
  #bytes = 0;
  readonly #hash = createHash('sha256');

  readonly through = async function* (
    this: Counter,
    content: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.#bytes += chunk.length;
      this.#hash.update(chunk);
      yield chunk;
    }
  }.bind(this);

  received(): Received {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}

/** A hard link fails where the name is taken, a rename would replace; not every file system has hard links. */
async function give(part: string, file: string): Promise<void> {
  try {
    await link(part, file);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    await rename(part, file);
  }
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}
