import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { say } from '../../src/http/reply.js';
import { startWebServer } from '../../src/http/server.js';
import { createLog } from '../../src/log.js';
import { deliver, openGate, PULL_REQUEST, rawConnection, startEdge } from './support.js';

const silent = createLog({ level: 'silent', format: 'json' });

describe('the web server', () => {
  it('answers unknown paths with 404, with headers that forbid keeping, framing and running anything', async () => {
    const { server } = await startEdge();
    const response = await fetch(`${server.url}/wp-login.php?x=1`);
    expect(response.status).toBe(404);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
    });
  });

  it('survives request targets that are no path', async () => {
    const { server } = await startEdge();
    for (const target of ['*', 'http://evil.example/', '//evil.example/%', '/%00/../..', '/\u00ff']) {
      const connection = rawConnection(server);
      connection.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      expect(await connection.closed).toMatch(/^HTTP\/1.1 4\d\d /);
    }
  });

  it('answers a handler that fails with 500 and no detail, and goes on', async () => {
    const server = await startWebServer({
      host: '127.0.0.1',
      port: 0,
      log: silent,
      handlers: [
        (request, response) => {
          if (request.url === '/fails') throw new Error('a detail');
          return say(response, 200, 'fine');
        },
      ],
    });
    onTestFinished(() => server.stop(0));
    const response = await fetch(`${server.url}/fails`);
    expect([response.status, await response.text()]).toEqual([
      500,
      'docops: that is a bug; the log says more\n',
    ]);
    expect((await fetch(`${server.url}/`)).status).toBe(200);
  });

  it('never writes the query of a request into its log, for it holds keys', async () => {
    const { server, log } = await startEdge();
    await fetch(`${server.url}/evaluations/1?key=very-secret`);
    await server.stop(1_000);
    expect(log.join('')).toContain('/evaluations/1');
    expect(log.join('')).not.toContain('very-secret');
  });

  it('hangs up on a client that does not send its headers', async () => {
    const { server } = await startEdge({ server: { timeoutsMs: { headers: 100, request: 200 } } });
    const connection = rawConnection(server);
    connection.write('POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\nx-slow: ');
    expect(await connection.closed).toMatch(/^(HTTP\/1.1 408 |$)/);
  });

  it('hangs up on a client that does not send its body', async () => {
    const { server, received } = await startEdge({ server: { timeoutsMs: { headers: 100, request: 200 } } });
    const connection = rawConnection(server);
    connection.write(
      'POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n' +
        `x-github-event: push\r\nx-github-delivery: 1\r\nx-hub-signature-256: sha256=${'0'.repeat(64)}\r\n\r\n{`,
    );
    expect(await connection.closed).toMatch(/^(HTTP\/1.1 408 |$)/);
    expect(received).toEqual([]);
  });

  it('lets requests under way finish when it stops, and takes no new ones', async () => {
    const gate = openGate();
    const { server, received } = await startEdge({ receive: gate.pass });
    const answer = deliver(server, PULL_REQUEST);
    await gate.reached;
    const stopped = server.stop(20_000);
    await expect(fetch(server.url)).rejects.toThrow();
    gate.open();
    const response = await answer;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    await stopped;
    expect(received).toHaveLength(1);
  });

  it('cuts off what is still under way when the grace is over', async () => {
    const gate = openGate();
    const { server } = await startEdge({ receive: gate.pass });
    const answer = deliver(server, PULL_REQUEST).catch(() => 'cut off');
    await gate.reached;
    await server.stop(50);
    expect(await answer).toBe('cut off');
  });

  it('says what to do when it cannot listen', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const start = startWebServer({ host: '127.0.0.1', port, handlers: [], log: silent });
    await expect(start).rejects.toThrow(UsageError);
    await expect(start).rejects.toThrow('is taken by another program');
    await expect(startWebServer({ host: '192.0.2.1', port: 0, handlers: [], log: silent })).rejects.toThrow(
      'is no address of this machine',
    );
  });
});
