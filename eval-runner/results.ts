/** Where results go: one line each, written whole, so that what is finished survives whatever happens next. */
import { closeSync, createReadStream, existsSync, fstatSync, openSync, readSync, write } from 'node:fs';
import { isObject } from './contract.js';
import { splitLines } from './lines.js';

export class ResultWriter {
  readonly #fd: number;
  readonly #close: boolean;
  #last: Promise<void> = Promise.resolve();
  #needsNewline: boolean;

  constructor(output: string | null) {
    this.#close = output !== null;
    this.#fd = output === null ? 1 : openSync(output, 'a+', 0o600);
    this.#needsNewline = output !== null && endsInHalfLine(this.#fd);
  }

  /** Resolves when the line is out; a caller that waits for it cannot flood a slow reader. */
  write(result: unknown): Promise<void> {
    // A half line of somebody who was killed is closed first, so that it spoils itself only.
    const line = Buffer.from((this.#needsNewline ? '\n' : '') + JSON.stringify(result) + '\n', 'utf8');
    this.#needsNewline = false;
    const mine = this.#last.then(() => writeAll(this.#fd, line));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async close(): Promise<void> {
    await this.#last;
    if (this.#close) closeSync(this.#fd);
  }
}

/** Ids that have a whole line in an earlier run's results. Broken lines are passed over: their documents run again. */
export async function finishedIds(output: string | null, longestBytes: number): Promise<Set<string>> {
  const ids = new Set<string>();
  if (output === null || !existsSync(output)) return ids;
  for await (const line of splitLines(createReadStream(output), longestBytes)) {
    if (line.kind !== 'line') continue;
    try {
      const value: unknown = JSON.parse(line.bytes.toString('utf8'));
      if (isObject(value) && typeof value['id'] === 'string' && typeof value['status'] === 'string')
        ids.add(value['id']);
    } catch {
      // A half line.
    }
  }
  return ids;
}

function endsInHalfLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] !== 0x0a;
}

/** Through the thread pool: a reader that is slow must not stop the clocks of the time limits. */
async function writeAll(fd: number, bytes: Buffer): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += await new Promise<number>((resolve, reject) => {
      write(fd, bytes, offset, bytes.length - offset, null, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    });
  }
}
