/**
 * Both sides measured as often as their noise asks for: once when two runs of the same code agree, `repeats` times,
 * interleaved, when they do not, and once more on the documents that a red verdict hangs on.
 */
import { valueAt } from '../core/score/index.js';
import type { DatasetDocument, Label, Pipeline, Prediction } from '../core/words.js';
import type { MeasuredSide } from './measure.js';
import { compareRuns, noiseSample, type FieldNoise } from './noise.js';

/** Failed documents that are run a second time to see whether the failure is one of the code or of the moment. */
const FAILURES_SAMPLED = 5;

type Side = 'base' | 'head';

export class Measured {
  readonly #sides: Readonly<Record<Side, MeasuredSide>>;
  readonly #documents: readonly DatasetDocument[];
  /** Runs beyond the common ones, and the documents that have them. */
  #extra:
    | {
        readonly runs: readonly number[];
        readonly documents: readonly DatasetDocument[];
        readonly known: ReadonlySet<DatasetDocument>;
      }
    | undefined;
  readonly runs: number;
  readonly noise: readonly FieldNoise[];
  readonly sampled: number;
  /** Fields of the labels that two runs of the same code fill differently. */
  readonly unreliableFields: readonly string[];
  readonly deterministic: boolean;
  /** Whether both sides were timed in this evaluation, so that their times can be compared. */
  readonly timedTogether: boolean;
  readonly #timings: Timings | undefined;

  constructor(options: {
    sides: Readonly<Record<Side, MeasuredSide>>;
    documents: readonly DatasetDocument[];
    runs: number;
    noise: readonly FieldNoise[];
    sampled: number;
    deterministic: boolean;
    timings?: Timings | undefined;
  }) {
    this.#sides = options.sides;
    this.#documents = options.documents;
    this.runs = options.runs;
    this.noise = options.noise;
    this.sampled = options.sampled;
    this.deterministic = options.deterministic;
    this.unreliableFields = [...new Set(options.noise.map(({ field }) => field))];
    this.#timings = options.timings;
    this.timedTogether = options.timings !== undefined || freshOnBoth(options.sides);
  }

  prediction(side: Side, run: number, document: DatasetDocument): Promise<Prediction> {
    const all = this.#extra?.runs.includes(run) === true ? this.#extra.documents : this.#documents;
    return this.#sides[side].prediction(run, document, all);
  }

  /** Seconds to compare: those of the timing run where there was one, else those of the measurement itself. */
  secondsOf(side: Side, document: DatasetDocument, measured: number | undefined): number | undefined {
    return this.#timings === undefined ? measured : this.#timings[side].get(document.contentHash);
  }

  runsOf(document: DatasetDocument): readonly number[] {
    const common = numbers(1, this.runs);
    return this.#extra?.known.has(document) === true ? [...common, ...this.#extra.runs] : common;
  }

