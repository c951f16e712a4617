/** Last step of a task: what the extract container left → one result for each document, to one link. */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import type { DocumentResult, SetupLine } from '../contract.js';
import { judge, outOfTime, judgeSetup } from '../judge.js';
import { size, type Judged } from '../outcome.js';
import { judgeBatch } from '../predictions-file.js';
import { RUNNING_PROBLEM, UNBEGUN_PROBLEM, type DeliverManifest, type ResultsHeader } from './contract.js';
import { LEFT, OUT, type Layout } from './layout.js';
import { readLeft } from './left.js';
import { prepare } from './prepared.js';
import { readPlain, sizeOfPlain } from './reading.js';
import { eachRunnerLine, readRunnerSetup } from './runner-lines.js';
import { StepError } from './step-error.js';
import { upload } from './transfer.js';

type Write = (result: DocumentResult) => void | Promise<void>;

export async function deliverStep(
  manifest: DeliverManifest,
  places: Layout,
  stop: AbortSignal,
): Promise<void> {
  // Compared later with where things really are.
  const work = realpathSync(places.work);
  const out = join(work, 'out');
  if (manifest.step === 'setup') {
    await deliverSetup(manifest, work, out, stop);
    return;
  }
  const whole = await bundle(manifest, stop, (write) => eachResult(manifest, out, write));
  const gzipped = whole ?? (await bundle(manifest, stop, (write) => eachSmallResult(manifest, out, write)));
  if (gzipped === undefined)
    throw new StepError('failed', `the results are larger than ${size(manifest.results.maxBytes)}`);
  await send(manifest, gzipped, stop);
}

async function deliverSetup(
  manifest: DeliverManifest,
  work: string,
  out: string,
  stop: AbortSignal,
): Promise<void> {
  let line = await setupLine(manifest, out);
  let prepared: ResultsHeader['prepared'] = null;
  if (line.ok && manifest.prepared !== null) {
    const made = await prepare(work, manifest.prepared.maxBytes, stop);
    if (made.ok) {
      const { sha256, bytes, content } = made;
      await upload('the prepared code', manifest.prepared.url, bytes, content, stop);
      prepared = { sha256, bytes };
    } else {
      const { seconds } = line;
      line = { ok: false, seconds, problem: `extract.setup: ${made.problem}`, outputTail: '' };
    }
  }
  const text = Buffer.from(JSON.stringify(line) + '\n', 'utf8');
  const header = headerOf('setup', 1, createHash('sha256').update(text).digest('hex'), prepared);
  await send(manifest, [gzipSync(header), gzipSync(text)], stop);
}

async function setupLine(manifest: DeliverManifest, out: string): Promise<SetupLine> {
  const { limits, timeoutMs } = manifest;
  const failed = (problem: string, outputTail = ''): SetupLine => ({
    ok: false,
    seconds: 0,
    problem: `extract.setup ${problem}`,
    outputTail,
  });
  if (manifest.driver === 'runner')
    return (await readRunnerSetup(join(out, OUT.results), limits)) ?? failed(RUNNING_PROBLEM);
  const left = await readLeft(join(out, OUT.command), limits, timeoutMs, false);
  if (left.kind === 'ended') return judgeSetup(left.result, timeoutMs, limits.memoryBytes);
  if (left.kind === 'running') return failed(RUNNING_PROBLEM, left.tail);
  return failed(left.kind === 'problem' ? `was not run: ${left.problem}` : UNBEGUN_PROBLEM);
}

function send(manifest: DeliverManifest, chunks: readonly Buffer[], stop: AbortSignal): Promise<void> {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return upload('the results', manifest.results.url, bytes, () => Readable.from(chunks), stop);
}

/** Exactly one for each id. */
async function eachResult(manifest: DeliverManifest, out: string, write: Write): Promise<void> {
  const job: Judged = { extract: manifest, limits: manifest.limits };
  if (manifest.driver === 'runner') await runnerResults(manifest, out, write);
  else if (manifest.mode === 'batch') await batchResults(manifest, job, out, write);
  else for (const id of manifest.ids) await write(await documentResult(manifest, job, out, id));
}

async function documentResult(
  manifest: DeliverManifest,
  job: Judged,
  out: string,
  id: string,
): Promise<DocumentResult> {
  const folder = join(out, OUT.documents, id);
  const left = await readLeft(folder, manifest.limits, manifest.documentTimeoutMs, true);
  switch (left.kind) {
    case 'unbegun':
      return unbegun(id);
    case 'out-of-time':
      return outOfTime(job, id);
    case 'problem':
      return { id, status: 'not-run', seconds: 0, problem: `was not run: ${left.problem}` };
    case 'running':
      return running(id, left.tail);
    case 'ended':
      return judge(job, id, left.result) ?? unbegun(id);
  }
}

