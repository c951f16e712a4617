import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GIT_ENVIRONMENT, TestRepository, temporaryFolder } from '../../support/git.js';

const PROGRAM = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');

/** Whether git's own server for HTTP is installed; on CI its absence is an error. */
export function hasHttpBackend(): boolean {
  if (existsSync(PROGRAM)) return true;
  if (process.env['CI'] === 'true')
    throw new Error('tests need git-http-backend; install it on the CI machine');
  return false;
}

export interface Request {
  readonly method: string;
  /** With query, without the host. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** Objects asked for: `want` lines of a fetch. */
  readonly wants: readonly string[];
}

/** What the server does instead of answering, when it returns true. */
export type Interception = (request: Request, response: ServerResponse) => boolean;

/** A bare repository behind git's smart HTTP, with a work tree beside it to make commits in. */
export class HttpRemote {
  readonly work: TestRepository;
  readonly bare: string;
  readonly requests: Request[] = [];
  /** Required of every request when it is not empty. */
  token = '';
  intercept: Interception = () => false;
  /** Answers of a fetch stop before their end, and nothing more comes. */
  stalls = false;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(work: TestRepository, bare: string) {
    this.work = work;
    this.bare = bare;
  }

  static async start(): Promise<HttpRemote> {
    const work = TestRepository.create();
    const root = temporaryFolder();
    work.git('init', '--quiet', '--bare', '--initial-branch=main', join(root, 'shop.git'));
    const remote = new HttpRemote(work, join(root, 'shop.git'));
    remote.git('config', 'uploadpack.allowFilter', 'true');
    work.git('remote', 'add', 'origin', remote.bare);
    await new Promise<void>((resolve) => remote.#server.listen(0, '127.0.0.1', resolve));
    return remote;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/shop.git`;
  }

  /** Runs git in the bare repository. */
  git(...args: string[]): string {
    return new TestRepository(this.bare).git(...args);
  }

  /** Pushes the work tree's HEAD, by force; `ref` is a full name. Returns the commit. */
  push(ref: string, source = 'HEAD'): string {
    this.work.git('push', '--quiet', '--force', 'origin', `${source}:${ref}`);
    return this.work.git('rev-parse', source);
  }

  /** Fetches that brought or asked for objects; `ls-refs` and capabilities are not counted. */
  get fetches(): readonly Request[] {
    return this.requests.filter(({ wants }) => wants.length > 0);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString('latin1');
    const seen: Request = {
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
      wants: [...text.matchAll(/want ([0-9a-f]{40})/g)].map(([, oid]) => oid ?? ''),
    };
    this.requests.push(seen);
    if (this.intercept(seen, response)) return;
    const expected = `Basic ${Buffer.from(`x-access-token:${this.token}`).toString('base64')}`;
    if (this.token !== '' && seen.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    this.#serve(request, raw, response, this.stalls && seen.wants.length > 0);
  }

  #serve(request: IncomingMessage, body: Buffer, response: ServerResponse, stall: boolean): void {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const child = spawn(PROGRAM, [], {
      env: {
        ...GIT_ENVIRONMENT,
        GIT_PROJECT_ROOT: join(this.bare, '..'),
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: path,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        CONTENT_LENGTH: String(body.length),
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.resume();
    child.stdin.on('error', () => undefined);
    child.on('close', () => {
      const answer = Buffer.concat(out);
      const end = answer.indexOf('\r\n\r\n');
      const headers = new Map(
        answer
          .subarray(0, end)
          .toString('latin1')
          .split('\r\n')
          .map((line): [string, string] => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
          }),
      );
      const status = Number.parseInt(headers.get('status') ?? '200', 10);
      headers.delete('status');
      const content = answer.subarray(end + 4);
      response.writeHead(status, Object.fromEntries(headers));
      if (stall) response.write(content.subarray(0, Math.floor(content.length * 0.9)));
      else response.end(content);
    });
    child.stdin.end(body);
  }
}
