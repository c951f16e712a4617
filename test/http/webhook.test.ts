import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { WEBHOOK_PATH } from '../../src/http/webhook.js';
import { deliver, openGate, PULL_REQUEST, rawConnection, signedHeaders, startEdge } from './support.js';

describe('a webhook', () => {
  it('that is rightly signed is received, and answered once it is written down', async () => {
    const gate = openGate();
    const { server, received } = await startEdge({ receive: gate.pass });
    const guid = randomUUID();
    let answered = false;
    const answer = deliver(server, PULL_REQUEST, { guid }).finally(() => (answered = true));
    await gate.reached;
    // Another request that comes and goes: had the first been answered early, its answer would be here by now.
    expect((await fetch(`${server.url}/nowhere`)).status).toBe(404);
    expect(answered).toBe(false);
    gate.open();
    expect((await answer).status).toBe(200);
    expect(received).toMatchObject([
      { guid, event: 'pull_request.opened', hints: [{ kind: 'look', number: 7 }], repository: { id: 21 } },
    ]);
  });

  it.each([
    ['without a signature', { 'x-hub-signature-256': '' }, 401, 'not signed'],
    ['with an old SHA-1 signature alone', { 'x-hub-signature-256': 'sha1=abc' }, 401, 'not signed'],
    ['signed for another body', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }, 401, 'wrongly signed'],
    ['without an event', { 'x-github-event': '' }, 400, 'not a webhook'],
    ['with a guid that is none', { 'x-github-delivery': '../../etc' }, 400, 'not a webhook'],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'application/json'],
  ])('%s is refused', async (_name, headers, status, words) => {
    const { server, received } = await startEdge();
    const response = await deliver(server, PULL_REQUEST, { headers });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words);
    expect(received).toEqual([]);
  });

  it('signed with another secret is refused, and the log says what to compare', async () => {
    const { server, received, log } = await startEdge();
    expect((await deliver(server, PULL_REQUEST, { secret: 'somebody-elses-secret' })).status).toBe(401);
    expect(received).toEqual([]);
    expect(log.join('')).toContain('does WEBHOOK_SECRET equal');
  });

  it('signed with the previous secret is received while that is set', async () => {
    const previous = 'the-secret-of-yesterday';
    const rotating = await startEdge({ webhook: { secrets: ['the-secret-of-today-1', previous] } });
    expect((await deliver(rotating.server, PULL_REQUEST, { secret: previous })).status).toBe(200);
    expect((await deliver(rotating.server, PULL_REQUEST, { secret: 'the-secret-of-today-1' })).status).toBe(
      200,
    );
    const rotated = await startEdge({ webhook: { secrets: ['the-secret-of-today-1'] } });
    expect((await deliver(rotated.server, PULL_REQUEST, { secret: previous })).status).toBe(401);
  });

  it.each(['{"action":"opened"', '[1]', '"text"', 'null'])('with the body %s is refused', async (body) => {
    const { server, log } = await startEdge();
    const headers = await signedHeaders(body);
    const response = await fetch(`${server.url}${WEBHOOK_PATH}`, { method: 'POST', body, headers });
    expect(response.status).toBe(400);
    expect(log.join('')).not.toContain('opened');
  });

  it('of a kind that nobody asked for is answered and left alone', async () => {
    const { server, received } = await startEdge();
    expect((await deliver(server, { zen: 'Keep it simple' }, { event: 'ping' })).status).toBe(200);
    expect((await deliver(server, { ...PULL_REQUEST, action: 'labeled' })).status).toBe(200);
    expect(received).toEqual([]);
  });

  it('that is announced as too large is refused before it is sent', async () => {
    const { server, received } = await startEdge();
    const connection = rawConnection(server);
    const headers = await signedHeaders('{}');
    connection.write(
      [
        `POST ${WEBHOOK_PATH} HTTP/1.1`,
        'host: x',
        `content-length: ${25 * 1024 * 1024 + 1}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        '',
        '',
      ].join('\r\n'),
    );
    expect(await connection.closed).toMatch(/^HTTP\/1.1 413 /);
    expect(received).toEqual([]);
  });

  it('that grows too large in chunks is refused as soon as it does, without holding the rest', async () => {
    const { server, received } = await startEdge({ webhook: { bytes: 100_000 } });
    const connection = rawConnection(server);
    const headers = await signedHeaders('{}');
    connection.write(
      [
        `POST ${WEBHOOK_PATH} HTTP/1.1`,
        'host: x',
        'transfer-encoding: chunked',
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        '',
        '',
      ].join('\r\n'),
    );
    const chunk = `${(10_000).toString(16)}\r\n${' '.repeat(10_000)}\r\n`;
    // One byte more than fits, and no end: the answer comes all the same.
    for (let sent = 0; sent <= 100_000; sent += 10_000) connection.write(chunk);
    expect(await connection.closed).toMatch(/^HTTP\/1.1 413 /);
    expect(received).toEqual([]);
  });

  it('of the largest size is received', async () => {
    const { server, received } = await startEdge({ webhook: { bytes: 200_000 } });
    const padding = 200_000 - JSON.stringify({ ...PULL_REQUEST, padding: '' }).length;
    expect((await deliver(server, { ...PULL_REQUEST, padding: ' '.repeat(padding) })).status).toBe(200);
    expect((await deliver(server, { ...PULL_REQUEST, padding: ' '.repeat(padding + 1) })).status).toBe(413);
    expect(received).toHaveLength(1);
  });

  it('beyond what is held at once is sent away, and taken when there is room again', async () => {
    const gate = openGate();
    const { server } = await startEdge({
      receive: gate.pass,
      webhook: { bytes: 100_000, bytesInFlight: 150_000 },
    });
    const large = { ...PULL_REQUEST, padding: ' '.repeat(90_000) };
    const first = deliver(server, large);
    await gate.reached;
    expect((await deliver(server, large)).status).toBe(503);
    gate.open();
    expect((await first).status).toBe(200);
    expect((await deliver(server, large)).status).toBe(200);
  });

  it('that could not be written down is answered with 503, so that GitHub records a failure', async () => {
    const { server, received } = await startEdge({
      receive: () => Promise.reject(new Error('database away')),
    });
    const response = await deliver(server, PULL_REQUEST);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30');
    expect(await response.text()).not.toContain('database');
    expect(received).toEqual([]);
  });

  it('that is not written down in time is never answered with 2xx', async () => {
    const { server } = await startEdge({
      receive: () => new Promise(() => undefined),
      webhook: { answerMs: 50 },
    });
    expect((await deliver(server, PULL_REQUEST)).status).toBe(503);
  });

  it('leaves nothing of its payload or its headers in the log, also when its handler fails', async () => {
    const failure = Object.assign(new Error('the handler failed'), {
      detail: 'row of A title that nobody may log',
    });
    const { server, log } = await startEdge({ receive: () => Promise.reject(failure), level: 'debug' });
    const secretly = { headers: { 'x-secret-header': 'A title that nobody may log' } };
    await deliver(server, PULL_REQUEST, secretly);
    await deliver(server, PULL_REQUEST, { ...secretly, secret: 'somebody-elses-secret' });
    const text = log.join('');
    expect(text).toContain('the handler failed');
    expect(text).not.toContain('nobody may log');
    expect(text).not.toContain('"head"');
    expect(text).not.toContain('sha256=');
  });

  it('is posted, and to no other path', async () => {
    const { server } = await startEdge();
    const response = await fetch(`${server.url}${WEBHOOK_PATH}`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${server.url}/`, { method: 'POST', body: '{}' })).status).toBe(404);
  });
});
