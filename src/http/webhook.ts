/**
 * Where GitHub's webhooks arrive. Probot turns events into handlers; what comes before is ours, because its own
 * middleware reads any amount, answers 202 after nine seconds whether or not anything was written down, and knows one
 * secret. Here: a limit, signatures of the current and the previous secret, and 2xx only after `receive` has committed.
 * GitHub does not send again by itself; what it recorded as failed is asked for by the sweep.
 */
import { Webhooks } from '@octokit/webhooks';
import { Probot, type ApplicationFunction, type Logger } from 'probot';
import { WEBHOOK_ANSWER_MS, WEBHOOK_BYTES, WEBHOOK_BYTES_IN_FLIGHT } from '../core/limits.js';
import { createBodyReader } from './body.js';
import { say, target, type Handler } from './reply.js';

export const WEBHOOK_PATH = '/api/github/webhooks';

export interface WebhookOptions {
  readonly appId: number;
  readonly privateKey: string;
  readonly apiUrl: string;
  /** The current one first. */
  readonly secrets: readonly [string, ...string[]];
  readonly app: ApplicationFunction;
  readonly log: Logger;
  readonly answerMs?: number;
  readonly bytes?: number;
  readonly bytesInFlight?: number;
}

const EVENT = /^[a-z_]{1,100}$/;
const GUID = /^[\w-]{1,100}$/;
const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

export async function createWebhookHandler(options: WebhookOptions): Promise<Handler> {
  const probot = new Probot({
    appId: options.appId,
    privateKey: options.privateKey,
    secret: options.secrets[0],
    baseUrl: options.apiUrl,
    log: options.log,
  });
  await probot.ready();
  await probot.load(options.app);
  const secrets = options.secrets.map((secret) => new Webhooks({ secret }));
  const isSigned = async (text: string, signature: string): Promise<boolean> => {
    for (const each of secrets) if (await each.verify(text, signature)) return true;
    return false;
  };
  const reader = createBodyReader({
    bytes: options.bytes ?? WEBHOOK_BYTES,
    bytesInFlight: options.bytesInFlight ?? WEBHOOK_BYTES_IN_FLIGHT,
  });
  const { log } = options;

  return async (request, response) => {
    if (target(request)?.path.replace(/\/$/, '') !== WEBHOOK_PATH) return false;
    if (request.method !== 'POST') return say(response, 405, 'webhooks are posted', { allow: 'POST' });
    if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
      return say(response, 415, "set the webhook's content type to application/json");
    const event = header(request.headers['x-github-event'], EVENT);
    const guid = header(request.headers['x-github-delivery'], GUID);
    const signature = header(request.headers['x-hub-signature-256'], SIGNATURE);
    if (signature === undefined) return say(response, 401, 'not signed');
    if (event === undefined || guid === undefined) return say(response, 400, 'not a webhook of GitHub');

    return reader.withBody(request, response, async (body) => {
      if (body.kind === 'gone') return true;
      // What the client still sends is not read: the connection ends with the answer.
      if (body.kind === 'too-large') return say(response, 413, 'too large', { connection: 'close' });
      if (body.kind === 'busy')
        return say(response, 503, 'too much at once', { connection: 'close', 'retry-after': '30' });
      const text = body.bytes.toString('utf8');
      if (text === '' || !(await isSigned(text, signature))) {
        log.warn(
          { guid, event },
          'a webhook with a wrong signature: does WEBHOOK_SECRET equal the one of the App?',
        );
        return say(response, 401, 'wrongly signed');
      }
      const payload = parseObject(text);
      if (payload === undefined) return say(response, 400, 'not a JSON object');
      // Probot's error handler writes the reason into the log.
      const received = (probot.webhooks.receive as (event: object) => Promise<void>)({
        id: guid,
        name: event,
        payload,
      }).then(
        () => 'committed' as const,
        () => 'failed' as const,
      );
      const outcome = await inTime(received, options.answerMs ?? WEBHOOK_ANSWER_MS);
      if (outcome === 'committed') return say(response, 200, 'received');
      log.error(
        { guid, event, outcome },
        'a webhook was not written down; the sweep will ask GitHub for it again',
      );
      return say(response, 503, 'not written down, send it again', { 'retry-after': '30' });
    });
  };
}

function header(value: string | string[] | undefined, shape: RegExp): string | undefined {
  return typeof value === 'string' && shape.test(value) ? value : undefined;
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // The parser's message quotes the text.
    return undefined;
  }
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
