/** Progress of a run as server-sent events: for one viewer, as long as there is something to follow and they may see it. */
import { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { ServerResponse } from 'node:http';
import type { Site } from '../../site/words.js';
import { markEndless } from '../../streams.js';
import type { Live } from './live.js';
import type { OpenedRun } from './open.js';
import { isLive } from './state.js';

export interface LiveTimes {
  /** Between two looks at the state of a run. */
  readonly pollMs: number;
  /** A comment, so that nothing between here and the browser takes the stream for dead. */
  readonly heartbeatMs: number;
  /** Between two questions whether the viewer may still see it. */
  readonly recheckMs: number;
  /** Who takes nothing for so long is gone, and somebody else may watch. */
  readonly unreadMs: number;
}

export const LIVE_TIMES: LiveTimes = {
  pollMs: 1_000,
  heartbeatMs: 15_000,
  recheckMs: 45_000,
  unreadMs: 120_000,
};

export function sendEvents(
  site: Site,
  c: Context,
  { evaluation, repository }: OpenedRun,
  live: Live,
  times: LiveTimes,
): Response {
  // 204 tells a browser not to ask again.
  if (!isLive(evaluation)) return c.body(null, 204);
  // Nobody reads what follows, and nobody would end it.
  if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
  const queue: (string | null)[] = [];
  let wake = (): void => undefined;
  const put = (html: string | null): void => {
    // Only the newest progress is of interest to a slow reader.
    if (html !== null && queue.at(-1) !== null) queue.length = 0;
    queue.push(html);
    wake();
  };
  const leave = live.watch(evaluation.id, { changed: put, done: () => put(null) });
  if (leave === undefined) {
    c.header('retry-after', '30');
    return c.text('docops: too many watch runs now\n', 503);
  }
  const outgoing = (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing;
  if (outgoing !== undefined) markEndless(outgoing);
  // Proxies that gather answers would hold the progress back.
  c.header('x-accel-buffering', 'no');
  const response = streamSSE(c, async (stream) => {
    stream.onAbort(() => {
      leave();
      wake();
    });
    const write = async (what: Promise<unknown>): Promise<void> => {
      const unread = setTimeout(() => {
        stream.abort();
        outgoing?.destroy();
      }, times.unreadMs).unref();
      await what.finally(() => clearTimeout(unread));
    };
    const beat = setInterval(() => void write(stream.write(': still here\n\n')), times.heartbeatMs);
    const recheck = setInterval(() => {
      void mayStillSee(site, c, repository, evaluation.id).then((may) => {
        // Closing would wait for a reader who may never come.
        if (!may) stream.abort();
      });
    }, times.recheckMs);
    try {
      while (!stream.aborted && !stream.closed) {
        const next = queue.shift();
        if (next === null) {
          await write(stream.writeSSE({ event: 'done', data: 'done' }));
          return;
        }
        if (next !== undefined) await write(stream.writeSSE({ event: 'progress', data: next }));
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      clearInterval(beat);
      clearInterval(recheck);
      leave();
    }
  });
  response.headers.set('cache-control', 'no-store, no-transform');
  return response;
}

/** Asked anew, as if it were another request: a session that has ended meanwhile sees nothing more. */
async function mayStillSee(
  site: Site,
  c: Context,
  repository: OpenedRun['repository'],
  evaluationId: string,
): Promise<boolean> {
  try {
    const again = new Context(c.req.raw, { env: c.env as object });
    return !((await site.gate.visitor(again, repository, evaluationId)) instanceof Response);
  } catch (error) {
    site.log.warn({ err: error }, 'whether a viewer may still see a run could not be asked');
    return false;
  }
}
