/** Document mode: the command once for each document, several at once, each with its own limits. */
import { appendFileSync } from 'node:fs';
import { runCommand } from './command.js';
import { RUNNER_EXIT, type DocumentResult, type ExtractJob, type JobDocument } from './contract.js';
import { DocumentProblem, showDocument } from './documents.js';
import { judge, outOfTime } from './judge.js';
import type { PipeSupply } from './pipes.js';
import type { ResultWriter } from './results.js';
import type { CommandMaker, Workplace } from './surroundings.js';

/** `stop` is aborted with the reason `side-timeout` by the clock of all documents, with another one by whoever wants an end. */
export async function extractDocuments(
  job: ExtractJob,
  open: readonly JobDocument[],
  maker: CommandMaker,
  pipes: PipeSupply,
  results: ResultWriter,
  stop: AbortSignal,
): Promise<number> {
  let next = 0;
  const stopped = (): boolean => stop.aborted && stop.reason !== 'side-timeout';
  const slot = async (number: number): Promise<void> => {
    for (let document = open[next++]; document !== undefined; document = open[next++]) {
      if (stopped()) return;
      if (stop.aborted) {
        await results.write(outOfTime(job, document.id));
        continue;
      }
      const place = maker.open(number);
      try {
        const { result, path } = await extractOne(job, document, place, maker, pipes, stop);
        // Cleaned while the line is on its way.
        const written = result === undefined ? undefined : results.write(result);
        written?.catch(() => undefined);
        await maker.close(place, path);
        await written;
      } catch (error) {
        await maker.close(place);
        throw error;
      }
    }
  };
  const slots = Array.from({ length: Math.min(job.limits.jobs, open.length) }, (_, i) => slot(i));
  // All slots are waited for, so that nothing still runs when the first error is reported.
  for (const end of await Promise.allSettled(slots)) if (end.status === 'rejected') throw end.reason;
  return stopped() ? RUNNER_EXIT.stopped : RUNNER_EXIT.done;
}

async function extractOne(
  job: ExtractJob,
  document: JobDocument,
  place: Workplace,
  maker: CommandMaker,
  pipes: PipeSupply,
  stop: AbortSignal,
): Promise<{ readonly result: DocumentResult | undefined; readonly path?: string }> {
  let path: string;
  try {
    path = await showDocument(document, place.document);
  } catch (error) {
    if (!(error instanceof DocumentProblem)) throw error;
    return { result: { id: document.id, status: 'not-run', seconds: 0, problem: error.message } };
  }
  if (job.begun !== undefined) appendFileSync(job.begun, `${document.id}\n`);
  const result = await runCommand(
    {
      ...maker.command(
        job.extract.run,
        place,
        { DOCOPS_DOCUMENT: path, DOCOPS_DOCUMENT_ID: document.id },
        { readOnly: [place.document], writable: [] },
      ),
      timeoutMs: job.extract.documentTimeoutMs,
      stdout: { keep: true, maxBytes: job.limits.outputBytes },
      stop,
    },
    pipes,
  );
  return { result: judge(job, document.id, result), path };
}
