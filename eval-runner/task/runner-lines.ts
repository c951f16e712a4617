/**
 * The lines that the runner left in results.jsonl. The code under test ran beside it as the same user and may have written
 * there too: a line counts when it is a result in every key, and when it is the only one for its document.
 */
import { isObject } from '../checks.js';
import {
  longestResultBytes,
  STATUSES,
  type DocumentResult,
  type JobLimits,
  type SetupLine,
} from '../contract.js';
import { splitLines } from '../lines.js';
import { findFlaw, isConfidence } from '../prediction.js';
import { openPlain } from './reading.js';

/** More is not the runner's: it was not read. */
const RESULTS_BYTES = 4 * 1024 ** 3;
const PROBLEM_CHARACTERS = 10_000;

/** Ids with one line, and with more. `then` gets the former, in the order of the file. False: the file is too large. */
export async function eachRunnerLine(
  path: string,
  ids: ReadonlySet<string>,
  limits: JobLimits,
  then: (result: DocumentResult) => void | Promise<void>,
): Promise<{ readonly seen: ReadonlyMap<string, number>; readonly tooLarge: boolean }> {
  const seen = new Map<string, number>();
  const tooLarge = !(await eachLine(path, limits, (line) => {
    const result = readResult(line, limits);
    if (result !== undefined && ids.has(result.id)) seen.set(result.id, (seen.get(result.id) ?? 0) + 1);
  }));
  // A second pass, so that only one of them is in memory.
  if (!tooLarge)
    await eachLine(path, limits, async (line) => {
      const result = readResult(line, limits);
      if (result !== undefined && seen.get(result.id) === 1) await then(result);
    });
  return { seen, tooLarge };
}

/** Undefined: there is no line that could be it. */
export async function readRunnerSetup(path: string, limits: JobLimits): Promise<SetupLine | undefined> {
  const lines: SetupLine[] = [];
  await eachLine(path, limits, (line) => {
    const found = lines.length < 2 ? readSetup(line, limits) : undefined;
    if (found !== undefined) lines.push(found);
  });
  return lines.length === 1 ? lines[0] : undefined;
}

async function eachLine(
  path: string,
  limits: JobLimits,
  then: (line: Buffer) => void | Promise<void>,
): Promise<boolean> {
  const file = await openPlain(path);
  if (file === undefined) return true;
  try {
    if (file.bytes > RESULTS_BYTES) return false;
    const stream = file.handle.createReadStream({ autoClose: false });
    for await (const line of splitLines(stream, longestResultBytes(limits)))
      if (line.kind === 'line') await then(line.bytes);
    return true;
  } finally {
    await file.handle.close();
  }
}

const KEYS = new Set([
  'id',
  'status',
  'fields',
  'confidence',
  'usage',
  'exitCode',
  'signal',
  'seconds',
  'maxRssBytes',
  'stderrTail',
  'problem',
]);

/** Undefined for a line that is not a result. What it returns is what was read: a field may be called `__proto__`. */
export function readResult(line: Buffer, limits: JobLimits): DocumentResult | undefined {
  const value = parse(line);
  if (value === undefined || Object.keys(value).some((key) => !KEYS.has(key))) return undefined;
  const { id, status, fields, confidence, usage, problem } = value;
  if (typeof id !== 'string' || !STATUSES.some((known) => known === status)) return undefined;
  if (!isAmount(value['seconds']) || !isMeasured(value, limits)) return undefined;
  if (status === 'ok') {
    const good =
      isObject(fields) &&
      findFlaw(fields, limits.jsonDepth) === undefined &&
      problem === undefined &&
      (confidence === undefined || isConfidence(confidence)) &&
      (usage === undefined || isUsage(usage));
    return good ? (value as unknown as DocumentResult) : undefined;
  }
  const bare = fields === undefined && confidence === undefined && usage === undefined;
  return bare && typeof problem === 'string' && problem.length <= PROBLEM_CHARACTERS
    ? (value as unknown as DocumentResult)
    : undefined;
}

function readSetup(line: Buffer, limits: JobLimits): SetupLine | undefined {
  const value = parse(line);
  if (value === undefined || !isAmount(value['seconds'])) return undefined;
  const { ok, seconds, problem, exitCode, outputTail } = value;
  if (ok === true) return Object.keys(value).length === 2 ? { ok, seconds: seconds as number } : undefined;
  if (ok !== false || typeof problem !== 'string' || typeof outputTail !== 'string') return undefined;
  if (problem.length > PROBLEM_CHARACTERS || outputTail.length > limits.stderrTailBytes) return undefined;
  if (exitCode !== undefined && !isExitCode(exitCode)) return undefined;
  return { ok, seconds: seconds as number, problem, ...(exitCode !== undefined && { exitCode }), outputTail };
}

function isMeasured(value: Record<string, unknown>, limits: JobLimits): boolean {
  const { exitCode, signal, maxRssBytes, stderrTail } = value;
  return (
    (exitCode === undefined || isExitCode(exitCode)) &&
    (signal === undefined || (typeof signal === 'string' && /^SIG[A-Z0-9]{1,12}$/.test(signal))) &&
    (maxRssBytes === undefined || isAmount(maxRssBytes)) &&
    // Decoded, no character comes from less than one byte.
    (stderrTail === undefined ||
      (typeof stderrTail === 'string' && stderrTail.length <= limits.stderrTailBytes))
  );
}

function isUsage(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.entries(value).every(([key, amount]) => (key === 'usd' || key === 'ocrPages') && isAmount(amount))
  );
}

const isAmount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

function isExitCode(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

function parse(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
