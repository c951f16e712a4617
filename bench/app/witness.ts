/** Stands in front of the emulated GitHub's API and notes when each check run was created and concluded. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Witnessed {
  readonly headSha: string;
  createdMs: number;
  /** Null until a write with a conclusion arrived. */
  concludedMs: number | null;
}

export interface Witness {
  readonly url: string;
  /** By head commit; moments as `Date.now()` has them. */
  readonly checks: ReadonlyMap<string, Witnessed>;
  close(): Promise<void>;
}

export async function startWitness(apiUrl: string): Promise<Witness> {
  const checks = new Map<string, Witnessed>();
  const byId = new Map<string, Witnessed>();
  const agent = new http.Agent({ keepAlive: true });
  const target = new URL(apiUrl);

  const server = http.createServer((request, response) => {
    const arrivedMs = Date.now();
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const ofCheck = /\/check-runs(?:\/(\d+))?$/.exec(request.url ?? '');
      const written = request.method === 'POST' || request.method === 'PATCH';
      const sent = ofCheck !== null && written ? (JSON.parse(body.toString()) as Sent) : undefined;
      const known = byId.get(ofCheck?.[1] ?? '');
      if (sent?.conclusion !== undefined && known !== undefined) known.concludedMs ??= arrivedMs;
      const passed = http.request(
        {
          host: target.hostname,
          port: target.port,
          agent,
          method: request.method,
          path: request.url,
          headers: request.headers,
        },
        (answer) => {
          const got: Buffer[] = [];
          answer.on('data', (part: Buffer) => got.push(part));
          answer.on('end', () => {
            const text = Buffer.concat(got);
            if (sent?.head_sha !== undefined && request.method === 'POST' && answer.statusCode === 201) {
              const check = {
                headSha: sent.head_sha,
                createdMs: arrivedMs,
                concludedMs: sent.conclusion === undefined ? null : arrivedMs,
              };
              checks.set(sent.head_sha, check);
              byId.set(String((JSON.parse(text.toString()) as { id: number }).id), check);
            }
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            response.end(text);
          });
        },
      );
      passed.on('error', () => response.destroy());
      passed.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    checks,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

interface Sent {
  readonly head_sha?: string;
  readonly conclusion?: string;
}
