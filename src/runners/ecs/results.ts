/**
 * Reads what deliver has sent: gzipped lines under a header with their number and checksum. Everything that is not as the
 * header says is damage, and so is a result that nobody asked for; nothing is passed over.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { splitLines } from '../../../eval-runner/lines.js';
import type { ResultsHeader } from '../../../eval-runner/task/contract.js';
import type { Prediction } from '../../core/words.js';
import { RunnerError, type SetupResult } from '../../ports/runner.js';
import { readDocumentResult, readSetupLine } from '../contract/protocol.js';
import { readResultsHeader } from '../contract/tasks.js';

export interface ExpectedResults {
  readonly step: 'setup' | 'extract';
  /** Of the documents of the task; each has exactly one result. Empty for setup. */
  readonly ids: readonly string[];
}

export interface ResultsLimits {
  /** After inflation: a small file can become anything. */
  readonly totalBytes: number;
  /** One line, as of `longestResultBytes`. */
  readonly lineBytes: number;
}

export type TaskResults =
  | { readonly predictions: readonly Prediction[] }
  | { readonly setup: SetupResult; readonly prepared: ResultsHeader['prepared'] };

const HEADER_BYTES = 4 * 1024;

/** Throws RunnerError when they are damaged. A stream is read to its end or destroyed. */
export async function readResults(
  gzipped: Buffer | Readable,
  expected: ExpectedResults,
  limits: ResultsLimits,
): Promise<TaskResults> {
  try {
    return await read(gzipped, expected, limits);
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    // zlib says "unexpected end of file", "incorrect header check", "incorrect data check".
    throw damaged((error as Error).message, error);
  }
}

async function read(
  gzipped: Buffer | Readable,
  expected: ExpectedResults,
  limits: ResultsLimits,
): Promise<TaskResults> {
  const source = Buffer.isBuffer(gzipped) ? Readable.from([gzipped]) : gzipped;
  const hash = createHash('sha256');
  const open = new Set(expected.ids);
  const predictions: Prediction[] = [];
  let header: ResultsHeader | undefined;
  let setup: SetupResult | undefined;
  let lines = 0;

  for await (const line of splitLines(
    inflate(source, limits.totalBytes),
    Math.max(limits.lineBytes, HEADER_BYTES),
  )) {
    if (line.kind === 'too-long')
      throw damaged(`line ${line.number} is longer than ${limits.lineBytes} bytes`);
    if (line.kind === 'unfinished') throw damaged('the last line is not finished');
    if (header === undefined) {
      header = readHeader(line.bytes, expected);
      continue;
    }
    if (++lines > header.lines) throw damaged(`there are more than the ${header.lines} lines of its header`);
    hash.update(line.bytes).update('\n');
    if (expected.step === 'setup') {
      setup = readSetupLine(line.bytes);
      if (setup === undefined) throw damaged(`line ${line.number} is not the result of a setup`);
    } else {
      const prediction = readDocumentResult(line.bytes);
      if (prediction === undefined) throw damaged(`line ${line.number} is not the result of a document`);
      if (!open.delete(prediction.id))
        throw damaged(`line ${line.number} is of a document that the task was not given, or had a result of`);
      predictions.push(prediction);
    }
  }
  if (header === undefined) throw damaged('it is empty');
  if (lines !== header.lines)
    throw damaged(`there are ${lines} lines, and not the ${header.lines} of its header`);
  if (hash.digest('hex') !== header.sha256) throw damaged('its checksum is not the one of its header');
  if (expected.step === 'extract') {
    if (open.size > 0) throw damaged(`${open.size} documents have no result`);
    return { predictions };
  }
  if (setup === undefined) throw damaged('it has no result of the setup');
  if (setup.ok && header.prepared === null) throw damaged('the setup went well, and nothing was sent of it');
  return { setup, prepared: header.prepared };
}

function readHeader(line: Buffer, expected: ExpectedResults): ResultsHeader {
  const header = readResultsHeader(parse(line));
  if (header === undefined) throw damaged('its first line is not a header of this version');
  if (header.step !== expected.step) throw damaged(`it is of ${header.step} and not of ${expected.step}`);
  return header;
}

async function* inflate(source: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  let bytes = 0;
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw damaged(`it inflates to more than ${maxBytes} bytes`);
      yield chunk;
    }
  } finally {
    source.destroy();
  }
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
}

function damaged(how: string, cause?: unknown): RunnerError {
  return new RunnerError(`the results of a task are damaged: ${how}`, { cause });
}