  /** As many runs again on both sides, on these documents only. Returns the number of runs. */
  async repeat(documents: readonly DatasetDocument[]): Promise<number> {
    const runs = numbers(this.runs + 1, this.runs);
    await interleave(this.#sides, runs, documents);
    this.#extra = { runs, documents, known: new Set(documents) };
    return runs.length;
  }

  /** Documents that are no part of the verdict, once on each side. */
  async measureApart(documents: readonly DatasetDocument[]): Promise<void> {
    await interleave(this.#sides, [1], documents);
  }

  predictionApart(
    side: Side,
    document: DatasetDocument,
    documents: readonly DatasetDocument[],
  ): Promise<Prediction> {
    return this.#sides[side].prediction(1, document, documents);
  }
}

export async function measureBoth(options: {
  readonly base: MeasuredSide;
  readonly head: MeasuredSide;
  readonly documents: readonly DatasetDocument[];
  readonly labels: ReadonlyMap<string, Label>;
  readonly pipeline: Pipeline;
  readonly missingLabels: 'absent' | 'unlabelled';
}): Promise<Measured> {
  const { documents, pipeline } = options;
  const sides = { base: options.base, head: options.head };
  const { deterministic: declared, repeats } = pipeline.extract;
  await interleave(sides, [1], documents);
  const settled = { sides, documents, noise: [], sampled: 0 };
  if (documents.length === 0 || broken(sides))
    return new Measured({ ...settled, runs: 1, deterministic: declared !== false });
  const timings = await timeSample(options, sides);
  if (declared === true) return new Measured({ ...settled, timings, runs: 1, deterministic: true });

  const { noise, sampled } =
    declared === 'auto' ? await findNoise(options, sides) : { noise: [], sampled: 0 };
  const labelled = labelledFields(options);
  const noisy = declared === false || noise.some(({ field }) => labelled.has(field));
  if (!noisy) return new Measured({ ...settled, timings, runs: 1, noise, sampled, deterministic: true });
  await interleave(sides, numbers(2, repeats - 1), documents);
  return new Measured({ ...settled, timings, runs: repeats, noise, sampled, deterministic: false });
}

type Timings = Readonly<Record<Side, ReadonlyMap<string, number>>>;

function freshOnBoth({ base, head }: Readonly<Record<Side, MeasuredSide>>): boolean {
  return (base.documentsCached === 0 && head.documentsCached === 0) || head.storedTogether;
}

/**
 * A rule on latency needs times of the same minute. What came from the store was timed on another day, so a sample is
 * run on both sides, in two halves that start with the other side. Only where there is such a rule, and never for a
 * batch, whose documents have no times of their own.
 */
async function timeSample(
  { documents, pipeline }: Parameters<typeof measureBoth>[0],
  sides: Readonly<Record<Side, MeasuredSide>>,
): Promise<Timings | undefined> {
  if (pipeline.gate.latencyMaxIncrease === undefined || pipeline.extract.mode === 'batch') return undefined;
  if (sides.base === sides.head || freshOnBoth(sides)) return undefined;
  const sample = noiseSample(documents);
  const middle = Math.ceil(sample.length / 2);
  const times = { base: new Map<string, number>(), head: new Map<string, number>() };
  for (const [half, order] of [
    [sample.slice(0, middle), ['base', 'head']],
    [sample.slice(middle), ['head', 'base']],
  ] as const)
    for (const side of order)
      for (const [hash, seconds] of await sides[side].time(half)) times[side].set(hash, seconds);
  return times;
}

async function findNoise(
  options: Parameters<typeof measureBoth>[0],
  sides: Readonly<Record<Side, MeasuredSide>>,
): Promise<{ noise: FieldNoise[]; sampled: number }> {
  const { documents, labels, pipeline, missingLabels } = options;
  const found = new Map<Side, FieldNoise[]>();
  let sampled = 0;
  const distinct = sides.base === sides.head ? (['base'] as const) : (['base', 'head'] as const);
  const sampleSide = async (name: Side): Promise<void> => {
    const first = new Map<DatasetDocument, Prediction>();
    for (const document of documents)
      first.set(document, await sides[name].prediction(1, document, documents));
    const fine = documents.filter((document) => first.get(document)?.status === 'ok');
    // Documents that ran into a limit are left out: they cost the whole limit again and are no sign of chance.
    const failed = documents.filter((document) => {
      const status = first.get(document)?.status;
      return status === 'crashed' || status === 'invalid-output';
    });
    // A batch is comparable as a whole only, so its sample is the whole.
    const sample =
      pipeline.extract.mode === 'batch'
        ? documents
        : fine.length === 0
          ? []
          : [...noiseSample(fine), ...noiseSample(failed).slice(0, FAILURES_SAMPLED)];
    if (sample.length === 0) return;
    await sides[name].ensure(2, sample);
    const runs = [];
    for (const document of sample) {
      const label = labels.get(document.id);
      const before = first.get(document);
      if (label === undefined || before === undefined) continue;
      runs.push({ label, first: before, second: await sides[name].prediction(2, document, sample) });
    }
    sampled = Math.max(sampled, runs.length);
    found.set(name, compareRuns({ side: name, fields: pipeline.fields, missingLabels, runs }));
  };
  if (sides.base.sidesAtOnce) await Promise.all(distinct.map(sampleSide));
  else for (const name of distinct) await sampleSide(name);
  // In the order of the sides, whichever was first.
  return { noise: distinct.flatMap((name) => found.get(name) ?? []), sampled };
}

/** Alternates which side goes first, so that a machine that slows down or speeds up favours neither. */
async function interleave(
  sides: Readonly<Record<Side, MeasuredSide>>,
  runs: readonly number[],
  documents: readonly DatasetDocument[],
): Promise<void> {
  for (const run of runs) {
    const order: readonly Side[] =
      sides.base === sides.head ? ['head'] : run % 2 === 1 ? ['base', 'head'] : ['head', 'base'];
    if (sides.base.sidesAtOnce) await Promise.all(order.map((side) => sides[side].ensure(run, documents)));
    else for (const side of order) await sides[side].ensure(run, documents);
  }
}

/** A field that nobody labelled is never judged, so its noise costs no repeats; it is reported all the same. */
function labelledFields({
  documents,
  labels,
  pipeline,
}: Parameters<typeof measureBoth>[0]): ReadonlySet<string> {
  const found = pipeline.fields.filter(({ path }) =>
    documents.some(({ id }) => valueAt(labels.get(id)?.fields ?? {}, path) !== undefined),
  );
  return new Set(found.map(({ path }) => path));
}

function broken(sides: Readonly<Record<Side, MeasuredSide>>): boolean {
  return sides.base.setupFailure !== undefined || sides.head.setupFailure !== undefined;
}

function numbers(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
