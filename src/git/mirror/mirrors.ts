import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryRef } from '../../core/app-words.js';
import { MIRROR_BYTES, MIRROR_FETCH_MS, MIRROR_NAMES } from '../../core/limits.js';
import type { Log } from '../../ports/log.js';
import { MirrorError, type Mirror, type Mirrors } from '../../ports/mirror.js';
import { openRepository } from '../open.js';
import { checkId } from '../refs.js';
import { asSeenOutside, mirrorCode } from './code.js';
import { Fault, type FaultKind } from './faults.js';
import { fetchCommits, fetchRefs, missingCommits, type FetchContext } from './fetch.js';
import {
  Layout,
  clearStaleLocks,
  exists,
  madeId,
  makeMirror,
  own,
  remove,
  touch,
  unsound,
} from './layout.js';
import { Leases, type Lease } from './leases.js';
import { MirrorPromisor } from './promisor.js';
import { Remote } from './remote.js';
import { timeLimit } from './run.js';
import { Serial } from './serial.js';
import { bytesOf, bytesOfAll, evict, sweep } from './room.js';
import { upkeep } from './upkeep.js';

export interface MirrorOptions {
  /** Made when it is not there. Several processes may use it at the same time. */
  readonly folder: string;
  /** `https://github.com/OWNER/NAME.git`; http on this machine and paths for trying things out. No password in it. */
  cloneUrl(repository: RepositoryRef): string;
  /**
   * For reading this repository; empty for none. Asked often: whoever gives it remembers it. `renew`: the remembered one
   * was refused.
   */
  token(repository: RepositoryRef, renew: boolean): Promise<string>;
  readonly log: Log;
  /** Room for all mirrors. Those in use may be larger. */
  readonly maxBytes?: number;
  /** For one fetch. */
  readonly fetchTimeoutMs?: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Where PATH, proxies and certificates come from. Default: the process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** See docs/decisions/0013-git-mirror.md. */
export function createMirrors(options: MirrorOptions): Mirrors {
  return new GitMirrors(options);
}

/** After these the same copy is worth another try, or no copy helps. Anything else may be the copy's fault. */
const NOT_THE_COPY: readonly FaultKind[] = [
  'refused',
  'not-found',
  'moved',
  'missing-commit',
  'malformed',
  'malformed-harmless',
  'network',
  'disk-full',
  'locked',
];

interface Wanted {
  readonly refs: readonly string[];
  readonly commits: readonly string[];
  readonly signal: AbortSignal | undefined;
}

class GitMirrors implements Mirrors {
  readonly #options: MirrorOptions;
  readonly #layout: Layout;
  readonly #leases: Leases;
  readonly #now: () => number;
  readonly #maxBytes: number;
  readonly #fetchMs: number;
  /** Fetches of refs, one at a time for each mirror; and of contents, which take longer, beside them. */
  readonly #refs = new Serial();
  readonly #contents = new Serial();
  readonly #seenBytes = new Map<string, number>();
  #ready: Promise<void> | undefined;
  #made = 0;

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#maxBytes = options.maxBytes ?? MIRROR_BYTES;
    this.#fetchMs = options.fetchTimeoutMs ?? MIRROR_FETCH_MS;
    this.#layout = new Layout(options.folder);
    this.#leases = new Leases(this.#layout.leases, this.#now);
  }

