import { notFound, ok, paginate } from './answer.js';
import { commits as readCommits, git, isCommit, type CommitView } from './git.js';
import type { Merging } from './merging.js';
import { idOf, type Router, type RepositoryCall } from './router.js';
import type { Shapes } from './shapes.js';
import { nodeId, type Json, type Pull, type Repository, type World } from './world.js';

/** GitHub lists at most so many commits of a pull request. https://docs.github.com/rest/pulls/pulls */
const PULL_COMMITS = 250;

/** https://docs.github.com/rest/pulls */
export function pullRoutes(router: Router, world: World, shapes: Shapes, merging: Merging): void {
  const read = [['pull_requests', 'read']] as const;

  router.repository('GET', '/pulls', read, (call) => {
    const { searchParams } = call.url;
    const state = searchParams.get('state') ?? 'open';
    const base = searchParams.get('base');
    const head = searchParams.get('head');
    const all = [...call.repository.pulls.values()].filter(
      (pull) =>
        (state === 'all' || pull.state === state) &&
        (base === null || pull.baseRef === base) &&
        (head === null || `${pull.headRepo.owner.login}:${pull.headRef}` === head),
    );
    const ascending = searchParams.get('direction') === 'asc';
    const { items, headers } = paginate(call.url, ascending ? all : all.toReversed());
    return ok(
      items.map((pull) => shapes.pull(call.repository, pull, false)),
      headers,
    );
  });

  const pullOf = (call: RepositoryCall): Pull => {
    const pull = call.repository.pulls.get(idOf(call, 'number'));
    if (pull === undefined) throw notFound();
    return pull;
  };

  router.repository('GET', '/pulls/:number', read, (call) =>
    ok(shapes.pull(call.repository, pullOf(call), true)),
  );

  router.repository('GET', '/pulls/:number/commits', read, async (call) => {
    const pull = pullOf(call);
    const range = [`${pull.baseSha}..${pull.headSha}`];
    const found = await readCommits(call.repository.bare, range, PULL_COMMITS);
    const { items, headers } = paginate(call.url, found.toReversed());
    return ok(
      items.map((commit) => commitJson(shapes, call.repository, commit)),
      headers,
    );
  });

  router.repository('GET', '/pulls/:number/files', read, async (call) => {
    const { items, headers } = paginate(call.url, await files(call.repository, pullOf(call)));
    const url = shapes.url(call.repository);
    const html = shapes.html(call.repository);
    const { headSha } = pullOf(call);
    const body = items.map((file) => ({
      ...file,
      blob_url: `${html}/blob/${headSha}/${file.filename}`,
      raw_url: `${html}/raw/${headSha}/${file.filename}`,
      contents_url: `${url}/contents/${file.filename}?ref=${headSha}`,
    }));
    return ok(body, headers);
  });

  router.repository('PUT', '/pulls/:number/merge', [['contents', 'write']], async (call) => {
    const { owner, name } = call.repository;
    const { number } = pullOf(call);
    const result = await merging.merge(`${owner.login}/${name}`, number, world.bot.login);
    const { merged, message, sha, status } = result;
    return { status, body: merged ? { merged, message, sha } : { message } };
  });

  router.repository('GET', '/commits/:sha/pulls', read, async (call) => {
    const sha = call.params['sha'] ?? '';
    const { items, headers } = paginate(call.url, await pullsOfCommit(call.repository, sha));
    return ok(
      items.map((pull) => shapes.pull(call.repository, pull, false)),
      headers,
    );
  });
}

/** Open and merged ones, newest first; a closed one is not listed. */
async function pullsOfCommit(repository: Repository, sha: string): Promise<Pull[]> {
  const listed = [...repository.pulls.values()].filter(({ state, merged }) => state === 'open' || merged);
  const direct = listed.filter((pull) => pull.headSha === sha || (pull.merged && pull.mergeSha === sha));
  if (direct.length > 0) return direct.toReversed();
  if (!(await isCommit(repository.bare, sha))) throw notFound();
  const heads = await git(repository.bare, [
    'for-each-ref',
    '--format=%(refname)',
    '--contains',
    sha,
    'refs/pull/',
  ]);
  const numbers = new Set(heads.split('\n').map((ref) => Number(ref.split('/')[2])));
  const found: Pull[] = [];
  for (const pull of listed) {
    // A commit that was on the base before is not the pull request's.
    if (numbers.has(pull.number) && !(await isAncestor(repository, sha, pull.baseSha))) found.push(pull);
  }
  return found.toReversed();
}

async function isAncestor(repository: Repository, sha: string, of: string): Promise<boolean> {
  const bases = await git(repository.bare, ['merge-base', '--all', sha, of]).catch(() => '');
  return bases.split('\n').includes(sha);
}

interface FileJson {
  readonly sha: string;
  readonly filename: string;
  readonly status: string;
  readonly additions: number;
  readonly deletions: number;
  readonly changes: number;
  readonly previous_filename?: string;
}

const STATUS: Readonly<Record<string, string>> = { A: 'added', D: 'removed', R: 'renamed', T: 'changed' };

/** From the merge base, as on the page; git's own rename detection. */
async function files(repository: Repository, pull: Pull): Promise<FileJson[]> {
  const range = `${pull.baseSha}...${pull.headSha}`;
  const raw = await git(repository.bare, ['diff', '--raw', '--numstat', '--no-abbrev', '-M', '-z', range]);
  const fields = raw.split('\0');
  const seen = new Map<string, Omit<FileJson, 'additions' | 'deletions' | 'changes'>>();
  const found: FileJson[] = [];
  for (let at = 0; at < fields.length; at += 1) {
    const record = fields[at] ?? '';
    if (record.startsWith(':')) {
      const [, , before, after, kind] = record.split(' ');
      const letter = kind?.[0] ?? 'M';
      const from = fields[(at += 1)] ?? '';
      const filename = letter === 'R' ? (fields[(at += 1)] ?? '') : from;
      const sha = (letter === 'D' ? before : after) ?? '';
      const status = STATUS[letter] ?? 'modified';
      seen.set(filename, { sha, filename, status, ...(letter === 'R' ? { previous_filename: from } : {}) });
    } else if (record !== '') {
      const [added, deleted, name] = record.split('\t');
      // A rename has its two names in the next fields.
      const filename = name === '' ? (fields[(at += 2)] ?? '') : (name ?? '');
      const file = seen.get(filename);
      if (file === undefined) continue;
      const additions = Number(added) || 0;
      const deletions = Number(deleted) || 0;
      found.push({ ...file, additions, deletions, changes: additions + deletions });
    }
  }
  return found;
}

export function commitJson(shapes: Shapes, repository: Repository, commit: CommitView): Json {
  const url = shapes.url(repository);
  const html = shapes.html(repository);
  return {
    sha: commit.id,
    node_id: nodeId('Commit', 0),
    url: `${url}/commits/${commit.id}`,
    html_url: `${html}/commit/${commit.id}`,
    comments_url: `${url}/commits/${commit.id}/comments`,
    commit: {
      url: `${url}/git/commits/${commit.id}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      comment_count: 0,
      verification: {
        verified: false,
        reason: 'unsigned',
        signature: null,
        payload: null,
        verified_at: null,
      },
    },
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
  };
}
