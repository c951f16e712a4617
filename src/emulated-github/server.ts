/** The HTTP side: faults first, then git, then the API, then the emulator behind. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { requirePermission, type Access, type Auth } from './access.js';
import { ApiError, notFound, type Answer } from './answer.js';
import type { Backing } from './backing.js';
import type { GitHttp } from './git-http.js';
import type { Router } from './router.js';
import type { FaultAnswer, FaultMatch, RequestRecord } from './types.js';
import { fullName, type Repository, type World } from './world.js';

/** GitHub's own limit for a request is not published; nothing real comes near. */
const BODY_BYTES = 25 * 1024 * 1024;
const REQUESTS_AN_HOUR = 5_000;
const GIT_PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;
const REPOSITORY_PATH = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/;
const REPOSITORY_ID_PATH = /^\/repositories\/(\d+)(\/.*)?$/;

/** What the emulator behind answers rightly; it has no git objects, so nothing that would need them. */
const FORWARDED =
  /^\/(?:rate_limit|meta|versions|zen|octocat|emojis|organizations|(?:users|orgs)\/.+|repos\/[^/]+\/[^/]+\/(?:languages|topics|labels|milestones)(?:\/.*)?)$/;

interface Fault {
  readonly match: FaultMatch;
  readonly answer: FaultAnswer;
  left: number;
}

interface Parts {
  readonly world: World;
  readonly access: Access;
  readonly backing: Backing;
  readonly router: Router;
  readonly git: GitHttp;
  readonly log: (line: string) => void;
}

