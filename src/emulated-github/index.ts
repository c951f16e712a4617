/**
 * A GitHub to try the App against: stateful, over HTTP, with real App tokens, signed webhooks, git and branch rules. It is an
 * emulation, shaped by GitHub's published schema; `docs/decisions/0014-emulated-github.md` says what stands behind each part.
 */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Access } from './access.js';
import { Administration } from './administration.js';
import { Backing } from './backing.js';
import { BranchRules } from './branches.js';
import { Checks } from './checks.js';
import { Comments } from './comments.js';
import { Events } from './events.js';
import { GitHttp } from './git-http.js';
import { Manifests } from './manifests.js';
import { Merging } from './merging.js';
import { PeopleSignIn } from './people-sign-in.js';
import { Pulls } from './pulls.js';
import { Router } from './router.js';
import { appRoutes } from './routes-app.js';
import { checkRoutes } from './routes-checks.js';
import { commentRoutes } from './routes-comments.js';
import { peopleRoutes } from './routes-people.js';
import { pullRoutes } from './routes-pulls.js';
import { addRelease, releaseRoutes } from './releases.js';
import { repositoryRoutes } from './routes-repository.js';
import { Server } from './server.js';
import { Shapes } from './shapes.js';
import type { EmulatedGitHub, Options } from './types.js';
import { Webhooks } from './webhooks.js';
import { fullName, World, type AppIdentity } from './world.js';

export type * from './types.js';

const PERMISSIONS = {
  checks: 'write',
  contents: 'read',
  issues: 'write',
  merge_queues: 'read',
  metadata: 'read',
  pull_requests: 'read',
};
const EVENTS = ['issue_comment', 'merge_group', 'pull_request', 'push', 'repository'];

async function newApp(options: Options): Promise<AppIdentity> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const slug = 'docops';
  return {
    id: 4711,
    slug,
    name: 'DocOps',
    login: `${slug}[bot]`,
    ...pair,
    webhookSecret: randomBytes(20).toString('hex'),
    clientId: `Iv23${randomBytes(8).toString('hex')}`,
    clientSecret: randomBytes(20).toString('hex'),
    permissions: options.permissions ?? PERMISSIONS,
    events: options.events ?? EVENTS,
    callbackUrls: ['http://localhost', 'http://127.0.0.1'],
  };
}

