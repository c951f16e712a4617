/** Gets and puts by links, again when the storage stumbles. Messages name what was wanted and never the link. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pRetry from 'p-retry';
import type { Download } from './contract.js';
import { StepError } from './step-error.js';

/** 0.25 s, 0.5 s … 8 s between them: about 16 s in which a storage may come back. */
const RETRIES = 6;
const FIRST_WAIT_MS = 250;
/** A download on which nothing comes for this long is given up. */
const QUIET_MS = 30_000;
/** Manifests of 10,000 documents, with links of 2 KB, are 25 MB. */
const MANIFEST_BYTES = 128 * 1024 * 1024;
/** What a storage says of an error; it is searched for one word. */
const COMPLAINT_BYTES = 8 * 1024;

export async function readManifest(url: string, stop: AbortSignal): Promise<string> {
  if (!/^https?:\/\//.test(url)) throw new StepError('badManifest', 'DOCOPS_MANIFEST_URL is not a link');
  return again('the manifest', stop, async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of get(url, MANIFEST_BYTES, stop)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  });
}

/** Writes it to a new file; what is there afterwards is what was promised. */
export async function download(
  what: string,
  source: Download,
  file: string,
  stop: AbortSignal,
): Promise<void> {
  await again(what, stop, async () => {
    const hash = createHash('sha256');
    let bytes = 0;
    // Opened first: a stream that opens it by itself may still do so after it was removed.
    const handle = await open(file, 'wx', 0o600);
    try {
      await pipeline(async function* () {
        for await (const chunk of get(source.url, source.bytes, stop)) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      }, handle.createWriteStream());
      if (bytes !== source.bytes) throw new StepError('checksum', `${bytes} of ${source.bytes} bytes came`);
      if (hash.digest('hex') !== source.sha256)
        throw new StepError('checksum', 'its checksum is not the one in the manifest');
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  });
}

/** `content` is called for each try and gives exactly `bytes` bytes: S3 wants to know the length first. */
export async function upload(
  what: string,
  url: string,
  bytes: number,
  content: () => Readable,
  stop: AbortSignal,
): Promise<void> {
  await again(what, stop, async () => {
    const { status, said } = await put(url, bytes, content(), stop);
    if (status < 200 || status > 299) throw refusal(status, said);
  });
}

async function put(
  url: string,
  bytes: number,
  content: Readable,
  stop: AbortSignal,
): Promise<{ readonly status: number; readonly said: string }> {
  const target = new URL(url);
  const request = (target.protocol === 'https:' ? https : http).request(target, {
    method: 'PUT',
    headers: { 'content-length': bytes },
    signal: stop,
  });
  request.setTimeout(QUIET_MS, () => request.destroy(new Error(`nothing moved for ${QUIET_MS / 1000} s`)));
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
  // A storage that refuses may close before everything is sent; what it said counts then.
  const sent = pipeline(content, request).catch((error: unknown) => {
    request.destroy(error as Error);
  });
  const [response] = await answered;
  const said = await complaint(response);
  await sent;
  return { status: response.statusCode ?? 0, said };
}

async function* get(url: string, maxBytes: number, stop: AbortSignal): AsyncGenerator<Buffer> {
  const quiet = new AbortController();
  const timer = setTimeout(() => quiet.abort(new Error(`nothing came for ${QUIET_MS / 1000} s`)), QUIET_MS);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([stop, quiet.signal]) });
    if (!response.ok) throw refusal(response.status, await complaint(response.body ?? []));
    let bytes = 0;
    if (response.body === null) return;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > maxBytes) throw new StepError('checksum', `more than the ${maxBytes} bytes promised came`);
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** 403: the link has ended or is refused; S3 says 400 with this word when what signed the link has ended. */
function refusal(status: number, said: string): Error {
  const message = `the storage answered ${status}`;
  if (status === 403 || (status === 400 && said.includes('ExpiredToken')))
    return new StepError('refused', `${message}: the link has ended, or the storage refuses it`);
  const passes = status >= 500 || status === 408 || status === 429;
  return passes ? new Error(message) : new StepError('network', message);
}

async function complaint(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > COMPLAINT_BYTES) break;
    }
  } catch {
    // What it said is a help and no more.
  }
  return Buffer.concat(chunks).toString('latin1');
}

/** What is refused stays refused; bytes that are wrong may have been damaged on their way, and are asked for again. */
async function again<T>(what: string, stop: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  try {
    return await pRetry(
      () =>
        attempt().catch((error: unknown) => {
          // pRetry gives up at once on a TypeError, which is what fetch throws for a broken connection.
          throw error instanceof StepError || isLocal(error) ? error : new Error(describe(error));
        }),
      {
        retries: RETRIES,
        minTimeout: FIRST_WAIT_MS,
        randomize: true,
        signal: stop,
        shouldRetry: ({ error }) =>
          !isLocal(error) && (!(error instanceof StepError) || error.exit === 'checksum'),
      },
    );
  } catch (error) {
    if (stop.aborted) throw new StepError('stopped', 'was told to stop');
    if (isLocal(error)) throw new StepError('failed', `${what}: ${describe(error)}`);
    throw new StepError(error instanceof StepError ? error.exit : 'network', `${what}: ${describe(error)}`);
  }
}

/** The disk, and not the network: full, read-only, gone. */
function isLocal(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'open' || syscall === 'write' || syscall === 'close' || syscall === 'unlink';
}

function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? `${message} (${cause.message})` : message;
}
