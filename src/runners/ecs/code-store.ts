/** The code of each checkout in the storage: as it was, or as setup has left it. Sent once for each runner. */
import type { Blobs } from '../../ports/blobs.js';
import { storeCode, type Stored } from './upload.js';

export class CodeStore {
  readonly #blobs: Blobs;
  readonly #sent = new Map<string, Promise<Stored>>();
  readonly #prepared = new Map<string, Stored>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** What the tasks of a checkout get. */
  of(codeDirectory: string): Promise<Stored> {
    const prepared = this.#prepared.get(codeDirectory);
    return prepared === undefined ? this.original(codeDirectory) : Promise.resolve(prepared);
  }

  /** Before setup. */
  original(codeDirectory: string): Promise<Stored> {
    let stored = this.#sent.get(codeDirectory);
    if (stored === undefined) {
      stored = storeCode(this.#blobs, codeDirectory);
      this.#sent.set(codeDirectory, stored);
      stored.catch(() => this.#sent.delete(codeDirectory));
    }
    return stored;
  }

  prepared(codeDirectory: string, archive: Stored): void {
    this.#prepared.set(codeDirectory, archive);
  }

  /** A task did not find it: send it again. What setup has made cannot be sent again. */
  lookAgain(codeDirectory: string): void {
    this.#sent.delete(codeDirectory);
  }
}
