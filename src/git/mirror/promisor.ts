import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import type { GitOutput } from '../process.js';
import type { Promisor } from '../store.js';
import type { Health } from './code.js';
import { faultOf, isDamage } from './faults.js';
import { fetchObjects, type FetchContext } from './fetch.js';
import { madeId, own } from './layout.js';
import { installPacks } from './packs.js';

/** How an open mirror gets contents, which it has only of files that somebody read. */
export class MirrorPromisor implements Promisor, Health {
  readonly #context: FetchContext;
  readonly #made: string | undefined;
  readonly #inTurn: (work: () => Promise<void>) => Promise<void>;
  #marking: Promise<void> | undefined;

  /** `made`: id of the copy that was opened. */
  constructor(
    context: FetchContext,
    made: string | undefined,
    inTurn: (work: () => Promise<void>) => Promise<void>,
  ) {
    this.#context = context;
    this.#made = made;
    this.#inTurn = inTurn;
  }

  async complaint(): Promise<string | undefined> {
    if (this.#marking !== undefined) return 'is damaged';
    if ((await madeId(this.#context.mirror)) !== this.#made) return 'was replaced by another process';
    return undefined;
  }

  redact(text: string): string {
    return this.#context.remote.redact(text);
  }

  environment(): Promise<NodeJS.ProcessEnv> {
    // Without a token what is on disk can be read; what is not is refused then, and that is said.
    return this.#context.remote.environment().catch(() => this.#context.remote.plainEnvironment);
  }

  ended({ code, stderr }: GitOutput): boolean {
    if (isDamage(stderr))
      this.#marking ??= writeFile(own.damaged(this.#context.mirror), '').catch(() => undefined);
    const refused = code !== 0 && faultOf(stderr) === 'refused';
    if (refused) this.#context.remote.dropToken();
    return refused;
  }

  fetch(missing: () => Promise<readonly string[]>): Promise<void> {
    return this.#inTurn(async () => {
      const oids = await missing();
      if (oids.length > 0) await fetchObjects(this.#context, oids);
    });
  }

  async keep(objects: string): Promise<void> {
    await this.#marking;
    await installPacks(join(objects, 'pack'), this.#context.mirror);
  }
}
