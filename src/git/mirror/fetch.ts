import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MirrorError } from '../../ports/mirror.js';
import { FETCH_OBJECTS } from '../partial-clone.js';
import { visible } from '../errors.js';
import type { GitOutput } from '../process.js';
import { Fault, faultOf } from './faults.js';
import { clearStaleLocks, localRef, own, touch } from './layout.js';
import type { Remote } from './remote.js';
import { inMirror, offline, succeeded } from './run.js';

/** How often the size of a pack that is coming in is looked at. */
const WATCH_MS = 1_000;
/** A ref may be deleted between two questions; one that vanishes again and again is not worth more. */
const TRIES = 3;

/** What git itself accepts (git check-ref-format), as far as it matters to a refspec: such a name may not be in one. */
const UNUSABLE_REF = /[\p{Cc}\p{Cs} ~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[/.]$/u;

export interface FetchContext {
  readonly mirror: string;
  readonly remote: Remote;
  readonly signal: AbortSignal | undefined;
  /** For each fetch. */
  readonly timeLimit: (what: string) => AbortSignal;
  /** A pack that grows beyond this is stopped. */
  readonly maxBytes: number;
  readonly now: () => number;
}

/**
 * Brings refs here, each under a name of ours, and says what they point to; names that the remote does not have are
 * left out. Throws Fault or MirrorError.
 */
export async function fetchRefs(
  context: FetchContext,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  let wanted = [...new Set(names)].filter((name) => name.startsWith('refs/') && !UNUSABLE_REF.test(name));
  // Before the fetch: from now on nobody takes them for forgotten.
  for (const name of wanted) await markAsked(context, name);
  for (let tries = 0; wanted.length > 0;) {
    const refspecs = wanted.map((name) => `+${name}:${localRef(name)}`);
    const { code, stderr } = await fetchFrom(context, refspecs, 'fetching from the repository');
    if (code === 0) {
      const tips = await readTips(context, wanted);
      if (tips.size === wanted.length) return tips;
      // Another process removed one of them as forgotten in this moment.
      tries += 1;
      if (tries >= TRIES) throw new Fault('unknown', 'fatal: fetched refs cannot be read');
    } else {
      // Git stops at the first name that is not there, and names it.
      const missing = /couldn't find remote ref (.+)$/m.exec(stderr)?.[1];
      if (missing === undefined || !wanted.includes(missing)) throw new Fault(faultOf(stderr), stderr);
      wanted = wanted.filter((name) => name !== missing);
    }
  }
  return new Map();
}

async function markAsked(context: FetchContext, name: string): Promise<void> {
  const path = join(own.asked(context.mirror), localRef(name).slice('refs/docops/'.length));
  await touch(path, context.now(), name);
}

async function readTips(
  { mirror, remote, signal }: FetchContext,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  // A tag's object has the commit behind a star.
  const format = '%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)';
  const { stdout } = succeeded(
    await offline(mirror, ['for-each-ref', `--format=${format}`, ...names.map(localRef)], {
      environment: remote.plainEnvironment,
      signal,
    }),
  );
  const found = new Map<string, string>();
  for (const line of stdout.toString('latin1').split('\n')) {
    const [ref = '', type, oid = '', behindType, behind = ''] = line.split(' ');
    if (type === 'commit') found.set(ref, oid);
    else if (behindType === 'commit') found.set(ref, behind);
  }
  return new Map(
    names.flatMap((name): [string, string][] => {
      const commit = found.get(localRef(name));
      return commit === undefined ? [] : [[name, commit]];
    }),
  );
}

/** Which of the commits are not here, or without their tree. Asks nobody. */
export async function missingCommits(
  { mirror, remote, signal }: Pick<FetchContext, 'mirror' | 'remote' | 'signal'>,
  commits: readonly string[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const commit of new Set(commits)) {
    const { code } = await offline(mirror, ['rev-parse', '--verify', '--quiet', `${commit}^{tree}`], {
      environment: remote.plainEnvironment,
      signal,
    });
    if (code !== 0) missing.push(commit);
  }
  return missing;
}

/** Fetches commits by id. Throws MirrorError (not transient) for one that the remote does not have. */
export async function fetchCommits(context: FetchContext, commits: readonly string[]): Promise<void> {
  for (const commit of commits) await markAsked(context, commit);
  const refspecs = commits.map((commit) => `+${commit}:${localRef(commit)}`);
  const { code, stderr } = await fetchFrom(context, refspecs, 'fetching commits');
  if (code === 0) return;
  const gone = /not our ref ([0-9a-f]{40})/.exec(stderr)?.[1];
  if (gone === undefined) throw new Fault(faultOf(stderr), stderr);
  throw new MirrorError(
    `the repository does not have the commit ${gone.slice(0, 10)} any more; a force push may have removed it`,
    false,
  );
}

/** Fetches contents by id, to stay in the mirror. */
export async function fetchObjects(context: FetchContext, oids: readonly string[]): Promise<void> {
  const output = await fetchFrom(context, oids, 'fetching files', ['fetch.negotiationAlgorithm=noop']);
  succeeded(output);
}

/**
 * One `git fetch`, again after what a second try mends: a token that has run out, a lock that a dead process left, an
 * object that is only odd (git 2.39 does not let a partial clone say which oddities it takes).
 */
async function fetchFrom(
  context: FetchContext,
  lines: readonly string[],
  what: string,
  config: readonly string[] = [],
): Promise<GitOutput> {
  const { mirror, remote } = context;
  const signals = [context.timeLimit(what), ...(context.signal === undefined ? [] : [context.signal])];
  const settings = [...config];
  let tokens = 2;
  for (let tries = TRIES + 1; ; tries -= 1) {
    const output = await watched(context, signals, async (signal) =>
      inMirror(mirror, [...FETCH_OBJECTS, 'origin'], {
        environment: await remote.environment(),
        input: `${lines.join('\n')}\n`,
        config: settings,
        signal,
      }),
    );
    const kind = output.code === 0 ? undefined : faultOf(output.stderr);
    if (kind === undefined || tries <= 1) return output;
    if (kind === 'refused' && tokens > 1) {
      tokens -= 1;
      remote.dropToken();
    } else if (kind === 'malformed-harmless' && !settings.includes('transfer.fsckObjects=false')) {
      settings.push('transfer.fsckObjects=false');
    } else if (kind === 'locked') await clearStaleLocks(mirror);
    else return output;
  }
}

/** Stops what brings in more than the whole folder may hold. */
async function watched<T>(
  { mirror, maxBytes }: FetchContext,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const tooLarge = new AbortController();
  const folder = own.packs(mirror);
  const look = async (): Promise<void> => {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.startsWith('tmp_pack_')) continue;
      const found = await stat(join(folder, name)).catch(() => undefined);
      if ((found?.size ?? 0) > maxBytes)
        tooLarge.abort(
          new MirrorError(
            `the repository is larger than all mirrors may be together (${visible(String(maxBytes))} bytes)`,
            false,
          ),
        );
    }
  };
  const timer = setInterval(() => void look(), WATCH_MS);
  try {
    return await work(AbortSignal.any([...signals, tooLarge.signal]));
  } finally {
    clearInterval(timer);
  }
}
