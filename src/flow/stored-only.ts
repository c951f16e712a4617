/**
 * An evaluation that runs nothing: what the store has is judged, what failed in the run of the past fails again as it did
 * then (the store keeps successes only), and anything else ends it.
 */
import { FAILURES } from '../core/compare/average.js';
import type { Report } from '../core/report/schema.js';
import type { DatasetDocument, Prediction } from '../core/words.js';
import type { Code } from '../ports/code.js';
import type { MeasurementStore } from '../ports/measurements.js';
import type { Runner, SetupResult } from '../ports/runner.js';

/** Something would have to run. The message completes "it cannot be said: …". */
export class NotStored extends Error {
  override readonly name = 'NotStored';
}

type Failure = Report['failures'][number];

/** `documents`: those that the report's failures name. */
export function replayingRunner(report: Report, documents: readonly DatasetDocument[]): Runner {
  const hashes = new Map(documents.map(({ id, contentHash }) => [id, contentHash]));
  const failed = new Map<string, Failure>();
  for (const failure of report.failures) {
    const hash = hashes.get(failure.id);
    if (hash !== undefined) failed.set(`${failure.side} ${hash}`, failure);
  }
  return {
    setup: ({ label }) => Promise.resolve(setupOf(report, sideOf(label))),
    async run({ label, documents: asked, onPrediction }) {
      const known = asked.map(({ id, contentHash }) => ({
        id,
        failure: failed.get(`${sideOf(label)} ${contentHash}`),
      }));
      const missing = known.filter(({ failure }) => failure === undefined).length;
      if (missing > 0)
        throw new NotStored(
          `it needs a run of the ${label} on ${missing} ${missing === 1 ? 'document' : 'documents'} that is not stored`,
        );
      for (const { id, failure } of known)
        if (failure !== undefined) await onPrediction(predictionOf(id, failure));
    },
  };
}

/** Labels of runs begin with their side: `head, run 2`. */
function sideOf(label: string): 'base' | 'head' {
  return label.startsWith('base') ? 'base' : 'head';
}

/** A side whose setup had failed has no prediction, so all its documents are asked for again, and with them its setup. */
function setupOf(report: Report, side: 'base' | 'head'): SetupResult {
  const ofSide = report.failures.filter((failure) => failure.side === side);
  const nothingRan =
    ofSide.length === report.dataset.documents && ofSide.every(({ status }) => status === 'not-run');
  const [first] = ofSide;
  if (first === undefined || !nothingRan) return { ok: true, seconds: 0 };
  return { ok: false, seconds: 0, problem: first.problem, outputTail: '' };
}

function predictionOf(id: string, failure: Failure): Prediction {
  return {
    id,
    // Another version may have known another way to fail.
    status: FAILURES.find((status) => status === failure.status) ?? 'crashed',
    seconds: failure.seconds,
    problem: failure.problem,
    ...(failure.exit_code === null ? {} : { exitCode: failure.exit_code }),
    ...(failure.signal === null ? {} : { signal: failure.signal }),
  };
}

/** The same code, whose trees are never written for an extractor; datasets are. */
export function unwrittenCode(code: Code): Code {
  return {
    root: code.root,
    bare: code.bare,
    defaultBranch: () => code.defaultBranch(),
    resolve: (ref) => code.resolve(ref),
    workingTree: () => code.workingTree(),
    candidate: (base, head) => code.candidate(base, head),
    treeOf: (commit) => code.treeOf(commit),
    listTree: (tree) => code.listTree(tree),
    exists: (tree, path) => code.exists(tree, path),
    readFile: (tree, path) => code.readFile(tree, path),
    checkout: (tree, directory, options) =>
      options?.only === undefined
        ? Promise.resolve({ submodulesMissing: [], lfsPointers: [], symlinksOmitted: [] })
        : code.checkout(tree, directory, options),
  };
}

/** The same store, to which nothing is added. */
export function readOnly(store: MeasurementStore): MeasurementStore {
  return {
    async open(key) {
      const log = await store.open(key);
      return {
        get damaged() {
          return log.damaged;
        },
        get: (contentHash) => log.get(contentHash),
        append: () => Promise.reject(new Error('a simulation adds no measurement')),
        close: () => log.close(),
      };
    },
  };
}