/** Throws when the port is taken. */
export async function startEmulatedGitHub(options: Options): Promise<EmulatedGitHub> {
  const world = new World(options.folder, await newApp(options));
  await mkdir(join(options.folder, 'repositories'), { recursive: true });
  const backing = new Backing(world);
  const access = new Access(world.app);
  const shapes = new Shapes(world, backing);
  const webhooks = new Webhooks({
    secret: world.app.webhookSecret,
    atOnce: options.webhooksAtOnce ?? 1,
  });
  webhooks.url = options.webhookUrl ?? null;
  const events = new Events(world, shapes, webhooks);
  const pulls = new Pulls(world, events);
  const rules = new BranchRules(world);
  const checks = new Checks(world, shapes, events);
  const comments = new Comments(world, shapes, events);
  const merging = new Merging(world, events, pulls, rules);
  const manifests = new Manifests(world, shapes, webhooks, backing);
  const router = new Router();
  appRoutes(router, { world, shapes, access, backing, webhooks, manifests });
  checkRoutes(router, checks, shapes);
  commentRoutes(router, comments, shapes, world);
  pullRoutes(router, world, shapes, merging);
  repositoryRoutes(router, world, shapes, rules);
  releaseRoutes(router, shapes);
  const signIn = new PeopleSignIn(world, (token) => access.addUser(token));
  peopleRoutes(router, { world, shapes, access, signIn });
  const git = new GitHttp();
  const log = options.log ?? (() => undefined);
  const server = new Server({ world, access, backing, router, git, log });
  const origin = await server.listen(options.port ?? 0);
  backing.baseUrl = origin;
  shapes.baseUrl = origin;

  const people = new Administration(world, backing, events);

  return {
    apiUrl: origin,
    gitUrl: origin,
    app: world.app,
    setWebhookUrl: (url) => (webhooks.url = url),
    setCallbackUrls: (urls) => (world.app.callbackUrls = urls),
    addUser: (login, type = 'User') => people.addAccount(login, type),
    addOrganisation: (login) => people.addAccount(login, 'Organization'),
    async addRepository({ owner, name, from, private: isPrivate = false }) {
      const { id } = await people.addRepository({ owner, name, from, private: isPrivate, forkOf: null });
      return { id };
    },
    async install(owner, how = {}) {
      const { id } = await people.install(owner, how);
      return { id };
    },
    suspend: (owner, suspended) => promised(() => people.suspend(owner, suspended)),
    uninstall: (owner) => people.uninstall(owner),
    setPermission: (repo, login, role) =>
      promised(() => void world.repository(repo).roles.set(login.toLowerCase(), role)),
    requireCheck: (repo, branch, name, how) => promised(() => rules.require(repo, branch, name, how)),
    addRelease: (repo, tag, how) => addRelease(world, repo, tag, how),
    rename: (repo, newName) => people.rename(repo, newName),
    deleteRepository: (repo) => promised(() => people.delete(repo)),
    barePath: (repo) => world.repository(repo).bare,
    sync: (repo, how) => pulls.sync(repo, how),
    pushCommit: (commit) => pulls.pushCommit(commit),
    async fork(repo, login) {
      const forkOf = world.repository(repo);
      const { name, bare: from, private: isPrivate } = forkOf;
      return fullName(await people.addRepository({ owner: login, name, from, private: isPrivate, forkOf }));
    },
    openPullRequest: (pull) => pulls.open(pull),
    setDraft: (repo, number, draft, by) => promised(() => pulls.setDraft(repo, number, draft, by)),
    retarget: (repo, number, base, by) => pulls.retarget(repo, number, base, by),
    closePullRequest: (repo, number, by) => promised(() => pulls.closePull(repo, number, by)),
    reopen: (repo, number, by) => promised(() => pulls.reopen(repo, number, by)),
    createIssue: (repo, author, title) => promised(() => comments.createIssue(repo, author, title)),
    async comment(repo, number, author, body, { emit = true, botAuthor = false } = {}) {
      if (botAuthor) await people.addAccount(author, 'Bot');
      const account = world.account(author);
      // The field names the one App there is; another bot's comment came through another one.
      const how = { viaApp: account.login === world.app.login, emit };
      return comments.create(world.repository(repo), number, account, body, how).id;
    },
    editComment: (repo, id, body) => promised(() => void comments.edit(world.repository(repo), id, body)),
    deleteComment: (repo, id) => promised(() => comments.delete(world.repository(repo), id)),
    merge: (repo, number, by) => merging.merge(repo, number, by),
    async mergeGroup(repo, branch, numbers) {
      const { headSha, headRef, baseSha } = await merging.group(repo, branch, numbers);
      return { headSha, headRef, baseSha };
    },
    destroyMergeGroup: (repo, sha, reason = 'invalidated') => merging.destroy(repo, sha, reason),
    checkRuns: (repo, sha) => promised(() => checks.views(repo, sha)),
    comments: (repo, number) => promised(() => comments.views(repo, number)),
    reactions: (repo, id) =>
      promised(() => comments.comment(world.repository(repo), id).reactions.map(({ content }) => content)),
    rerequest: (repo, id, sender) => promised(() => checks.rerequest(repo, id, sender)),
    rerequestSuite: (repo, sha, sender) => checks.rerequestSuite(repo, sha, sender),
    pressButton: (repo, id, identifier, sender) =>
      promised(() => checks.pressButton(repo, id, identifier, sender)),
    deliveries: webhooks.deliveries,
    setDelivery: (policy) => (webhooks.policy = policy),
    redeliverGuid: (guid) =>
      promised(() => {
        if (!webhooks.redeliver(guid)) throw new Error(`no delivery ${guid}`);
      }),
    idle: () => webhooks.idle(),
    fail: (match, answer, times = 1) => server.fail(match, answer, times),
    expireTokens: () => access.expireAll(),
    expireUserTokens: () => access.expireUsers(),
    requests: server.requests,
    async close() {
      await webhooks.close();
      await git.close();
      await server.close();
      await backing.close();
    },
  };
}

/** What throws rejects. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
