/** The documents of one shard: what is still open, and what is said of those whose container ended before they did. */
import { duration, size } from '../../../eval-runner/outcome.js';
import { RUNNING_PROBLEM, UNBEGUN_PROBLEM } from '../../../eval-runner/task/contract.js';
import type { ExtractSpec, Prediction } from '../../core/words.js';
import type { SetupResult } from '../../ports/runner.js';
import type { TaskEnd } from './classify.js';

export interface Settling {
  readonly unfinished: TaskEnd['unfinished'];
  readonly predictions: readonly Prediction[];
  readonly extract: ExtractSpec;
  /** Memory of the container. */
  readonly containerBytes: number;
  /** No further task is started for documents that nobody began. */
  readonly last: boolean;
}

/** Predictions that stand; a document without one has to run again. */
export function settle(settling: Settling): readonly Prediction[] {
  const { predictions, unfinished, last } = settling;
  const stands = predictions.filter((prediction) => prediction.problem !== UNBEGUN_PROBLEM);
  // Not one document came to an end or was begun: another task would come to the same.
  const hopeless = last || !predictions.some((prediction) => hasEnded(prediction, unfinished));
  const finished = stands.flatMap((prediction) => {
    const judged = judgeRunning(prediction, settling);
    return judged === undefined ? [] : [judged];
  });
  const unbegun = predictions.filter((prediction) => prediction.problem === UNBEGUN_PROBLEM);
  if (unfinished === 'infrastructure') return finished;
  if (unfinished === 'time') return [...finished, ...unbegun.map((one) => outOfTime(one, settling))];
  return hopeless ? [...finished, ...unbegun.map((one) => neverBegun(one, settling))] : finished;
}

/** Undefined: it was cut short, which says nothing about the code. */
export function judgeSetup(
  line: Extract<SetupResult, { ok: false }>,
  unfinished: TaskEnd['unfinished'],
  containerBytes: number,
): SetupResult | undefined {
  const cut = line.problem.endsWith(RUNNING_PROBLEM) || line.problem.endsWith(UNBEGUN_PROBLEM);
  if (!cut && unfinished !== 'memory') return line;
  switch (unfinished) {
    case 'infrastructure':
      return undefined;
    case 'memory':
      return {
        ...line,
        problem: `extract.setup used more memory than runner.memory allows (${size(containerBytes)}) and was killed`,
      };
    case 'time':
    case 'code':
      return { ...line, problem: 'extract.setup ended the container that it ran in' };
  }
}

function hasEnded(prediction: Prediction, unfinished: TaskEnd['unfinished']): boolean {
  if (prediction.problem === UNBEGUN_PROBLEM) return false;
  return prediction.problem !== RUNNING_PROBLEM || unfinished !== 'infrastructure';
}

/** Undefined: it is not its own doing that it was not finished. */
function judgeRunning(prediction: Prediction, settling: Settling): Prediction | undefined {
  const { unfinished } = settling;
  if (prediction.problem !== RUNNING_PROBLEM) {
    const crashed = prediction.status === 'crashed';
    const killed = prediction.signal === 'SIGKILL' || prediction.exitCode === 137;
    const told = prediction.signal === 'SIGTERM' || prediction.exitCode === 143;
    // The kernel took the command and left what runs it.
    if (unfinished === 'memory' && crashed && killed) return tooMuchMemory(prediction, settling);
    // ECS ends a container with these two, and with it a command whose end was still written down.
    if (unfinished === 'infrastructure' && crashed && (killed || told)) return undefined;
    return prediction;
  }
  switch (unfinished) {
    case 'memory':
      return tooMuchMemory(prediction, settling);
    case 'time':
      return {
        ...prediction,
        status: 'timeout',
        problem: `was killed when all documents together had taken extract.timeout (${duration(settling.extract.timeoutMs)})`,
      };
    case 'code':
      return prediction;
    case 'infrastructure':
      return undefined;
  }
}

function tooMuchMemory(prediction: Prediction, { containerBytes }: Settling): Prediction {
  return {
    ...prediction,
    status: 'memory',
    problem: `used more memory than runner.memory allows (${size(containerBytes)}) and was killed`,
  };
}

function outOfTime(prediction: Prediction, { extract }: Settling): Prediction {
  return {
    ...prediction,
    status: 'not-run',
    problem: `was not started: all documents together had taken extract.timeout (${duration(extract.timeoutMs)})`,
  };
}

function neverBegun(prediction: Prediction, settling: Settling): Prediction {
  if (settling.unfinished === 'memory')
    return {
      ...prediction,
      status: 'memory',
      problem: `was not begun: its container used more memory than runner.memory allows (${size(settling.containerBytes)}) again and again`,
    };
  return {
    ...prediction,
    status: 'crashed',
    problem: 'was not begun: the command ended its container before it, again and again',
  };
}
