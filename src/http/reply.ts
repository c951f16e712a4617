import type { IncomingMessage, ServerResponse } from 'node:http';

/** Probot's kind of handler: true when it has answered. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

/** Pages run nothing and load nothing unless they say so; nobody keeps them or learns of their address, which holds a key. */
const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
  'cross-origin-resource-policy': 'same-origin',
};
const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A short answer for programs; starts with `docops:`, by which `docops doctor` knows that it met us. */
export function say(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): true {
  return send(response, status, 'text/plain; charset=utf-8', `docops: ${text}\n`, headers);
}

export function sendJson(response: ServerResponse, status: number, json: string): true {
  return send(response, status, 'application/json; charset=utf-8', json);
}

export function sendPage(response: ServerResponse, status: number, html: string, policy = NOTHING): true {
  return send(response, status, 'text/html; charset=utf-8', html, { 'content-security-policy': policy });
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): true {
  const bytes = Buffer.from(body, 'utf8');
  response.writeHead(status, {
    ...ALWAYS,
    'content-security-policy': NOTHING,
    'content-type': type,
    'content-length': bytes.length,
    ...headers,
  });
  response.end(bytes);
  return true;
}

/** Path and query of a request; undefined when its target is not one. Nothing of it is decoded twice. */
export function target(
  request: IncomingMessage,
): { readonly path: string; readonly query: URLSearchParams } | undefined {
  const text = request.url ?? '';
  if (!text.startsWith('/') || !URL.canParse(text, 'http://x')) return undefined;
  const { pathname, searchParams } = new URL(`http://x${text}`);
  return { path: pathname, query: searchParams };
}