export class Server {
  readonly requests: RequestRecord[] = [];
  readonly #parts: Parts;
  readonly #faults: Fault[] = [];
  readonly #server: http.Server;
  #used = 0;
  readonly #reset = Math.floor(Date.now() / 1000) + 3600;
  #origin = '';

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#server = http.createServer((request, response) => {
      void this.#handle(request, response).catch((error: unknown) => {
        parts.log(
          `${request.method} ${request.url}: ${error instanceof Error ? error.stack : String(error)}`,
        );
        response.destroy();
      });
    });
  }

  /** Returns the origin. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this.#origin;
  }

  fail(match: FaultMatch, answer: FaultAnswer, times: number): void {
    this.#faults.push({ match, answer, left: times });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    // Enterprise Server has the API below this.
    const path = (request.url ?? '/').replace(/^\/api\/v3(?=\/|$)/, '');
    const fault = this.#takeFault(method, path);
    if (fault === 'drop') {
      this.requests.push({ method, path, status: 0, auth: 'none' });
      request.socket.destroy();
      return;
    }
    const url = new URL(path, this.#origin);
    const git = GIT_PATH.exec(url.pathname);
    if (git !== null && fault === undefined) return this.#git(git, url, request, response);
    let kind: Auth['kind'] = 'none';
    let answer: Answer;
    try {
      const body = await readBody(request);
      if (typeof fault === 'object') answer = fault;
      else {
        const auth = this.#parts.access.authenticate(request.headers.authorization);
        kind = auth.kind;
        await this.#parts.backing.ready();
        answer = await this.#api(method, url, body, auth);
      }
    } catch (error) {
      answer = this.#errorAnswer(method, path, error);
    }
    const status = fault === 'drop-answer' ? 0 : answer.status;
    this.requests.push({ method, path, status, auth: kind });
    if (fault === 'drop-answer') request.socket.destroy();
    else this.#write(response, answer);
  }

  #takeFault(method: string, path: string): FaultAnswer | undefined {
    const fault = this.#faults.find(
      ({ match, left }) =>
        left > 0 && (match.method ?? method).toUpperCase() === method && new RegExp(match.path).test(path),
    );
    if (fault === undefined) return undefined;
    fault.left -= 1;
    return fault.answer;
  }

  #errorAnswer(method: string, path: string, error: unknown): Answer {
    if (error instanceof ApiError) return error.answer();
    this.#parts.log(`${method} ${path}: ${error instanceof Error ? error.stack : String(error)}`);
    return { status: 500, body: { message: 'Server Error' } };
  }

  async #api(method: string, url: URL, body: unknown, auth: Auth): Promise<Answer> {
    const { router, world } = this.#parts;
    const { person } = auth.kind === 'user' ? auth.token : { person: undefined };
    const own = person === undefined ? undefined : router.findOfPerson(method, url.pathname);
    if (person !== undefined && own !== undefined) return own({ url, body, auth, person });
    const plain = router.find(method, url.pathname);
    if (plain !== undefined) return plain({ url, body, auth });
    const byId = REPOSITORY_ID_PATH.exec(url.pathname);
    const byName = REPOSITORY_PATH.exec(url.pathname);
    const rest = (byId?.[2] ?? byName?.[3] ?? '').replace(/\/$/, '');
    if (byId !== null) {
      const repository = world.repositories.find(({ id }) => id === Number(byId[1]));
      if (repository === undefined || repository.deleted) throw notFound();
      return this.#inRepository(method, repository, rest, { url, body, auth });
    }
    if (byName !== null) {
      const [owner, name] = [decodeURIComponent(byName[1] ?? ''), decodeURIComponent(byName[2] ?? '')];
      const repository = world.findRepository(owner, name);
      if (repository !== undefined) return this.#inRepository(method, repository, rest, { url, body, auth });
      return this.#moved(method, `${owner}/${name}`, rest + url.search);
    }
    return this.#forward(method, url.pathname + url.search, auth);
  }

  #moved(method: string, full: string, rest: string): Answer {
    const repository = this.#parts.world.redirects.get(full.toLowerCase());
    if (repository === undefined) throw notFound();
    const location = `${this.#origin}/repositories/${repository.id}${rest}`;
    // 307 keeps the method.
    const status = method === 'GET' ? 301 : 307;
    const message = status === 301 ? 'Moved Permanently' : 'Temporary Redirect';
    return { status, headers: { location }, body: { message, url: location } };
  }

  async #inRepository(
    method: string,
    repository: Repository,
    rest: string,
    call: { readonly url: URL; readonly body: unknown; readonly auth: Auth },
  ): Promise<Answer> {
    const handle = this.#parts.router.findInRepository(method, rest);
    if (handle !== undefined) return handle({ ...call, repository });
    if (call.auth.kind === 'installation') requirePermission(call.auth, repository, [['metadata', 'read']]);
    return this.#forward(method, `/repos/${fullName(repository)}${rest}${call.url.search}`, call.auth);
  }

  /** Reading only: what it keeps would be lost when it is started anew. */
  async #forward(method: string, path: string, auth: Auth): Promise<Answer> {
    if (method !== 'GET' || !FORWARDED.test(path.replace(/\?.*/, '')))
      throw new ApiError(404, `Not Found: ${method} ${path} is not emulated`);
    const as = auth.kind === 'installation' ? auth.token : auth.kind === 'app' ? 'app' : null;
    return this.#parts.backing.forward(method, path, as);
  }

  async #git(
    [, owner, name, service]: RegExpExecArray,
    url: URL,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const method = request.method ?? 'GET';
    const path = url.pathname + url.search;
    const { world, access, git } = this.#parts;
    let auth: Auth = { kind: 'none' };
    let status: number;
    try {
      auth = access.authenticate(request.headers.authorization);
      const repository =
        world.findRepository(owner ?? '', name ?? '') ??
        world.redirects.get(`${owner}/${name}`.toLowerCase());
      if (repository === undefined) throw notFound();
      requirePermission(auth, repository, [['contents', 'read']]);
      const writes = service === 'git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack';
      if (writes) throw new ApiError(403, 'Pushing is not emulated: push into the bare repository');
      status = await git.serve(repository, service ?? '', url.search.slice(1), request, response);
    } catch (error) {
      const answer = this.#errorAnswer(method, path, error);
      const headers = answer.status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {};
      request.resume();
      this.#write(response, { ...answer, headers });
      status = answer.status;
    }
    this.requests.push({ method, path, status, auth: auth.kind });
  }

  #write(response: http.ServerResponse, answer: Answer): void {
    this.#used += 1;
    const text = answer.html ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
    const type = answer.html === undefined ? 'application/json' : 'text/html';
    response.writeHead(answer.status, {
      ...(text === '' ? {} : { 'content-type': `${type}; charset=utf-8` }),
      'content-length': Buffer.byteLength(text),
      'x-github-media-type': 'github.v3; format=json',
      'x-ratelimit-limit': REQUESTS_AN_HOUR,
      'x-ratelimit-remaining': Math.max(1, REQUESTS_AN_HOUR - this.#used),
      'x-ratelimit-used': this.#used,
      'x-ratelimit-reset': this.#reset,
      'x-ratelimit-resource': 'core',
      ...answer.headers,
    });
    response.end(text);
  }
}

async function readBody(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) throw new ApiError(413, 'Payload Too Large');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return undefined;
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true)
    return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
}
