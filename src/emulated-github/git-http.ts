/** Git's smart HTTP for reading, by git's own CGI program. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import { gitEnvironment } from './git.js';
import type { Repository } from './world.js';

const END_OF_HEADERS = Buffer.from('\r\n\r\n');

export class GitHttp {
  readonly #children = new Map<ChildProcess, Promise<void>>();

  /** `service`: `info/refs` or `git-upload-pack`. Resolves with the status when the answer is out. */
  async serve(
    repository: Repository,
    service: string,
    query: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<number> {
    const header = (name: string) => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : '';
    };
    const child = spawn('git', ['http-backend'], {
      env: gitEnvironment({
        GIT_PROJECT_ROOT: dirname(repository.bare),
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: `/${basename(repository.bare)}/${service}`,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: header('content-type'),
        CONTENT_LENGTH: header('content-length'),
        HTTP_CONTENT_ENCODING: header('content-encoding'),
        GIT_PROTOCOL: header('git-protocol'),
        REMOTE_USER: 'x-access-token',
        REMOTE_ADDR: '127.0.0.1',
        SERVER_PROTOCOL: 'HTTP/1.1',
      }),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('close', () => resolve());
    });
    this.#children.set(child, ended);
    child.stdin.on('error', () => undefined);
    request.pipe(child.stdin);
    response.once('close', () => child.kill());
    const status = this.#answer(child, response);
    await ended;
    this.#children.delete(child);
    return status();
  }

  #answer(child: ChildProcess, response: ServerResponse): () => number {
    let head: Buffer | null = Buffer.alloc(0);
    let status = 502;
    child.stdout?.on('data', (chunk: Buffer) => {
      if (head === null) {
        if (!response.write(chunk)) {
          child.stdout?.pause();
          response.once('drain', () => child.stdout?.resume());
        }
        return;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(END_OF_HEADERS);
      if (end < 0) return;
      const headers: Record<string, string> = {};
      for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const { status: stated, ...others } = headers;
      status = stated === undefined ? 200 : Number.parseInt(stated, 10);
      response.writeHead(status, others);
      response.write(head.subarray(end + END_OF_HEADERS.length));
      head = null;
    });
    child.once('close', () => {
      if (!response.headersSent) response.writeHead(502);
      response.end();
    });
    return () => status;
  }

  async close(): Promise<void> {
    for (const child of this.#children.keys()) child.kill();
    await Promise.all(this.#children.values());
  }
}
