/** A GitHub that answers exactly what a test lays out, and notices every request that was not. */
import { generateKeyPairSync } from 'node:crypto';
import nock from 'nock';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import type { RepositoryRef } from '../../src/core/app-words.js';
import {
  APP_ENDPOINTS,
  createGitHub,
  INSTALLATION_ENDPOINTS,
  PERMISSIONS,
  type GitHubOptions,
} from '../../src/github/index.js';
import { GitHubError, type GitHub } from '../../src/ports/github.js';

export const API = 'https://api.github.com';
export const APP_ID = 4711;
export const INSTALLATION_ID = 99;
export const repository: RepositoryRef = {
  id: 1296269,
  installationId: INSTALLATION_ID,
  owner: 'octocat',
  name: 'Hello-World',
};
export const AT = '/repos/octocat/Hello-World';
export const SHA = '6dcb09b5b57875f334f61aebed695e2e4193db5e';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});

export type LogLine = readonly [Readonly<Record<string, unknown>>, string];

/** With the lines that it logged. */
export function github(options: Partial<GitHubOptions> = {}): GitHub & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const write = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void lines.push([fields, message]);
  const log = { debug: write, info: write, warn: write, error: write };
  const made = createGitHub({ appId: APP_ID, privateKey, version: '1.2.3', log, ...options });
  return Object.assign(made, { lines });
}

export interface Seen {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string;
  readonly userAgent: string;
}

/** Requests of the current test, in their order; those for tokens are kept apart. */
export const seen: Seen[] = [];
export const tokenRequests: Seen[] = [];

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The next request for this method and path (query included, written as it is sent) gets the answer. */
export function on(method: 'GET' | 'POST' | 'PATCH', path: string, answer: Answer, host = API): void {
  nock(host)
    .intercept(path, method)
    .reply(function (uri, body) {
      const headers = this.req.headers as Record<string, string | string[] | undefined>;
      const record: Seen = {
        method,
        path: uri,
        body: body === '' ? undefined : body,
        authorization: String(headers['authorization']),
        userAgent: String(headers['user-agent']),
      };
      (path.endsWith('/access_tokens') ? tokenRequests : seen).push(record);
      return [
        answer.status ?? 200,
        answer.text ?? (answer.json as nock.Body | undefined),
        {
          ...(answer.text === undefined ? { 'content-type': 'application/json; charset=utf-8' } : {}),
          ...answer.headers,
        },
      ];
    });
}

/** The network breaks. */
export function breaks(method: 'GET' | 'POST' | 'PATCH', path: string): void {
  nock(API)
    .intercept(path, method)
    .replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
}

export function givesToken(token = 'ghs_first', expiresInMs = 60 * 60 * 1000): void {
  on('POST', `/app/installations/${INSTALLATION_ID}/access_tokens`, {
    status: 201,
    json: {
      token,
      expires_at: new Date(Date.now() + expiresInMs).toISOString(),
      permissions: { checks: 'write' },
      repository_selection: 'selected',
    },
  });
}

/** The repository still has its name, for calls that end with 404. */
export function keepsItsName(): void {
  on('GET', `/repositories/${repository.id}`, { json: { name: 'Hello-World', owner: { login: 'octocat' } } });
}

export async function failure(promise: Promise<unknown>): Promise<GitHubError> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GitHubError);
  return error as GitHubError;
}

// ---------------------------------------------------------------- endpoints

const TOKEN_ENDPOINTS = [...PERMISSIONS.flatMap(({ endpoints }) => endpoints), ...INSTALLATION_ENDPOINTS];

/** `METHOD /path` of the reference that a request went to, by whose authority. */
export function endpointOf({ method, path }: Seen): string | undefined {
  const plain = path
    .replace(/\?.*$/, '')
    .replace(/^\/api\/v3/, '')
    // Where GitHub redirects the old names of a repository to.
    .replace(/^\/repositories\/\d+\//, '/repos/owner/repo/');
  return [...APP_ENDPOINTS, ...TOKEN_ENDPOINTS].find((endpoint) => {
    const [verb, template = ''] = endpoint.split(' ');
    return verb === method && new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(plain);
  });
}

beforeEach(() => {
  seen.length = 0;
  tokenRequests.length = 0;
  nock.disableNetConnect();
});

afterEach(() => {
  const left = nock.pendingMocks();
  nock.cleanAll();
  expect(left, 'requests that were expected and not made').toEqual([]);
  for (const request of [...seen, ...tokenRequests]) {
    const endpoint = endpointOf(request);
    expect(endpoint, `${request.method} ${request.path} is in no table`).toBeDefined();
    expect(request.authorization, endpoint).toMatch(
      APP_ENDPOINTS.includes(endpoint!) ? /^bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/ : /^token ghs_\w+$/,
    );
    expect(request.userAgent).toMatch(/^docops\/1\.2\.3 /);
  }
});

afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});
