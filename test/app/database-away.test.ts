/** The database goes away under a running server, as it does when it is restarted or moved. */
import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulatedGitHub, type EmulatedGitHub } from '../../src/emulated-github/index.js';
import { createLog } from '../../src/log.js';
import { startService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { deliver, PULL_REQUEST } from '../http/support.js';
import { temporaryFolder } from '../support/git.js';
import { createDatabase, type NewDatabase } from '../support/postgres.js';

/** A way to the database that can be cut. */
class Way {
  readonly #to: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(to: string) {
    this.#to = new URL(to);
  }

  async open(): Promise<string> {
    const server = createServer((near) => {
      const far = connect(Number(this.#to.port), this.#to.hostname);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    const url = new URL(this.#to);
    url.host = `127.0.0.1:${this.#port}`;
    return url.href;
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

let github: EmulatedGitHub;
let database: NewDatabase;
let way: Way;
let service: Service;

beforeAll(async () => {
  const folder = temporaryFolder('docops-away');
  github = await startEmulatedGitHub({ folder });
  database = await createDatabase();
  way = new Way(database.url);
  service = await startService({
    settings: readSettings({
      APP_ID: String(github.app.id),
      PRIVATE_KEY: github.app.privateKey,
      WEBHOOK_SECRET: github.app.webhookSecret,
      DATABASE_URL: await way.open(),
      DOCOPS_DATA: join(folder, 'data'),
      GITHUB_API_URL: github.apiUrl,
      GITHUB_GIT_URL: github.gitUrl,
      PORT: '0',
    }),
    roles: { web: true, worker: false },
    log: createLog({ level: 'silent', format: 'json' }),
  });
});
afterAll(async () => {
  await service.stop();
  await way.cut();
  await github.close();
  await database.drop();
});

it('a webhook that comes while the database is away is refused, and received when GitHub sends it again', async () => {
  const url = service.url ?? '';
  const guid = randomUUID();
  const send = (): Promise<Response> =>
    deliver({ url }, PULL_REQUEST, { guid, secret: github.app.webhookSecret });

  await way.cut();
  expect((await send()).status).toBe(503);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);

  await way.open();
  expect((await send()).status).toBe(200);
  expect(await service.store.openHints(-1_000, 10)).toMatchObject([
    { cause: guid, hint: { kind: 'look', number: 7 } },
  ]);
  // The same again, as GitHub may: known, and not written twice.
  expect((await send()).status).toBe(200);
  expect(await service.store.openHints(-1_000, 10)).toHaveLength(1);
});