  async open(
    repository: RepositoryRef,
    asked: { refs: readonly string[]; commits?: readonly string[]; signal?: AbortSignal },
  ): Promise<Mirror> {
    const wanted = { refs: asked.refs, commits: asked.commits ?? [], signal: asked.signal };
    check(repository, wanted);
    const remote = new Remote({
      url: this.#options.cloneUrl(repository),
      token: (renew) => this.#options.token(repository, renew),
      environment: this.#options.environment ?? process.env,
      now: this.#now,
    });
    const id = String(repository.id);
    const redact = (text: string): string => remote.redact(text);
    try {
      await this.#prepare();
      const lease = await this.#leases.acquire(id, wanted.signal);
      try {
        const tips = await this.#refs.run(
          id,
          () => this.#bringHere(id, remote, lease, wanted),
          wanted.signal,
        );
        return await this.#opened(id, remote, lease, wanted, tips);
      } catch (error) {
        await lease.release();
        throw error;
      }
    } catch (error) {
      if (error instanceof Fault && error.kind === 'disk-full') await this.#makeRoom();
      wanted.signal?.throwIfAborted();
      const seen = asSeenOutside(error, redact, []);
      if (seen instanceof MirrorError || !isOfTheDisk(seen)) throw seen;
      throw new MirrorError(`the mirror's folder cannot be used (${String(seen.code)})`, true, {
        cause: seen,
      });
    }
  }

  #prepare(): Promise<void> {
    this.#ready ??= this.#layout.create().then(() => this.#sweep());
    this.#ready.catch(() => {
      this.#ready = undefined;
    });
    return this.#ready;
  }

  /** Uses the copy that is there. Makes it anew, once, when there is none or it is damaged. */
  async #bringHere(
    id: string,
    remote: Remote,
    lease: Lease,
    wanted: Wanted,
  ): Promise<ReadonlyMap<string, string>> {
    const path = this.#layout.mirror(id);
    const before = await madeId(path);
    let why = before === undefined ? undefined : await unsound(path);
    if (before !== undefined && why === undefined) {
      try {
        return await this.#bring(path, remote, wanted);
      } catch (error) {
        if (!(error instanceof Fault) || NOT_THE_COPY.includes(error.kind)) throw error;
        why = remote.redact(error.message);
      }
    }
    if (why !== undefined) this.#options.log.warn({ repositoryId: Number(id), why }, 'mirror is made anew');
    this.#made += 1;
    const fresh = join(this.#layout.beingMade, `${id}-${lease.id}.${this.#made}`);
    try {
      await makeMirror(fresh, remote.plainEnvironment);
      const tips = await this.#bring(fresh, remote, wanted);
      if (await this.#putInPlace(fresh, path, before)) return tips;
    } finally {
      await this.#layout.discard(fresh);
    }
    // Another process was quicker.
    return this.#bring(path, remote, wanted);
  }

  /** False when another copy stands there by now than the one that was found wanting. */
  async #putInPlace(fresh: string, path: string, before: string | undefined): Promise<boolean> {
    if ((await madeId(path)) !== before) return false;
    if (await exists(path)) {
      const away = await this.#layout.moveAway(path);
      if (away !== undefined && (await madeId(away)) !== before) {
        // Another process replaced it in this moment: back with its copy, unless there is a third by now.
        await rename(away, path).catch(() => remove(away));
        return false;
      }
      if (away !== undefined) await remove(away);
    }
    try {
      // Fails when another process was quicker: a folder that is not empty is not replaced.
      await rename(fresh, path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
      throw error;
    }
  }

  async #bring(path: string, remote: Remote, wanted: Wanted): Promise<ReadonlyMap<string, string>> {
    await clearStaleLocks(path);
    const context = this.#context(path, remote, wanted.signal);
    const tips = wanted.refs.length === 0 ? new Map<string, string>() : await fetchRefs(context, wanted.refs);
    const missing = await missingCommits(context, wanted.commits);
    if (missing.length > 0) await fetchCommits(context, missing);
    // What git says it has fetched and cannot read is damage; better now than in the middle of an evaluation.
    const lost = await missingCommits(context, [...tips.values(), ...missing]);
    if (lost.length > 0) throw new Fault('unknown', `fatal: cannot read ${lost.join(', ')}`);
    return tips;
  }

  #context(mirror: string, remote: Remote, signal: AbortSignal | undefined): FetchContext {
    return {
      mirror,
      remote,
      signal,
      timeLimit: (what) => timeLimit(this.#fetchMs, what),
      maxBytes: this.#maxBytes,
      now: this.#now,
    };
  }

  async #opened(
    id: string,
    remote: Remote,
    lease: Lease,
    wanted: Wanted,
    tips: ReadonlyMap<string, string>,
  ): Promise<Mirror> {
    const path = this.#layout.mirror(id);
    await touch(own.used(path), this.#now());
    await mkdir(this.#layout.temporary, { recursive: true });
    const promisor = new MirrorPromisor(
      this.#context(path, remote, wanted.signal),
      await madeId(path),
      (work) => this.#contents.run(id, work, wanted.signal),
    );
    const repository = await openRepository(path, {
      environment: remote.plainEnvironment,
      temporaryFolder: this.#layout.temporary,
      promisor,
      ...(wanted.signal === undefined ? {} : { signal: wanted.signal }),
    });
    const code = mirrorCode(repository, promisor);
    let closing: Promise<void> | undefined;
    return {
      code,
      tips,
      firstParents: (from, to, limit) => code.firstParents(from, to, limit),
      close: () => (closing ??= this.#close(id, remote, () => repository.close(), lease)),
    };
  }

  /** Never throws for what the next one who opens it will find and mend. */
  async #close(id: string, remote: Remote, close: () => Promise<void>, lease: Lease): Promise<void> {
    const path = this.#layout.mirror(id);
    try {
      await close();
      await touch(own.used(path), this.#now());
      await this.#refs.run(id, () => upkeep(path, remote.plainEnvironment, this.#now(), this.#options.log));
    } catch (error) {
      const why = remote.redact(String(error));
      this.#options.log.warn({ repositoryId: Number(id), why }, 'mirror was not closed in order');
    } finally {
      await lease.release();
    }
    // Nothing came in, so nothing has to go.
    const bytes = await bytesOf(path);
    if (this.#seenBytes.get(id) === bytes) return;
    this.#seenBytes.set(id, bytes);
    await this.#removeWhatIsTooMuch(this.#maxBytes);
  }

  /** The disk is full although the mirrors are within their room: half of them go. */
  async #makeRoom(): Promise<void> {
    await this.#removeWhatIsTooMuch(Math.floor((await bytesOfAll(this.#layout)) / 2));
  }

  async #sweep(): Promise<void> {
    try {
      await sweep(this.#layout, this.#leases);
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'what dead processes left could not be removed');
    }
  }

  async #removeWhatIsTooMuch(maxBytes: number): Promise<void> {
    await this.#sweep();
    try {
      await evict(this.#layout, this.#leases, maxBytes, this.#options.log);
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'old mirrors could not be removed');
    }
  }
}

function check(repository: RepositoryRef, wanted: Wanted): void {
  wanted.signal?.throwIfAborted();
  if (!Number.isSafeInteger(repository.id) || repository.id <= 0)
    throw new MirrorError('a repository without a number', false);
  if (wanted.refs.length + wanted.commits.length > MIRROR_NAMES)
    throw new MirrorError(`more than ${MIRROR_NAMES} refs and commits at once`, false);
  try {
    wanted.commits.forEach(checkId);
  } catch (error) {
    throw new MirrorError((error as Error).message, false, { cause: error });
  }
}

function isOfTheDisk(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
