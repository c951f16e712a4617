/**
 * Batch mode: the command once for all documents. Its predictions count only when it ended with exit code 0: lines of a
 * batch that crashed or was killed may be unfinished work, and a rerun could give others.
 */
import { appendFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.js';
import { RUNNER_EXIT, type ExtractJob, type JobDocument } from './contract.js';
import { DocumentProblem, makePrivate, showDocument } from './documents.js';
import type { PipeSupply } from './pipes.js';
import { judgeBatch } from './predictions-file.js';
import type { ResultWriter } from './results.js';
import type { CommandMaker } from './surroundings.js';

export async function extractBatch(
  job: ExtractJob,
  wanted: readonly JobDocument[],
  maker: CommandMaker,
  pipes: PipeSupply,
  results: ResultWriter,
  stop: AbortSignal,
): Promise<number> {
  if (wanted.length === 0) return RUNNER_EXIT.done;
  const place = maker.open(0);
  try {
    const shown: string[] = [];
    const manifest: string[] = [];
    for (const document of wanted) {
      if (stop.aborted) break;
      try {
        const path = await showDocument(document, place.document);
        manifest.push(JSON.stringify({ id: document.id, path }) + '\n');
        shown.push(document.id);
      } catch (error) {
        if (!(error instanceof DocumentProblem)) throw error;
        await results.write({ id: document.id, status: 'not-run', seconds: 0, problem: error.message });
      }
    }
    await writeFile(join(place.document, 'manifest.jsonl'), manifest.join(''), { mode: 0o444 });
    const folder = join(place.root, 'predictions');
    makePrivate(folder);
    const predictions = join(folder, 'predictions.jsonl');
    if (job.begun !== undefined) appendFileSync(job.begun, shown.map((id) => `${id}\n`).join(''));
    const result = await runCommand(
      {
        ...maker.command(
          job.extract.run,
          place,
          { DOCOPS_DOCUMENTS: place.document, DOCOPS_PREDICTIONS: predictions },
          { readOnly: [place.document], writable: [folder] },
        ),
        timeoutMs: job.extract.timeoutMs,
        stdout: { keep: false },
        watchedFile: { path: predictions, maxBytes: job.limits.predictionsBytes },
        stop,
      },
      pipes,
    );
    if (stop.aborted && stop.reason !== 'side-timeout') return RUNNER_EXIT.stopped;
    await judgeBatch(job, shown, result, predictions, (line) => results.write(line));
    return RUNNER_EXIT.done;
  } finally {
    await maker.close(place);
  }
}