async function batchResults(
  manifest: DeliverManifest,
  job: Judged,
  out: string,
  write: Write,
): Promise<void> {
  const folder = join(out, OUT.command);
  const left = await readLeft(folder, manifest.limits, manifest.timeoutMs, false);
  if (left.kind !== 'ended') {
    for (const id of manifest.ids) {
      if (left.kind === 'problem')
        await write({ id, status: 'not-run', seconds: 0, problem: `was not run: ${left.problem}` });
      else await write(left.kind === 'running' ? running(id, left.tail) : unbegun(id));
    }
    return;
  }
  const predictions = join(folder, LEFT.predictions);
  const tooLarge = (await sizeOfPlain(predictions)) > manifest.limits.predictionsBytes;
  const result = tooLarge ? { ...left.result, end: 'output' as const } : left.result;
  await judgeBatch(job, manifest.ids, result, predictions, write);
}

async function runnerResults(manifest: DeliverManifest, out: string, write: Write): Promise<void> {
  const ids = new Set(manifest.ids);
  const { seen, tooLarge } = await eachRunnerLine(join(out, OUT.results), ids, manifest.limits, write);
  const begun = await begunIds(join(out, OUT.begun), manifest.ids.length);
  for (const id of manifest.ids) {
    const lines = seen.get(id) ?? 0;
    if (lines === 1 && !tooLarge) continue;
    if (lines > 1)
      await write({
        id,
        status: 'invalid-output',
        seconds: 0,
        problem: 'its container left more than one result for it',
      });
    else if (tooLarge)
      await write({ id, status: 'output-limit', seconds: 0, problem: 'its container left too large a file' });
    else await write(begun === undefined || begun.has(id) ? running(id, '') : unbegun(id));
  }
}

/** Undefined: it cannot be known. */
async function begunIds(path: string, documents: number): Promise<ReadonlySet<string> | undefined> {
  const bytes = await readPlain(path, 1024 * (documents + 1));
  return bytes === undefined ? undefined : new Set(bytes.toString('latin1').split('\n'));
}

function running(id: string, tail: string): DocumentResult {
  return {
    id,
    status: 'crashed',
    seconds: 0,
    ...(tail !== '' && { stderrTail: tail }),
    problem: RUNNING_PROBLEM,
  };
}

function unbegun(id: string): DocumentResult {
  return { id, status: 'not-run', seconds: 0, problem: UNBEGUN_PROBLEM };
}

/** Outputs that fit one by one may be too much together: then those beyond an equal share are left out by name. */
async function eachSmallResult(manifest: DeliverManifest, out: string, write: Write): Promise<void> {
  const share = Math.floor(manifest.results.maxBytes / manifest.ids.length / 2);
  await eachResult(manifest, out, (result) => {
    if (Buffer.byteLength(JSON.stringify(result)) <= share) return write(result);
    return write({
      id: result.id,
      status: 'output-limit',
      seconds: result.seconds,
      problem: `the results of this task together are larger than ${size(manifest.results.maxBytes)}, and this one is larger than its part`,
    });
  });
}

/** Undefined: larger than what may be sent. The header comes first and is known last, so it is a gzip member of its own. */
async function bundle(
  manifest: DeliverManifest,
  stop: AbortSignal,
  produce: (write: Write) => Promise<void>,
): Promise<Buffer[] | undefined> {
  const hash = createHash('sha256');
  const gzip = createGzip();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let lines = 0;
  const collected = (async () => {
    for await (const chunk of gzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= manifest.results.maxBytes) chunks.push(chunk);
    }
  })();
  await produce(async (result) => {
    if (stop.aborted) throw new StepError('stopped', 'was told to stop');
    lines++;
    const line = Buffer.from(JSON.stringify(result) + '\n', 'utf8');
    hash.update(line);
    if (!gzip.write(line)) await new Promise((resolve) => gzip.once('drain', resolve));
  });
  gzip.end();
  await collected;
  const header = gzipSync(headerOf('extract', lines, hash.digest('hex'), null));
  return bytes + header.length > manifest.results.maxBytes ? undefined : [header, ...chunks];
}

function headerOf(
  step: ResultsHeader['step'],
  lines: number,
  sha256: string,
  prepared: ResultsHeader['prepared'],
): string {
  const header: ResultsHeader = { docops: 'task-results/1', step, lines, sha256, prepared };
  return JSON.stringify(header) + '\n';
}
