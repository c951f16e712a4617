/** `node task.js fetch|deliver`: the first and the last step of a task. See contract.ts. */
import { MANIFEST_VARIABLE, TASK_EXIT } from './contract.js';
import { deliverStep } from './deliver.js';
import { fetchStep } from './fetch.js';
import { layout } from './layout.js';
import { parseDeliverManifest, parseFetchManifest } from './manifest.js';
import { StepError } from './step-error.js';
import { readManifest } from './transfer.js';

async function main(step: string | undefined, stop: AbortSignal): Promise<void> {
  const url = process.env[MANIFEST_VARIABLE];
  if ((step !== 'fetch' && step !== 'deliver') || url === undefined || url === '')
    throw new StepError('badManifest', `usage: ${MANIFEST_VARIABLE}=URL node task.js fetch|deliver`);
  const text = await readManifest(url, stop);
  const places = layout(process.env);
  if (step === 'fetch') await fetchStep(read(parseFetchManifest, text), places, stop);
  else await deliverStep(read(parseDeliverManifest, text), places, stop);
}

function read<T>(parse: (text: string) => T, text: string): T {
  try {
    return parse(text);
  } catch (error) {
    throw new StepError('badManifest', `the manifest cannot be read: ${(error as Error).message}`);
  }
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
let exit: keyof typeof TASK_EXIT = 'done';
try {
  await main(process.argv[2], stop.signal);
} catch (error) {
  exit = stop.signal.aborted ? 'stopped' : error instanceof StepError ? error.exit : 'failed';
  process.stderr.write(`${process.argv[2] ?? 'task'}: ${(error as Error).message}\n`);
}
// Connections that are kept alive must not hold the container.
process.exit(TASK_EXIT[exit]);
