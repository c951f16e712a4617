import { explain } from './errors.js';
import type { ObjectStore } from './store.js';

/** Ids of the objects of one tree. */
const IDS_BYTES = 1024 * 1024 * 1024;

/** Names of objects, or refspecs, are read from standard input; the remote's name follows. */
export const FETCH_OBJECTS: readonly string[] = [
  'fetch',
  '--no-tags',
  '--no-write-fetch-head',
  '--recurse-submodules=no',
  '--filter=blob:none',
  '--stdin',
  '--end-of-options',
];

/**
 * A partial clone fetches what it lacks object by object; a checkout of ten thousand files would take ten thousand
 * round trips. This fetches the missing ones of `wanted` at once, as git's own checkout does: for a user's clone into the
 * store's own folder, for a mirror into the mirror, where the next checkout finds them.
 */
export async function fetchMissing(
  store: ObjectStore,
  tree: string,
  wanted: ReadonlySet<string>,
): Promise<void> {
  if (store.promisor !== undefined) return store.promisor.fetch(() => missingObjects(store, tree, wanted));
  const remote = await promisorRemote(store);
  if (remote === undefined) return;
  const missing = await missingObjects(store, tree, wanted);
  if (missing.length === 0) return;
  const { code, stderr } = await store.git(
    'fetch missing objects',
    [...FETCH_OBJECTS, remote],
    // Negotiation would offer commits; the objects are named outright.
    { input: `${missing.join('\n')}\n`, config: ['fetch.negotiationAlgorithm=noop'], answers: [1, 128] },
  );
  if (code !== 0)
    throw explain('fetch missing objects', `${stderr}\nfatal: could not read from remote repository`);
}

async function missingObjects(
  store: ObjectStore,
  tree: string,
  wanted: ReadonlySet<string>,
): Promise<string[]> {
  const { stdout } = await store.git(
    'look for missing objects',
    ['rev-list', '--objects', '--no-object-names', '--missing=print', tree],
    { maxBytes: IDS_BYTES },
  );
  return stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => line.startsWith('?'))
    .map((line) => line.slice(1))
    .filter((oid) => wanted.has(oid));
}

async function promisorRemote(store: ObjectStore): Promise<string | undefined> {
  const named = await store.ask('read the configuration', ['config', '--get', 'extensions.partialClone']);
  if (named !== undefined) return named;
  const keys = await store.ask('read the configuration', [
    'config',
    '--name-only',
    '--get-regexp',
    '^remote\\..*\\.promisor$',
  ]);
  const [first] = keys?.split('\n') ?? [];
  return first?.slice('remote.'.length, -'.promisor'.length);
}
