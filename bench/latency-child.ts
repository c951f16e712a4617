/** Processes of the latency bench: the App's roles, a bare receiver as peer, and the sender of webhooks. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createNodeMiddleware, Webhooks } from '@octokit/webhooks';
import { createLog } from '../src/log.js';
import { startService } from '../src/service.js';
import { readSettings } from '../src/settings.js';
import type { Signed } from './app/payloads.js';

/** What the parent sends. */
export type Ask =
  | { readonly ask: 'delay' }
  | {
      readonly ask: 'send';
      readonly url: string;
      readonly file: string;
      readonly rate: number;
      readonly seconds: number;
    };
export interface Delay {
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number };
}
export interface Sent {
  /** Milliseconds from the scheduled moment to the end of the answer. */
  readonly accepted: readonly number[];
  /** Status or error → how many. */
  readonly refused: Readonly<Record<string, number>>;
  readonly latestStartMs: number;
}

const role = process.argv[2] ?? '';
process.on('disconnect', () => process.exit(1));

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
process.on('message', (message: Ask) => {
  if (message.ask === 'send') {
    void send(message).then((sent) => process.send?.(sent));
    return;
  }
  const ms = (nanoseconds: number): number => nanoseconds / 1e6;
  const said: Delay = {
    delay: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
  };
  delay.reset();
  process.send?.(said);
});

if (role === 'peer') await servePeer();
else if (role !== 'sender') {
  const settings = readSettings(process.env);
  const service = await startService({
    settings,
    roles: { web: role === 'web', worker: role === 'worker' },
    log: createLog(settings.log),
  });
  process.on('SIGTERM', () => void service.stop().then(() => process.exit(0)));
} else process.on('SIGTERM', () => process.exit(0));
process.send?.('ready');

/** As little as a receiver can do: reads, verifies the signature, parses, answers. Writes nothing down. */
async function servePeer(): Promise<void> {
  const webhooks = new Webhooks({ secret: process.env.WEBHOOK_SECRET ?? '' });
  webhooks.onAny(() => undefined);
  const middleware = createNodeMiddleware(webhooks, { path: '/api/github/webhooks' });
  const server = http.createServer((request, response) => void middleware(request, response));
  await new Promise<void>((resolve) => server.listen(Number(process.env.PORT), '127.0.0.1', () => resolve()));
  process.on('SIGTERM', () => process.exit(0));
}

/** Open loop: each is sent at its moment whether or not earlier ones were answered, as GitHub does. */
async function send({ url, file, rate, seconds }: Extract<Ask, { ask: 'send' }>): Promise<Sent> {
  const payloads = JSON.parse(readFileSync(file, 'utf8')) as Signed[];
  const agent = new http.Agent({ keepAlive: true, maxSockets: 512 });
  const accepted: number[] = [];
  const refused: Record<string, number> = {};
  let latestStartMs = 0;
  const total = rate * seconds;
  const begun = performance.now();
  const one = (index: number): Promise<void> => {
    const due = begun + (index * 1000) / rate;
    const payload = payloads[Math.floor(Math.random() * payloads.length)];
    if (payload === undefined) throw new Error('nothing to send');
    latestStartMs = Math.max(latestStartMs, performance.now() - due);
    return new Promise((resolve) => {
      const failed = (why: string): void => {
        refused[why] = (refused[why] ?? 0) + 1;
        resolve();
      };
      const request = http.request(
        url,
        {
          method: 'POST',
          agent,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(payload.body),
            'user-agent': 'GitHub-Hookshot/bench',
            'x-github-delivery': randomUUID(),
            'x-github-event': payload.event,
            'x-hub-signature-256': payload.signature,
          },
        },
        (response) => {
          response.resume();
          response.once('end', () => {
            if (response.statusCode !== 200) {
              failed(String(response.statusCode));
              return;
            }
            accepted.push(performance.now() - due);
            resolve();
          });
          response.once('error', () => failed('broken answer'));
        },
      );
      request.setTimeout(10_000, () => request.destroy(new Error('10 s')));
      request.once('error', ({ message }) => failed(message));
      request.end(payload.body);
    });
  };
  const under: Promise<void>[] = [];
  for (let index = 0; index < total;) {
    const now = performance.now();
    while (index < total && begun + (index * 1000) / rate <= now) under.push(one(index++));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(under);
  agent.destroy();
  return { accepted, refused, latestStartMs };
}
