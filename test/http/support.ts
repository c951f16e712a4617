/** The App's edge as a process would start it, with a literal `receive` where the steps would be. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { Webhooks } from '@octokit/webhooks';
import { onTestFinished } from 'vitest';
import { createApp } from '../../src/app.js';
import type { Delivery } from '../../src/core/app-words.js';
import { startWebServer, type WebServer, type WebServerOptions } from '../../src/http/server.js';
import { createWebhookHandler, WEBHOOK_PATH, type WebhookOptions } from '../../src/http/webhook.js';
import { createLog, type LogOptions } from '../../src/log.js';

export const SECRET = 'the-secret-of-this-test';
export const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

export interface Edge {
  readonly server: WebServer;
  readonly received: Delivery[];
  /** Lines of the log so far. */
  readonly log: string[];
}

export async function startEdge(
  options: {
    readonly receive?: (delivery: Delivery) => Promise<unknown>;
    readonly level?: LogOptions['level'];
    readonly webhook?: Partial<WebhookOptions>;
    readonly server?: Partial<WebServerOptions>;
  } = {},
): Promise<Edge> {
  const lines: string[] = [];
  const log = createLog(
    { level: options.level ?? 'debug', format: 'json' },
    { write: (line) => lines.push(line) },
  );
  const received: Delivery[] = [];
  const receive = async (delivery: Delivery): Promise<void> => {
    await options.receive?.(delivery);
    received.push(delivery);
  };
  const webhook = await createWebhookHandler({
    appId: 1,
    privateKey: PRIVATE_KEY,
    apiUrl: 'http://127.0.0.1:9',
    secrets: [SECRET],
    app: createApp({ receive, own: { id: 1, login: 'docops[bot]' }, log }),
    log,
    ...options.webhook,
  });
  const server = await startWebServer({
    host: '127.0.0.1',
    port: 0,
    handlers: [webhook],
    log,
    ...options.server,
  });
  onTestFinished(() => server.stop(0));
  return { server, received, log: lines };
}

export async function signedHeaders(
  body: string,
  {
    event = 'pull_request',
    guid = randomUUID(),
    secret = SECRET,
  }: { readonly event?: string; readonly guid?: string; readonly secret?: string } = {},
): Promise<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': guid,
    'x-hub-signature-256': await new Webhooks({ secret }).sign(body),
  };
}

/** Posts a webhook as GitHub does. */
export async function deliver(
  server: { readonly url: string },
  payload: object,
  how: { event?: string; guid?: string; secret?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const body = JSON.stringify(payload);
  const headers = { ...(await signedHeaders(body, how)), ...how.headers };
  return fetch(`${server.url}${WEBHOOK_PATH}`, { method: 'POST', body, headers });
}

/** A raw connection: what was answered so far, and the end of it. */
export function rawConnection(server: WebServer): {
  write: (text: string | Buffer) => boolean;
  answer: () => string;
  closed: Promise<string>;
} {
  const socket = connect(server.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  // A server that hangs up on us is what these tests are about.
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return {
    write: (data) => !socket.destroyed && socket.write(data),
    answer: () => text,
    closed: new Promise((resolve) => socket.once('close', () => resolve(text))),
  };
}

/** A `receive` that waits: `reached` once it was called, `open` lets it and all later ones through. */
export function openGate(): { pass: () => Promise<void>; reached: Promise<void>; open: () => void } {
  let reach = (): void => undefined;
  let open = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const pass = (): Promise<void> => {
    reach();
    return opened;
  };
  return { pass, reached, open: () => open() };
}

export const PULL_REQUEST = {
  action: 'opened',
  number: 7,
  installation: { id: 11 },
  repository: {
    id: 21,
    name: 'invoices',
    full_name: 'acme/invoices',
    owner: { login: 'acme', id: 3, type: 'Organization' },
  },
  sender: { login: 'ada', type: 'User', id: 5 },
  pull_request: {
    number: 7,
    title: 'A title that nobody may log',
    state: 'open',
    merged: false,
    draft: false,
    user: { login: 'ada', type: 'User', id: 5 },
    head: { sha: 'a'.repeat(40), ref: 'topic', repo: { id: 21 } },
    base: { sha: 'b'.repeat(40), ref: 'main', repo: { id: 21 } },
  },
};
