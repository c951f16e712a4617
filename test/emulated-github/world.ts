import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { Webhooks } from '@octokit/webhooks';
import { startEmulatedGitHub, type EmulatedGitHub, type Options } from '../../src/emulated-github/index.js';
import { TestRepository } from '../support/git.js';

export interface Received {
  readonly event: string;
  readonly guid: string;
  readonly payload: Record<string, unknown> & { readonly action?: string };
}

/** Takes webhooks whose signature verifies, answers others 401. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** The status of the next answers; 200 when it is empty. */
  readonly answers: number[];
  close(): Promise<void>;
}

export async function startReceiver(secret: string): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const webhooks = new Webhooks({ secret });
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      void webhooks.verify(body, String(request.headers['x-hub-signature-256'])).then((verified) => {
        const status = verified ? (answers.shift() ?? 200) : 401;
        if (status === 200)
          received.push({
            event: String(request.headers['x-github-event']),
            guid: String(request.headers['x-github-delivery']),
            payload: JSON.parse(body) as Received['payload'],
          });
        response.writeHead(status).end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    answers,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface TestWorld {
  readonly github: EmulatedGitHub;
  readonly receiver: Receiver;
  readonly folder: string;
  readonly installationId: number;
  /** As the App itself. */
  readonly app: Octokit;
  /** As its installation on `acme`. */
  readonly octokit: Octokit;
  close(): Promise<void>;
}

export const REPO = 'acme/invoices';
export const AT = { owner: 'acme', repo: 'invoices' } as const;

export function octokitFor(github: EmulatedGitHub, installationId?: number): Octokit {
  const { id: appId, privateKey } = github.app;
  return new Octokit({
    baseUrl: github.apiUrl,
    authStrategy: createAppAuth,
    auth: { appId, privateKey, ...(installationId === undefined ? {} : { installationId }) },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
}

/** A repository `acme/invoices` with `main` and `feature`, the people ada, grace and mallory, the App installed. */
export async function startWorld(options: Partial<Options> = {}): Promise<TestWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'docops-github-'));
  const source = TestRepository.create({ path: join(folder, 'source') });
  source.commit('Begin');
  const github = await startEmulatedGitHub({ folder: join(folder, 'github'), ...options });
  const receiver = await startReceiver(github.app.webhookSecret);
  github.setWebhookUrl(receiver.url);
  await github.addOrganisation('acme');
  for (const login of ['ada', 'grace', 'mallory']) await github.addUser(login);
  await github.addRepository({ owner: 'acme', name: 'invoices', from: source.path });
  await github.pushCommit({ repo: REPO, branch: 'main', files: { 'a.txt': 'one\n', 'b.txt': 'b\n' } });
  await github.pushCommit({ repo: REPO, branch: 'feature', files: { 'a.txt': 'two\n' } });
  await github.setPermission(REPO, 'ada', 'write');
  const { id: installationId } = await github.install('acme');
  await github.idle();
  return {
    github,
    receiver,
    folder,
    installationId,
    app: octokitFor(github),
    octokit: octokitFor(github, installationId),
    close: async () => {
      await github.close();
      await receiver.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What happened since the last time it was called. */
export async function events({ github, receiver }: TestWorld): Promise<string[]> {
  await github.idle();
  return receiver.received
    .splice(0)
    .map(({ event, payload }) => (payload.action === undefined ? event : `${event}.${payload.action}`));
}

export async function statusOf(request: Promise<unknown>): Promise<number> {
  try {
    await request;
    return 200;
  } catch (error) {
    return (error as { status?: number }).status ?? 0;
  }
}
