/** A `moto` server for a test file: AWS's APIs over HTTP, in memory. It checks requests and runs nothing. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';

export const REGION = 'us-east-1';
/** Accepted by moto, worth nothing elsewhere. */
export const CREDENTIALS = { accessKeyId: 'testing', secretAccessKey: 'testing' } as const;

/** Python with moto's server in it. For `describe.skipIf(!requireMoto())`; on CI a missing one is an error. */
export function requireMoto(): boolean {
  const found = spawnSync('python3', ['-c', 'import moto.server'], { stdio: 'ignore' }).status === 0;
  if (!found && process.env['CI'] === 'true')
    throw new Error("tests need moto: python3 -m pip install 'moto[server]'");
  return found;
}

export interface Moto {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const child = spawn(
    'python3',
    ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', `${port}`],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, MOTO_ALLOW_NONEXISTENT_REGION: 'false' } },
  );
  let complaint = '';
  child.stderr.on(
    'data',
    (chunk: Buffer) => (complaint = (complaint + chunk.toString('utf8')).slice(-4_000)),
  );
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok === true) return { url, stop: () => stop(child) };
    await sleep(50);
  }
  await stop(child);
  throw new Error(`moto did not start: ${complaint}`);
}

/** Started before the tests of a file and stopped after them. */
export function useMoto(): { readonly url: string } {
  let moto: Moto | undefined;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.stop());
  return {
    get url() {
      if (moto === undefined) throw new Error('moto is not started yet');
      return moto.url;
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
