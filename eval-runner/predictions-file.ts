/** How a batch ended and the predictions file that it wrote → one result for each document. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { CommandResult } from './command.js';
import type { DocumentResult } from './contract.js';
import { splitLines } from './lines.js';
import { failureOf, type Judged } from './outcome.js';
import { parseLine, type ParseResult } from './prediction.js';

/** Bad lines that are named one by one; more are only counted. */
const NAMED_LINES = 3;

/** Writes one result for each id. */
export async function judgeBatch(
  job: Judged,
  ids: readonly string[],
  result: CommandResult,
  predictions: string,
  write: (result: DocumentResult) => void | Promise<void>,
): Promise<void> {
  const measured = {
    ...(result.exitCode !== undefined && { exitCode: result.exitCode }),
    ...(result.signal !== undefined && { signal: result.signal }),
    // Nobody knows how a batch spends its time; each document gets an equal part.
    seconds: result.seconds / Math.max(1, ids.length),
    ...(result.maxRssBytes !== undefined && { maxRssBytes: result.maxRssBytes }),
    ...(result.tail !== '' && { stderrTail: result.tail }),
  };
  const failure = failureOf(result, job);
  if (failure !== undefined) {
    for (const id of ids) await write({ id, ...measured, ...failure } satisfies DocumentResult);
    return;
  }
  const known = new Set(ids);
  const twice = new Set<string>();
  const answered = new Map<string, number>();
  const remarks = new Remarks();
  const whole = await eachLine(predictions, job, remarks, (id, number) => {
    if (!known.has(id)) remarks.add(number, 'has an id that is not in the manifest');
    else if (answered.has(id)) twice.add(id);
    else answered.set(id, number);
  });
  // A second pass, so that only one prediction at a time is in memory.
  await eachLine(predictions, job, new Remarks(), async (id, number, parsed) => {
    if (answered.get(id) !== number) return;
    if (twice.has(id))
      return write({
        id,
        ...measured,
        status: 'invalid-output',
        problem: 'the predictions file has more than one line for it',
      } satisfies DocumentResult);
    return write(
      (parsed.ok
        ? { id, ...measured, status: 'ok', ...parsed.value }
        : { id, ...measured, status: 'invalid-output', problem: parsed.problem }) satisfies DocumentResult,
    );
  });
  for (const id of ids) {
    if (answered.has(id)) continue;
    const problem = whole
      ? `the predictions file has no valid line for it${remarks.text()}`
      : 'the batch ended with exit code 0 but wrote no file at $DOCOPS_PREDICTIONS';
    await write({ id, ...measured, status: 'invalid-output', problem } satisfies DocumentResult);
  }
}

class Remarks {
  #count = 0;
  readonly #named: string[] = [];
  add(line: number, text: string): void {
    if (this.#count++ < NAMED_LINES) this.#named.push(`line ${line} ${text}`);
  }
  text(): string {
    if (this.#count === 0) return '';
    const more = this.#count - this.#named.length;
    return ` (${this.#named.join('; ')}${more > 0 ? `; and ${more} more bad lines` : ''})`;
  }
}

/** False when there is no file, or something else in its place: a link or a device would be read in our name. */
async function eachLine(
  path: string,
  job: Judged,
  remarks: Remarks,
  then: (id: string, line: number, result: ParseResult) => void | Promise<void>,
): Promise<boolean> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (file === undefined) return false;
  try {
    if (!(await file.stat()).isFile()) return false;
    const stream = file.createReadStream({ autoClose: false });
    for await (const line of splitLines(stream, job.limits.outputBytes)) {
      if (line.kind === 'too-long') {
        remarks.add(line.number, 'is too long');
        continue;
      }
      if (line.kind === 'unfinished' && line.bytes.toString('utf8').trim() === '') continue;
      if (line.kind === 'line' && line.bytes.toString('utf8').trim() === '') continue;
      const parsed = parseLine(line.bytes, job.limits.jsonDepth);
      if (parsed.ok) await then(parsed.id, line.number, parsed.result);
      else remarks.add(line.number, `cannot be read: ${parsed.problem}`);
    }
    return true;
  } finally {
    await file.close();
  }
}
