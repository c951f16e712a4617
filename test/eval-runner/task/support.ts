/** A storage that can fail, and the three containers of a task as processes over two folders. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { create } from 'tar';
import { onTestFinished } from 'vitest';
import { buildImage } from '../../../eval-runner/build-image.mjs';
import type { DocumentResult, JobLimits, SetupLine } from '../../../eval-runner/contract.js';
import type {
  DeliverManifest,
  FetchManifest,
  ResultsHeader,
  TaskDocument,
} from '../../../eval-runner/task/contract.js';

/** What the storage does with a request instead of answering it. */
export type Fault = number | 'cut' | 'wrong bytes' | 'longer' | 'hang';

export class Storage {
  readonly files = new Map<string, Buffer>();
  readonly requests: string[] = [];
  readonly #faults = new Map<string, Fault[]>();
  #port = 0;
  #open = 0;
  mostAtOnce = 0;

  static async start(): Promise<Storage> {
    const storage = new Storage();
    const server = createServer((request, response) => {
      void storage.#answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    storage.#port = (server.address() as AddressInfo).port;
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return storage;
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.#port}/${name}?signature=s3cr3t`;
  }

  put(name: string, content: Buffer | string): { url: string; sha256: string; bytes: number } {
    const bytes = Buffer.from(content);
    this.files.set(name, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { url: this.url(name), sha256, bytes: bytes.length };
  }

  /** For the next requests of this name, one after the other. */
  fail(name: string, ...faults: Fault[]): void {
    this.#faults.set(name, faults);
  }

  count(name: string): number {
    return this.requests.filter((request) => request.endsWith(` ${name}`)).length;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', 'http://storage');
    const name = pathname.slice(1);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
    response.on('close', () => this.#open--);
    // So that those that come together are seen together.
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.requests.push(`${request.method ?? ''} ${name}`);
    const sent = request.method === 'PUT' ? await buffer(request) : undefined;
    const fault = this.#faults.get(name)?.shift();
    if (typeof fault === 'number') {
      response.writeHead(fault).end(fault === 400 ? '<Error><Code>ExpiredToken</Code></Error>' : 'fault');
      return;
    }
    if (fault === 'hang') return;
    if (search !== '?signature=s3cr3t') {
      response.writeHead(403).end();
      return;
    }
    if (sent !== undefined) {
      // As S3: nothing without a length.
      if (request.headers['content-length'] === undefined) response.writeHead(411).end();
      else {
        this.files.set(name, sent);
        response.writeHead(200).end();
      }
      return;
    }
    const file = this.files.get(name);
    if (file === undefined) response.writeHead(404).end();
    else if (fault === 'cut') {
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, Math.floor(file.length / 2)), () => response.destroy());
    } else if (fault === 'wrong bytes') response.end(Buffer.alloc(file.length, 'x'));
    else if (fault === 'longer') response.end(Buffer.concat([file, Buffer.alloc(1_000_000)]));
    else response.writeHead(200, { 'content-length': file.length }).end(file);
  }
}

export const LIMITS: JobLimits = {
  jobs: 2,
  memoryBytes: 2 ** 30,
  outputBytes: 100_000,
  predictionsBytes: 200_000,
  stderrTailBytes: 1_000,
  jsonDepth: 32,
  killGraceMs: 1_000,
};

export interface TaskPlan {
  readonly driver: 'runner' | 'shell';
  readonly run: string;
  readonly step?: 'setup' | 'extract';
  readonly mode?: 'document' | 'batch';
  /** Id → content; an object is a folder. */
  readonly documents?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly code?: Readonly<Record<string, string>>;
  /** Instead of `code`. */
  readonly archive?: Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly documentTimeoutMs?: number;
  readonly limits?: Partial<JobLimits>;
  readonly maxBytes?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A temporary folder that goes with the test, with files in it. */
export function folder(files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'docops-task-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

export async function packed(root: string, gzip: boolean): Promise<Buffer> {
  return buffer(create({ cwd: root, gzip, portable: true }, readdirSync(root)));
}

export class Task {
  readonly storage: Storage;
  readonly root: string;
  readonly fetchManifest: FetchManifest;
  readonly deliverManifest: DeliverManifest;

  private constructor(storage: Storage, root: string, fetch: FetchManifest, deliver: DeliverManifest) {
    this.storage = storage;
    this.root = root;
    this.fetchManifest = fetch;
    this.deliverManifest = deliver;
    this.publish(fetch, deliver);
  }

  static async make(plan: TaskPlan, storage?: Storage): Promise<Task> {
    const own = storage ?? (await Storage.start());
    const step = plan.step ?? 'extract';
    const documents: TaskDocument[] = [];
    const given = plan.documents ?? (step === 'setup' ? {} : { a: 'Total: 1\n', b: 'Total: 2\n' });
    for (const [id, content] of Object.entries(given)) {
      const isFile = typeof content === 'string';
      const bytes = isFile ? Buffer.from(content) : await packed(folder(content), false);
      documents.push({
        id,
        kind: isFile ? 'file' : 'folder',
        extension: isFile ? '.txt' : '',
        ...own.put(`documents/${id}`, bytes),
      });
    }
    const code = folder(
      Object.fromEntries(
        Object.entries({ 'readme.txt': 'code\n', ...plan.code }).map(([path, text]) => [
          `code/${path}`,
          text,
        ]),
      ),
    );
    const archive = plan.archive ?? (await packed(code, true));
    const common = {
      version: 1,
      step,
      driver: plan.driver,
      mode: plan.mode ?? 'document',
      timeoutMs: plan.timeoutMs ?? 60_000,
      documentTimeoutMs: plan.documentTimeoutMs ?? 20_000,
      limits: { ...LIMITS, ...plan.limits },
    } as const;
    const maxBytes = plan.maxBytes ?? 10_000_000;
    return new Task(
      own,
      folder(),
      { ...common, code: own.put('code', archive), run: plan.run, env: plan.env ?? {}, documents },
      {
        ...common,
        ids: Object.keys(given),
        results: { url: own.url('results'), maxBytes },
        prepared: step === 'setup' ? { url: own.url('prepared'), maxBytes } : null,
      },
    );
  }

  publish(fetch: unknown, deliver: unknown): void {
    this.storage.put('fetch.json', typeof fetch === 'string' ? fetch : JSON.stringify(fetch));
    this.storage.put('deliver.json', typeof deliver === 'string' ? deliver : JSON.stringify(deliver));
  }

  get input(): string {
    return join(this.root, 'input');
  }
  get work(): string {
    return join(this.root, 'work');
  }
  get places(): Record<string, string> {
    return { DOCOPS_INPUT: this.input, DOCOPS_WORK: this.work };
  }

  fetch(options: StepOptions = {}): Promise<Ended> {
    return this.step('fetch', options);
  }
  deliver(options: StepOptions = {}): Promise<Ended> {
    return this.step('deliver', options);
  }

  private async step(step: 'fetch' | 'deliver', options: StepOptions): Promise<Ended> {
    return run(process.execPath, [join(await image(), 'task.js'), step], {
      ...options,
      env: {
        PATH: process.env['PATH'] ?? '',
        TMPDIR: tmpdir(),
        ...this.places,
        DOCOPS_MANIFEST_URL: this.storage.url(`${step}.json`),
        ...options.env,
      },
    });
  }

  /** `shell`: what `sh` is in the image. */
  extract(options: StepOptions & { readonly shell?: Shell } = {}): Promise<Ended> {
    return run('sh', [join(this.input, 'driver', 'driver.sh')], {
      ...options,
      env: {
        ...this.places,
        PATH: pathWith(options.shell ?? 'dash'),
        ...options.env,
      },
    });
  }

  /** All three; fails when one of ours did. */
  async whole(options: StepOptions & { readonly shell?: Shell } = {}): Promise<Delivered> {
    for (const step of [() => this.fetch(), () => this.extract(options), () => this.deliver()]) {
      const end = await step();
      if (end.code !== 0) throw new Error(`ended with ${end.code ?? '?'}: ${end.stderr}`);
    }
    return this.delivered();
  }

  /** What lies in the storage, read without any of the code under test. */
  delivered(): Delivered {
    const file = this.storage.files.get('results');
    if (file === undefined) throw new Error('nothing was delivered');
    const [header, ...lines] = gunzipSync(file)
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    return {
      header: header as ResultsHeader,
      lines: lines as DocumentResult[],
      setup: lines[0] as SetupLine,
    };
  }
}

export interface Delivered {
  readonly header: ResultsHeader;
  readonly lines: readonly DocumentResult[];
  readonly setup: SetupLine;
}

export type Shell = 'dash' | 'bash' | 'busybox';

/** A folder in front of PATH in which `sh` is this shell: bash called `sh` keeps to POSIX, busybox becomes its ash. */
export function pathWith(shell: Shell): string {
  const bin = folder();
  symlinkSync(`/usr/bin/${shell}`, join(bin, 'sh'));
  return `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`;
}

export interface StepOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** SIGTERM after so many ms. */
  readonly stopAfterMs?: number;
  /** Called when it is running. */
  readonly during?: (pid: number) => Promise<void> | void;
}

export async function run(
  file: string,
  args: readonly string[],
  options: StepOptions & { readonly env: Readonly<Record<string, string>> },
): Promise<Ended> {
  const started = performance.now();
  const child = spawn(file, args, {
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const timer =
    options.stopAfterMs === undefined
      ? undefined
      : setTimeout(() => child.kill('SIGTERM'), options.stopAfterMs);
  if (child.pid !== undefined) await options.during?.(child.pid);
  const code = await ended;
  clearTimeout(timer);
  return { code, stdout, stderr, seconds: (performance.now() - started) / 1000 };
}

let built: Promise<string> | undefined;
/** The files of the image, built from the sources under test. */
export function image(): Promise<string> {
  return (built ??= buildImage(fileURLToPath(new URL('../../../dist/image', import.meta.url))));
}

/** Id and status of each result. */
export const statuses = (lines: readonly DocumentResult[]): string[] =>
  lines.map(({ id, status }) => `${id} ${status}`).sort();
