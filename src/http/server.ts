/** The web server: listens where it is told, tries its handlers in turn, ends without cutting an answer off. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../core/errors.js';
import { CONNECTIONS, REQUEST_HEADERS_MS, REQUEST_MS } from '../core/limits.js';
import type { Log } from '../ports/log.js';
import { say, target, type Handler } from './reply.js';
import { isEndless } from './streams.js';

export interface WebServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly handlers: readonly Handler[];
  readonly log: Log;
  /** To send all headers, and a whole request. */
  readonly timeoutsMs?: { readonly headers: number; readonly request: number };
}

export interface WebServer {
  /** As it can be reached from this machine. */
  readonly url: string;
  readonly port: number;
  /** Takes no new connections, lets requests under way finish for at most so long, then cuts them. */
  stop(graceMs: number): Promise<void>;
}

/** Longer than a proxy in front keeps an idle connection (AWS's load balancers: 60 s), so that it is never the proxy that finds it closed. */
const KEEP_ALIVE_MS = 75_000;

/** Throws UsageError when the address cannot be listened on. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { log, handlers } = options;
  const timeouts = options.timeoutsMs ?? { headers: REQUEST_HEADERS_MS, request: REQUEST_MS };
  const open = new Set<ServerResponse>();
  let draining = false;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const begun = performance.now();
    open.add(response);
    response.once('close', () => {
      open.delete(response);
      // Without the query: it holds keys.
      const path = target(request)?.path.slice(0, 200) ?? '?';
      const ms = Math.round(performance.now() - begun);
      log.debug({ method: request.method, path, status: response.statusCode, ms }, 'answered');
    });
    if (draining) response.setHeader('connection', 'close');
    try {
      for (const handler of handlers) if (await handler(request, response)) return;
      say(response, 404, 'there is nothing here');
    } catch (error) {
      log.error({ err: error }, 'a request failed');
      if (response.headersSent) response.destroy();
      else say(response, 500, 'that is a bug; the log says more', { connection: 'close' });
    }
  };
  const take = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);

  const server = createServer({
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(1_000, timeouts.headers),
  });
  server.maxConnections = CONNECTIONS;
  server.on('request', take);
  // The handler that wants the body says "continue" itself, after a look at the headers.
  server.on('checkContinue', take);

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(notListening(error, options.host, options.port));
    });
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  server.on('error', (error) => log.error({ err: error }, 'the web server'));
  const { address, port, family } = server.address() as AddressInfo;
  const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;

  let stopped: Promise<void> | undefined;
  return {
    url: `http://${family === 'IPv6' && reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`,
    port,
    stop(graceMs) {
      return (stopped ??= new Promise((resolve) => {
        draining = true;
        for (const response of open)
          if (isEndless(response)) response.destroy();
          else if (!response.headersSent) response.setHeader('connection', 'close');
        const cut = setTimeout(() => {
          log.warn({ open: open.size }, 'requests were cut off');
          server.closeAllConnections();
        }, graceMs);
        // Also ends connections that wait for a next request.
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
      }));
    },
  };
}

function notListening(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new UsageError(
      `${host}:${port} is taken by another program`,
      'set PORT, or end the other program',
    );
  if (error.code === 'EACCES')
    return new UsageError(`this user may not listen on port ${port}`, 'set PORT to 1024 or above');
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new UsageError(
      `${host} is no address of this machine`,
      'set HOST to 127.0.0.1, or to 0.0.0.0 for all addresses',
    );
  return error;
}
