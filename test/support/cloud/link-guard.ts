/**
 * A door in front of moto that looks at links as S3 does, which moto does not: signature, method, name and end.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CREDENTIALS } from './moto.js';

export interface LinkGuard {
  readonly url: string;
  /** What the door takes for the time. */
  now: () => number;
  close(): Promise<void>;
}

export async function startLinkGuard(moto: string): Promise<LinkGuard> {
  const behind = new URL(moto);
  const server = createServer((incoming, reply) => {
    const why = refusal(incoming, guard.now());
    if (why !== undefined) {
      incoming.resume();
      reply.writeHead(403, { 'content-type': 'application/xml' }).end(`<Error><Code>${why}</Code></Error>`);
      return;
    }
    const { method, url, headers } = incoming;
    const onward = request(
      { host: behind.hostname, port: behind.port, method, path: url, headers },
      (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(reply);
      },
    );
    onward.on('error', () => reply.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const guard: LinkGuard = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    now: () => Date.now(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return guard;
}

function refusal({ method = '', url = '', headers }: IncomingMessage, now: number): string | undefined {
  const { pathname, searchParams: query } = new URL(url, 'http://door');
  const signature = query.get('X-Amz-Signature');
  if (signature === null) return 'AccessDenied';
  const date = query.get('X-Amz-Date') ?? '';
  const [, scope = ''] = /^[^/]+\/(.+)$/.exec(query.get('X-Amz-Credential') ?? '') ?? [];
  const names = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  const canonicalQuery = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonical = [
    method,
    pathname
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    canonicalQuery,
    ...names.map((name) => `${name}:${String(headers[name] ?? '').trim()}`),
    '',
    names.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.secretAccessKey}`);
  const right = hmac(key, ['AWS4-HMAC-SHA256', date, scope, hash].join('\n')).toString('hex');
  if (signature !== right) return 'SignatureDoesNotMatch';
  const begin = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  return now > begin + Number(query.get('X-Amz-Expires')) * 1_000 ? 'AccessDenied' : undefined;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
